"""$filter and $orderby on collections short enough to be walked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from partner_center.sandbox.calls import graph_error
from partner_center.sandbox.odata.syntax import AnyOf, BadFilter, Both, Compare, In, Node, Not, Test, parse

Item = dict[str, Any]


def keep(items: Sequence[Item], text: str | None) -> list[Item]:
    """The items a $filter lets through; all of them without one."""
    if not text:
        return list(items)
    try:
        tree = parse(text)
    except BadFilter as problem:
        raise graph_error(400, "BadRequest", f"Invalid filter clause: {problem}.") from problem
    return [item for item in items if _holds(tree, item)]


def ordered(items: list[Item], text: str | None) -> list[Item]:
    """The items by one property, `desc` or not; as they are without $orderby."""
    if not text:
        return items
    path, _, way = text.partition(" ")
    return sorted(items, key=lambda item: str(_folded(_read(item, path))), reverse=way.strip() == "desc")


def _read(item: Item, path: str) -> Any:
    value: Any = item
    for part in path.split("/"):
        if part == "$count":
            return len(value)
        if not isinstance(value, dict) or part not in value:
            text = f"Could not find a property named '{part[:60]}'."
            raise graph_error(400, "BadRequest", f"Invalid filter clause: {text}")
        value = value[part]
    return value


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _holds(node: Node, item: Item) -> bool:
    if isinstance(node, Both):
        results = (_holds(part, item) for part in node.parts)
        return any(results) if node.op == "or" else all(results)
    if isinstance(node, Not):
        return not _holds(node.part, item)
    if isinstance(node, AnyOf):
        return any(_holds(node.inner, inner) for inner in _read(item, node.path))
    value = _folded(_read(item, node.path))
    if isinstance(node, In):
        return value in {_folded(wanted) for wanted in node.values}
    if isinstance(node, Test):
        text = str(value or "")
        wanted = node.value.casefold()
        return text.startswith(wanted) if node.function == "startswith" else text.endswith(wanted)
    return _compares(value, node)


def _compares(value: Any, node: Compare) -> bool:
    wanted = _folded(node.value)
    if node.op in {"eq", "ne"}:
        return bool((value == wanted) is (node.op == "eq"))
    if value is None or wanted is None:
        return False
    return bool(
        {"gt": value > wanted, "ge": value >= wanted, "lt": value < wanted, "le": value <= wanted}[node.op]
    )
