"""Staff rows: adding, signing in, suspending, and the actor made of them."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from partner_center.shared.errors import Conflict, Refusal
from partner_center.staff import demo, queries, service
from partner_center.staff.models import StaffMember, StaffRole
from partner_center.staff.permissions import Permission
from partner_center.staff.roles import Role, Scope
from tests.make import Make

PASSWORD = "a password of some length"


def add(session: Session, email: str = "Ada@Partner.example", **settings: object) -> StaffMember:
    told: dict[str, object] = {"name": "Ada", "roles": [Role.SALES_AGENT], "password": PASSWORD}
    return service.add_member(session, email=email, **(told | settings))  # type: ignore[arg-type]


def test_addresses_are_compared_by_ascii_letters_only(session: Session) -> None:
    member = add(session, "ADA.IŞIK@Partner.example ")
    assert member.email == "ada.iŞik@partner.example"
    assert queries.find_by_email(session, "ada.iŞIK@PARTNER.example") is member
    assert queries.find_by_email(session, "ada.işik@partner.example") is None


def test_an_address_belongs_to_one_person(session: Session) -> None:
    add(session)
    with pytest.raises(Conflict, match="already belongs"):
        add(session, "ada@partner.EXAMPLE")


def test_the_actor_has_the_union_of_the_roles(session: Session) -> None:
    roles = [Role.SALES_AGENT, Role.HELPDESK_AGENT]
    member = add(session, roles=roles, scope=Scope.RESELLER, reseller="North")
    actor = queries.find_actor(session, member.id)
    assert actor is not None
    assert actor.may(Permission.BUY_SEATS)
    assert actor.may(Permission.SET_USAGE_LOCATION)
    assert (actor.scope, actor.reseller) == (Scope.RESELLER, "North")


def test_a_role_of_a_later_version_grants_nothing(session: Session) -> None:
    member = add(session, roles=[])
    member.roles.append(StaffRole(role="owner_of_everything"))
    session.flush()
    actor = queries.find_actor(session, member.id)
    assert actor is not None
    assert actor.permissions == frozenset()


def test_a_role_taken_away_is_gone_at_the_next_look(session: Session) -> None:
    member = add(session)
    session.commit()
    with Session(session.get_bind()) as other:
        same = other.get_one(StaffMember, member.id)
        same.roles.clear()
        other.commit()
    session.rollback()
    actor = queries.find_actor(session, member.id)
    assert actor is not None
    assert actor.roles == frozenset()


def test_the_right_password_signs_in_and_nothing_else_does(session: Session) -> None:
    member = add(session)
    assert service.authenticate(session, "ada@partner.example", PASSWORD) is member
    assert service.authenticate(session, "ada@partner.example", "wrong") is None
    assert service.authenticate(session, "nobody@partner.example", PASSWORD) is None


def test_a_suspended_person_is_nobody(session: Session) -> None:
    member = add(session)
    make = Make(session)
    key = make.signed_in(member)
    assert make.is_signed_in(key)
    service.suspend(session, member)
    assert service.authenticate(session, member.email, PASSWORD) is None
    assert queries.find_actor(session, member.id) is None
    assert not make.is_signed_in(key)
    assert not make.is_signed_in(make.signed_in(member)), "nor with a session begun after it"
    assert queries.list_by_emails(session, [member.email]) == []


def test_a_new_password_ends_every_session(session: Session) -> None:
    member = add(session)
    make = Make(session)
    key = make.signed_in(member)
    assert make.is_signed_in(key)
    service.set_password(session, member, "another long password")
    assert not make.is_signed_in(key)
    assert service.authenticate(session, member.email, "another long password") is member
    assert service.authenticate(session, member.email, PASSWORD) is None


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 257])
def test_a_new_password_has_a_decent_length(session: Session, password: str) -> None:
    with pytest.raises(Refusal, match="12 to 256 characters"):
        service.set_password(session, add(session), password)


def test_an_outdated_hash_is_renewed_with_the_right_password(session: Session) -> None:
    member = add(session)
    member.password_hash = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    service.renew_hash(session, member, PASSWORD)
    assert "m=19456" in (member.password_hash or "")
    renewed = member.password_hash
    service.renew_hash(session, member, PASSWORD)
    assert member.password_hash == renewed


def test_settings_that_are_not_offered_are_refused(session: Session) -> None:
    actor = queries.actor_of(add(session))
    service.change_settings(session, actor, language="tr", theme="dark")
    with pytest.raises(Refusal):
        service.change_settings(session, actor, language="xx", theme="dark")
    with pytest.raises(Refusal):
        service.change_settings(session, actor, language=None, theme="neon")
    member = session.get_one(StaffMember, actor.id)
    assert (member.language, member.theme) == ("tr", "dark")


def test_the_demo_has_one_person_for_each_role_and_adds_nobody_twice(session: Session) -> None:
    demo.install_demo_staff(session)
    demo.install_demo_staff(session)
    people = queries.list_by_emails(session, [person.email for person in demo.DEMO_PEOPLE])
    assert {role for member in people for role in queries.actor_of(member).roles} == set(Role)
    assert len(people) == len(Role)
    assert service.authenticate(session, people[0].email, demo.DEMO_PASSWORD) is people[0]
