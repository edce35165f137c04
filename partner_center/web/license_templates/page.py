"""Templates in words: the list of a place, and the form of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from partner_center.changes.license_templates import Template, list_templates, may_keep
from partner_center.changes.template_products import Choice, products_for
from partner_center.directory.owned import sku_names
from partner_center.extensions import db
from partner_center.licensing.values import PlanMode, Wish
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission
from partner_center.web.app_boxes import AppBox
from partner_center.web.formats import number
from partner_center.web.gates import role_gate
from partner_center.web.language import current_language
from partner_center.web.license_templates.forms import Typed
from partner_center.web.license_templates.place import Place
from partner_center.web.wording import _, ngettext


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """A row of the list; `href` is empty where it can't be changed from here."""

    name: str
    href: str
    products: list[tuple[str, str]]
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ListPage:
    """All that `license_templates/list.html` prints. `closed` says who can make templates."""

    rows: list[TemplateLine]
    shared: list[TemplateLine]
    new: str
    closed: str


@dataclass(frozen=True, slots=True)
class ProductBox:
    """A product that can be in the template; with its services once it is."""

    sku_id: str
    name: str
    ticked: bool
    note: str
    services: list[AppBox]
    summary: str


@dataclass(frozen=True, slots=True)
class FormPage:
    """All that `license_templates/form.html` prints."""

    name: str
    products: list[ProductBox]
    everywhere: bool
    may_everywhere: bool
    left_behind: str


def list_page(actor: Actor, place: Place) -> ListPage:
    """The templates of a place; at a customer those for all customers stand below."""
    session, language = db.session(), current_language()
    own = list_templates(session, actor, place.customer_id, language)
    shared = list_templates(session, actor, None, language) if place.customer else []
    keeps = may_keep(actor, place.customer_id)
    return ListPage(
        rows=[_line(one, place if keeps else None) for one in own],
        shared=[_line(one, Place(None) if may_keep(actor, None) else None) for one in shared],
        new=place.url("new") if keeps else "",
        closed="" if keeps else _closed(actor, place),
    )


def form_page(place: Place, actor: Actor, typed: Typed, left_behind: int = 0) -> FormPage:
    """The form as it is filled in; the services of products in the template can be turned off."""
    wish = typed.wish
    known = products_for(db.session(), place.customer_id, wish.products, current_language())
    gone = wish.products.keys() - {one.sku_id for one in known}
    names = sku_names(db.session(), place.customer_id or 0, gone)
    former = [_box(Choice(sku, names.get(sku, sku)), wish, owned=False) for sku in sorted(gone)]
    return FormPage(
        name=typed.name,
        products=[_box(one, wish) for one in known] + former,
        everywhere=typed.everywhere,
        may_everywhere=place.customer is not None and may_keep(actor, None),
        left_behind=_left_behind(left_behind),
    )


def _line(template: Template, place: Place | None) -> TemplateLine:
    names = sku_names(db.session(), template.customer_id or 0, template.wish.products)
    products = [
        (names.get(sku, sku), _off_text(len(each.plans_with(PlanMode.OFF))))
        for sku, each in template.wish.products.items()
    ]
    href = place.url("one", template.id) if place else ""
    return TemplateLine(template.name, href, sorted(products), template.changed_by, template.changed_at)


def _closed(actor: Actor, place: Place) -> str:
    if actor.may(Permission.KEEP_TEMPLATES):
        return _("Only people who see all customers can make or change templates for all customers.")
    return role_gate(Permission.KEEP_TEMPLATES, place.customer_id).sentence


def _box(choice: Choice, wish: Wish, *, owned: bool = True) -> ProductBox:
    ticked = choice.sku_id in wish.products
    off = wish.product(choice.sku_id).plans_with(PlanMode.OFF)
    boxes = [AppBox(one.plan_id, one.name, one.plan_id not in off) for one in choice.services]
    on = sum(box.on for box in boxes)
    return ProductBox(
        sku_id=choice.sku_id,
        name=choice.name,
        ticked=ticked,
        note="" if owned else _("Not owned any more. It is left out where the template is applied."),
        services=boxes if ticked else [],
        summary=_("Apps and services: %(on)s of %(all)s on", on=number(on), all=number(len(boxes))),
    )


def _off_text(count: int) -> str:
    return ngettext("%(n)s service off", "%(n)s services off", count, n=number(count)) if count else ""


def _left_behind(count: int) -> str:
    """What of a draft a template does not hold."""
    if not count:
        return ""
    return ngettext(
        "%(count)s setting of your draft is left out: a template only assigns.",
        "%(count)s settings of your draft are left out: a template only assigns.",
        count,
        count=number(count),
    )
