"""Links: shown once, used once, worth three days, and nothing of them is left where others read."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from partner_center.shared import clock
from partner_center.shared.errors import Conflict, NotFound, Refusal
from partner_center.staff import administration, invitations, passwords
from partner_center.staff.models import StaffInvitation, StaffMember
from partner_center.staff.queries import actor_of
from tests.make import Make
from tests.unit.staff.office import ALL, PASSWORD, H, Office


def invite(office: Office, **more: object) -> tuple[StaffMember, str]:
    told: dict[str, object] = {"email": "New@P.example", "name": "New", "roles": [H], "wish": ALL}
    actor = actor_of(office.manager)
    return administration.invite(office.session, actor, **(told | more))  # type: ignore[arg-type]


def test_an_invited_person_sets_a_password_once_and_signs_in(office: Office) -> None:
    member, token = invite(office)
    assert member.password_hash is None
    stored = office.session.scalars(select(StaffInvitation.token_hash)).one()
    assert token not in stored
    invitations.accept(office.session, token, PASSWORD)
    assert passwords.matches(member.password_hash, PASSWORD)
    with pytest.raises(NotFound, match="used already"):
        invitations.accept(office.session, token, PASSWORD)
    invited, accepted = office.entries()
    assert (invited.action, accepted.action) == ("staff_invited", "password_set")
    assert invited.details == {"roles": ["helpdesk_agent"], "customers": {"scope": "all"}}
    assert accepted.actor_id == member.id
    assert token not in f"{invited.details}{accepted.details}"


def test_a_link_is_worth_three_days_and_a_new_one_ends_the_old(office: Office) -> None:
    member, first = invite(office)
    _member, second = administration.renew_link(office.session, actor_of(office.manager), member.id)
    with pytest.raises(NotFound):
        invitations.get_invited(office.session, first)
    with time_machine.travel(clock.now() + timedelta(days=2, hours=23)):
        assert invitations.get_invited(office.session, second) is member
    with time_machine.travel(clock.now() + timedelta(days=3, seconds=1)), pytest.raises(NotFound):
        invitations.get_invited(office.session, second)


def test_a_new_link_resets_a_lost_password_and_ends_the_sessions(office: Office, make: Make) -> None:
    key = make.signed_in(office.agent)
    _member, token = administration.renew_link(office.session, actor_of(office.manager), office.agent.id)
    assert passwords.matches(office.agent.password_hash, PASSWORD), "the old one holds until then"
    invitations.accept(office.session, token, "another password, as long")
    assert not passwords.matches(office.agent.password_hash, PASSWORD)
    assert not make.is_signed_in(key)


def test_suspending_withdraws_the_link_and_a_suspended_person_gets_none(office: Office) -> None:
    member, token = invite(office)
    actor = actor_of(office.manager)
    administration.suspend(office.session, actor, member.id)
    with pytest.raises(Conflict, match="suspended"):
        administration.renew_link(office.session, actor, member.id)
    administration.reactivate(office.session, actor, member.id)
    with pytest.raises(NotFound):
        invitations.get_invited(office.session, token)


def test_a_short_password_leaves_the_link_as_it_was(office: Office) -> None:
    member, token = invite(office)
    office.session.commit()
    with pytest.raises(Refusal, match="12 to 256 characters"):
        invitations.accept(office.session, token, "short")
    office.session.rollback()
    assert invitations.get_invited(office.session, token) is member


@pytest.mark.parametrize("token", ["", "x", "\ud800", "x" * 5000])
def test_made_up_links_find_nobody(office: Office, token: str) -> None:
    invite(office)
    with pytest.raises(NotFound):
        invitations.get_invited(office.session, token)
