"""Views where a product is assigned: picking people, by name or by list, and saving."""

from __future__ import annotations

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from partner_center.directory import listing
from partner_center.directory.owned import get_product
from partner_center.extensions import db
from partner_center.licensing.values import Op, Wish
from partner_center.shared.errors import Forbidden, NotFound, Refusal
from partner_center.shared.ids import new_token
from partner_center.staff.permissions import Permission
from partner_center.web import arguments
from partner_center.web.address_form import AddressForm, added_by
from partner_center.web.guards import requires
from partner_center.web.language import current_language
from partner_center.web.licenses import assign_steps, picking, saving
from partner_center.web.licenses.area import blueprint
from partner_center.web.licenses.assign import assign_page
from partner_center.web.licenses.picking import PickingDesk
from partner_center.web.licenses.product import ProductHead, product_head
from partner_center.web.people_found import suggestions
from partner_center.web.problems import Problem, problems_of
from partner_center.web.request import current_actor, get_customer
from partner_center.web.shell import Tab, customer_bar
from partner_center.web.transaction import note_refusal
from partner_center.web.wording import _


@blueprint.get("/customers/<int:customer_id>/licenses/<sku_id>/assign")
@requires(Permission.ASSIGN_LICENSES)
def pick_people(customer_id: int, sku_id: str) -> ResponseReturnValue:
    """Who shall get the product, which services are on, how many licenses that leaves."""
    desk = _desk(customer_id, sku_id)
    return _show(desk, desk.wish(), request.args)


@blueprint.post("/customers/<int:customer_id>/licenses/<sku_id>/assign")
@requires(Permission.ASSIGN_LICENSES)
def press_button(customer_id: int, sku_id: str) -> ResponseReturnValue:
    """Keep what is set, then do what the pressed button says."""
    desk, form = _desk(customer_id, sku_id), request.form
    saves = form.get("go") == "save"
    if saves and (again := saving.saved_before(desk, form.get("key", ""), Op.ASSIGN)):
        return again
    kept = desk.wish()
    wish, problems = picking.read_wish(form, desk.plans(kept), kept)
    if wish.location and not desk.actor.may(Permission.SET_USAGE_LOCATION):
        raise Forbidden(_("Your role does not set usage locations. Nothing was changed."))
    problems = problems or (assign_steps.check(desk, form) if saves else ())
    if problems:
        return _refuse(desk, wish, problems, 422)
    try:
        if saves:
            return saving.save(desk, desk.members(), wish, form)
        return redirect(assign_steps.take(desk, wish, form), 303)
    except NotFound:
        raise
    except Refusal as refusal:
        return _refuse(desk, wish, (Problem(_(str(refusal))),), refusal.status)


@blueprint.get("/customers/<int:customer_id>/licenses/<sku_id>/assign/people.json")
@requires(Permission.ASSIGN_LICENSES)
def suggest_people(customer_id: int, sku_id: str) -> ResponseReturnValue:
    """The first people who match what is being typed, for the script."""
    return suggestions(_desk(customer_id, sku_id), arguments.text(request.args, "q"))


@blueprint.get("/customers/<int:customer_id>/licenses/<sku_id>/assign/list")
@requires(Permission.ASSIGN_LICENSES)
def pick_by_list(customer_id: int, sku_id: str) -> ResponseReturnValue:
    """The boxes for a list of addresses."""
    return _show_list(_desk(customer_id, sku_id), AddressForm())


@blueprint.post("/customers/<int:customer_id>/licenses/<sku_id>/assign/list")
@requires(Permission.ASSIGN_LICENSES)
def pick_list(customer_id: int, sku_id: str) -> ResponseReturnValue:
    """Pick whom the addresses name and who lacks it; say which of them name nobody, and who has it."""
    desk, form = _desk(customer_id, sku_id), AddressForm()
    given = form.read()
    if given is None:
        return _show_list(desk, form, problems_of(form)), 422
    match = listing.find_by_addresses(db.session(), customer_id, given.addresses)
    before = desk.members()
    desk.add(match.found, source="addresses")
    return render_template(
        "licenses/listed.html",
        bar=customer_bar(db.session(), get_customer(customer_id), Tab.LICENSES),
        head=_head(desk),
        added=added_by(match, given, new=len(desk.members() - before)),
        have=len(match.found & desk.holders),
    )


def _desk(customer_id: int, sku_id: str) -> PickingDesk:
    """The desk of the signed-in person at this product. Raises NotFound for what is not owned."""
    customer = get_customer(customer_id)
    get_product(db.session(), customer.id, sku_id)
    return PickingDesk(db.session(), current_actor(), customer.id, sku_id)


def _head(desk: PickingDesk) -> ProductHead:
    return product_head(db.session(), desk.actor, desk.customer_id, desk.sku_id, current_language())


def _refuse(desk: PickingDesk, wish: Wish, problems: tuple[Problem, ...], status: int) -> ResponseReturnValue:
    """The form as it was sent, with what is wrong above it; the audit keeps that it was refused."""
    note_refusal(problems[0].text, actor=desk.actor, customer_id=desk.customer_id)
    return _show(desk, wish, request.form, problems), status


def _show(
    desk: PickingDesk, wish: Wish, asked: MultiDict[str, str], problems: tuple[Problem, ...] = ()
) -> str:
    search = arguments.text(asked, "shown" if asked is request.form else "q")
    return render_template(
        "licenses/assign.html",
        bar=customer_bar(db.session(), get_customer(desk.customer_id), Tab.LICENSES),
        head=_head(desk),
        page=assign_page(desk, wish, search, arguments.page_number(asked)),
        people=len(desk.holders),
        opened=asked.get("open", ""),
        key=asked.get("key") or new_token(),
        problems=problems,
    )


def _show_list(desk: PickingDesk, form: AddressForm, problems: tuple[Problem, ...] = ()) -> str:
    return render_template(
        "licenses/list.html",
        bar=customer_bar(db.session(), get_customer(desk.customer_id), Tab.LICENSES),
        head=_head(desk),
        form=form,
        problems=problems,
    )
