"""**Licenses**: what a customer owns, who has a product, giving it to people and taking it from them.

Knows no engine of its own: people and services are laid out at a product's desks, and what is to be saved
goes through `changes.service.submit` to the one review and the one result page.
"""

from partner_center.web.licenses import assign_views, take_over, views  # noqa: F401 - their routes
from partner_center.web.licenses.area import blueprint

__all__ = ["blueprint"]
