"""Which function answers which method and path."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from partner_center.sandbox.access import Need
from partner_center.sandbox.calls import Call, Reply

if TYPE_CHECKING:
    from partner_center.sandbox.world import World

Handler = Callable[..., Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """`template` has `{name}` for each part that is handed to `handler(world, call, name=…)`."""

    method: str
    template: str
    need: Need
    handler: Handler
    pattern: re.Pattern[str]

    def answer(self, world: World, call: Call, parts: dict[str, str]) -> Reply:
        return self.handler(world, call, **parts)


def route(method: str, template: str, need: Need, handler: Handler) -> Route:
    """One line of a table of routes."""
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
    return Route(method, template, need, handler, re.compile(pattern + r"/?"))


class Router:
    """A table of routes, tried in order."""

    def __init__(self, *routes: Route) -> None:
        self.routes = routes

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route and its parts, or None."""
        for entry in self.routes:
            if entry.method == method and (match := entry.pattern.fullmatch(path)):
                return entry, match.groupdict()
        return None

    def knows(self, path: str) -> bool:
        """Whether any method is served at the path."""
        return any(entry.pattern.fullmatch(path) for entry in self.routes)
