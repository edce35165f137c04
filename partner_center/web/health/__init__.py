"""What machines ask: whether this process serves, whether it can do its work, and how much it did."""

from partner_center.web.health.views import blueprint

__all__ = ["blueprint"]
