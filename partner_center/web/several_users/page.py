"""**Manage product licenses** in words: what the template prints, prepared."""

from __future__ import annotations

from dataclasses import dataclass

from partner_center.changes.matrix_values import MatrixRow
from partner_center.changes.plan import Expected, Plan
from partner_center.changes.situation import Names, names_for
from partner_center.changes.swapping import Staying
from partner_center.cloud.port import Reason
from partner_center.directory.owned import group_names
from partner_center.licensing.reasons import Fix, fix_of
from partner_center.licensing.values import Op, PlanMode, Wish
from partner_center.purchasing.service import may_buy
from partner_center.staff.permissions import Permission
from partner_center.web import formats
from partner_center.web.app_boxes import AppBox, app_boxes, off_words, setup_text
from partner_center.web.chips import Chip, first_chips
from partner_center.web.gates import buyers
from partner_center.web.locations import LocationPanel, location_panel
from partner_center.web.people_found import Found, find_people
from partner_center.web.product_words import availability
from partner_center.web.promised import promised_text
from partner_center.web.reasons import names, wording
from partner_center.web.several_users.desk import SeveralDesk
from partner_center.web.ticks import undo_words
from partner_center.web.wording import _, ngettext

CHIPS = 20


@dataclass(frozen=True, slots=True)
class Box:
    """One product. `locked` is why nobody can be given it now."""

    sku_id: str
    name: str
    ticked: bool
    locked: str
    bought: bool
    have: str
    available: str
    promised: str
    short: str
    sets_up: str
    apps: tuple[AppBox, ...]
    off: str


@dataclass(frozen=True, slots=True)
class Note:
    """A failure that is expected: which product, for how many."""

    product: str
    title: str
    who: str
    advice: str
    fix: str


@dataclass(frozen=True, slots=True)
class SeveralPage:
    """All that `several/products.html` prints."""

    mode: str
    version: int
    heading: str
    total: int
    chips: list[Chip]
    more: str
    undo: str
    notice: str
    hint: str
    found: Found | None
    staying: list[str]
    boxes: list[Box]
    can_buy: bool
    buyers: str
    notes: list[Note]
    location: LocationPanel
    figures: str
    say: str
    save: str


def build(desk: SeveralDesk, wish: Wish, search: str, page: int) -> SeveralPage:
    """The page with `wish` laid out; reads only."""
    chosen, plan, figures = desk.chosen(), desk.plan(wish), desk.matrix(wish)
    called = names_for(desk.session, desk.situation, plans=desk.situation.context.plan_names)
    total, can_buy = len(chosen.members), may_buy(desk.actor)
    chips = first_chips(desk.session, desk.customer_id, chosen.members, CHIPS)
    heading = ngettext(
        "%(count)s selected user", "%(count)s selected users", total, count=formats.number(total)
    )
    after = _figures(plan)
    return SeveralPage(
        mode=desk.mode.value,
        version=chosen.version,
        heading=heading,
        total=total,
        chips=chips,
        more=_("+ %(more)s more", more=formats.number(total - len(chips))) if total > len(chips) else "",
        undo=undo_words(chosen.undo) if chosen.undo and not total else "",
        notice="",
        hint="",
        found=find_people(desk, chosen.members, search, page) if search else None,
        staying=[_staying(desk, one, called) for one in desk.staying(wish)],
        boxes=[_box(desk, row, called, plan) for row in figures.rows if row.why_not != "company_scope"],
        can_buy=can_buy,
        buyers="" if can_buy else buyers(desk.customer_id),
        notes=[_note(each, called) for each in plan.expected] if plan else [],
        location=location_panel(desk.actor, desk.customer_id, figures.location),
        figures=after,
        say=f"{heading}. {after}",
        save=_("Review changes…") if plan and plan.needs_review else _("Save"),
    )


def _box(desk: SeveralDesk, row: MatrixRow, called: Names, plan: Plan | None) -> Box:
    wanted, owned = row.wish, desk.situation.context.products.get(row.sku_id)
    said = wording(row.why_not) if row.why_not else None
    plans, off = owned.switchable if owned else (), wanted.plans_with(PlanMode.OFF)
    apps = app_boxes(plans, called, off)
    may_set = desk.actor.may(Permission.CHANGE_SERVICE_PLANS)
    short = next((each.short for each in plan.products if each.sku_id == row.sku_id), 0) if plan else 0
    return Box(
        sku_id=row.sku_id,
        name=row.name,
        ticked=wanted.op is Op.ASSIGN,
        locked=f"{said.title}. {said.advice}" if said else "",
        bought=row.why_not == Reason.SELF_SERVICE,
        have=_has(row),
        available=availability(row.available, row.purchased),
        promised=promised_text(row.promised),
        short=_("%(count)s short", count=formats.number(short)) if short else "",
        sets_up=setup_text(plans, off),
        apps=apps if may_set else (),
        off=off_words(apps),
    )


def _has(row: MatrixRow) -> str:
    have, selected = formats.number(row.have), formats.number(row.selected)
    return _("%(have)s of %(selected)s have it", have=have, selected=selected)


def _staying(desk: SeveralDesk, one: Staying, called: Names) -> str:
    count, product = formats.number(len(one.members)), called.product(one.sku_id)
    if one.reason != Reason.INHERITED:
        return ngettext(
            "%(product)s stays with %(count)s user: it was bought by a user of the organization.",
            "%(product)s stays with %(count)s users: it was bought by a user of the organization.",
            len(one.members),
            product=product,
            count=count,
        )
    groups = group_names(desk.session, desk.customer_id, one.groups)
    return ngettext(
        "%(product)s stays with %(count)s user: it comes from the group %(groups)s.",
        "%(product)s stays with %(count)s users: it comes from the group %(groups)s.",
        len(one.members),
        product=product,
        count=count,
        groups=names(sorted(groups.get(group, group) for group in one.groups), shown=5),
    )


def _note(each: Expected, called: Names) -> Note:
    problem = each.problem
    said = wording(
        each.reason,
        others=tuple(called.product(sku) for sku in problem.others),
        plans=tuple(called.plan(plan) for plan in problem.plans),
        countries=(problem.country,) if problem.country else (),
    )
    who = ngettext("%(n)s user", "%(n)s users", each.users, n=formats.number(each.users))
    fix = "location" if fix_of(each.reason) is Fix.SET_LOCATION else ""
    return Note(called.product(each.sku_id), said.title, who, said.advice, fix)


def _figures(plan: Plan | None) -> str:
    """`12 to assign · 3 to revoke · 2 short`."""
    if plan is None:
        return _("Nothing to change yet.")
    parts = [
        (plan.to_assign, _("%(count)s to assign", count=formats.number(plan.to_assign))),
        (plan.to_revoke, _("%(count)s to revoke", count=formats.number(plan.to_revoke))),
        (
            plan.expected_failures,
            _("%(count)s expected to fail", count=formats.number(plan.expected_failures)),
        ),
        (plan.unchanged, _("%(count)s unchanged", count=formats.number(plan.unchanged))),
        (plan.short, _("%(count)s short", count=formats.number(plan.short))),
    ]
    return " · ".join(text for count, text in parts if count) or _("Nothing to change yet.")
