"""What a new licence lets a person begin with."""

from __future__ import annotations

import pytest

from partner_center.licensing.quick_start import Topic, topics_of


@pytest.mark.parametrize(
    ("plans", "topics"),
    [
        (
            {"TEAMS1", "EXCHANGE_S_ENTERPRISE", "OFFICESUBSCRIPTION", "SHAREPOINTENTERPRISE"},
            (Topic.OFFICE, Topic.MAIL, Topic.TEAMS, Topic.FILES),
        ),
        ({"EXCHANGE_S_DESKLESS"}, (Topic.MAIL,)),
        ({"TEAMS_ESSENTIALS_AAD"}, (Topic.TEAMS,)),
        ({"EXCHANGE_S_FOUNDATION", "VISIO_WEB"}, ()),
        (set(), ()),
    ],
)
def test_topics_follow_the_service_plans(plans: set[str], topics: tuple[Topic, ...]) -> None:
    assert topics_of(plans) == topics
