"""`/people`."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from partner_center.directory.people import find_people
from partner_center.extensions import db
from partner_center.staff.permissions import Permission
from partner_center.web import arguments
from partner_center.web.guards import requires
from partner_center.web.language import current_language
from partner_center.web.people.page import people_page
from partner_center.web.request import current_actor

blueprint = Blueprint("people", __name__)


@blueprint.get("/people")
@requires(Permission.VIEW_USERS)
def find() -> ResponseReturnValue:
    """The people of all customers that match what is typed."""
    query = arguments.text(request.args, "q")
    found = find_people(db.session(), current_actor(), query, current_language())
    return render_template("people/find.html", page=people_page(query, found))
