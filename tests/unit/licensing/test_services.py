"""What a product makes ready for a person, by the plans that are really in it (S5.2)."""

from __future__ import annotations

import pytest

from partner_center.licensing.services import SetUp, sets_up


@pytest.mark.parametrize(
    ("plans", "expected"),
    [
        (
            ("OFFICESUBSCRIPTION", "TEAMS1", "SHAREPOINTENTERPRISE", "EXCHANGE_S_ENTERPRISE"),
            (SetUp.MAILBOX, SetUp.TEAM_SITE, SetUp.MEETINGS, SetUp.OFFICE),
        ),
        (("EXCHANGE_S_STANDARD", "EXCHANGE_S_DESKLESS"), (SetUp.MAILBOX,)),
        (("EXCHANGE_S_FOUNDATION", "EXCHANGE_S_ARCHIVE_ADDON"), ()),
        (("SHAREPOINTWAC", "SHAREPOINT_PROJECT", "SHAREPOINTLITE"), ()),
        (("MCOSTANDARD_GOV", "OFFICE_BUSINESS"), (SetUp.MEETINGS, SetUp.OFFICE)),
        (("MCOMEETADV", "MCOEV", "OFFICEMOBILE_SUBSCRIPTION", "VISIO_CLIENT_SUBSCRIPTION"), ()),
        ((), ()),
    ],
)
def test_s5_2_only_the_services_themselves_count(plans: tuple[str, ...], expected: tuple[SetUp, ...]) -> None:
    assert sets_up(plans) == expected
