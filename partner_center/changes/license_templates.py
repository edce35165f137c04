"""Templates: named bundles of products and services, the partner's for all customers or one customer's own.

A template only gives. It fills a draft and sends nothing; what a customer can't give is named and left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from partner_center.audit.service import Action, record
from partner_center.changes.matrix_values import MatrixRow
from partner_center.changes.models import LicenseTemplate
from partner_center.changes.template_products import products_for
from partner_center.cloud.port import Reason
from partner_center.customers.queries import get_customer
from partner_center.licensing.values import MalformedWish, Op, ProductWish, Wish
from partner_center.shared import clock
from partner_center.shared.errors import Conflict, Forbidden, NotFound, Refusal
from partner_center.shared.names import fold, sort_key
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission
from partner_center.staff.roles import Scope

LONGEST_NAME = 80
MOST = 200
"""Templates of one place; a list to choose from is no list any more with more."""


@dataclass(frozen=True, slots=True)
class Template:
    """A bundle. `customer_id` is None for the partner's own, which all customers can be given."""

    id: int
    customer_id: int | None
    name: str
    wish: Wish
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Filled:
    """A draft with a template in it. `left_out` says why by product, `services` counts what is gone."""

    wish: Wish
    given: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, int] = field(default_factory=dict)


def list_templates(
    session: Session, actor: Actor, customer_id: int | None, language: str = "en"
) -> list[Template]:
    """Those of one customer, or the partner's own for None, by name. Raises RoleForbids, NotFound."""
    _look_at(session, actor, customer_id)
    rows = session.scalars(select(LicenseTemplate).where(_of(customer_id)))
    return sorted(map(_template, rows), key=lambda one: (sort_key(one.name, language), one.id))


def list_usable(session: Session, actor: Actor, customer_id: int, language: str = "en") -> list[Template]:
    """Those that can be applied at a customer: its own, then the partner's."""
    own = list_templates(session, actor, customer_id, language)
    return own + list_templates(session, actor, None, language)


def get_template(session: Session, actor: Actor, customer_id: int | None, template_id: int) -> Template:
    """One template of this place. Raises NotFound for another place's, RoleForbids."""
    return _template(_get(session, actor, customer_id, template_id))


def get_usable(session: Session, actor: Actor, customer_id: int, template_id: int) -> Template:
    """One that can be applied at this customer. Raises NotFound."""
    for template in list_usable(session, actor, customer_id):
        if template.id == template_id:
            return template
    raise NotFound("There is no such template any more. Choose another one.")


def make(session: Session, actor: Actor, customer_id: int | None, name: str, wish: Wish) -> Template:
    """A new one. Raises RoleForbids, Forbidden, Refusal for what it can't be, Conflict for a taken name."""
    _keep(session, actor, customer_id)
    if (session.scalar(select(func.count()).where(_of(customer_id))) or 0) >= MOST:
        raise Conflict("There are 200 templates here already. Delete one first.")
    row = LicenseTemplate(customer_id=customer_id)
    _write(session, actor, row, name, wish)
    session.add(row)
    session.flush()
    _record(session, actor, Action.TEMPLATE_MADE, row)
    return _template(row)


def edit(
    session: Session, actor: Actor, customer_id: int | None, template_id: int, *, name: str, wish: Wish
) -> Template:
    """Another name, other products or services. Drafts that it filled before stay as they are."""
    _keep(session, actor, customer_id)
    row = _get(session, actor, customer_id, template_id, lock=True)
    before = row.name
    _write(session, actor, row, name, wish)
    _record(session, actor, Action.TEMPLATE_CHANGED, row, before="" if before == row.name else before)
    return _template(row)


def delete(session: Session, actor: Actor, customer_id: int | None, template_id: int) -> str:
    """Forget it; its name comes back."""
    _keep(session, actor, customer_id)
    row = _get(session, actor, customer_id, template_id, lock=True)
    _record(session, actor, Action.TEMPLATE_DELETED, row)
    session.delete(row)
    session.flush()
    return row.name


def may_keep(actor: Actor, customer_id: int | None) -> bool:
    """Whether the actor may make and change templates here: the partner's need sight of all customers."""
    return actor.may(Permission.KEEP_TEMPLATES) and (customer_id is not None or actor.scope is Scope.ALL)


