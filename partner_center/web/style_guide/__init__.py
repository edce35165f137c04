"""Every component in every state, for whoever changes the looks. Development only."""

from partner_center.web.style_guide.views import blueprint

__all__ = ["blueprint"]
