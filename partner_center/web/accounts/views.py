"""Views over users: add one, block, allow, reset, delete; the deleted ones; what became of it."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from partner_center.accounts import queries, service
from partner_center.accounts.models import AccountOrder
from partner_center.accounts.secrets import Keeper
from partner_center.accounts.service import Person
from partner_center.accounts.states import Deed
from partner_center.customers.models import Customer
from partner_center.directory import listing, selection
from partner_center.directory.values import UserRow
from partner_center.extensions import db
from partner_center.shared.errors import NotFound, Refusal
from partner_center.shared.ids import new_password, new_token
from partner_center.staff.permissions import Permission
from partner_center.web import waiting
from partner_center.web.accounts import forms, page
from partner_center.web.gates import sentence_of
from partner_center.web.guards import requires
from partner_center.web.language import current_language
from partner_center.web.problems import Problem
from partner_center.web.request import cloud, current_actor, get_customer, vault
from partner_center.web.shell import Tab, customer_bar
from partner_center.web.transaction import lock, locks_late, note_refusal

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/customers/<int:customer_id>/accounts/new")
@requires(Permission.MANAGE_USERS)
def add_user(customer_id: int) -> ResponseReturnValue:
    """The form for one new user."""
    customer = get_customer(customer_id)
    organization = cloud().organization(customer.tenant_id)
    return _add_form(customer, forms.blank(organization), organization.domains)


@blueprint.post("/customers/<int:customer_id>/accounts/new")
@requires(Permission.MANAGE_USERS)
@locks_late
def create_user(customer_id: int) -> ResponseReturnValue:
    """Have the user made, and given what is ticked."""
    customer, actor = get_customer(customer_id), current_actor()
    organization = cloud().organization(customer.tenant_id)
    typed = forms.read_new(request.form)
    lock()
    problems = forms.problems_of(db.session(), customer.id, typed, organization.domains)
    if problems:
        note_refusal(problems[0].text, actor=actor, customer_id=customer_id)
        return _add_form(customer, typed, organization.domains, problems), 422
    secret = _keeper().seal(typed.password or new_password(), typed.address)
    return _order(customer, Deed.CREATE, [typed.person(secret)], products=typed.products)


@blueprint.get("/customers/<int:customer_id>/users/<int:number>/<any(block, allow, password, delete):deed>")
@requires(Permission.MANAGE_USERS)
def confirm_one(customer_id: int, number: int, deed: str) -> ResponseReturnValue:
    """What the deed means for this person."""
    customer = get_customer(customer_id)
    row = listing.get_user(db.session(), customer_id, number)
    return _confirm(customer, Deed(deed), [row], url_for("users.show_user", **request.view_args or {}))


@blueprint.post("/customers/<int:customer_id>/users/<int:number>/<any(block, allow, password, delete):deed>")
@requires(Permission.MANAGE_USERS)
def do_one(customer_id: int, number: int, deed: str) -> ResponseReturnValue:
    """Have it done."""
    customer = get_customer(customer_id)
    row = listing.get_user(db.session(), customer_id, number)
    wanted = Deed(deed)
    secret = _keeper().seal(new_password(), row.upn) if wanted is Deed.PASSWORD else None
    return _order(customer, wanted, [Person.of(row, secret)])


@blueprint.get("/customers/<int:customer_id>/accounts/delete")
@requires(Permission.MANAGE_USERS)
def confirm_selected(customer_id: int) -> ResponseReturnValue:
    """What deleting the selected users means."""
    customer = get_customer(customer_id)
    back = url_for("selection.show_selected", customer_id=customer_id)
    rows = _selected(customer_id)
    return _confirm(customer, Deed.DELETE, rows, back) if rows else redirect(back, 303)


@blueprint.post("/customers/<int:customer_id>/accounts/delete")
@requires(Permission.MANAGE_USERS)
def delete_selected(customer_id: int) -> ResponseReturnValue:
    """Delete exactly those who stood on the page."""
    customer = get_customer(customer_id)
    wanted = request.form.get("who", "")
    rows = [row for row in _selected(customer_id) if str(row.number) in set(wanted.split(","))]
    return _order(customer, Deed.DELETE, [Person.of(row) for row in rows])


@blueprint.get("/customers/<int:customer_id>/accounts/deleted")
@requires(Permission.MANAGE_USERS)
def list_deleted(customer_id: int) -> ResponseReturnValue:
    """Who can be restored, and for how long."""
    return _deleted(get_customer(customer_id))


@blueprint.post("/customers/<int:customer_id>/accounts/deleted")
@requires(Permission.MANAGE_USERS)
@locks_late
def restore_users(customer_id: int) -> ResponseReturnValue:
    """Bring the ticked ones back."""
    customer = get_customer(customer_id)
    ticked = set(request.form.getlist("u"))
    gone = [one for one in cloud().deleted_users(customer.tenant_id) if one.graph_id in ticked]
    lock()
    people = [Person(one.display_name, one.user_principal_name, one.graph_id) for one in gone]
    return _order(customer, Deed.RESTORE, people)


@blueprint.get("/customers/<int:customer_id>/accounts/<ref>")
@requires(Permission.VIEW_USERS)
def show_order(customer_id: int, ref: str) -> ResponseReturnValue:
    """How it stands; what was just asked for is waited for."""
    customer, actor = get_customer(customer_id), current_actor()

    def look() -> AccountOrder:
        return queries.find_order(db.session(), actor, customer_id, ref)

    order = look()
    if order.finished_at is None:
        waiting.settle(lambda: look().finished_at is not None, order.created_at)
        order = look()
    return render_template(
        "accounts/order.html",
        bar=customer_bar(db.session(), customer, Tab.USERS),
        page=page.order_page(db.session(), actor, order),
        ref=ref,
    )


@blueprint.post("/customers/<int:customer_id>/accounts/<ref>/passwords")
@requires(Permission.MANAGE_USERS)
def show_passwords(customer_id: int, ref: str) -> ResponseReturnValue:
    """The temporary passwords, this one time."""
    customer = get_customer(customer_id)
    told = service.take_passwords(db.session(), current_actor(), customer_id, ref, _keeper())
    shown = render_template(
        "accounts/passwords.html",
        bar=customer_bar(db.session(), customer, Tab.USERS),
        told=[(item.display_name, item.address, password) for item, password in told],
        ref=ref,
    )
    response = make_response(shown)
    response.headers["Cache-Control"] = "no-store"
    return response


def _keeper() -> Keeper:
    return Keeper(vault())


def _selected(customer_id: int) -> list[UserRow]:
    members = selection.get_selection(db.session(), current_actor(), customer_id).members
    numbers = listing.sorted_numbers(
        db.session(), customer_id, members, current_language(), limit=service.MOST
    )
    return listing.rows_of(db.session(), customer_id, numbers)


def _order(
    customer: Customer, deed: Deed, people: list[Person], products: tuple[str, ...] = ()
) -> ResponseReturnValue:
    """Ask for it and lead to its page. A refusal is said on the page it came from."""
    key = request.form.get("key", "")
    if not 0 < len(key) <= forms.LONGEST_KEY:
        raise UnprocessableEntity
    try:
        order = service.order(
            db.session(),
            current_actor(),
            customer.id,
            deed,
            people,
            key=key,
            language=current_language(),
            products=products,
        )
    except NotFound:
        raise
    except Refusal as refusal:
        note_refusal(str(refusal), actor=current_actor(), customer_id=customer.id)
        problems = (Problem(sentence_of(refusal, customer.id)),)
        return _refused(customer, deed, problems), refusal.status
    return redirect(url_for("accounts.show_order", customer_id=customer.id, ref=order.ref), 303)


def _refused(customer: Customer, deed: Deed, problems: tuple[Problem, ...]) -> str:
    """Nothing was done: why, and the way back."""
    return render_template(
        "accounts/refused.html",
        bar=customer_bar(db.session(), customer, Tab.USERS),
        title=page.title_of(deed),
        problems=problems,
    )


def _confirm(customer: Customer, deed: Deed, rows: list[UserRow], back: str) -> str:
    return render_template(
        "accounts/confirm.html",
        bar=customer_bar(db.session(), customer, Tab.USERS),
        page=page.confirmation(deed, rows),
        back=back,
        key=new_token(),
    )


def _deleted(customer: Customer) -> str:
    return render_template(
        "accounts/deleted.html",
        bar=customer_bar(db.session(), customer, Tab.USERS),
        lines=page.deleted_lines(cloud().deleted_users(customer.tenant_id), current_language()),
        key=new_token(),
    )


def _add_form(
    customer: Customer, typed: forms.Typed, domains: tuple[str, ...], problems: tuple[Problem, ...] = ()
) -> str:
    return render_template(
        "accounts/new.html",
        bar=customer_bar(db.session(), customer, Tab.USERS),
        form=page.new_form(db.session(), current_actor(), customer.id, typed, domains),
        key=request.form.get("key") or new_token(),
        problems=problems,
    )
