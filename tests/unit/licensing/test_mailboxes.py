"""Which shared, room and equipment mailboxes need a licence (S5.5)."""

from __future__ import annotations

import pytest

from partner_center.licensing.mailboxes import FREE_BYTES, Need, need_of

EXCHANGE, TEAMS = {"EXCHANGE_S_ENTERPRISE"}, {"TEAMS1"}


@pytest.mark.parametrize(
    ("used", "plans", "need"),
    [
        (FREE_BYTES, set(), Need.NOTHING),
        (FREE_BYTES, TEAMS, Need.NOTHING),
        (FREE_BYTES + 1, set(), Need.LICENSE),
        (FREE_BYTES + 1, TEAMS, Need.LICENSE),
        (FREE_BYTES + 1, EXCHANGE, Need.NOTHING_MORE),
        (FREE_BYTES, EXCHANGE, Need.NO_LICENSE),
    ],
)
def test_only_what_is_over_its_quota_needs_one(used: int, plans: set[str], need: Need) -> None:
    assert need_of(used, plans) is need
