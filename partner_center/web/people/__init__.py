"""**Find a person** over all customers one may see."""

from partner_center.web.people.views import blueprint

__all__ = ["blueprint"]
