"""**Manage licenses**: who is selected, what they have, what shall change, the services inside.

Reads the matrix and keeps the draft; deciding is `licensing`'s, saving `changes`'.
"""

from partner_center.web.manage.views import blueprint

__all__ = ["blueprint"]
