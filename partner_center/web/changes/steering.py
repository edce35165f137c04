"""The buttons on the page of a change under way: pause, resume, stop the rest."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from partner_center.changes import steering
from partner_center.extensions import db
from partner_center.staff.permissions import Permission
from partner_center.web.changes.views import blueprint
from partner_center.web.guards import requires
from partner_center.web.request import current_actor


@blueprint.post("/customers/<int:customer_id>/changes/<ref>/pause")
@requires(Permission.ASSIGN_LICENSES)
def pause_change(customer_id: int, ref: str) -> ResponseReturnValue:
    """Send nothing more until somebody resumes it."""
    steering.pause(db.session(), current_actor(), customer_id, ref)
    return redirect(url_for("changes.show_change", customer_id=customer_id, ref=ref), 303)


@blueprint.post("/customers/<int:customer_id>/changes/<ref>/resume")
@requires(Permission.ASSIGN_LICENSES)
def resume_change(customer_id: int, ref: str) -> ResponseReturnValue:
    """Go on where it was paused."""
    steering.resume(db.session(), current_actor(), customer_id, ref)
    return redirect(url_for("changes.show_change", customer_id=customer_id, ref=ref), 303)


@blueprint.post("/customers/<int:customer_id>/changes/<ref>/stop")
@requires(Permission.ASSIGN_LICENSES)
def stop_change(customer_id: int, ref: str) -> ResponseReturnValue:
    """End it without what was not sent yet."""
    steering.stop_rest(db.session(), current_actor(), customer_id, ref)
    return redirect(url_for("changes.show_change", customer_id=customer_id, ref=ref), 303)
