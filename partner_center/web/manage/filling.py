"""Templates on **Manage licenses**: which there are, and filling the draft from one."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash

from partner_center.changes import license_templates as templates
from partner_center.changes.situation import look
from partner_center.directory.owned import sku_names
from partner_center.extensions import db
from partner_center.licensing.values import Wish
from partner_center.shared.errors import NotFound
from partner_center.web.formats import number
from partner_center.web.language import current_language
from partner_center.web.manage.desk import Desk
from partner_center.web.reasons import wording
from partner_center.web.wording import _, ngettext


@dataclass(frozen=True, slots=True)
class TemplatePart:
    """The templates to choose from, and whether the draft can be saved as one."""

    choices: list[tuple[int, str]]
    may_save: bool


def template_part(desk: Desk) -> TemplatePart:
    """What of templates stands on the page; those for all customers are marked."""
    usable = templates.list_usable(db.session(), desk.actor, desk.customer.id, current_language())
    everywhere = _("%(name)s (all customers)")
    choices = [(one.id, one.name if one.customer_id else everywhere % {"name": one.name}) for one in usable]
    return TemplatePart(choices, templates.may_keep(desk.actor, desk.customer.id))


def fill(desk: Desk, wish: Wish, chosen: str) -> Wish:
    """`wish` with the chosen template in it; the page then says what was filled in and what left out.

    Raises NotFound for a template that is gone or another customer's.
    """
    session, customer_id = db.session(), desk.customer.id
    if not (chosen.isascii() and chosen.isdigit()):
        raise NotFound("There is no such template any more. Choose another one.")
    template = templates.get_usable(session, desk.actor, customer_id, int(chosen))
    owned = look(session, customer_id).context.products
    plans = {sku_id: product.plan_ids for sku_id, product in owned.items()}
    filled = templates.fill(template.wish, wish, desk.matrix(wish).rows, plans)
    _tell(customer_id, template.name, filled)
    return filled.wish


def _tell(customer_id: int, name: str, filled: templates.Filled) -> None:
    products = sku_names(db.session(), customer_id, {*filled.left_out, *filled.services})
    if filled.given:
        flash(_("“%(name)s” is filled in. Nothing is sent until you save.", name=name), "ok")
    else:
        flash(_("Nothing of “%(name)s” can be given here.", name=name), "warn")
    for sku_id, reason in filled.left_out.items():
        said = {"product": products.get(sku_id, sku_id), "why": wording(reason).title}
        flash(_("%(product)s is left out. %(why)s.", **said), "warn")
    for sku_id, count in filled.services.items():
        text = ngettext(
            "%(product)s: %(count)s service of the template is no longer part of it.",
            "%(product)s: %(count)s services of the template are no longer part of it.",
            count,
            product=products.get(sku_id, sku_id),
            count=number(count),
        )
        flash(text, "warn")
