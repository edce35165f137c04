"""`/staff` and what can be done with a person there."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from partner_center.extensions import db
from partner_center.shared.errors import Refusal
from partner_center.staff import administration
from partner_center.staff.models import StaffMember
from partner_center.staff.permissions import Permission
from partner_center.staff.queries import get_member
from partner_center.web.gates import sentence_of
from partner_center.web.guards import requires
from partner_center.web.problems import Problem
from partner_center.web.request import current_actor
from partner_center.web.staff.forms import Typed, read_invitation, read_roles, read_scope
from partner_center.web.staff.page import person_page, role_choices, scope_choices, staff_page
from partner_center.web.transaction import abandon, note_refusal
from partner_center.web.wording import _

blueprint = Blueprint("staff", __name__)


@blueprint.get("/staff")
@requires(Permission.MANAGE_STAFF)
def list_people() -> ResponseReturnValue:
    """Everybody, suspended people too."""
    return render_template("staff/list.html", page=staff_page(db.session(), request.args), here="staff")


@blueprint.get("/staff/new")
@requires(Permission.MANAGE_STAFF)
def start_invitation() -> ResponseReturnValue:
    """The form for a new person."""
    return _invitation(Typed())


@blueprint.post("/staff/new")
@requires(Permission.MANAGE_STAFF)
def invite_person() -> ResponseReturnValue:
    """Add the person and show their link, this once."""
    actor = current_actor()
    asked = read_invitation(db.session(), actor, request.form)
    typed = asked.typed
    if asked.problems or asked.wish is None:
        return _invitation(typed, asked.problems), 422
    try:
        member, token = administration.invite(
            db.session(), actor, email=typed.email, name=typed.name, roles=typed.roles, wish=asked.wish
        )
    except Refusal as refusal:
        note_refusal(str(refusal), actor=actor)
        abandon()
        return _invitation(typed, (Problem(sentence_of(refusal)),)), refusal.status
    return _link(member, token)


@blueprint.get("/staff/<int:staff_id>")
@requires(Permission.MANAGE_STAFF)
def show_person(staff_id: int) -> ResponseReturnValue:
    """One person: roles, customers, access."""
    return _person(get_member(db.session(), staff_id))


@blueprint.post("/staff/<int:staff_id>/roles")
@requires(Permission.MANAGE_STAFF)
def save_roles(staff_id: int) -> ResponseReturnValue:
    """Make what is ticked the person's roles."""
    administration.change_roles(db.session(), current_actor(), staff_id, read_roles(request.form))
    return _back(staff_id, _("The roles are saved. The person has to sign in again."))


@blueprint.post("/staff/<int:staff_id>/customers")
@requires(Permission.MANAGE_STAFF)
def save_customers(staff_id: int) -> ResponseReturnValue:
    """Make these the customers that the person sees."""
    member = get_member(db.session(), staff_id)
    asked = read_scope(db.session(), current_actor(), request.form)
    if asked.wish is None:
        return _person(member, asked.typed, asked.problems), 422
    administration.change_scope(db.session(), current_actor(), staff_id, asked.wish)
    return _back(staff_id, _("The customers are saved. The person has to sign in again."))


@blueprint.post("/staff/<int:staff_id>/suspend")
@requires(Permission.MANAGE_STAFF)
def suspend_person(staff_id: int) -> ResponseReturnValue:
    """End the person's access."""
    administration.suspend(db.session(), current_actor(), staff_id)
    return _back(staff_id, _("The person is suspended and signed out everywhere."))


@blueprint.post("/staff/<int:staff_id>/reactivate")
@requires(Permission.MANAGE_STAFF)
def reactivate_person(staff_id: int) -> ResponseReturnValue:
    """Give the person their access back."""
    administration.reactivate(db.session(), current_actor(), staff_id)
    return _back(staff_id, _("The person can sign in again."))


@blueprint.post("/staff/<int:staff_id>/second-factor")
@requires(Permission.MANAGE_STAFF)
def reset_second_factor(staff_id: int) -> ResponseReturnValue:
    """Have the person set up a new second factor."""
    administration.reset_second_factor(db.session(), current_actor(), staff_id)
    return _back(staff_id, _("The second factor is reset. The person sets up a new one at the next sign-in."))


@blueprint.post("/staff/<int:staff_id>/link")
@requires(Permission.MANAGE_STAFF)
def renew_link(staff_id: int) -> ResponseReturnValue:
    """Make a new link for the person and show it, this once."""
    return _link(*administration.renew_link(db.session(), current_actor(), staff_id))


def _invitation(typed: Typed, problems: tuple[Problem, ...] = ()) -> str:
    actor = current_actor()
    return render_template(
        "staff/invite.html",
        typed=typed,
        roles=role_choices(actor, typed.roles),
        scope=scope_choices(db.session(), actor, typed),
        problems=problems,
        here="staff",
    )


def _person(member: StaffMember, typed: Typed | None = None, problems: tuple[Problem, ...] = ()) -> str:
    page = person_page(db.session(), current_actor(), member, typed)
    return render_template("staff/person.html", page=page, problems=problems, here="staff")


def _link(member: StaffMember, token: str) -> str:
    link = url_for("auth.show_invitation", token=token, _external=True)
    return render_template("staff/link.html", member=member, link=link, here="staff")


def _back(staff_id: int, said: str) -> ResponseReturnValue:
    flash(said, "ok")
    return redirect(url_for("staff.show_person", staff_id=staff_id), 303)
