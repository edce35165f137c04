"""What the pages of a change print, as values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pyroaring import BitMap

from partner_center.changes.clashes import Clash
from partner_center.changes.outcome import Heading, Sums
from partner_center.changes.plan import Plan
from partner_center.changes.states import ChangeState, Outcome
from partner_center.licensing.deeds import DeedKind
from partner_center.licensing.losses import Loss
from partner_center.licensing.reasons import Fix
from partner_center.shared.page import Page


@dataclass(frozen=True, slots=True)
class Head:
    """Who asked for a change, when, and where it stands. `mine`: the reader saved it.

    `desk` is where it was prepared (`directory.desks`).
    """

    ref: str
    customer_id: int
    desk: str
    state: ChangeState
    staff_name: str
    mine: bool
    created_at: datetime
    saved_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    note: str
    retry_of: str | None
    retried_as: tuple[str, ...]
    users: int
    stop_reason: str | None
    seen: bool


@dataclass(frozen=True, slots=True)
class ExpectedView:
    """Users for whom one product is expected to fail; `first` are names, `more` how many were cut."""

    reason: str
    fix: Fix
    sku_id: str
    product: str
    users: int
    first: tuple[str, ...]
    more: int
    other_products: tuple[str, ...]
    plan_names: tuple[str, ...]
    countries: tuple[str, ...]
    clash: Clash


@dataclass(frozen=True, slots=True)
class DeedView:
    """One thing planned for one user; `reason` is why it is expected to fail."""

    sku_id: str
    product: str
    kind: DeedKind
    already: bool
    by_group: bool
    reason: str | None
    on_names: tuple[str, ...]
    off_names: tuple[str, ...]
    location: str | None


@dataclass(frozen=True, slots=True)
class PlanUser:
    """One user of a plan, with product names now and afterwards."""

    number: int
    display_name: str
    user_principal_name: str
    deeds: tuple[DeedView, ...]
    now: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan that waits for a person (or was discarded). Nothing has been changed by it.

    `digest` goes into the form. `drifted`: it is not what was shown first.
    """

    head: Head
    plan: Plan
    digest: str
    products: Mapping[str, str]
    plans: Mapping[str, str]
    expected: tuple[ExpectedView, ...]
    losses_first: Mapping[Loss, tuple[str, ...]]
    users: Page[PlanUser]
    drifted: bool
    discarded: bool
    can_save: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a change is, in users. `waiting_until`: Microsoft asked us to wait."""

    state: ChangeState
    done: int
    total: int
    failed: int
    saved_at: datetime | None
    waiting_until: datetime | None

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state not in (ChangeState.WAITING, ChangeState.RUNNING)

    @property
    def percent(self) -> int:
        """0 to 100, and 100 only at the end."""
        return 100 * self.done // self.total if self.total else 0


@dataclass(frozen=True, slots=True)
class RunView:
    """A change under way."""

    head: Head
    progress: Progress


@dataclass(frozen=True, slots=True)
class Message:
    """Microsoft's own words to one user's call."""

    text: str
    request_id: str | None
    user: str


@dataclass(frozen=True, slots=True)
class Problem:
    """All users for whom one product ended badly in one way for one reason."""

    reason: str
    fix: Fix
    sku_id: str
    product: str
    users: int
    first: tuple[str, ...]
    more: int
    numbers: BitMap
    messages: tuple[Message, ...]
    other_products: tuple[str, ...]
    plan_names: tuple[str, ...]
    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResultDeed:
    """One thing asked for one user and how it ended."""

    sku_id: str
    product: str
    kind: DeedKind
    outcome: Outcome
    reason: str | None
    by_group: bool
    on_names: tuple[str, ...]
    off_names: tuple[str, ...]
    location: str | None


@dataclass(frozen=True, slots=True)
class LicenseNow:
    """A product a user had when the change ended; `off` services are switched off in it."""

    sku_id: str
    name: str
    is_new: bool
    by_group: bool
    off: int


@dataclass(frozen=True, slots=True)
class DoneUser:
    """A user for whom something was done or was so already."""

    number: int
    display_name: str
    user_principal_name: str
    deeds: tuple[ResultDeed, ...]
    licenses: tuple[LicenseNow, ...]


@dataclass(frozen=True, slots=True)
class ResultView:
    """How a change ended. Both sums add up to what was requested."""

    head: Head
    heading: Heading
    users_ok: int
    users: int
    users_sums: Sums
    changes_sums: Sums
    failures: tuple[Problem, ...]
    not_attempted: tuple[Problem, ...]
    unknown: tuple[Problem, ...]
    done: Page[DoneUser]
    can_retry: int
    duration: timedelta | None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One line of the list of changes; `sums` of users once it is finished."""

    head: Head
    sums: Sums | None
