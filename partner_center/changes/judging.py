"""What an answer of Microsoft, or the lack of one, means for a user of a change. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from partner_center.changes.items import Call, Entry, Item, is_so, licenses_now
from partner_center.changes.states import ItemState, Outcome, Step
from partner_center.cloud.port import Answer, Reason, RemoteUser, Verdict
from partner_center.licensing.deeds import DeedKind
from partner_center.licensing.holders import Context
from partner_center.licensing.reasons import OwnReason

MOST_LOST = 3
"""Answers that may be lost for one user before the outcome stays unknown."""
MOST_LOOKS = 10
"""Looks that may fail on top of those."""
LONGEST_WAIT = timedelta(seconds=60)
PATIENCE = 5.0
"""Seconds to wait where Microsoft is busy and does not say for how long."""

_OF_THE_USER = frozenset({Reason.USER_GONE, Reason.NO_RIGHTS, Reason.TOKEN, Reason.BUSY})
_OF_WHAT_IS_GIVEN = frozenset(
    {
        Reason.NO_SEATS,
        Reason.LOCATION_MISSING,
        Reason.LOCATION_PROHIBITED,
        Reason.NOT_OWNED,
        Reason.NOT_ASSIGNABLE,
        Reason.ADDRESS_TAKEN,
    }
)
_OF_WHAT_IS_TAKEN = frozenset({Reason.NOT_HELD, Reason.INHERITED})


class Then(StrEnum):
    """What happens with the user next."""

    SETTLED = "settled"
    AGAIN = "again"
    LATER = "later"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Judgement:
    """`then`, and for `later` and a postponed `look` not before `at`."""

    then: Then
    at: datetime | None = None


def judge_answer(call: Call, answer: Answer, context: Context, now: datetime) -> Judgement:
    """Close what the answer closes and say what is next. Everything is decided per user."""
    item = call.item
    match answer.verdict:
        case Verdict.DONE:
            for entry in call.entries:
                entry.close(Outcome.DONE, request_id=answer.request_id)
            if answer.user is not None:
                item.after = licenses_now(answer.user)
            elif not call.is_location:
                return Judgement(Then.LOOK)  # done, but what the user holds now was not told
        case Verdict.THROTTLED:
            wait = answer.retry_after if answer.retry_after is not None else PATIENCE
            return _later(item, now + timedelta(seconds=wait))
        case Verdict.UNKNOWN:
            item.attempts += 1
            return Judgement(Then.LOOK)
        case Verdict.FAILED:
            _fail(call, answer, context)
    return _go_on(item, now)


def judge_look(item: Item, user: RemoteUser | None, now: datetime) -> Judgement:
    """What Microsoft holds now for a user whose answer did not say. Seen: done. Not seen: once more."""
    if user is None:
        item.close_rest(Outcome.FAILED, Reason.USER_GONE)
        return _go_on(item, now)
    item.after = licenses_now(user)
    for entry in item.next_entries:
        if is_so(entry.deed, user):
            entry.close(Outcome.DONE)
    if item.attempts >= MOST_LOST:
        item.close_rest(Outcome.UNKNOWN, Reason.BUSY)
    if item.open_entries and item.attempts:
        return _later(item, now + _backoff(item.attempts))
    return _go_on(item, now)


def judge_failed_look(item: Item, now: datetime) -> Judgement:
    """It could not even be looked up: later again, but not for ever."""
    item.attempts += 1
    if item.attempts < MOST_LOOKS:
        item.not_before = now + _backoff(item.attempts)
        return Judgement(Then.LOOK, item.not_before)
    item.close_rest(Outcome.UNKNOWN, Reason.BUSY)
    return _go_on(item, now)


def _go_on(item: Item, now: datetime) -> Judgement:
    if item.settle(now):
        return Judgement(Then.SETTLED)
    item.state, item.not_before = ItemState.WAITING, None
    if item.step is Step.LOCATION:
        item.step = Step.LICENSES
    return Judgement(Then.AGAIN)


def _later(item: Item, at: datetime) -> Judgement:
    item.state, item.not_before = ItemState.WAITING, at
    return Judgement(Then.LATER, at)


def _backoff(attempts: int) -> timedelta:
    return min(timedelta(seconds=2 ** min(attempts, 6)), LONGEST_WAIT)


def _fail(call: Call, answer: Answer, context: Context) -> None:
    """One call is one transaction at Microsoft: what is not to blame was not done either."""
    blamed = _blamed(call, answer, context)
    if not blamed:  # several products and no hint which one: ask for each by itself
        call.item.step = Step.SINGLY
        return
    swap = call.item.is_swap
    for entry in blamed:
        _close_failed(entry, answer, lost_before=call.item.attempts > 0)
    if swap and any(entry.outcome is Outcome.FAILED for entry in blamed):
        call.item.close_rest(Outcome.NOT_ATTEMPTED, OwnReason.KEPT_TOGETHER)


def _close_failed(entry: Entry, answer: Answer, *, lost_before: bool) -> None:
    if answer.reason is Reason.NOT_HELD and entry.deed.kind is DeedKind.REVOKE:
        # our own call took it, whose answer was lost and its id with it; or somebody else did
        if lost_before:
            entry.close(Outcome.DONE)
        else:
            entry.close(Outcome.ALREADY_SO, message=answer.message, request_id=answer.request_id)
        return
    entry.close(Outcome.FAILED, answer.reason, message=answer.message, request_id=answer.request_id)


def _blamed(call: Call, answer: Answer, context: Context) -> list[Entry]:
    """The entries that made the call fail; none where that can't be told and can be found out."""
    entries = list(call.entries)
    if len(entries) == 1 or answer.reason in _OF_THE_USER:
        return entries
    named = [entry for entry in entries if entry.deed.sku_id in answer.skus]
    if named:
        return named
    suspects = _suspects(entries, answer, context)
    if len(suspects) == 1 or answer.reason is Reason.LOCATION_MISSING:
        return suspects
    return entries if call.item.is_swap else []


def _suspects(entries: list[Entry], answer: Answer, context: Context) -> list[Entry]:
    if answer.reason in _OF_WHAT_IS_TAKEN:
        return [entry for entry in entries if entry.deed.kind is DeedKind.REVOKE]
    suspects = entries
    if answer.reason in _OF_WHAT_IS_GIVEN:
        suspects = [entry for entry in entries if entry.deed.kind is not DeedKind.REVOKE]
    if not answer.plans:
        return suspects
    return [entry for entry in suspects if _has_any(entry, answer.plans, context)]


def _has_any(entry: Entry, plans: tuple[str, ...], context: Context) -> bool:
    product = context.products.get(entry.deed.sku_id)
    return product is not None and not product.plan_ids.isdisjoint(plans)
