"""Views of a change at its one address: plan, progress, result; and the list of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from partner_center.changes import queries, service
from partner_center.changes.queries import PlanView, ResultView, RunView
from partner_center.changes.rereading import read_again
from partner_center.changes.retrying import AGAIN
from partner_center.changes.states import ChangeState, Outcome
from partner_center.directory import selection
from partner_center.extensions import db
from partner_center.jobs.context import job_sessions
from partner_center.shared.ids import new_token
from partner_center.staff.permissions import Permission
from partner_center.web import waiting
from partner_center.web.arguments import page_number
from partner_center.web.changes import forms, result, review
from partner_center.web.changes.downloads import evidence_response, table_response
from partner_center.web.changes.fixes import Place
from partner_center.web.changes.heads import change_lines, head_of
from partner_center.web.changes.progress import progress_text
from partner_center.web.desks import desk_url
from partner_center.web.guards import requires
from partner_center.web.language import current_language
from partner_center.web.lists import pager_of
from partner_center.web.request import cloud, current_actor, get_customer
from partner_center.web.shell import Tab, customer_bar
from partner_center.web.transaction import lock, locks_late, note_refusal
from partner_center.web.wording import _

blueprint = Blueprint("changes", __name__)
View = PlanView | RunView | ResultView
UNDER_WAY = frozenset({ChangeState.WAITING, ChangeState.RUNNING})


@blueprint.get("/customers/<int:customer_id>/changes")
@requires(Permission.VIEW_CHANGES)
def list_changes(customer_id: int) -> ResponseReturnValue:
    """All changes of the customer, newest first."""
    customer = get_customer(customer_id)
    found = queries.list_changes(db.session(), current_actor(), customer.id, page=page_number(request.args))
    return render_template(
        "changes/list.html",
        bar=customer_bar(db.session(), customer, Tab.CHANGES),
        lines=change_lines(found.items),
        pager=pager_of(found),
        page_url=lambda number: url_for("changes.list_changes", customer_id=customer.id, page=number),
    )


@blueprint.get("/customers/<int:customer_id>/changes/<ref>")
@requires(Permission.VIEW_CHANGES)
def show_change(customer_id: int, ref: str) -> ResponseReturnValue:
    """The change as it stands now; a small one that was just saved is waited for."""
    customer, actor = get_customer(customer_id), current_actor()
    first = queries.progress(db.session(), actor, customer.id, ref)
    if first.state in UNDER_WAY:
        waiting.settle(lambda: _state(customer_id, ref) not in UNDER_WAY, first.saved_at)
    return _render(customer_id, ref)


@blueprint.get("/customers/<int:customer_id>/changes/<ref>/progress.json")
@requires(Permission.VIEW_CHANGES)
def show_progress(customer_id: int, ref: str) -> ResponseReturnValue:
    """How far it is, for the script that follows it."""
    found = queries.progress(db.session(), current_actor(), customer_id, ref)
    response = jsonify(progress_text(found).to_json())
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/customers/<int:customer_id>/changes/<ref>/save")
@requires(Permission.ASSIGN_LICENSES)
def save_change(customer_id: int, ref: str) -> ResponseReturnValue:
    """Save the plan that was read; a plan that moved meanwhile is shown again, nothing sent."""
    view = _look(customer_id, ref)
    if not isinstance(view, PlanView):
        return redirect(_url(customer_id, ref), 303)
    actor = current_actor()
    decision = forms.read_review(
        request.form, review.build(view, Place(actor, customer_id, ref, view.head.desk))
    )
    if decision.problems:
        note_refusal(decision.problems[0].text, actor=actor, customer_id=customer_id, subject=ref)
        return _render(customer_id, ref, decision), 422
    saved = service.save(
        db.session(),
        actor,
        customer_id,
        ref,
        digest=decision.digest,
        skip_expected=decision.skip_expected,
        choices=decision.choices,
        note=decision.note,
    )
    decided = saved is service.SaveResult.REVIEW_AGAIN and bool(decision.choices)
    return redirect(_url(customer_id, ref, decided=int(decided) or None), 303)


@blueprint.post("/customers/<int:customer_id>/changes/<ref>/discard")
@requires(Permission.ASSIGN_LICENSES)
def discard_change(customer_id: int, ref: str) -> ResponseReturnValue:
    """Drop a plan that was not saved, and go back to where it came from; the draft stays."""
    head = queries.get_head(db.session(), current_actor(), customer_id, ref)
    service.discard(db.session(), current_actor(), customer_id, ref)
    origin = head.undo_of or head.retry_of
    return redirect(_url(customer_id, origin) if origin else desk_url(customer_id, head.desk), 303)


@blueprint.post("/customers/<int:customer_id>/changes/<ref>/retry")
@requires(Permission.ASSIGN_LICENSES)
@locks_late
def retry_change(customer_id: int, ref: str) -> ResponseReturnValue:
    """A new change of exactly what failed, was not attempted or is not known, for users as they are now."""
    _read_again(customer_id, ref, AGAIN)
    change = service.retry(
        db.session(),
        current_actor(),
        customer_id,
        ref,
        key=forms.key_of(request.form),
        language=current_language(),
    )
    return redirect(_url(customer_id, change.ref), 303)


@blueprint.post("/customers/<int:customer_id>/changes/<ref>/undo")
@requires(Permission.VIEW_CHANGES)
@locks_late
def undo_change(customer_id: int, ref: str) -> ResponseReturnValue:
    """A plan that puts everybody back, to be reviewed; pressed again it is the same plan."""
    queries.require_undo(db.session(), current_actor(), customer_id, ref)
    _read_again(customer_id, ref, (Outcome.DONE,))
    change = service.undo(db.session(), current_actor(), customer_id, ref, language=current_language())
    return redirect(_url(customer_id, change.ref), 303)


@blueprint.post("/customers/<int:customer_id>/changes/<ref>/seen")
@requires(Permission.VIEW_CHANGES)
def mark_seen(customer_id: int, ref: str) -> ResponseReturnValue:
    """The one who saved it has read how it ended."""
    service.mark_seen(db.session(), current_actor(), customer_id, ref)
    return redirect(_url(customer_id, ref), 303)


@blueprint.post("/customers/<int:customer_id>/changes/<ref>/users")
@requires(Permission.SELECT_USERS)
def select_users(customer_id: int, ref: str) -> ResponseReturnValue:
    """Select the users of one group of failures, or of all of them, and go on to **Manage licenses**."""
    members = queries.users_of_problems(
        db.session(),
        current_actor(),
        customer_id,
        ref,
        reason=request.form.get("reason"),
        sku_id=request.form.get("sku", ""),
    )
    source = _("Change %(ref)s", ref=ref)
    selection.replace(db.session(), current_actor(), customer_id, members, source=source)
    return redirect(url_for("manage.manage_licenses", customer_id=customer_id), 303)


@blueprint.get("/customers/<int:customer_id>/changes/<ref>/<any(plan, result):what>.csv")
@requires(Permission.VIEW_CHANGES)
def download(customer_id: int, ref: str, what: str) -> ResponseReturnValue:
    """The whole plan or result, one row for each user and product."""
    return table_response(current_actor(), customer_id, ref, what)


@blueprint.get("/customers/<int:customer_id>/changes/<ref>/evidence.<any(csv, json):kind>")
@requires(Permission.VIEW_CHANGES)
def download_evidence(customer_id: int, ref: str, kind: str) -> ResponseReturnValue:
    """What the change leaves for good, the same bytes each time."""
    return evidence_response(current_actor(), customer_id, ref, kind)


def _read_again(customer_id: int, ref: str, outcomes: Collection[Outcome]) -> None:
    """Ask Microsoft about the users concerned; only then begin to write."""
    actor = current_actor()
    read_again(job_sessions(db.engine), cloud(), actor, customer_id, ref, outcomes=outcomes)
    lock()


def _look(customer_id: int, ref: str) -> View:
    return queries.change_view(
        db.session(),
        current_actor(),
        customer_id,
        ref,
        language=current_language(),
        page=page_number(request.args),
    )


def _state(customer_id: int, ref: str) -> ChangeState:
    return queries.progress(db.session(), current_actor(), customer_id, ref).state


def _url(customer_id: int, ref: str, decided: int | None = None) -> str:
    return url_for("changes.show_change", customer_id=customer_id, ref=ref, decided=decided)


def _render(customer_id: int, ref: str, decision: forms.Decision | None = None) -> str:
    view = _look(customer_id, ref)
    place = Place(current_actor(), customer_id, ref, view.head.desk)
    shared = {
        "bar": customer_bar(db.session(), get_customer(customer_id), Tab.CHANGES),
        "head": head_of(view.head),
        "page_url": lambda number: url_for(
            "changes.show_change", customer_id=customer_id, ref=ref, page=number, _anchor="users"
        ),
    }
    if isinstance(view, RunView):
        return render_template("changes/progress.html", progress=progress_text(view.progress), **shared)
    if isinstance(view, ResultView):
        return _render_result(view, place, shared)
    return _render_plan(view, place, decision or forms.Decision(), shared)


def _render_result(view: ResultView, place: Place, shared: dict[str, Any]) -> str:
    page = result.build(view, place)
    return render_template(
        "changes/result.html",
        page=page,
        pager=pager_of(view.done),
        key=new_token(),
        problems=page.problems,
        **shared,
    )


def _render_plan(view: PlanView, place: Place, decision: forms.Decision, shared: dict[str, Any]) -> str:
    return render_template(
        "changes/review.html",
        page=review.build(view, place),
        view=view,
        decided="decided" in request.args,
        pager=pager_of(view.users),
        decision=decision,
        problems=decision.problems,
        **shared,
    )
