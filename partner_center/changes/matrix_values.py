"""**Manage licenses** as values: what the page prints, nothing it has to work out. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from partner_center.changes.clashes import Clash
from partner_center.changes.plan import ReviewReason
from partner_center.directory.owned import GroupName
from partner_center.licensing.reasons import Fix
from partner_center.licensing.values import LocationWish, Op, ProductWish, TriState


@dataclass(frozen=True, slots=True)
class PlanCounts:
    """Service plans of a product over those who hold it or will: on for all, off for all, mixed."""

    total: int
    on: int
    off: int
    mixed: int


@dataclass(frozen=True, slots=True)
class Predicted:
    """Chosen users for whom the product is expected to fail; `first` are some of their names."""

    reason: str
    fix: Fix
    users: int
    first: tuple[str, ...]
    other_sku_id: str | None
    other_name: str | None
    plan_names: tuple[str, ...]
    countries: tuple[str, ...]
    clash: Clash


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One product. `have` and `only_by_group` count chosen users; `short` is how many licences to buy.

    `promised` are free and not `available`: changes under way will use them.
    """

    sku_id: str
    part_number: str
    name: str
    state: TriState
    result: TriState
    selected: int
    have: int
    only_by_group: int
    groups: tuple[GroupName, ...]
    purchased: int
    available: int
    promised: int
    assignable: bool
    why_not: str | None
    wish: ProductWish
    offered: tuple[Op, ...]
    give: int
    take: int
    need: int
    freed: int
    after: int
    short: int
    plans: PlanCounts
    plans_changed: int
    predicted: tuple[Predicted, ...]


@dataclass(frozen=True, slots=True)
class LocationSummary:
    """How many of the chosen have no usage location, and which ones the others have, most used first."""

    missing: int
    wish: LocationWish | None
    countries: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole page. `problems` counts expected failures by user and product."""

    rows: tuple[MatrixRow, ...]
    selected: int
    changed: int
    gives: int
    takes: int
    plan_changes: int
    problems: int
    short: int
    needs_review: bool
    reasons: tuple[ReviewReason, ...]
    location: LocationSummary
    unchanged_wish: bool
