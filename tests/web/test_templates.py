"""All templates: they compile, are used, and are given every name they ask for."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import StrictUndefined, nodes
from jinja2.meta import find_referenced_templates, find_undeclared_variables

import partner_center

WEB = Path(partner_center.__file__).parent / "web"
TEMPLATES = WEB.parent.parent / "templates"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))


def renderings() -> Iterator[tuple[str, str, set[str] | None]]:
    """Each call of render_template: where, which template, the names given (None: known when it runs)."""
    for file in sorted(WEB.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "render_template"
            if called and isinstance(node, ast.Call) and isinstance(node.args[0], ast.Constant):
                given = {word.arg for word in node.keywords if word.arg}
                unknown = any(word.arg is None for word in node.keywords)
                where = f"{file.relative_to(WEB)}:{node.lineno}"
                yield where, str(node.args[0].value), None if unknown else given


def wanted(app: Flask, name: str) -> set[str]:
    """The names that `name` and what it extends or includes take from outside, without a default."""
    tree = app.jinja_env.parse((TEMPLATES / name).read_text(encoding="utf-8"))
    optional = {test.node.name for test in tree.find_all(nodes.Test) if isinstance(test.node, nodes.Name)}
    for default in tree.find_all(nodes.Filter):
        if default.name in {"default", "d"} and isinstance(default.node, nodes.Name):
            optional.add(default.node.name)
    names = find_undeclared_variables(tree) - optional
    for other in find_referenced_templates(tree):
        if other and other.startswith(("layout/", name.rpartition("/")[0] + "/_")):
            names |= wanted(app, other)
    set_here = {target.name for target in tree.find_all(nodes.Name) if target.ctx == "store"}
    set_here |= {macro.name for macro in tree.find_all(nodes.Macro)}
    for line in tree.find_all(nodes.FromImport):
        set_here |= {name if isinstance(name, str) else name[1] for name in line.names}
    return names - set(app.jinja_env.globals) - set_here - {"self", "super", "caller"}


def provided(app: Flask) -> set[str]:
    with app.test_request_context("/sign-in"):
        context: dict[str, object] = {}
        app.update_template_context(context)
    return set(context)


@pytest.mark.parametrize("name", NAMES)
def test_every_template_compiles(app: Flask, name: str) -> None:
    app.jinja_env.get_template(name)


def test_a_name_that_is_not_there_fails_and_markup_is_escaped(app: Flask) -> None:
    assert app.jinja_env.undefined is StrictUndefined
    assert app.select_jinja_autoescape("customers/list.html")


def test_nothing_is_marked_safe() -> None:
    """Text is text: escaping is never switched off."""
    for name in NAMES:
        source = (TEMPLATES / name).read_text(encoding="utf-8")
        assert "|safe" not in source.replace(" ", ""), name
        assert "autoescape" not in source, name
    for file in WEB.rglob("*.py"):
        assert "Markup(" not in file.read_text(encoding="utf-8"), file


def test_no_style_changes_the_case_of_letters() -> None:
    """Turkish has two i's: upper and lower case are written in the catalogue, never computed."""
    for name in NAMES:
        source = (TEMPLATES / name).read_text(encoding="utf-8").replace(" ", "")
        assert not {"|upper", "|title", "|capitalize", "|lower"} & set(_filters(source)), name
    for sheet in (WEB.parent / "static").rglob("*.css"):
        assert "text-transform" not in sheet.read_text(encoding="utf-8"), sheet


def _filters(source: str) -> Iterator[str]:
    for name in ("upper", "title", "capitalize", "lower"):
        if f"|{name}" in source:
            yield f"|{name}"


def test_every_page_is_rendered_by_some_view_and_every_view_has_its_page() -> None:
    used = {
        node.value
        for file in WEB.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and str(node.value).endswith(".html")
    } - {"standalone.html"}
    pages = {name for name in NAMES if not name.startswith(("layout/", "components/")) and "/_" not in name}
    assert used == pages - {"errors/standalone.html"}


def test_every_part_is_used_by_some_template(app: Flask) -> None:
    users = defaultdict(set)
    for name in NAMES:
        tree = app.jinja_env.parse((TEMPLATES / name).read_text(encoding="utf-8"))
        for other in find_referenced_templates(tree):
            users[other].add(name)
    parts = {name for name in NAMES if name.startswith(("layout/", "components/")) or "/_" in name}
    assert parts <= set(users)


def test_every_page_is_given_the_names_it_asks_for(app: Flask) -> None:
    ready = provided(app)
    missing = {
        where: names
        for where, template, given in renderings()
        if given is not None and (names := wanted(app, template) - given - ready)
    }
    assert not missing
