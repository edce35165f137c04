"""What the demo's customers buy. One `Line` is one product of one customer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A product a customer owns and who has it.

    Of the users, `share` (0 to 1) or `count` of them get it: a `base` line takes users no other base
    line took, any other line takes users of the base lines named in `among` (all of them when empty).
    The seats bought are those taken and `spare` more, or exactly `split`, one subscription each.
    `group` hands it out through that group; `refused` more members of the group, taken from those named
    in `refused_among` (from people without licences when empty), did not get it and say why. `off` are
    plans, by part name, switched off for a third, or by the group for all. `among=("rooms",)` means the
    rooms' own accounts.
    """

    part: str
    share: float = 0.0
    count: int = 0
    base: bool = False
    among: tuple[str, ...] = ()
    spare: int = 5
    split: tuple[int, ...] = ()
    group: str | None = None
    refused: int = 0
    refused_among: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    status: str = "Enabled"
    channel: str = "partner"
    trial: bool = False
    term: str = "P1Y"
    ends_in: int = 200
    auto_renew: bool = True


@dataclass(frozen=True, slots=True)
class Company:
    """A customer: where it is, how many users, what it owns, how far the partner may go there."""

    name: str
    domain: str
    country: str
    city: str
    users: int
    lines: tuple[Line, ...]
    access: str = "full"
    reseller: str | None = None
    guests: int = 0
    without_location: int = 0
    shared: int = 0
    rooms: int = 0
    deleted: int = 0
    blocked: int = 0
    abroad: tuple[str, ...] = ()


def base(part: str, share: float, **more: object) -> Line:
    """A product that most users have one of."""
    return Line(part, share=share, base=True, **more)  # type: ignore[arg-type]


def extra(part: str, count: int, *among: str, **more: object) -> Line:
    """A product for some of those who have a base product."""
    return Line(part, count=count, among=among, **more)  # type: ignore[arg-type]


def unused(part: str, seats: int, **more: object) -> Line:
    """A product nobody has."""
    return Line(part, split=(seats,), **more)  # type: ignore[arg-type]
