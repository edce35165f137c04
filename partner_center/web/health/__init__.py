"""Whether this process serves and reaches its database, for whoever restarts it."""

from partner_center.web.health.views import blueprint

__all__ = ["blueprint"]
