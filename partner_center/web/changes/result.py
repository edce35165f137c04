"""How a change ended, in words: the heading, the sums, the failures with what to do, who has what now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from partner_center.changes.outcome import Heading, Sums
from partner_center.changes.queries import DoneUser, ResultView, Sealed
from partner_center.changes.queries import Problem as Failure
from partner_center.changes.states import ItemState, Outcome
from partner_center.licensing.reasons import Fix
from partner_center.web.changes.deeds import DeedLine, done_lines
from partner_center.web.changes.fixes import FixLink, Place, buy_link, selecting_label
from partner_center.web.changes.hindrances import LossLine, left_out_lines
from partner_center.web.changes.undo import UndoPart, undo_part
from partner_center.web.formats import number
from partner_center.web.problems import Problem
from partner_center.web.reasons import names, wording
from partner_center.web.wording import _, ngettext

OPEN_UP_TO = 20
"""The list of those who succeeded stands open up to here, folded above."""


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """All users for whom one product ended in one way for one reason."""

    anchor: str
    outcome: str
    reason: str
    sku_id: str
    title: str
    product: str
    count: str
    who: str
    advice: str
    fix: FixLink
    select_label: str
    messages: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class LicenseTag:
    """A licence a user has now."""

    name: str
    is_new: bool
    note: str


@dataclass(frozen=True, slots=True)
class UserResult:
    """One user with what was done and the licences they have now."""

    number: int | None
    name: str
    address: str
    lines: list[DeedLine]
    licenses: list[LicenseTag]


@dataclass(frozen=True, slots=True)
class ResultPage:
    """All that `changes/result.html` prints beside the head."""

    heading: str
    state: str
    tone: str
    user_sums: str
    change_sums: str
    groups: list[FailureGroup]
    more_groups: str
    problems: tuple[Problem, ...]
    users: list[UserResult]
    folded: bool
    retry: str
    undo: UndoPart
    left_out: list[LossLine]
    sealed: Sealed | None
    duration: str
    gave: bool


def build(view: ResultView, place: Place) -> ResultPage:
    """The page of `view`."""
    groups = [
        _group(failure, outcome, index, place, person=view.head.stopped_by)
        for outcome, failures in (
            (Outcome.FAILED, view.failures),
            (Outcome.UNKNOWN, view.unknown),
            (Outcome.NOT_ATTEMPTED, view.not_attempted),
        )
        for index, failure in enumerate(failures)
    ]
    return ResultPage(
        heading=heading_text(view),
        state=_state(view.changes_sums),
        tone="ok" if view.heading in (Heading.UPDATED, Heading.ALREADY) else "warn",
        user_sums=sums_text(view.users_sums),
        change_sums=sums_text(view.changes_sums),
        groups=groups,
        more_groups=_more_groups(view.more_problems),
        problems=tuple(_problem(group) for group in groups),
        users=[_user(user) for user in view.done.items],
        folded=view.done.total > OPEN_UP_TO,
        retry=_("Retry failed only (%(count)s)", count=number(view.can_retry)) if view.can_retry else "",
        undo=undo_part(view.undo, view.head),
        left_out=left_out_lines(view.left_out),
        sealed=view.sealed,
        duration=_duration(view.duration),
        gave=view.gave,
    )


def heading_text(view: ResultView) -> str:
    """Says first how it ended; never "updated" alone when something failed."""
    if view.heading is Heading.UPDATED:
        return _("Licenses updated")
    if view.heading is Heading.PARTLY:
        return ngettext(
            "Licenses updated for %(ok)s of %(count)s user",
            "Licenses updated for %(ok)s of %(count)s users",
            view.users,
            ok=number(view.users_ok),
            count=number(view.users),
        )
    if view.heading is Heading.IN_PART:
        return ngettext(
            "Licenses updated in part: %(ok)s of %(count)s change succeeded",
            "Licenses updated in part: %(ok)s of %(count)s changes succeeded",
            view.changes_sums.requested,
            ok=number(view.changes_sums.done),
            count=number(view.changes_sums.requested),
        )
    if view.heading is Heading.UNKNOWN:
        return _("It is not known whether licenses were updated")
    if view.heading is Heading.ALREADY:
        return _("Nothing had to change")
    return _("No licenses were updated")


def outcome_word(outcome: Outcome | ItemState, count: int) -> str:
    """`11 succeeded`, `2 already so`, …"""
    words = {
        Outcome.DONE: _("%(count)s succeeded", count=number(count)),
        Outcome.ALREADY_SO: _("%(count)s already so", count=number(count)),
        Outcome.FAILED: _("%(count)s failed", count=number(count)),
        Outcome.NOT_ATTEMPTED: _("%(count)s not attempted", count=number(count)),
        Outcome.UNKNOWN: _("%(count)s not known", count=number(count)),
        ItemState.SENT: _("%(count)s sent, no answer yet", count=number(count)),
        ItemState.WAITING: _("%(count)s waiting", count=number(count)),
    }
    return words[outcome]


def sums_text(sums: Sums) -> str:
    """`11 succeeded + 2 already so + 1 failed = 14`."""
    terms = " + ".join(outcome_word(outcome, count) for outcome, count in sums.terms)
    return f"{terms} = {number(sums.requested)}" if terms else number(sums.requested)


def _problem(group: FailureGroup) -> Problem:
    text = _(
        "%(count)s: %(product)s, %(reason)s", count=group.count, product=group.product, reason=group.title
    )
    return Problem(text, group.anchor)


def _state(sums: Sums) -> str:
    """What the tab says first when not all went well."""
    worst = (
        (Outcome.FAILED, sums.failed),
        (Outcome.UNKNOWN, sums.unknown),
        (Outcome.NOT_ATTEMPTED, sums.not_attempted),
    )
    return next((outcome_word(outcome, count) for outcome, count in worst if count), "")


def _group(
    failure: Failure, outcome: Outcome, index: int, place: Place, *, person: str | None
) -> FailureGroup:
    said = wording(
        failure.reason,
        others=failure.other_products,
        plans=failure.plan_names,
        countries=failure.countries,
        person=person,
    )
    return FailureGroup(
        anchor=f"{outcome.value.replace('_', '-')}-{index + 1}",
        outcome=outcome.value,
        reason=failure.reason,
        sku_id=failure.sku_id,
        title=said.title,
        product=failure.product or _("Usage location"),
        count=_count(outcome, failure.users),
        who=names(failure.first, shown=20, total=failure.users),
        advice=said.advice,
        fix=buy_link(place, failure.sku_id, failure.users) if failure.fix is Fix.BUY else FixLink(),
        select_label=selecting_label(failure.fix, place.actor),
        messages=[(message.user, message.text, message.request_id or "") for message in failure.messages],
    )


def _count(outcome: Outcome, users: int) -> str:
    if outcome is Outcome.FAILED:
        return ngettext("%(count)s change failed", "%(count)s changes failed", users, count=number(users))
    if outcome is Outcome.NOT_ATTEMPTED:
        return ngettext(
            "%(count)s change was not attempted",
            "%(count)s changes were not attempted",
            users,
            count=number(users),
        )
    return ngettext(
        "The outcome of %(count)s change is not known",
        "The outcome of %(count)s changes is not known",
        users,
        count=number(users),
    )


def _more_groups(changes: int) -> str:
    if not changes:
        return ""
    return ngettext(
        "%(count)s more change that did not work is not shown here. The CSV has all.",
        "%(count)s more changes that did not work are not shown here. The CSV has all.",
        changes,
        count=number(changes),
    )


def _user(user: DoneUser) -> UserResult:
    tags = [
        LicenseTag(each.name, each.is_new, _license_note(each.by_group, each.off)) for each in user.licenses
    ]
    return UserResult(user.number, user.display_name, user.user_principal_name, done_lines(user.deeds), tags)


def _license_note(by_group: bool, off: int) -> str:
    parts = [_("from a group")] if by_group else []
    if off:
        parts.append(ngettext("%(num)d service off", "%(num)d services off", off))
    return ", ".join(parts)


def _duration(passed: timedelta | None) -> str:
    if passed is None:
        return ""
    seconds = int(passed.total_seconds())
    if seconds < 1:
        return _("less than a second")
    if seconds < 120:
        return ngettext("%(num)d second", "%(num)d seconds", seconds)
    return ngettext("%(num)d minute", "%(num)d minutes", round(seconds / 60))
