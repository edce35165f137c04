"""What the forms of **Clean up** send: who is ticked, and the form's own key."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from partner_center.shared.errors import Refusal
from partner_center.web.ticks import read_ticks
from partner_center.web.wording import _

LONGEST_KEY = 64


def read_users(form: MultiDict[str, str]) -> frozenset[int]:
    """The user whose own button was pressed, or else those who are ticked. Raises Refusal for junk."""
    one = form.get("one")
    asked = MultiDict({"u": one}) if one else form
    return frozenset(read_ticks(asked).add)


def read_key(form: MultiDict[str, str]) -> str:
    """The key by which the form, sent twice, makes one change. Raises Refusal where there is none."""
    key = form.get("key", "")
    if not 0 < len(key) <= LONGEST_KEY:
        raise Refusal(_("The form was not complete. Look again, then save."))
    return key
