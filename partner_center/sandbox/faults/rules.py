"""One fault: what goes wrong, for which calls, how often. Pure but for its own dice and counts."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, TypeVar


class Fault(StrEnum):
    """What goes wrong."""

    THROTTLE = "throttle"
    ERROR = "error"
    SLOW = "slow"
    DROP = "drop"
    MALFORMED = "malformed"
    LOSE_BATCH = "lose_batch"
    MISSING_ITEM = "missing_item"
    EXPIRE_TOKEN = "expire_token"  # noqa: S105 - the name of a fault
    EDIT = "edit"


OF_ANSWERS = frozenset({Fault.MALFORMED, Fault.MISSING_ITEM, Fault.LOSE_BATCH})
"""What spoils an answer: the call was carried out, `lose_batch` in part."""
OF_BATCHES = frozenset({Fault.MISSING_ITEM, Fault.LOSE_BATCH})
OF_PARTS = frozenset({Fault.THROTTLE, Fault.ERROR, Fault.SLOW, Fault.EDIT})
"""What can happen to one request inside a `$batch`."""


Word = TypeVar("Word", bound=StrEnum)


class When(StrEnum):
    """Whether the call has been carried out when it goes wrong."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule may look at: the whole path, and the tenant the token or the path names."""

    method: str
    path: str
    tenant: str
    is_part: bool = False

    @property
    def is_batch(self) -> bool:
        """Whether it carries other requests."""
        return self.method == "POST" and self.path.endswith("/$batch")


@dataclass(slots=True)
class Rule:
    """A fault on request.

    `path` is a glob over the whole path, a part's own path inside a `$batch` included; an empty `method`
    or `tenant` means any. Of the calls that fit, those of `nth` are struck (counted from 1), or each with
    the probability `chance`; never more than `next` of them. `status` is for `error`, `retry_after` (whole
    seconds, None leaves the header out) for `throttle` and a 503, `seconds` for `slow`, `edit` is the body
    of a POST to /sandbox/edit.
    """

    fault: Fault
    method: str = ""
    path: str = "*"
    tenant: str = ""
    when: When = When.BEFORE
    chance: float = 1.0
    seed: int = 0
    nth: tuple[int, ...] = ()
    next: int | None = None
    status: int = 500
    retry_after: int | None = None
    seconds: float = 1.0
    edit: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0
    met: int = 0
    fired: int = 0
    _dice: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        self._dice.seed(self.seed)

    def fits(self, asked: Asked) -> bool:
        """Whether it is about this call."""
        if asked.is_part and self.fault not in OF_PARTS:
            return False
        if self.fault in OF_BATCHES and not asked.is_batch:
            return False
        return (
            self.method in ("", asked.method)
            and self.tenant in ("", asked.tenant)
            and fnmatchcase(asked.path, self.path)
        )

    def strikes(self) -> bool:
        """Count one more call that fits; whether this one is struck."""
        self.met += 1
        if self.next is not None and self.fired >= self.next:
            return False
        struck = self.met in self.nth if self.nth else self._dice.random() < self.chance
        self.fired += struck
        return struck

    def pick(self, count: int) -> int:
        """One of `count` things, by the rule's own dice."""
        return self._dice.randrange(count)

    def shown(self) -> dict[str, Any]:
        """The rule and its counts, as JSON has them: `met` calls fitted, `fired` of them were struck."""
        told = {each.name: getattr(self, each.name) for each in fields(self) if not each.name.startswith("_")}
        return told | {"nth": list(self.nth), "edit": dict(self.edit)}


def read_rule(body: Mapping[str, Any]) -> Rule:
    """A rule from JSON. ValueError, KeyError or TypeError says what is wrong with it."""
    known = {each.name for each in fields(Rule) if not each.name.startswith("_")} - {"id", "met", "fired"}
    if strange := sorted(body.keys() - known):
        raise ValueError(f"a fault has no {strange[0]!r}; it may have {', '.join(sorted(known))}")
    given = dict(body)
    nth = given.get("nth", ())
    rule = Rule(
        **(
            given
            | {
                "fault": _one_of(Fault, given["fault"]),
                "when": _one_of(When, given.get("when", When.BEFORE)),
                "tenant": str(given.get("tenant", "")).lower(),
                "method": str(given.get("method", "")).upper(),
                "nth": tuple(int(each) for each in (nth if isinstance(nth, list | tuple) else [nth])),
            }
        )
    )
    _check(rule)
    return rule


def _one_of(words: type[Word], wanted: object) -> Word:
    try:
        return words(str(wanted))
    except ValueError:
        raise ValueError(f"{wanted!r} is none of {', '.join(words)}") from None


def _check(rule: Rule) -> None:
    if not 0 <= rule.chance <= 1:
        raise ValueError(f"chance is a probability from 0 to 1, not {rule.chance}")
    if rule.nth and rule.chance != 1:
        raise ValueError("give nth or chance, not both")
    if rule.fault is Fault.ERROR and not 400 <= rule.status < 600:
        raise ValueError(f"status is that of an error, not {rule.status}")
    if rule.fault is Fault.EDIT and "do" not in rule.edit:
        raise ValueError("an edit says what to do, for example {'do': 'end_gdap'}")
    if rule.fault is Fault.SLOW and not 0 <= rule.seconds <= 600:
        raise ValueError(f"seconds is at most 600, not {rule.seconds}")
