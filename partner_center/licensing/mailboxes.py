"""Which shared, room and equipment mailboxes need a licence (mission S5.5). Pure.

Up to 50 GB they need none. Above, an Exchange licence is needed; one that is over and has none for a month is
locked (about-shared-mailboxes, exchange-online-limits).
"""

from __future__ import annotations

from collections.abc import Set
from enum import StrEnum

from partner_center.licensing.losses import Loss, kinds_of

FREE_BYTES = 50 * 1024**3


class Need(StrEnum):
    """What a mailbox that is nobody's own needs; the most urgent first."""

    LICENSE = "license"
    NOTHING_MORE = "nothing_more"
    NO_LICENSE = "no_license"
    NOTHING = "nothing"


def need_of(used_bytes: int, part_names: Set[str]) -> Need:
    """By its size, and the part names of the plans that are on for it."""
    has_one = Loss.MAILBOX in kinds_of(part_names)
    if used_bytes > FREE_BYTES:
        return Need.NOTHING_MORE if has_one else Need.LICENSE
    return Need.NO_LICENSE if has_one else Need.NOTHING
