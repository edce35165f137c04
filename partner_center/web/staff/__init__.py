"""**Staff**: who signs in, what they may do, which customers they see."""

from partner_center.web.staff.views import blueprint

__all__ = ["blueprint"]
