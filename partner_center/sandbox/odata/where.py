"""A $filter on users as SQL, with Graph's own ideas of what may be filtered and how.

Source: Microsoft's tables of "advanced query capabilities on directory objects".
"""

from __future__ import annotations

from dataclasses import dataclass, field

from partner_center.sandbox.calls import Refused, graph_error
from partner_center.sandbox.odata.syntax import (
    AnyOf,
    BadFilter,
    Both,
    Compare,
    In,
    Node,
    Not,
    Test,
    Value,
    parse,
)

MOST_CLAUSES = 15
"""Graph refuses longer chains of `or`, and longer `in` lists."""

_PLAIN = frozenset({"eq", "in", "startswith"})
_RANGE = _PLAIN | {"ge", "le"}


@dataclass(frozen=True, slots=True)
class _Property:
    column: str
    plain: frozenset[str]
    folded: bool = True


_PROPERTIES = {
    "id": _Property("id", frozenset({"eq", "in"}), folded=False),
    "displayName": _Property("sort_name", _RANGE, folded=False),
    "userPrincipalName": _Property("upn_key", _RANGE, folded=False),
    "mail": _Property("mail", _RANGE),
    "givenName": _Property("given_name", _RANGE),
    "surname": _Property("surname", _RANGE),
    "jobTitle": _Property("job_title", _RANGE),
    "department": _Property("department", _RANGE),
    "usageLocation": _Property("usage_location", _RANGE),
    "userType": _Property("user_type", frozenset({"eq", "in"})),
    "accountEnabled": _Property("enabled", frozenset({"eq", "in"}), folded=False),
    "createdDateTime": _Property("created_at", frozenset({"eq", "ge", "le"}), folded=False),
}
_ENDS_WITH = {"mail", "userPrincipalName"}
_SIGNS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}


@dataclass(slots=True)
class Where:
    """A condition with its parameters; `advanced` when Graph wants ConsistencyLevel and $count for it."""

    sql: str
    values: list[Value] = field(default_factory=list)
    advanced: bool = False


def unsupported(message: str = "Unsupported Query.") -> Refused:
    """Graph's refusal of a query it won't run."""
    return graph_error(400, "Request_UnsupportedQuery", message)


def user_filter(text: str) -> Where:
    """The condition a $filter on users stands for; refusals in Graph's words."""
    try:
        return _any_node(parse(text))
    except BadFilter as problem:
        raise graph_error(400, "BadRequest", f"Invalid filter clause: {problem}.") from problem


def _any_node(node: Node) -> Where:
    if isinstance(node, Both):
        return _both(node)
    if isinstance(node, Not):
        inner = _any_node(node.part)
        return Where(f"NOT coalesce({inner.sql}, 0)", inner.values, advanced=True)
    if isinstance(node, AnyOf):
        return _license(node)
    if isinstance(node, In):
        return _in(node)
    if isinstance(node, Test):
        return _test(node)
    return _compare(node)


def _both(node: Both) -> Where:
    if node.op == "or" and len(node.parts) > MOST_CLAUSES:
        raise _too_many(len(node.parts))
    parts = [_any_node(part) for part in node.parts]
    return Where(
        "(" + f" {node.op.upper()} ".join(part.sql for part in parts) + ")",
        [value for part in parts for value in part.values],
        advanced=any(part.advanced for part in parts),
    )


def _too_many(count: int) -> Refused:
    return unsupported(
        "Too many child clauses specified in search filter expression containing 'OR' operators: "
        f"{count}. Max allowed: {MOST_CLAUSES}."
    )


def _license(node: AnyOf) -> Where:
    if node.path != "assignedLicenses" or node.inner.path != "skuId" or node.inner.op != "eq":
        raise unsupported()
    return Where("instr(skus, ?) > 0", [str(node.inner.value).lower()])


def _property(path: str) -> _Property:
    found = _PROPERTIES.get(path)
    if found is None:
        raise unsupported(f"The request uses a filter property that is not indexed: '{path}'.")
    return found


def _value(prop: _Property, value: Value) -> Value:
    if isinstance(value, bool):
        return int(value)
    return value.casefold() if isinstance(value, str) and prop.column != "created_at" else value


def _in(node: In) -> Where:
    prop = _property(node.path)
    if len(node.values) > MOST_CLAUSES:
        raise _too_many(len(node.values))
    marks = ", ".join("?" for _ in node.values)
    return Where(f"{_expression(prop)} IN ({marks})", [_value(prop, value) for value in node.values])


def _test(node: Test) -> Where:
    prop = _property(node.path)
    text = node.value.casefold()
    if node.function == "startswith" and "startswith" in prop.plain:
        return Where(f"substr({_expression(prop)}, 1, ?) = ?", [len(text), text])
    if node.function == "endswith" and node.path in _ENDS_WITH:
        return Where(f"substr({_expression(prop)}, -?) = ?", [len(text), text], advanced=True)
    raise unsupported()


def _compare(node: Compare) -> Where:
    if node.path == "assignedLicenses/$count":
        return _count(node)
    prop = _property(node.path)
    if node.value is None:
        if node.op not in {"eq", "ne"}:
            raise unsupported()
        return Where(f"{prop.column} IS {'NOT ' if node.op == 'ne' else ''}NULL", advanced=True)
    value, expression = _value(prop, node.value), _expression(prop)
    if node.op == "ne":
        return Where(f"({prop.column} IS NULL OR {expression} <> ?)", [value], advanced=True)
    if node.op not in prop.plain:
        raise unsupported()
    return Where(f"{expression} {_SIGNS[node.op]} ?", [value])


def _count(node: Compare) -> Where:
    if node.value != 0 or node.op not in {"eq", "ne"}:
        raise unsupported()
    return Where(f"skus {_SIGNS[node.op]} ''", advanced=True)


def _expression(prop: _Property) -> str:
    return f"fold({prop.column})" if prop.folded else prop.column