def giving(wish: Wish) -> Wish:
    """What of a draft a template can hold: the products that are given, with their services."""
    return Wish({sku: each for sku, each in wish.products.items() if each.op is Op.ASSIGN})


def fill(
    template: Wish, draft: Wish, rows: Iterable[MatrixRow], plans: Mapping[str, frozenset[str]]
) -> Filled:
    """`draft` with what the template gives. `rows` are the customer's products, `plans` their services' ids.

    What everybody selected has already is not given again; its services are still set.
    """
    known = {row.sku_id: row for row in rows}
    filled = Filled(draft)
    for sku_id, asked in template.products.items():
        row = known.get(sku_id)
        reason = str(Reason.NOT_OWNED) if row is None else row.why_not
        if row is None or reason:
            filled = replace(filled, left_out={**filled.left_out, sku_id: str(reason)})
            continue
        kept = {plan: mode for plan, mode in asked.plans.items() if plan in plans.get(sku_id, frozenset())}
        op = Op.ASSIGN if Op.ASSIGN in row.offered else Op.LEAVE
        lost = len(asked.plans) - len(kept)
        filled = replace(
            filled,
            wish=filled.wish.with_product(sku_id, ProductWish(op, kept)),
            given=(*filled.given, sku_id),
            services={**filled.services, sku_id: lost} if lost else filled.services,
        )
    return filled


def _look_at(session: Session, actor: Actor, customer_id: int | None) -> None:
    actor.demand(Permission.ASSIGN_LICENSES)
    if customer_id is not None:
        get_customer(session, actor, customer_id)


def _keep(session: Session, actor: Actor, customer_id: int | None) -> None:
    _look_at(session, actor, customer_id)
    actor.demand(Permission.KEEP_TEMPLATES)
    if not may_keep(actor, customer_id):
        raise Forbidden("Only people who see all customers can make or change templates for all customers.")


def _get(
    session: Session, actor: Actor, customer_id: int | None, template_id: int, *, lock: bool = False
) -> LicenseTemplate:
    _look_at(session, actor, customer_id)
    wanted = select(LicenseTemplate).where(LicenseTemplate.id == template_id, _of(customer_id))
    row = session.scalar(wanted.with_for_update() if lock else wanted) if template_id < 2**31 else None
    if row is None:
        raise NotFound("There is no such template any more. Choose another one.")
    return row


def _of(customer_id: int | None) -> ColumnElement[bool]:
    column = LicenseTemplate.customer_id
    return column.is_(None) if customer_id is None else column == customer_id


def _write(session: Session, actor: Actor, row: LicenseTemplate, name: str, wish: Wish) -> None:
    """Set all of it; refuses what a template can't be."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refusal("Enter a name of at most 80 characters.")
    if giving(wish).products.keys() != wish.products.keys() or wish.location or wish.is_empty:
        raise Refusal("Choose at least one product for the template.")
    same = [
        one.id
        for one in session.scalars(select(LicenseTemplate).where(_of(row.customer_id)))
        if fold(one.name) == fold(name)
    ]
    if set(same) - {row.id}:
        raise Conflict("There is a template of this name here already. Choose another name.")
    known = {one.sku_id: one for one in products_for(session, row.customer_id, wish.products)}
    held = _stored(row).products if row.wish else {}
    for sku_id, each in wish.products.items():
        if sku_id not in known and sku_id not in held:
            raise Refusal("One of the products can't be part of this template. Open the page again.")
        old = held[sku_id].plans.keys() if sku_id in held else set()
        if sku_id in known and each.plans.keys() - known[sku_id].plan_ids - old:
            raise Refusal("One of the service plans is not part of its product. Open the page again.")
    row.name, row.wish = name, wish.to_json()
    row.changed_by, row.changed_at = actor.name, clock.now()


def _stored(row: LicenseTemplate) -> Wish:
    """What it gives; one that this version can't read gives nothing."""
    try:
        return giving(Wish.from_json(row.wish))
    except MalformedWish:
        return Wish()


def _template(row: LicenseTemplate) -> Template:
    return Template(row.id, row.customer_id, row.name, _stored(row), row.changed_by, row.changed_at)


def _record(session: Session, actor: Actor, action: Action, row: LicenseTemplate, before: str = "") -> None:
    skus = sorted(_stored(row).products)
    record(session, actor, action, customer_id=row.customer_id, subject=row.name, before=before, sku=skus)
