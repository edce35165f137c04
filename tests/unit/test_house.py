"""The rules of the house that import contracts can't say: each failure names the line that breaks one."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "partner_center"
MODULES = sorted(PACKAGE.rglob("*.py"))
BELOW_WEB = (
    "shared",
    "staff",
    "audit",
    "jobs",
    "customers",
    "catalog",
    "directory",
    "licensing",
    "changes",
    "purchasing",
    "cloud",
)


def test_only_the_clock_asks_the_time() -> None:
    asked = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
    assert _calls(lambda name: name in asked) == ["shared/clock.py datetime.now"]


def test_only_the_ids_draw_random_names() -> None:
    drawn = re.compile(r"(secrets\.\w+|uuid\.uuid[14]|os\.urandom)")
    assert {line.split()[0] for line in _calls(lambda name: bool(drawn.fullmatch(name)))} == {"shared/ids.py"}


def test_only_the_configuration_reads_the_environment() -> None:
    readers = [
        f"{_short(path)}:{node.lineno}"
        for path, node in _nodes(ast.Attribute)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"}
    ]
    assert {reader.split(":")[0] for reader in readers} == {"config.py"}, readers


def test_only_the_request_knows_who_is_signed_in() -> None:
    readers = {
        _short(path)
        for path, node in _nodes(ast.ImportFrom)
        if isinstance(node, ast.ImportFrom) and any(name.name == "current_user" for name in node.names)
    }
    assert readers == {"web/request.py"}


def test_no_area_of_the_site_imports_another() -> None:
    areas = {folder.name for folder in (PACKAGE / "web").iterdir() if (folder / "views.py").exists()}
    crossing = [
        f"{_short(path)} → {node.module}"
        for path, node in _nodes(ast.ImportFrom)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("partner_center.web.")
        if path.parent.name in areas and node.module.split(".")[2] in areas - {path.parent.name}
    ]
    assert crossing == []


def test_nothing_is_called_after_what_does_not_fit_elsewhere() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc", "core"}
    assert [_short(path) for path in MODULES if {path.stem, path.parent.name} & vague] == []


def test_packages_open_with_what_lives_there() -> None:
    silent = [_short(path) for path in MODULES if not ast.get_docstring(_tree(path))]
    assert silent == []


def test_no_module_is_longer_than_a_head_can_hold() -> None:
    long = {_short(path): lines for path in MODULES if (lines := len(_lines(path))) > 400}
    assert long == {}
    tall = {path.name: n for path in (ROOT / "templates").rglob("*.html") if (n := len(_lines(path))) > 150}
    assert tall == {}


def test_nothing_is_left_to_do_in_a_comment() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    left = [f"{_short(path)}: {line}" for path in MODULES for line in _lines(path) if marks.search(line)]
    assert left == []


def test_every_part_below_the_site_runs_without_flask() -> None:
    paths = (path for part in BELOW_WEB for path in sorted((PACKAGE / part).rglob("*.py")))
    names = [_short(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in paths]
    code = (
        "import importlib, sys\n"
        "for name in ('flask', 'werkzeug', 'flask_login', 'flask_sqlalchemy', 'flask_babel', 'wtforms'):\n"
        "    sys.modules[name] = None\n"
        f"for name in {names!r}:\n"
        "    importlib.import_module('partner_center.' + name)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_lock_files_pin_hash_and_name_no_host() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        text = lock.read_text("utf-8")
        assert not re.search(r"https?:|--(extra-)?index|--find-links", text), lock.name
        for requirement in re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n", "", text)):
            assert re.match(r"[a-z0-9-]+==\S+", requirement), requirement
            assert "--hash=sha256:" in requirement, requirement


def test_the_lock_files_agree_on_every_version() -> None:
    pins = {
        lock.stem: dict(re.findall(r"(?m)^([a-z0-9-]+)==(\S+)", lock.read_text("utf-8")))
        for lock in (ROOT / "requirements").glob("*.txt")
    }
    assert pins["demo"].items() <= pins["test"].items() <= pins["dev"].items()
    assert pins["demo"].items() <= pins["bench"].items()


def _calls(is_meant: Callable[[str], bool]) -> list[str]:
    return [
        f"{_short(path)} {ast.unparse(node.func)}"
        for path, node in _nodes(ast.Call)
        if isinstance(node, ast.Call) and is_meant(ast.unparse(node.func))
    ]


def _nodes(kind: type[ast.AST]) -> Iterator[tuple[Path, ast.AST]]:
    for path in MODULES:
        yield from ((path, node) for node in _asked_for(path) if isinstance(node, kind))


@cache
def _asked_for(path: Path) -> tuple[ast.AST, ...]:
    """Those that any rule asks for: several rules read every file."""
    kinds = ast.Attribute | ast.Call | ast.ImportFrom
    return tuple(node for node in ast.walk(_tree(path)) if isinstance(node, kinds))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def _short(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()
