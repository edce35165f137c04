"""How far a change has got, in words: for the page and for the script that follows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from partner_center.changes.queries import Progress
from partner_center.web.changes.result import sums_text
from partner_center.web.formats import moment, number
from partner_center.web.wording import _, ngettext


@dataclass(frozen=True, slots=True)
class ProgressText:
    """`title` stands before the page's name, `failures` grow while the work goes on."""

    done: int
    total: int
    percent: int
    text: str
    title: str
    sums: str
    waiting: str
    failures: list[str]
    finished: bool

    def to_json(self) -> dict[str, Any]:
        """What `progress.js` reads."""
        return {name: getattr(self, name) for name in self.__slots__}


def progress_text(progress: Progress) -> ProgressText:
    """`9 of 14 users done`, `(9/14) Updating licenses…` and what has failed so far."""
    done, total = number(progress.done), number(progress.total)
    failed = progress.failed
    return ProgressText(
        done=progress.done,
        total=progress.total,
        percent=progress.percent,
        text=ngettext(
            "%(done)s of %(total)s user done",
            "%(done)s of %(total)s users done",
            progress.total,
            done=done,
            total=total,
        ),
        title=_("(%(done)s/%(total)s) Updating licenses…", done=done, total=total),
        sums=_("Users: %(sums)s", sums=sums_text(progress.sums)),
        waiting=_waiting(progress),
        failures=[ngettext("%(num)d user failed so far", "%(num)d users failed so far", failed)]
        if failed
        else [],
        finished=progress.finished,
    )


def _waiting(progress: Progress) -> str:
    if progress.waiting_until is None:
        return ""
    return _("Microsoft asks us to wait. The work goes on at %(time)s.", time=moment(progress.waiting_until))
