"""Who asked for a change, when, and where it stands: the same words on its page and in the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from partner_center.changes.queries import ChangeRow, Head, Link
from partner_center.changes.states import ChangeState
from partner_center.web.changes.result import sums_text
from partner_center.web.formats import number
from partner_center.web.reasons import wording
from partner_center.web.tags import Tag
from partner_center.web.wording import _, ngettext


@dataclass(frozen=True, slots=True)
class LinkLine:
    """Another change, and how far it is or how it ended."""

    ref: str
    text: str


@dataclass(frozen=True, slots=True)
class HeadText:
    """A change's head with what needs words; the rest is printed from `head`."""

    head: Head
    state: Tag
    users: str
    stopped: str
    retried_as: list[LinkLine]
    undone_by: list[LinkLine]


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One row of the list. `result` is empty until there is one."""

    head: HeadText
    result: str


def head_of(head: Head) -> HeadText:
    """`head` in words."""
    return HeadText(
        head=head,
        state=Tag(_("Paused"), "warn") if head.is_paused else _state(head.state),
        users=ngettext("%(count)s user", "%(count)s users", head.users, count=number(head.users)),
        stopped=wording(head.stop_reason, person=head.stopped_by).title if head.stop_reason else "",
        retried_as=[_link(link) for link in head.retried_as],
        undone_by=[_link(link) for link in head.undone_by],
    )


def change_lines(rows: Sequence[ChangeRow]) -> list[ChangeLine]:
    """The rows of the list."""
    return [ChangeLine(head_of(row.head), sums_text(row.sums) if row.sums else "") for row in rows]


def _link(link: Link) -> LinkLine:
    return LinkLine(link.ref, sums_text(link.sums) if link.sums else _state(link.state).text)


def _state(state: ChangeState) -> Tag:
    return {
        ChangeState.PLANNED: Tag(_("Not saved yet"), "chg"),
        ChangeState.REVIEW_AGAIN: Tag(_("Review again"), "warn"),
        ChangeState.WAITING: Tag(_("Waiting"), "info"),
        ChangeState.RUNNING: Tag(_("Running"), "info"),
        ChangeState.FINISHED: Tag(_("Finished"), "plain"),
        ChangeState.DISCARDED: Tag(_("Discarded"), "plain"),
    }[state]
