"""The faults that are switched on, shared by all threads of the sandbox."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from partner_center.sandbox.faults.rules import Asked, Rule, read_rule


class FaultBoard:
    """Rules in the order they were added, their counts, and the tokens that were ended early."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._added = 0
        self._ended: set[str] = set()
        self._lock = threading.Lock()

    def add(self, bodies: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Switch faults on, all or none of them; as shown. Raises what `read_rule` raises."""
        rules = [read_rule(body) for body in bodies]
        with self._lock:
            for rule in rules:
                self._added += 1
                rule.id = self._added
                self._rules.append(rule)
            return [rule.shown() for rule in rules]

    def clear(self, rule_id: int | None = None) -> list[dict[str, Any]]:
        """Switch one off, or all; with their last counts. Tokens ended before stay ended."""
        with self._lock:
            gone = [rule for rule in self._rules if rule_id in (None, rule.id)]
            self._rules = [rule for rule in self._rules if rule not in gone]
            return [rule.shown() for rule in gone]

    def shown(self) -> list[dict[str, Any]]:
        """All that is switched on, with counts."""
        with self._lock:
            return [rule.shown() for rule in self._rules]

    def struck(self, asked: Asked) -> list[Rule]:
        """The rules that strike this call, in their order."""
        if not self._rules:
            return []
        with self._lock:
            return [rule for rule in self._rules if rule.fits(asked) and rule.strikes()]

    def pick(self, rule: Rule, count: int) -> int:
        """One of `count` things, by the rule's dice."""
        with self._lock:
            return rule.pick(count)

    def end_token(self, authorization: str) -> None:
        """This token is taken no more."""
        with self._lock:
            self._ended.add(authorization)

    def has_ended(self, authorization: str) -> bool:
        """Whether the token was ended early."""
        return authorization in self._ended
