"""Signing in and out, and setting a password by link. Local accounts; in the demo a button for each role."""

from partner_center.web.auth.invitations import register
from partner_center.web.auth.views import blueprint

register(blueprint)

__all__ = ["blueprint"]
