"""`/style-guide`."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from partner_center.web.guards import public

blueprint = Blueprint("style_guide", __name__)


@blueprint.get("/style-guide")
@public
def show() -> ResponseReturnValue:
    """The page of all components."""
    return render_template("style_guide/components.html")
