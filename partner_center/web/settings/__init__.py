"""A person's own settings: language and theme."""

from partner_center.web.settings.views import blueprint

__all__ = ["blueprint"]
