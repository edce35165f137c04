"""**Activity**: what happened here, everybody's or one's own, and as a table to take away."""

from partner_center.web.audit.views import blueprint

__all__ = ["blueprint"]
