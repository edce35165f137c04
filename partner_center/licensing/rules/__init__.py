"""The licensing rules. To add one: a function under `@rule` in the module it belongs to, and a case file.

The order of the imports below is the order in which the rules are asked: what can't be mended by the
person at the screen comes before what can.
"""

from partner_center.licensing.rules.rule import RULES, Problem, Rule

# isort: off
from partner_center.licensing.rules import ownership as _ownership  # noqa: F401
from partner_center.licensing.rules import groups as _groups  # noqa: F401
from partner_center.licensing.rules import location as _location  # noqa: F401
from partner_center.licensing.rules import plans as _plans  # noqa: F401
# isort: on

__all__ = ["RULES", "Problem", "Rule"]
