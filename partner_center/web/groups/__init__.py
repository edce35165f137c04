"""**Groups**: what a customer's groups hand out, to whom, and where it did not work.

Shows what an order would mean before anything is ordered; ordering and following it is `groups`'s.
"""

from partner_center.web.groups import order_views, views  # noqa: F401 - their routes
from partner_center.web.groups.area import blueprint

__all__ = ["blueprint"]
