"""**Buy more**: raise the quantity of a customer's own subscription, and come back to where it was short.

Shows what it commits to before anything is ordered; ordering is `purchasing`'s.
"""

from partner_center.web.purchases.views import blueprint

__all__ = ["blueprint"]
