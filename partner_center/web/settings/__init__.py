"""A person's own settings (language, theme), the table of roles, and who can do what."""

from partner_center.web.settings.roles import register
from partner_center.web.settings.views import blueprint

register(blueprint)

__all__ = ["blueprint"]
