"""`/settings/roles`, the table of who may do what, and `/settings/who-can`, which answers from it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from partner_center.extensions import db
from partner_center.staff.permissions import ROLE_PERMISSIONS, Permission, Table, table_of
from partner_center.staff.queries import list_overrides
from partner_center.staff.role_table import edit_table, edition
from partner_center.staff.roles import Role
from partner_center.web import arguments
from partner_center.web.gates import role_gate
from partner_center.web.guards import requires, signed_in
from partner_center.web.problems import Problem
from partner_center.web.request import current_actor, get_customer
from partner_center.web.role_names import role_name
from partner_center.web.settings.role_page import problems_of, read_table, role_lines, who_page
from partner_center.web.transaction import note_refusal
from partner_center.web.wording import _


def register(blueprint: Blueprint) -> None:
    """Add these views to the settings'."""
    blueprint.get("/settings/roles")(show_roles)
    blueprint.post("/settings/roles")(save_roles)
    blueprint.get("/settings/who-can")(show_who_can)


@signed_in
def show_roles() -> ResponseReturnValue:
    """The table in force; boxes for who may change it."""
    return _show(table_of(list_overrides(db.session())))


@requires(Permission.EDIT_ROLES)
def save_roles() -> ResponseReturnValue:
    """Make what is ticked the table, or the default one again."""
    restore = request.form.get("do") == "restore"
    wanted = ROLE_PERMISSIONS if restore else read_table(request.form.getlist("grant"))
    broken = edit_table(db.session(), current_actor(), wanted, seen=request.form.get("seen", ""))
    if broken:
        problems = problems_of(broken)
        note_refusal(problems[0].text, actor=current_actor())
        return _show(wanted, problems), 422
    flash(_("The roles are saved. They hold from the next page on."), "ok")
    return redirect(url_for("settings.show_roles"), 303)


@signed_in
def show_who_can() -> ResponseReturnValue:
    """Which roles and which people can do one thing, everywhere or for one customer."""
    permission = arguments.one_of(request.args, "can", Permission.ASSIGN_LICENSES)
    asked = request.args.get("customer", "")
    customer = get_customer(int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    page = who_page(db.session(), permission, customer.id if customer else None)
    return render_template("settings/who_can.html", page=page, customer=customer)


def _show(table: Table, problems: tuple[Problem, ...] = ()) -> str:
    editable = current_actor().may(Permission.EDIT_ROLES)
    return render_template(
        "settings/roles.html",
        lines=role_lines(table),
        roles=[role_name(role) for role in Role],
        closed=None if editable else role_gate(Permission.EDIT_ROLES),
        edition=edition(list_overrides(db.session())),
        problems=problems,
    )
