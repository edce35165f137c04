"""Users added, blocked, given a new password, deleted and restored: forms, confirmations, results."""

from partner_center.web.accounts.views import blueprint

__all__ = ["blueprint"]
