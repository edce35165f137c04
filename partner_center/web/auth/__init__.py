"""Signing in and out, the second factor, and setting a password by link.

In the demo there is a button for each role.
"""

from partner_center.web.auth import account, factor, invitations
from partner_center.web.auth.views import blueprint

invitations.register(blueprint)
factor.register(blueprint)
account.register(blueprint)

__all__ = ["blueprint"]
