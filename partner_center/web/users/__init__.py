"""Users and licenses: the list, the ticks on it, and one user's page."""

from partner_center.web.users import license_views as _license_views  # noqa: F401
from partner_center.web.users.views import blueprint

__all__ = ["blueprint"]
