"""Undoing a finished change: who may, for how long, and the way back for each of its users."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pyroaring import BitMap
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.changes.pins import licenses_of, unpin
from partner_center.changes.plan import Ask, Footing
from partner_center.changes.states import ChangeState, Outcome
from partner_center.changes.views import Hindrance, UndoOffer
from partner_center.licensing.deeds import Deed, DeedKind
from partner_center.licensing.inverse import inverse
from partner_center.licensing.losses import DAYS_KEPT
from partner_center.shared import clock
from partner_center.shared.errors import Conflict, Forbidden
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission

OFFERED_FOR = timedelta(days=DAYS_KEPT)
"""As long as Exchange keeps a mailbox whose licence was taken (screens, D2.7)."""
_LIVING = (ChangeState.WAITING, ChangeState.RUNNING)
_OPEN = (ChangeState.PLANNED, ChangeState.REVIEW_AGAIN)
_AT_ONCE = 1000
_COLUMNS = ChangeItem.position, ChangeItem.user_number, ChangeItem.before, ChangeItem.after
_NEEDED = {
    DeedKind.ASSIGN: Permission.REVOKE_LICENSES,
    DeedKind.REVOKE: Permission.ASSIGN_LICENSES,
    DeedKind.PLANS: Permission.CHANGE_SERVICE_PLANS,
    DeedKind.LOCATION: Permission.SET_USAGE_LOCATION,
}
"""What one must be allowed to do to undo a deed of that kind."""


def offer(session: Session, actor: Actor, change: Change) -> UndoOffer:
    """What the result page says about undoing."""
    if change.state != ChangeState.FINISHED or change.finished_at is None:
        return UndoOffer(hindrance=Hindrance.NOT_FINISHED)
    until = change.finished_at + OFFERED_FOR
    done = _kinds_done(session, change)
    mailboxes = bool(change.plan.get("summary", {}).get("mailbox")) and bool(
        done & {DeedKind.REVOKE, DeedKind.PLANS}
    )
    other = _open_undo(session, actor, change)
    return UndoOffer(
        until=until,
        hindrance=_hindrance(actor, change, done, until, other),
        other=other.ref if other else None,
        mailboxes=mailboxes,
    )


def require(session: Session, actor: Actor, change: Change) -> None:
    """Raise Conflict or Forbidden, in a sentence, when the actor can't undo the change now."""
    offered = offer(session, actor, change)
    match offered.hindrance:
        case None:
            return
        case Hindrance.NOT_YOURS:
            raise Forbidden(
                "Your role does not undo changes of other people. Ask an admin agent or a global admin."
            )
        case Hindrance.ROLE:
            raise Forbidden("Your role does not allow what undoing this change takes. Ask a global admin.")
        case Hindrance.UNDER_WAY:
            raise Conflict(f"This change is being undone already, as {offered.other}. Open that one.")
        case Hindrance.NOTHING_DONE:
            raise Conflict("Nothing was changed by it. There is nothing to undo.")
        case Hindrance.TOO_LATE:
            raise Conflict("A change can be undone for 30 days. Use Manage licenses instead.")
        case Hindrance.NOT_FINISHED:
            raise Conflict("This change is not finished. Wait for its result.")


def may_undo(actor: Actor, source: Change) -> bool:
    """Whether the actor may undo this person's change: asked again before the first call is made."""
    return source.staff_id == actor.id or actor.may(Permission.UNDO_OTHERS)


def key_for(session: Session, actor: Actor, change: Change) -> str:
    """One key for each person until their undo is over: however often the button is pressed, one undo."""
    over = select(func.count()).where(
        Change.undo_of_id == change.id,
        Change.staff_id == actor.id,
        Change.state.not_in((*_OPEN, *_LIVING)),
    )
    return f"undo-{change.ref}-{actor.id}-{session.scalar(over) or 0}"


def asks_back(session: Session, change: Change) -> tuple[Ask, ...]:
    """The inverse of everything that was really done, for those alone who still are as it left them."""
    locations = {number: pin.location for pin in unpin(change.groups) for number in pin.members}
    found: dict[str, _Way] = {}
    for item, deeds in _done(session, change):
        way = _Way(item.before, item.after, deeds, locations.get(item.user_number))
        found.setdefault(way.key, way).members.add(item.user_number)
    return tuple(ask for way in found.values() if not (ask := way.ask()).wish.is_empty)


@dataclass(frozen=True, slots=True)
class _Way:
    """Users with the same way back."""

    before: Sequence[Mapping[str, Any]]
    after: Sequence[Mapping[str, Any]] | None
    deeds: Sequence[Mapping[str, Any]]
    location: str | None
    members: BitMap = field(default_factory=BitMap)

    @property
    def key(self) -> str:
        return json.dumps([self.before, self.after, self.deeds, self.location], sort_keys=True)

    def ask(self) -> Ask:
        deeds = [Deed.from_json(deed) for deed in self.deeds]
        located = next((deed.location for deed in deeds if deed.kind is DeedKind.LOCATION), None)
        left = self.before if self.after is None else self.after
        wish = inverse(deeds, licenses_of(self.before), self.location)
        return Ask(wish, self.members, Footing(licenses_of(left), located))


def _done(session: Session, change: Change) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """Each user for whom anything was done, with those deeds."""
    done = (ChangeEntry.change_id == change.id, ChangeEntry.outcome == Outcome.DONE)
    positions = session.scalars(
        select(ChangeEntry.position).where(*done).distinct().order_by(ChangeEntry.position)
    ).all()
    for start in range(0, len(positions), _AT_ONCE):
        some = positions[start : start + _AT_ONCE]
        deeds: dict[int, list[dict[str, Any]]] = {}
        entries = select(ChangeEntry.position, ChangeEntry.value).where(*done, ChangeEntry.position.in_(some))
        for position, value in session.execute(entries.order_by(ChangeEntry.position, ChangeEntry.sku_id)):
            deeds.setdefault(position, []).append(value["deed"])
        of_change = (ChangeItem.change_id == change.id, ChangeItem.position.in_(some))
        for item in session.execute(select(*_COLUMNS).where(*of_change).order_by(ChangeItem.position)):
            yield item, deeds[item.position]


def _kinds_done(session: Session, change: Change) -> set[DeedKind]:
    kinds = select(ChangeEntry.deed).where(
        ChangeEntry.change_id == change.id, ChangeEntry.outcome == Outcome.DONE
    )
    return {DeedKind(kind) for kind in session.scalars(kinds.distinct())}


def _open_undo(session: Session, actor: Actor, change: Change) -> Change | None:
    """The undo that runs, whoever saved it, or else the one that this person has planned."""
    wanted = select(Change).where(Change.undo_of_id == change.id, Change.state.in_((*_OPEN, *_LIVING)))
    found = list(session.scalars(wanted.order_by(Change.id)))
    runs = [undo for undo in found if undo.state in _LIVING]
    own = [undo for undo in found if undo.staff_id == actor.id]
    return next(iter(runs + own), None)


def _hindrance(
    actor: Actor, change: Change, done: set[DeedKind], until: datetime, other: Change | None
) -> Hindrance | None:
    if not done:
        return Hindrance.NOTHING_DONE
    if clock.now() >= until:
        return Hindrance.TOO_LATE
    if not may_undo(actor, change):
        return Hindrance.NOT_YOURS
    if not all(actor.may(_NEEDED[kind]) for kind in done):
        return Hindrance.ROLE
    return Hindrance.UNDER_WAY if other is not None and other.state in _LIVING else None
