"""**Licenses and apps** of one person in words: what the template prints, prepared."""

from __future__ import annotations

from dataclasses import dataclass

from partner_center.changes.matrix_values import Matrix, MatrixRow, Predicted
from partner_center.changes.situation import Names
from partner_center.cloud.port import Reason
from partner_center.licensing.holders import License
from partner_center.licensing.reasons import Fix
from partner_center.licensing.values import Op, PlanMode, Wish
from partner_center.purchasing.service import may_buy
from partner_center.staff.permissions import Permission
from partner_center.web.app_boxes import AppBox, app_boxes, off_words, setup_text
from partner_center.web.formats import number
from partner_center.web.gates import buyers, role_gate
from partner_center.web.locations import Country, list_countries
from partner_center.web.one_user.desk import UserDesk
from partner_center.web.product_words import availability
from partner_center.web.promised import promised_text
from partner_center.web.reasons import clash_words, names, predicted_words, wording
from partner_center.web.wording import _, ngettext


@dataclass(frozen=True, slots=True)
class Note:
    """A failure that is expected, and what mends it here (`apps`, `location`, nothing)."""

    title: str
    clash: str
    advice: str
    fix: str


@dataclass(frozen=True, slots=True)
class ProductBox:
    """One product: ticked is that the person has it, or will. `locked` is why the box can't be moved."""

    sku_id: str
    name: str
    ticked: bool
    changed: str
    locked: str
    bought: bool
    source: str
    available: str
    promised: str
    lacking: str
    sets_up: str
    apps: tuple[AppBox, ...]
    apps_locked: bool
    off: str
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class LicensesPanel:
    """All that `users/_licenses.html` prints. `closed` is why nothing can be changed here, if so."""

    number: int
    holding: int
    products: tuple[ProductBox, ...]
    closed: str
    can_buy: bool
    buyers: str
    location: str
    countries: tuple[Country, ...]
    why_no_location: str
    changed: bool
    summary: str


def licenses_panel(desk: UserDesk, wish: Wish) -> LicensesPanel:
    """The panel with `wish` laid over what the person has; reads only."""
    figures, called = desk.matrix(wish), desk.names()
    can_buy, place = may_buy(desk.actor), Permission.SET_USAGE_LOCATION
    may_place = desk.actor.may(place)
    rows = [row for row in figures.rows if row.have or row.why_not not in _NOT_FOR_PEOPLE]
    location = wish.location.value if wish.location else desk.user.usage_location or ""
    return LicensesPanel(
        number=desk.user.number,
        holding=desk.user.holding_id,
        products=tuple(_product(desk, row, called) for row in rows),
        closed=_closed(desk),
        can_buy=can_buy,
        buyers="" if can_buy else buyers(desk.customer_id),
        location=location,
        countries=list_countries() if may_place else (),
        why_no_location="" if may_place else role_gate(place, desk.customer_id).sentence,
        changed=not wish.is_empty,
        summary=_summary(figures),
    )


_NOT_FOR_PEOPLE = frozenset({"company_scope"})


def _closed(desk: UserDesk) -> str:
    """Who this person's licences are not for; the page then only shows them."""
    if not desk.actor.may(Permission.ASSIGN_LICENSES):
        return role_gate(Permission.ASSIGN_LICENSES, desk.customer_id).sentence
    if desk.user.guest and not desk.actor.may(Permission.LICENSE_GUESTS):
        return role_gate(Permission.LICENSE_GUESTS, desk.customer_id).sentence
    return ""


def _product(desk: UserDesk, row: MatrixRow, called: Names) -> ProductBox:
    held, op = desk.held(row.sku_id), row.wish.op
    locked, plans, off = _locked(desk, row), desk.apps(row.sku_id), _off(held, row)
    apps = app_boxes(plans, called, off)
    ticked = op is Op.ASSIGN or (held is not None and op is not Op.REVOKE)
    return ProductBox(
        sku_id=row.sku_id,
        name=row.name,
        ticked=ticked,
        changed=_changed(row),
        locked=locked,
        bought=row.why_not == Reason.SELF_SERVICE,
        source=_source(desk, row),
        available=availability(row.available, row.purchased),
        promised=promised_text(row.promised),
        lacking=_lacking(row) if held is None and not locked else "",
        sets_up=setup_text(plans, off),
        apps=apps,
        apps_locked=bool(locked) or not desk.actor.may(Permission.CHANGE_SERVICE_PLANS),
        off=off_words(apps),
        notes=tuple(_note(one) for one in row.predicted),
    )


def _locked(desk: UserDesk, row: MatrixRow) -> str:
    held = desk.held(row.sku_id)
    if held is not None and held.only_by_group:
        group = names([group.name for group in row.groups], shown=5)
        return _("It comes from the group %(names)s and can't be unassigned here.", names=group)
    if row.why_not == Reason.SELF_SERVICE or (row.why_not and held is None):
        said = wording(row.why_not)
        return f"{said.title}. {said.advice}"
    if held is not None and not desk.actor.may(Permission.REVOKE_LICENSES):
        return role_gate(Permission.REVOKE_LICENSES, desk.customer_id).sentence
    return ""


def _source(desk: UserDesk, row: MatrixRow) -> str:
    """Of a licence that comes both ways: taking the direct one leaves it with the person."""
    held = desk.held(row.sku_id)
    if held is None or not held.groups or held.only_by_group:
        return ""
    groups = names([group.name for group in row.groups], shown=5)
    return _("Also from the group %(names)s: if you clear it here, it stays through the group.", names=groups)


def _off(held: License | None, row: MatrixRow) -> frozenset[str]:
    """The services that are off, or will be."""
    was_off = held.off if held else frozenset()
    return (was_off | row.wish.plans_with(PlanMode.OFF)) - row.wish.plans_with(PlanMode.ON)


def _lacking(row: MatrixRow) -> str:
    """Told before saving: nobody can be given what is not there."""
    if row.short:
        return _("%(count)s short", count=number(row.short))
    return _("None left") if row.available <= 0 else ""


def _changed(row: MatrixRow) -> str:
    words = {Op.ASSIGN: _("Will be assigned"), Op.REVOKE: _("Will be unassigned")}
    if row.wish.op in words:
        return words[row.wish.op]
    count = len(row.wish.plans)
    return ngettext("%(n)s app changed", "%(n)s apps changed", count, n=number(count)) if count else ""


def _note(predicted: Predicted) -> Note:
    said = predicted_words(predicted)
    here = {Fix.SET_LOCATION: "location", Fix.REVIEW_PLANS: "apps"}
    return Note(said.title, clash_words(predicted.clash), said.advice, here.get(predicted.fix, ""))


def _summary(figures: Matrix) -> str:
    """What the button would do, in a few words."""
    if figures.unchanged_wish:
        return _("Tick what this person should have, and clear the rest.")
    if figures.needs_review:
        return _("You see what will happen before anything is changed.")
    return _("Not saved yet.")
