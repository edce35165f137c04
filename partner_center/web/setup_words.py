"""What assigning a product makes ready for a person, in words."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from partner_center.licensing.services import SetUp, sets_up
from partner_center.web.wording import _

_WORDS = {
    SetUp.MAILBOX: _l("a mailbox"),
    SetUp.TEAM_SITE: _l("edit rights on the team site"),
    SetUp.MEETINGS: _l("online meetings"),
    SetUp.OFFICE: _l("Office on up to 5 computers"),
}


def setup_words(plan_names: Iterable[str]) -> str:
    """`Sets up: a mailbox, online meetings.`, by the part names of the plans that are on; or nothing."""
    found = [str(_WORDS[each]) for each in sets_up(plan_names)]
    return _("Sets up: %(things)s.", things=", ".join(found)) if found else ""
