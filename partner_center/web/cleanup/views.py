"""Views of **Clean up**."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from partner_center.changes.models import Change
from partner_center.changes.reclaiming import take_back
from partner_center.changes.removed import give_back
from partner_center.extensions import db
from partner_center.shared.errors import NotFound, Refusal
from partner_center.shared.ids import new_token
from partner_center.staff.permissions import Permission
from partner_center.web.arguments import page_number
from partner_center.web.cleanup.forms import read_users
from partner_center.web.cleanup.mailboxes import mailbox_page
from partner_center.web.cleanup.reclaim import read_search, reclaim_page, to_arg
from partner_center.web.cleanup.removed import removed_page
from partner_center.web.cleanup.unused import unused_page
from partner_center.web.form_keys import Form, read_key
from partner_center.web.guards import requires
from partner_center.web.language import current_language
from partner_center.web.problems import Problem
from partner_center.web.request import current_actor, get_customer
from partner_center.web.shell import Tab, customer_bar
from partner_center.web.transaction import note_refusal
from partner_center.web.wording import _

blueprint = Blueprint("cleanup", __name__)


@blueprint.get("/customers/<int:customer_id>/cleanup/removed")
@requires(Permission.VIEW_USERS)
def show_removed(customer_id: int) -> ResponseReturnValue:
    """Whose data waits for its licence."""
    return _show_removed(customer_id)


@blueprint.post("/customers/<int:customer_id>/cleanup/removed")
@requires(Permission.ASSIGN_LICENSES)
def return_removed(customer_id: int) -> ResponseReturnValue:
    """Plan to give the ticked users their licences back."""
    place, form = (db.session(), current_actor(), customer_id), request.form
    return _propose(
        customer_id,
        lambda: give_back(*place, read_users(form), key=read_key(form), language=current_language()),
        lambda problem: _show_removed(customer_id, problem),
    )


@blueprint.get("/customers/<int:customer_id>/cleanup/reclaim")
@requires(Permission.VIEW_USERS)
def show_reclaim(customer_id: int) -> ResponseReturnValue:
    """Who holds licences and may not need them."""
    return _show_reclaim(customer_id, request.args)


@blueprint.post("/customers/<int:customer_id>/cleanup/reclaim")
@requires(Permission.REVOKE_LICENSES)
def reclaim(customer_id: int) -> ResponseReturnValue:
    """Plan to take the licences of the ticked users back, or those of all who were found."""
    place, form = (db.session(), current_actor(), customer_id), request.form

    def plan() -> Change:
        chosen = None if form.get("all") else read_users(form)
        key, language = read_key(form), current_language()
        return take_back(*place, read_search(form), chosen, key=key, language=language)

    return _propose(customer_id, plan, lambda problem: _show_reclaim(customer_id, form, problem))


@blueprint.get("/customers/<int:customer_id>/cleanup/unused")
@requires(Permission.VIEW_CUSTOMERS)
def show_unused(customer_id: int) -> ResponseReturnValue:
    """What is paid for and nobody uses, and when fewer may be had."""
    customer = get_customer(customer_id)
    return render_template(
        "cleanup/unused.html",
        bar=customer_bar(db.session(), customer, Tab.UNUSED),
        page=unused_page(db.session(), customer_id, current_language()),
    )


@blueprint.get("/customers/<int:customer_id>/cleanup/mailboxes")
@requires(Permission.VIEW_USERS)
def show_mailboxes(customer_id: int) -> ResponseReturnValue:
    """Mailboxes that are nobody's own, and which of them need a licence."""
    customer = get_customer(customer_id)
    return render_template(
        "cleanup/mailboxes.html",
        bar=customer_bar(db.session(), customer, Tab.MAILBOXES),
        page=mailbox_page(db.session(), customer_id, page_number(request.args), current_language()),
        page_url=lambda number: url_for("cleanup.show_mailboxes", customer_id=customer_id, page=number),
    )


def _show_removed(customer_id: int, *problems: Problem) -> str:
    customer, language = get_customer(customer_id), current_language()
    return render_template(
        "cleanup/removed.html",
        bar=customer_bar(db.session(), customer, Tab.REMOVED),
        page=removed_page(db.session(), customer_id, page_number(request.args), language),
        page_url=lambda number: url_for("cleanup.show_removed", customer_id=customer_id, page=number),
        may_assign=current_actor().may(Permission.ASSIGN_LICENSES),
        key=new_token(),
        problems=problems,
    )


def _show_reclaim(customer_id: int, asked: Form, *problems: Problem) -> str:
    customer, actor = get_customer(customer_id), current_actor()
    why = to_arg(read_search(asked))
    return render_template(
        "cleanup/reclaim.html",
        bar=customer_bar(db.session(), customer, Tab.RECLAIM),
        page=reclaim_page(db.session(), actor, customer_id, asked, current_language()),
        page_url=lambda number: url_for(
            "cleanup.show_reclaim", customer_id=customer_id, why=why, page=number
        ),
        may_revoke=actor.may(Permission.REVOKE_LICENSES),
        key=new_token(),
        problems=problems,
    )


def _propose(
    customer_id: int, plan: Callable[[], Change], show: Callable[[Problem], str]
) -> ResponseReturnValue:
    """Go to the change that was planned; of a refusal, show the list again with it."""
    get_customer(customer_id)
    try:
        change = plan()
    except NotFound:
        raise
    except Refusal as refusal:
        note_refusal(str(refusal), actor=current_actor(), customer_id=customer_id)
        return show(Problem(_(str(refusal)), "list")), refusal.status
    return redirect(url_for("changes.show_change", customer_id=customer_id, ref=change.ref), 303)
