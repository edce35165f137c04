"""Signing in and out. Local accounts, and in the demo a button for each role."""

from partner_center.web.auth.views import blueprint

__all__ = ["blueprint"]
