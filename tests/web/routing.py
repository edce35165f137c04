"""The running app's own list of addresses, and how to fill one in."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import AnyConverter, BaseConverter, Rule
from werkzeug.routing.converters import NumberConverter

READING = frozenset({"GET", "HEAD"})


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every address of the app with each of its methods; files left out."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.rpartition(".")[2] == "static":
            continue
        for method in sorted(rule.methods or ()):
            yield rule, method


def fill(rule: Rule, **known: object) -> str:
    """The rule's address, with `known` values and believable ones for the rest."""
    values = {name: known.get(name, _believable(rule._converters[name])) for name in rule.arguments}
    built = rule.build(values)
    assert built is not None, rule.rule
    return built[1]


def _believable(converter: BaseConverter) -> object:
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)[0]
    return 1 if isinstance(converter, NumberConverter) else "x"
