"""What the pages of a change print, as values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from partner_center.changes.clashes import Clash
from partner_center.changes.outcome import Heading, Sums
from partner_center.changes.pace import TimeLeft
from partner_center.changes.plan import Plan
from partner_center.changes.states import ChangeState, Order, Outcome
from partner_center.licensing.deeds import DeedKind
from partner_center.licensing.losses import Loss
from partner_center.licensing.reasons import Fix
from partner_center.shared.page import Page


@dataclass(frozen=True, slots=True)
class Link:
    """Another change that came of this one and was saved; `sums` of its users once it is finished."""

    ref: str
    state: ChangeState
    sums: Sums | None


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
    retried_as: tuple[Link, ...]
    undo_of: str | None
    undone_by: tuple[Link, ...]
    users: int
    stop_reason: str | None
    stopped_by: str | None
    is_paused: bool
    seen: bool


@dataclass(frozen=True, slots=True)
class LeftOutView:
    """Users that were asked for and are left out, and why; `first` are names, `users` how many in all."""

    reason: str
    users: int
    first: tuple[str, ...]


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
class SubstituteView:
    """A product that can be given instead, with what it has beside the same services."""

    sku_id: str
    product: str
    available: int
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnservedView:
    """Users who were decided to go without a product; `first` are names, `users` how many in all."""

    product: str
    users: int
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SwitchedOn:
    """Services that a swap to a product turns on for `users` who have them on nowhere now."""

    product: str
    plan_names: tuple[str, ...]
    users: int


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan that waits for a person (or was discarded). Nothing has been changed by it.

    `digest` goes into the form. `drifted`: it is not what was shown first. `promised` are licences by
    product that are free and that changes under way will use.
    """

    head: Head
    plan: Plan
    digest: str
    products: Mapping[str, str]
    plans: Mapping[str, str]
    promised: Mapping[str, int]
    expected: tuple[ExpectedView, ...]
    left_out: tuple[LeftOutView, ...]
    unserved: tuple[UnservedView, ...]
    substitutes: Mapping[str, tuple[SubstituteView, ...]]
    switched_on: tuple[SwitchedOn, ...]
    losses_first: Mapping[Loss, tuple[str, ...]]
    users: Page[PlanUser]
    drifted: bool
    discarded: bool
    can_save: bool
    can_discard: bool


class Waits(StrEnum):
    """Why a change under way sends nothing now, without anybody having said so.

    `turn`: another change of the same users goes first. `busy`: Microsoft asked to wait. `silent`: it
    does not answer.
    """

    TURN = "turn"
    BUSY = "busy"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Course:
    """What a change under way was told, by whom and when, and what it waits for.

    `promised` licences are kept for it. `until` is when it goes on, `since` when Microsoft fell silent,
    `before` the change that goes first. `left` is None where nothing is known of how long it will take.
    """

    order: Order = Order.GO
    by: str = ""
    at: datetime | None = None
    promised: int = 0
    may_steer: bool = False
    waits: Waits | None = None
    until: datetime | None = None
    since: datetime | None = None
    before: str | None = None
    left: TimeLeft | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a change is, in users."""

    state: ChangeState
    sums: Sums
    total: int
    saved_at: datetime | None
    course: Course

    @property
    def done(self) -> int:
        """Users that have their outcome."""
        return self.sums.settled

    @property
    def failed(self) -> int:
        """Users that failed."""
        return self.sums.failed

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


class Hindrance(StrEnum):
    """Why a change can't be undone (by this person, now)."""

    NOT_FINISHED = "not_finished"
    NOTHING_DONE = "nothing_done"
    TOO_LATE = "too_late"
    NOT_YOURS = "not_yours"
    ROLE = "role"
    UNDER_WAY = "under_way"


@dataclass(frozen=True, slots=True)
class UndoOffer:
    """Whether **Undo this change** is offered. `other` is the undo that is planned by the reader or runs.

    `mailboxes`: mailboxes were taken, and giving the licence back until then brings them back.
    """

    until: datetime | None = None
    hindrance: Hindrance | None = None
    other: str | None = None
    mailboxes: bool = False


@dataclass(frozen=True, slots=True)
class Sealed:
    """The hashes (SHA-256, in hex) of the two files of evidence."""

    csv_sha256: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ResultView:
    """How a change ended. Both sums add up to what was requested. `gave`: somebody got a product by it."""

    head: Head
    heading: Heading
    users_ok: int
    users: int
    users_sums: Sums
    changes_sums: Sums
    failures: tuple[Problem, ...]
    not_attempted: tuple[Problem, ...]
    unknown: tuple[Problem, ...]
    more_problems: int
    left_out: tuple[LeftOutView, ...]
    done: Page[DoneUser]
    can_retry: int
    undo: UndoOffer
    sealed: Sealed | None
    duration: timedelta | None
    gave: bool


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One line of the list of changes; `sums` of users once it is finished."""

    head: Head
    sums: Sums | None
