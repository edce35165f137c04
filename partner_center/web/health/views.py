"""`/up`: 200 when the database answers, else 503. Says nothing about Microsoft."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from partner_center.extensions import db
from partner_center.web.guards import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/up")
@public
def up() -> ResponseReturnValue:
    """The word `up`. A database that does not answer is answered by the error page, 503."""
    db.session.execute(select(1))
    return "up\n", {"Content-Type": "text/plain; charset=utf-8"}
