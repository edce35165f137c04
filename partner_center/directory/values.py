"""What the mirror tells: users, licences held, groups of like users, filters. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from pyroaring import BitMap


class Source(StrEnum):
    """How a licence reached its user."""

    ANY = "any"
    DIRECT = "direct"
    GROUP = "group"


class Kind(StrEnum):
    """Members of the organisation, or guests."""

    ANY = "any"
    MEMBER = "member"
    GUEST = "guest"


class Status(StrEnum):
    """Whether the user may sign in."""

    ANY = "any"
    ACTIVE = "active"
    BLOCKED = "blocked"


class Licensed(StrEnum):
    """Whether the user holds any licence at all."""

    ANY = "any"
    YES = "yes"
    NO = "no"


class UserSort(StrEnum):
    """What a list of users is sorted by; equal ones by name."""

    NAME = "name"
    DEPARTMENT = "department"
    LOCATION = "location"


ANY_LOCATION = "any"
MISSING_LOCATION = "missing"


@dataclass(frozen=True, slots=True)
class HeldLicense:
    """One SKU at one user: given directly, by groups, or both; `off` are ids of plans switched off.

    `error` is Microsoft's name of a group assignment's trouble; `failed` are the groups that could not give
    it, each with its own. `direct_only` are the plans that only the direct assignment has on.
    """

    sku_id: str
    direct: bool
    groups: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    error: str | None = None
    failed: tuple[tuple[str, str], ...] = ()
    direct_only: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """Whether the user really has it: an assignment in error alone gives nothing."""
        return self.direct or bool(self.groups)

    def to_json(self) -> dict[str, Any]:
        """As a `Holding` row keeps it: what most licences lack is left out."""
        rare = {"failed": [list(pair) for pair in self.failed], "direct_only": list(self.direct_only)}
        return {
            "sku": self.sku_id,
            "direct": self.direct,
            "groups": list(self.groups),
            "off": list(self.off),
            "error": self.error,
            **{name: value for name, value in rare.items() if value},
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> HeldLicense:
        """What `to_json` wrote."""
        return cls(
            data["sku"],
            data["direct"],
            tuple(data["groups"]),
            tuple(data["off"]),
            data["error"],
            tuple((group, error) for group, error in data.get("failed", ())),
            tuple(data.get("direct_only", ())),
        )


class Failing(Protocol):
    """A licence as far as groups failed to give it, told by Microsoft or kept here."""

    @property
    def sku_id(self) -> str: ...
    @property
    def failed(self) -> tuple[tuple[str, str], ...]: ...


def troubles_of(licenses: Iterable[Failing], group_id: str) -> dict[str, str]:
    """What this group could not give who has these licences: Microsoft's word for why, by SKU id."""
    return {one.sku_id: error for one in licenses for group, error in one.failed if group == group_id}


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user as lists show it. `upn` is Microsoft's userPrincipalName."""

    number: int
    graph_id: str
    display_name: str
    upn: str
    mail: str | None
    department: str | None
    usage_location: str | None
    guest: bool
    enabled: bool
    holding_id: int
    licenses: tuple[HeldLicense, ...]

    @property
    def held(self) -> tuple[HeldLicense, ...]:
        """The licences the user really has."""
        return tuple(license_ for license_ in self.licenses if license_.held)


@dataclass(frozen=True, slots=True)
class HolderGroup:
    """Users who are alike to the licensing engine: same licences, same location, guest or not."""

    holding_id: int
    licenses: tuple[HeldLicense, ...]
    location: str | None
    guest: bool
    members: BitMap


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of some users have a SKU; one who has it both ways counts once in `have`."""

    have: int
    direct: int
    by_group: int


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which users a list shows. `has` and `lacks` are SKU ids.

    `source` speaks of `has`, or of any licence when `has` is None. `location` is ANY_LOCATION,
    MISSING_LOCATION or a two-letter country. `only` keeps the list to a set of users.
    """

    query: str = ""
    has: str | None = None
    lacks: str | None = None
    source: Source = Source.ANY
    kind: Kind = Kind.ANY
    status: Status = Status.ANY
    location: str = ANY_LOCATION
    licensed: Licensed = Licensed.ANY
    only: BitMap | None = None

    @property
    def is_plain(self) -> bool:
        """Whether everybody passes."""
        return self == UserFilter()
