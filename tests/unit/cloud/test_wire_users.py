"""Users and licences: where each comes from, and which services are off."""

from __future__ import annotations

import pytest

from partner_center.cloud.errors import DamagedAnswer
from partner_center.cloud.port import RemoteLicense, RemovedUser
from partner_center.cloud.wire.users import find_user, read_changes, read_page, read_user
from tests.unit.cloud.recorded import ADA, BO, E3, E5, GROUP, SWAY, TEAMS, state, user


def test_a_user_is_read_whole() -> None:
    read = read_user(user(mail=" ada@example.com ", usageLocation="", accountEnabled=False, userType="Guest"))
    assert (read.graph_id, read.display_name, read.user_principal_name) == (ADA, "Ada Berg", "a@example.com")
    assert (read.mail, read.department, read.usage_location) == ("ada@example.com", "Sales", None)
    assert (read.user_type, read.account_enabled, read.licenses) == ("Guest", False, ())


def test_what_microsoft_leaves_empty_gets_a_plain_meaning() -> None:
    read = read_user(user(displayName=None, userType=None, accountEnabled=None))
    assert (read.display_name, read.user_type, read.account_enabled) == ("a@example.com", "Member", True)


def test_direct_and_inherited_are_one_license_with_both_sources() -> None:
    states = [
        state(E5.upper(), assignedByGroup=GROUP.upper(), disabledPlans=[SWAY, TEAMS]),
        state(E5, disabledPlans=[TEAMS]),
        state(E3, assignedByGroup=GROUP),
    ]
    assert read_user(user(licenseAssignmentStates=states)).licenses == (
        RemoteLicense(E3, False, (GROUP,), (), None),
        # a plan is on if any source has it on; Sway would be off if the group alone gave it
        RemoteLicense(E5, True, (GROUP,), (TEAMS,), None, direct_only=(SWAY,)),
    )


def test_a_group_assignment_that_failed_gives_nothing_but_its_error() -> None:
    states = [
        state(E5, assignedByGroup=GROUP, state="Error", error="CountViolation", disabledPlans=[SWAY]),
        state(E3, assignedByGroup=GROUP, state="ActiveWithError", error="Other"),
    ]
    assert read_user(user(licenseAssignmentStates=states)).licenses == (
        RemoteLicense(E3, False, (GROUP,), (), "Other"),
        RemoteLicense(E5, False, (), (), "CountViolation", failed=((GROUP, "CountViolation"),)),
    )


def test_an_error_called_none_is_none() -> None:
    (held,) = read_user(user(licenseAssignmentStates=[state(E5, error="None")])).licenses
    assert held.error is None


def test_without_states_the_merged_list_counts_as_direct() -> None:
    merged = [{"skuId": E5, "disabledPlans": [TEAMS]}, {"skuId": E3}]
    read = read_user(user(licenseAssignmentStates=None, assignedLicenses=merged))
    assert read.licenses == (
        RemoteLicense(E3, True, (), (), None),
        RemoteLicense(E5, True, (), (TEAMS,), None),
    )


def test_a_page_leads_on() -> None:
    page = read_page({"value": [user(), user(BO)], "@odata.nextLink": "https://next"})
    assert [one.graph_id for one in page.users] == [ADA, BO]
    assert (page.next_link, page.delta_link, page.removed, page.partial) == ("https://next", None, (), ())


def test_a_delta_tells_changed_removed_and_incomplete_users_apart() -> None:
    incomplete = {"id": BO, "displayName": "Bo"}
    gone = {"id": GROUP, "@removed": {"reason": "changed"}}
    page = read_changes({"value": [user(), incomplete, gone], "@odata.deltaLink": "https://delta"})
    assert [one.graph_id for one in page.users] == [ADA]
    assert page.removed == (RemovedUser(GROUP),)
    assert page.partial == (BO,)
    assert page.delta_link == "https://delta"


def test_a_delta_without_the_source_of_licenses_is_incomplete() -> None:
    told = user(assignedLicenses=[{"skuId": E5, "disabledPlans": []}])
    del told["licenseAssignmentStates"]
    assert read_changes({"value": [told]}).partial == (ADA,)


def test_a_user_named_twice_in_a_delta_counts_as_named_last() -> None:
    gone = {"id": ADA, "@removed": {"reason": "deleted"}}
    assert read_changes({"value": [gone, user()]}).removed == ()
    back = read_changes({"value": [user(name="Old"), gone, user(name="New")]})
    assert [one.display_name for one in back.users] == ["New"]
    assert read_changes({"value": [user(), gone]}).users == ()


def test_an_answer_about_somebody_else_is_damaged() -> None:
    assert find_user(user(), ADA.upper()) == read_user(user())
    with pytest.raises(DamagedAnswer):
        find_user(user(BO), ADA)


def test_an_answer_with_half_a_user_is_no_user() -> None:
    assert find_user({"id": ADA, "licenseAssignmentStates": []}, ADA) is None


@pytest.mark.parametrize(
    "body", [{}, {"value": None}, {"value": [{}]}, {"value": ["x"]}, {"value": [user(id=7)]}]
)
def test_a_page_of_junk_is_damaged(body: dict[str, object]) -> None:
    with pytest.raises(DamagedAnswer):
        read_page(body)
