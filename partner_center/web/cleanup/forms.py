"""What the forms of **Clean up** send: who is ticked."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from partner_center.web.ticks import read_ticks


def read_users(form: MultiDict[str, str]) -> frozenset[int]:
    """The user whose own button was pressed, or else those who are ticked. Raises Refusal for junk."""
    one = form.get("one")
    asked = MultiDict({"u": one}) if one else form
    return frozenset(read_ticks(asked).add)
