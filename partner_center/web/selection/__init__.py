"""Selected users: only those, what may block their change, and a list of addresses to add."""

from partner_center.web.selection.views import blueprint

__all__ = ["blueprint"]
