"""The page of one person, as whoever shows it needs it: to read, or again with what is wrong above it."""

from __future__ import annotations

from flask import render_template, request

from partner_center.directory import selection
from partner_center.extensions import db
from partner_center.licensing.values import Wish
from partner_center.shared.ids import new_token
from partner_center.staff.permissions import Permission
from partner_center.web.language import current_language
from partner_center.web.one_user.desk import open_desk
from partner_center.web.one_user.panel import licenses_panel
from partner_center.web.problems import Problem
from partner_center.web.request import current_actor, get_customer
from partner_center.web.shell import Tab, customer_bar
from partner_center.web.users.profile import profile_of


def show(customer_id: int, number: int, wish: Wish | None = None, problems: tuple[Problem, ...] = ()) -> str:
    """The page; `wish` is laid over what the person has, else what was set and not saved. Raises NotFound."""
    customer, actor = get_customer(customer_id), current_actor()
    chosen = selection.get_selection(db.session(), actor, customer_id)
    desk = open_desk(db.session(), actor, customer_id, number)
    return render_template(
        "users/user.html",
        bar=customer_bar(db.session(), customer, Tab.USERS),
        user=profile_of(db.session(), customer_id, number, current_language()),
        licenses=licenses_panel(desk, desk.wish if wish is None else wish),
        opened=request.args.get("open", ""),
        key=new_token(),
        selected=number in chosen.members,
        manages=actor.may(Permission.MANAGE_USERS),
        problems=problems,
    )
