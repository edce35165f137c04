"""**Clean up**: data that waits for a license, licenses that could be taken back, seats nobody uses.

Nothing is done from here by itself: what is ticked becomes a plan that is shown first, like any other change.
"""

from partner_center.web.cleanup.views import blueprint

__all__ = ["blueprint"]
