"""A plan of a group's licences in words: nothing has been changed yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.changes.situation import look, names_for
from partner_center.directory import listing
from partner_center.directory.groups import LicenseGroup
from partner_center.groups.moving import Movable
from partner_center.groups.planning import GroupPlan
from partner_center.groups.states import GroupDeed
from partner_center.licensing.losses import Loss
from partner_center.web.formats import number
from partner_center.web.losses import loss_text, understood_text
from partner_center.web.reasons import names, wording
from partner_center.web.wording import _, ngettext

FIRST = 10


@dataclass(frozen=True, slots=True)
class People:
    """A sentence about some members, and the first of them by name."""

    text: str
    who: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """All that `groups/review.html` prints of the plan."""

    product: str
    off: tuple[str, ...]
    facts: tuple[People, ...]
    short: str
    expected: tuple[People, ...]
    together: str
    losses: tuple[People, ...]
    understood: str
    save: str


@dataclass(frozen=True, slots=True)
class MovePage:
    """All that `groups/move.html` prints: who is moved, and who is left out and why."""

    product: str
    movable: People | None
    left_out: tuple[People, ...]
    save: str


class Roll:
    """Names of members, in the reader's order."""

    def __init__(self, session: Session, customer_id: int, language: str) -> None:
        self._place, self._language = (session, customer_id), language

    def people(self, text: str, members: BitMap, advice: str = "") -> People:
        """The sentence and the first names."""
        numbers = listing.sorted_numbers(*self._place, members, self._language, limit=FIRST)
        first = [row.display_name for row in listing.rows_of(*self._place, numbers)]
        return People(text, names(first, shown=FIRST, total=len(members)), advice)


def review_page(
    session: Session, customer_id: int, group: LicenseGroup, plan: GroupPlan, language: str
) -> ReviewPage:
    """The page of `plan`."""
    situation, sku_id = look(session, customer_id), plan.wish.sku_id
    problems = [each.problem for each in plan.expected]
    plans = {*plan.wish.off, *(one for problem in problems for one in problem.plans)}
    skus = {sku_id, *(one for problem in problems for one in problem.others)}
    called = names_for(session, situation, skus=skus, plans=plans)
    roll = Roll(session, customer_id, language)
    gives = plan.wish.deed is GroupDeed.ASSIGN
    failing = BitMap.union(BitMap(), *(each.members for each in plan.expected))
    return ReviewPage(
        product=called.product(sku_id),
        off=tuple(sorted(called.plan(one) for one in plan.wish.off)),
        facts=tuple(_giving(plan, roll) if gives else _taking(plan, roll)),
        short=_short(plan) if gives and plan.short else "",
        expected=tuple(
            roll.people(
                wording(
                    each.problem.reason,
                    others=[called.product(one) for one in each.problem.others],
                    plans=[called.plan(one) for one in each.problem.plans],
                    countries=[each.problem.country] if each.problem.country else (),
                ).title,
                each.members,
                wording(each.problem.reason).advice,
            )
            for each in plan.expected
        ),
        together=_together(left) if (left := len(failing) + plan.short * gives) and group.licenses else "",
        losses=tuple(_losses(plan, roll)),
        understood=understood_text(plan.deleted_on) if Loss.MAILBOX in plan.losses else "",
        save=_("Assign to the group") if gives else _("Remove from the group"),
    )


def move_page(session: Session, customer_id: int, found: Movable, language: str) -> MovePage:
    """The page of who can be moved."""
    plans = {plan for lost, _users in found.losing for plan in lost}
    called = names_for(session, look(session, customer_id), skus=(found.sku_id,), plans=plans)
    roll = Roll(session, customer_id, language)
    count = len(found.movable)
    moved = ngettext(
        "%(n)s member has it from the group, with every service. The direct license is removed.",
        "%(n)s members have it from the group, with every service. The direct license is removed.",
        count,
        n=number(count),
    )
    left_out = [
        roll.people(_would_lose(len(users), [called.plan(one) for one in sorted(lost)]), users)
        for lost, users in found.losing
    ]
    if found.waiting:
        waiting = len(found.waiting)
        text = ngettext(
            "%(n)s member does not have it from the group (yet).",
            "%(n)s members do not have it from the group (yet).",
            waiting,
            n=number(waiting),
        )
        left_out.append(roll.people(text, found.waiting))
    save = ngettext(
        "Review the move of %(n)s member…", "Review the move of %(n)s members…", count, n=number(count)
    )
    return MovePage(
        product=called.product(found.sku_id),
        movable=roll.people(moved, found.movable) if count else None,
        left_out=tuple(left_out),
        save=save,
    )


def _would_lose(count: int, services: list[str]) -> str:
    return ngettext(
        "%(n)s member would lose services that the group has off: %(services)s.",
        "%(n)s members would lose services that the group has off: %(services)s.",
        count,
        n=number(count),
        services=names(services, shown=5),
    )


def _giving(plan: GroupPlan, roll: Roll) -> Iterable[People]:
    need, have = len(plan.need), len(plan.have)
    yield roll.people(
        ngettext(
            "%(n)s of %(total)s members gets it and takes a license.",
            "%(n)s of %(total)s members get it and take a license each.",
            need,
            n=number(need),
            total=number(len(plan.members)),
        ),
        plan.need,
    )
    if have:
        yield roll.people(
            ngettext(
                "%(n)s member has it already and takes no second license.",
                "%(n)s members have it already and take no second license.",
                have,
                n=number(have),
            ),
            plan.have,
        )
    yield People(_("Available now: %(n)s.", n=number(max(plan.available, 0))), "")


def _taking(plan: GroupPlan, roll: Roll) -> Iterable[People]:
    lose, keep = len(plan.lose), len(plan.keep)
    yield roll.people(
        ngettext(
            "%(n)s of %(total)s members loses it, and the license is free again.",
            "%(n)s of %(total)s members lose it, and the licenses are free again.",
            lose,
            n=number(lose),
            total=number(len(plan.members)),
        ),
        plan.lose,
    )
    if keep:
        yield roll.people(
            ngettext(
                "%(n)s member keeps it: it is also assigned directly or by another group.",
                "%(n)s members keep it: it is also assigned directly or by another group.",
                keep,
                n=number(keep),
            ),
            plan.keep,
        )


def _short(plan: GroupPlan) -> str:
    return ngettext(
        "%(n)s license is missing. Microsoft gives what is there; the others get an error.",
        "%(n)s licenses are missing. Microsoft gives what is there; the others get an error.",
        plan.short,
        n=number(plan.short),
    )


def _together(count: int) -> str:
    return ngettext(
        "A group gives all its licenses or none: this member may also lose what the group gives now.",
        "A group gives all its licenses or none: these members may also lose what the group gives now.",
        count,
    )


def _losses(plan: GroupPlan, roll: Roll) -> Iterable[People]:
    for loss in Loss:
        members = plan.losses.get(loss, BitMap())
        if members:
            yield roll.people(loss_text(loss, len(members), plan.deleted_on), members)
