"""Licences that are free and promised to changes under way, in words: the same on every page."""

from __future__ import annotations

from partner_center.web.formats import number
from partner_center.web.wording import ngettext


def promised_text(count: int) -> str:
    """`4 more are promised to a running change`; empty for none."""
    if not count:
        return ""
    return ngettext(
        "%(count)s more is promised to a running change",
        "%(count)s more are promised to running changes",
        count,
        count=number(count),
    )
