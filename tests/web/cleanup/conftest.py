"""Fjord of the changes' tests, a helpdesk agent signed in."""

from __future__ import annotations

from tests.web.changes.conftest import impatient, scene, submit

__all__ = ["impatient", "scene", "submit"]
