"""`/settings/templates` and `/customers/<id>/templates`: the same pages, the partner's and a customer's."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from partner_center.staff.permissions import Permission
from partner_center.web.guards import requires
from partner_center.web.license_templates import deeds
from partner_center.web.license_templates.place import Place
from partner_center.web.request import get_customer

blueprint = Blueprint("license_templates", __name__)
PARTNER = Place(None)


@blueprint.get("/settings/templates")
@requires(Permission.ASSIGN_LICENSES)
def partner_list() -> ResponseReturnValue:
    """The templates for all customers."""
    return deeds.show_list(PARTNER)


@blueprint.get("/settings/templates/new")
@requires(Permission.KEEP_TEMPLATES)
def partner_new() -> ResponseReturnValue:
    """The form of a new one."""
    return deeds.start(PARTNER)


@blueprint.post("/settings/templates/new")
@requires(Permission.KEEP_TEMPLATES)
def partner_make() -> ResponseReturnValue:
    """Keep a new one."""
    return deeds.make(PARTNER)


@blueprint.get("/settings/templates/<int:template_id>")
@requires(Permission.KEEP_TEMPLATES)
def partner_one(template_id: int) -> ResponseReturnValue:
    """The form of one."""
    return deeds.show(PARTNER, template_id)


@blueprint.post("/settings/templates/<int:template_id>")
@requires(Permission.KEEP_TEMPLATES)
def partner_edit(template_id: int) -> ResponseReturnValue:
    """Keep what was changed."""
    return deeds.edit(PARTNER, template_id)


@blueprint.post("/settings/templates/<int:template_id>/delete")
@requires(Permission.KEEP_TEMPLATES)
def partner_delete(template_id: int) -> ResponseReturnValue:
    """Forget one."""
    return deeds.delete(PARTNER, template_id)


@blueprint.get("/customers/<int:customer_id>/templates")
@requires(Permission.ASSIGN_LICENSES)
def customer_list(customer_id: int) -> ResponseReturnValue:
    """The customer's own templates, and those for all customers."""
    return deeds.show_list(Place(get_customer(customer_id)))


@blueprint.get("/customers/<int:customer_id>/templates/new")
@requires(Permission.KEEP_TEMPLATES)
def customer_new(customer_id: int) -> ResponseReturnValue:
    """The form of a new one, filled from the draft on **Manage licenses** where asked."""
    return deeds.start(Place(get_customer(customer_id)))


@blueprint.post("/customers/<int:customer_id>/templates/new")
@requires(Permission.KEEP_TEMPLATES)
def customer_make(customer_id: int) -> ResponseReturnValue:
    """Keep a new one."""
    return deeds.make(Place(get_customer(customer_id)))


@blueprint.get("/customers/<int:customer_id>/templates/<int:template_id>")
@requires(Permission.KEEP_TEMPLATES)
def customer_one(customer_id: int, template_id: int) -> ResponseReturnValue:
    """The form of one."""
    return deeds.show(Place(get_customer(customer_id)), template_id)


@blueprint.post("/customers/<int:customer_id>/templates/<int:template_id>")
@requires(Permission.KEEP_TEMPLATES)
def customer_edit(customer_id: int, template_id: int) -> ResponseReturnValue:
    """Keep what was changed."""
    return deeds.edit(Place(get_customer(customer_id)), template_id)


@blueprint.post("/customers/<int:customer_id>/templates/<int:template_id>/delete")
@requires(Permission.KEEP_TEMPLATES)
def customer_delete(customer_id: int, template_id: int) -> ResponseReturnValue:
    """Forget one."""
    return deeds.delete(Place(get_customer(customer_id)), template_id)
