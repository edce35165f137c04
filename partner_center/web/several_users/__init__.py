"""**Manage product licenses**: the same products for all selected users, beside or instead of theirs."""

from partner_center.web.several_users.views import blueprint

__all__ = ["blueprint"]
