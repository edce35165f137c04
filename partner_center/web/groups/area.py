"""The blueprint of the area: its views stand in several modules."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("groups", __name__)
