"""The page where a product is assigned, in words."""

from __future__ import annotations

from dataclasses import dataclass

from pyroaring import BitMap

from partner_center.changes.matrix_values import Matrix, MatrixRow, Predicted
from partner_center.changes.service_plans import PlansView
from partner_center.directory.selection import Chosen
from partner_center.licensing.reasons import Fix
from partner_center.licensing.values import PlanMode, Wish
from partner_center.web import formats
from partner_center.web.chips import Chip, first_chips
from partner_center.web.licenses.picking import PickingDesk, row_of
from partner_center.web.locations import LocationPanel, location_panel
from partner_center.web.people_found import Found, find_people
from partner_center.web.plan_lines import PlanLine, plan_lines
from partner_center.web.reasons import clash_words, people_words, predicted_words
from partner_center.web.setup_words import setup_words
from partner_center.web.ticks import undo_words
from partner_center.web.wording import _, ngettext

CHIPS = 100
HINT_FROM = 500
"""From here on the page says that groups do this better, as **Manage licenses** does."""


@dataclass(frozen=True, slots=True)
class Note:
    """A failure that is expected: for whom, of which services, and what mends it here."""

    reason: str
    title: str
    who: str
    clash: str
    advice: str
    fix: str
    leave: str


@dataclass(frozen=True, slots=True)
class App:
    """One service of the product: on unless it is cleared."""

    line: PlanLine
    on: bool


@dataclass(frozen=True, slots=True)
class AssignPage:
    """All that `licenses/assign.html` prints beside the head."""

    version: int
    found: Found | None
    heading: str
    total: int
    chips: list[Chip]
    more: str
    undo: str
    notice: str
    hint: str
    figures: str
    say: str
    short: str
    notes: list[Note]
    apps: list[App]
    apps_off: str
    fixed: str
    sets_up: str
    location: LocationPanel
    save: str


def assign_page(desk: PickingDesk, wish: Wish, search: str, page: int) -> AssignPage:
    """The page with `wish` laid out; reads only."""
    chosen, members, figures = desk.chosen(), desk.members(), desk.matrix(wish)
    row, total = row_of(figures, desk.sku_id), len(members)
    chips = first_chips(desk.session, desk.customer_id, members, CHIPS)
    services = desk.plans(wish)
    apps = _apps(services, wish)
    off = sum(not app.on for app in apps)
    after = _figures(row)
    heading = ngettext(
        "%(count)s person picked", "%(count)s people picked", total, count=formats.number(total)
    )
    return AssignPage(
        version=chosen.version,
        found=find_people(desk, members, search, page) if search else None,
        heading=heading,
        total=total,
        chips=chips,
        more=_more(total - len(chips)),
        undo=undo_words(chosen.undo) if chosen.undo and not members else "",
        notice=_lost(chosen, members),
        hint=_("For this many users, licenses by group are easier to keep.") if total >= HINT_FROM else "",
        figures=after,
        say=f"{heading}. {after}",
        short=_("%(count)s short", count=formats.number(row.short)) if row.short else "",
        notes=[_note(one) for one in row.predicted],
        apps=apps,
        apps_off=ngettext("%(n)s off", "%(n)s off", off, n=formats.number(off)) if off else "",
        fixed=_fixed(services),
        sets_up=_sets_up(services, apps),
        location=location_panel(desk.actor, desk.customer_id, figures.location),
        save=_save_label(figures),
    )


def _more(left: int) -> str:
    if left <= 0:
        return ""
    count = formats.number(left)
    return ngettext("and %(n)s more; Review lists them", "and %(n)s more; Review lists them", left, n=count)


def _figures(row: MatrixRow) -> str:
    before, after = formats.number(max(row.available, 0)), formats.number(max(row.after, 0))
    if row.need == 0:
        return _("%(n)s available", n=before)
    return _("%(before)s available → %(after)s", before=before, after=after)


def _apps(view: PlansView, wish: Wish) -> list[App]:
    off = wish.product(view.sku_id).plans
    return [
        App(line, off.get(row.plan_id) is not PlanMode.OFF)
        for row, line in zip(view.rows, plan_lines(view), strict=True)
        if row.switchable
    ]


def _sets_up(view: PlansView, apps: list[App]) -> str:
    """What is made ready for them, by the services that are on."""
    on = {app.line.plan_id for app in apps if app.on}
    return setup_words(row.part_name for row in view.rows if row.plan_id in on)


def _fixed(view: PlansView) -> str:
    """The services that nobody can be given or denied."""
    whole = [row.name for row in view.rows if not row.switchable]
    if not whole:
        return ""
    return _("For the whole organization, not set for a person: %(names)s.", names=", ".join(whole))


def _note(predicted: Predicted) -> Note:
    said = predicted_words(predicted)
    count = formats.number(predicted.users)
    people = people_words(predicted.users, predicted.first, shown=5)
    leave = ngettext("Leave this user out", "Leave these %(n)s out", predicted.users, n=count)
    here = {Fix.SET_LOCATION: "location", Fix.REVIEW_PLANS: "apps"}
    clash = clash_words(predicted.clash)
    fix = here.get(predicted.fix, "")
    return Note(str(predicted.reason), said.title, people, clash, said.advice, fix, leave)


def _lost(chosen: Chosen, members: BitMap) -> str:
    """Who was picked and has it by now."""
    gone = len(chosen.members) - len(members)
    if not gone:
        return ""
    return ngettext(
        "%(n)s picked person has it by now and was left out.",
        "%(n)s picked people have it by now and were left out.",
        gone,
        n=formats.number(gone),
    )


def _save_label(figures: Matrix) -> str:
    return _("Review changes…") if figures.needs_review else _("Save")
