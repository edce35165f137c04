"""How far a change has got, in words: for the page and for the script that follows it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from partner_center.changes.pace import Pace, TimeLeft
from partner_center.changes.queries import Course, Progress, Waits
from partner_center.changes.states import Order
from partner_center.web.changes.result import sums_text
from partner_center.web.formats import clock_time, number
from partner_center.web.wording import _, ngettext


@dataclass(frozen=True, slots=True)
class ProgressText:
    """`title` stands before the page's name, `failures` grow while the work goes on.

    `mode` is what the change was told: when it is another one than the page shows, the page is out of date.
    """

    done: int
    total: int
    percent: int
    mode: str
    heading: str
    text: str
    title: str
    sums: str
    waiting: str
    left: str
    failures: list[str]
    finished: bool
    may_steer: bool

    def to_json(self) -> dict[str, Any]:
        """What `progress.js` reads."""
        return {name: getattr(self, name) for name in self.__slots__}


def progress_text(progress: Progress) -> ProgressText:
    """`9 of 14 users done`, `(9/14) Updating licenses…` and what has failed so far."""
    done, total = number(progress.done), number(progress.total)
    failed, order = progress.failed, progress.course.order
    heading = _heading(order)
    return ProgressText(
        done=progress.done,
        total=progress.total,
        percent=progress.percent,
        mode=order,
        heading=heading,
        text=_done(progress),
        title=f"({done}/{total}) {heading}",
        sums=_("Users: %(sums)s", sums=sums_text(progress.sums)),
        waiting=_standing(progress) or _waiting(progress.course),
        left=_left(progress.course.left),
        failures=[ngettext("%(num)d user failed so far", "%(num)d users failed so far", failed)]
        if failed
        else [],
        finished=progress.finished,
        may_steer=progress.course.may_steer,
    )


def _heading(order: Order) -> str:
    return {Order.GO: _("Updating licenses…"), Order.PAUSE: _("Paused"), Order.STOP: _("Stopping…")}[order]


def _done(progress: Progress) -> str:
    return ngettext(
        "%(done)s of %(total)s user done",
        "%(done)s of %(total)s users done",
        progress.total,
        done=number(progress.done),
        total=number(progress.total),
    )


def _standing(progress: Progress) -> str:
    """What a person told it, and what that means now."""
    course = progress.course
    if course.order is Order.GO or course.at is None:
        return ""
    time = clock_time(course.at)
    if course.order is Order.STOP:
        return _(
            "Stopped by %(name)s at %(time)s. What is under way ends, nothing more is sent.",
            name=course.by,
            time=time,
        )
    left = number(progress.total - progress.done)
    said = [
        _("Paused by %(name)s since %(time)s.", name=course.by, time=time),
        _("%(done)s, %(waiting)s waiting.", done=_done(progress), waiting=left),
    ]
    if course.promised:
        said.append(
            ngettext(
                "%(count)s license stays promised to it.",
                "%(count)s licenses stay promised to it.",
                course.promised,
                count=number(course.promised),
            )
        )
    return " ".join(said)


def _waiting(course: Course) -> str:
    """Why nothing is sent, where nobody has said that nothing shall be."""
    if course.waits is Waits.TURN:
        return _("Change %(ref)s of some of the same users goes first.", ref=course.before)
    if course.waits is None or course.until is None:
        return ""
    until = clock_time(course.until)
    if course.waits is Waits.SILENT and course.since is not None:
        return _(
            "Microsoft does not answer for this customer since %(since)s. "
            "Trying again at %(time)s. Nothing is lost.",
            since=clock_time(course.since),
            time=until,
        )
    return _("Microsoft asks us to wait. The work goes on at %(time)s.", time=until)


def _left(left: TimeLeft | None) -> str:
    """`About 6 minutes left`, and what that was worked out from; nothing where nothing is known."""
    if left is None:
        return ""
    minutes = math.ceil(left.seconds / 60)
    about = (
        _("Less than a minute left")
        if minutes <= 1
        else ngettext("About %(num)d minute left", "About %(num)d minutes left", minutes)
    )
    if left.pace is Pace.SEEN:
        return _("%(left)s, as fast as in the last minute.", left=about)
    rate = number(round(left.per_second))
    said = _("%(left)s: Microsoft takes %(rate)s changes a second for one customer.", left=about, rate=rate)
    if not left.ahead:
        return said
    ahead = ngettext(
        "%(count)s change of this customer was saved earlier.",
        "%(count)s changes of this customer were saved earlier.",
        left.ahead,
        count=number(left.ahead),
    )
    return f"{said} {ahead}"
