"""A change at its one address: plan, progress and result, and what is done with each of them.

Reads `changes.queries` and puts it into words; what may be saved is decided in `changes.service`.
"""

from partner_center.web.changes import quick_start, steering
from partner_center.web.changes.views import blueprint

__all__ = ["blueprint", "quick_start", "steering"]
