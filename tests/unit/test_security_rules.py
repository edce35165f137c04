"""Mistakes that have to be found by reading: each rule is shown one of its kind, and finds none of ours.

Linters know Flask and SQL in general; these know this house. A rule gives the lines that break it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "partner_center"
SANDBOX = PACKAGE / "sandbox"
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if SANDBOX not in path.parents]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SECRET_WORDS = re.compile(r"(?<![a-z])(token|secret|password|cookie|authorization)(?![a-z_])", re.I)
Rule = Callable[[ast.AST], bool]


def calls(name: str) -> Rule:
    """Calls of what ends in `name`."""

    def found(node: ast.AST) -> bool:
        if not isinstance(node, ast.Call):
            return False
        said = ast.unparse(node.func)
        return said == name or said.endswith(f".{name}")

    return found


def markup_from_text(node: ast.AST) -> bool:
    """`Markup(…)` believes what it is given; `Markup.escape` does not."""
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Markup"


def sets_any_attribute(node: ast.AST) -> bool:
    """`setattr` with a name that is neither written there nor a constant of the module: mass assignment."""
    if not isinstance(node, ast.Call) or ast.unparse(node.func) != "setattr":
        return False
    name = node.args[1]
    return not isinstance(name, ast.Constant) and not (isinstance(name, ast.Name) and name.id.isupper())


def builds_sql(node: ast.AST) -> bool:
    """A statement put together from values: `text(f"…{x}")`, `text("…" + x)`; our own constants may be."""
    if not isinstance(node, ast.Call) or not node.args:
        return False
    if ast.unparse(node.func) not in {"text", "sa.text", "sqlalchemy.text"}:
        return False
    statement = node.args[0]
    if isinstance(statement, ast.JoinedStr):
        values = [part.value for part in statement.values if isinstance(part, ast.FormattedValue)]
        return not all(re.fullmatch(r"_?[A-Z_]+(\.text)?", ast.unparse(value)) for value in values)
    return isinstance(statement, ast.BinOp) or ".format" in ast.unparse(statement)


def logs_a_secret(node: ast.AST) -> bool:
    """A log line that is handed something called as secrets are."""
    if not isinstance(node, ast.Call) or not re.match(r"(log|logger|logging)\.\w+$", ast.unparse(node.func)):
        return False
    handed = [*node.args, *(keyword.value for keyword in node.keywords)]
    return any(
        SECRET_WORDS.search(ast.unparse(value)) for value in handed if not isinstance(value, ast.Constant)
    )


def redirects_where_asked(node: ast.AST) -> bool:
    """`redirect` to what the request says, as it says it."""
    if not calls("redirect")(node):
        return False
    assert isinstance(node, ast.Call)
    return bool(re.match(r"(str\()?request\.", ast.unparse(node.args[0])))


def runs_text(node: ast.AST) -> bool:
    """What runs or unpacks whatever it is given."""
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func)
    shell = any(k.arg == "shell" and ast.unparse(k.value) == "True" for k in node.keywords)
    runners = {"eval", "exec", "compile", "pickle.loads", "pickle.load", "marshal.loads", "yaml.load"}
    return shell or name in runners or name == "os.system"


def trusts_any_server(node: ast.AST) -> bool:
    """TLS that looks at no certificate."""
    return isinstance(node, ast.keyword) and node.arg == "verify" and ast.unparse(node.value) == "False"


RULES: dict[str, tuple[Rule, str]] = {
    "text believed to be markup": (markup_from_text, "Markup(name)"),
    "a template from text": (calls("render_template_string"), "flask.render_template_string(x)"),
    "a form into a row as it is": (calls("populate_obj"), "form.populate_obj(member)"),
    "an attribute by any name": (sets_any_attribute, "for k in form: setattr(member, k, form[k])"),
    "a statement put together": (builds_sql, 'session.execute(text(f"select {x}"))'),
    "a secret in the log": (logs_a_secret, 'log.info("sent", header=token)'),
    "a door without its token": (calls("exempt"), "csrf.exempt(view)"),
    "a way out of the site": (redirects_where_asked, "redirect(request.args['next'])"),
    "text that is run": (runs_text, "subprocess.run(x, shell=True)"),
    "any certificate will do": (trusts_any_server, "requests.get(url, verify=False)"),
    "a random name that can be guessed": (calls("random.random"), "random.random()"),
    "a file by a name from outside": (calls("send_file"), "send_file(request.args['name'])"),
}
"""What it is called → the rule, and a line that breaks it."""

IN_TEMPLATES: dict[str, tuple[re.Pattern[str], str]] = {
    "text believed to be markup": (re.compile(r"\|\s*safe\b|autoescape\s+false"), "{{ name|safe }}"),
    "an attribute without quotes": (re.compile(r"[a-z-]=\{\{"), "<a title={{ name }}>"),
    "script or style in the page": (
        re.compile(
            r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\son(?:click|load|error|change|submit|input|focus|blur|key\w+|mouse\w+|pointer\w+)="
        ),
        '<p onclick="x()">',
    ),
    "a file of another site": (re.compile(r"(?:src|href)=\"(?:https?:)?//"), '<script src="//x/y.js">'),
}


@pytest.mark.parametrize("name", RULES)
def test_no_module_breaks_it(name: str) -> None:
    rule, _bad = RULES[name]
    broken = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', '?')}"
        for path in MODULES
        for node in _nodes(path.read_text("utf-8"))
        if rule(node)
    ]
    assert broken == []


@pytest.mark.parametrize("name", RULES)
def test_each_rule_finds_one_of_its_kind(name: str) -> None:
    rule, bad = RULES[name]
    assert any(rule(node) for node in _nodes(bad))


@pytest.mark.parametrize("name", IN_TEMPLATES)
def test_no_template_breaks_it(name: str) -> None:
    pattern, bad = IN_TEMPLATES[name]
    assert pattern.search(bad)
    broken = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in TEMPLATES
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert broken == []


def _nodes(source: str) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(source))
