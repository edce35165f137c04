"""Codes of the app and recovery codes: each taken once, each for its own person."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partner_center.shared import clock
from partner_center.shared.vault import Vault
from partner_center.staff import second_factor
from partner_center.staff.models import RecoveryCode, SecondFactor, StaffMember
from partner_center.staff.second_factor import Proof
from partner_center.staff.sessions import Stage, find_waiting, start
from tests.make import FROM_HERE, Make

VAULT = Vault(["a key for tests of 32 characters or more"])


def code_of(key: str, after: timedelta = timedelta(0)) -> str:
    return pyotp.TOTP(key).at(clock.now() + after)


@pytest.fixture
def member(make: Make) -> StaffMember:
    return make.member(name="Ada")


@pytest.fixture
def key(session: Session, member: StaffMember) -> str:
    """Set up and confirmed a while ago, so that the present step is not used."""
    with time_machine.travel(clock.now() - timedelta(hours=1)):
        second_factor.prepare(session, VAULT, member.id)
        key = second_factor.key_to_confirm(session, VAULT, member.id)
        assert key
        assert second_factor.confirm(session, VAULT, member.id, code_of(key))
    session.commit()
    return key


def test_a_right_password_that_waits_for_its_code_is_no_session_and_a_session_is_no_wait(
    session: Session, make: Make, member: StaffMember
) -> None:
    waits = start(session, member.id, FROM_HERE, stage=Stage.CODE)
    assert find_waiting(session, waits) is member
    assert not make.is_signed_in(waits)
    signed_in = make.signed_in(member)
    assert make.is_signed_in(signed_in)
    assert find_waiting(session, signed_in) is None


def test_a_key_waits_until_a_code_of_it_was_right_and_is_never_shown_after(
    session: Session, member: StaffMember
) -> None:
    second_factor.prepare(session, VAULT, member.id)
    key = second_factor.key_to_confirm(session, VAULT, member.id)
    assert key
    second_factor.prepare(session, VAULT, member.id)
    assert second_factor.key_to_confirm(session, VAULT, member.id) == key, "the app may have it already"
    assert second_factor.confirm(session, VAULT, member.id, "000000") is None
    assert second_factor.prove(session, VAULT, member.id, code_of(key)) is None, "not before it is confirmed"
    codes = second_factor.confirm(session, VAULT, member.id, code_of(key))
    assert codes is not None
    assert len(set(codes)) == 10
    assert second_factor.key_to_confirm(session, VAULT, member.id) is None
    assert second_factor.confirm(session, VAULT, member.id, code_of(key, timedelta(seconds=30))) is None


def test_a_code_is_taken_once_and_an_older_one_never_after_it(
    session: Session, member: StaffMember, key: str
) -> None:
    now = code_of(key)
    assert second_factor.prove(session, VAULT, member.id, f" {now[:3]} {now[3:]} ") is Proof.APP
    assert second_factor.prove(session, VAULT, member.id, now) is None
    assert second_factor.prove(session, VAULT, member.id, code_of(key, -timedelta(seconds=30))) is None


@pytest.mark.parametrize(("seconds", "taken"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_clock_may_be_one_step_off(
    session: Session, member: StaffMember, key: str, seconds: int, taken: bool
) -> None:
    with time_machine.travel(clock.now(), tick=False):
        proof = second_factor.prove(session, VAULT, member.id, code_of(key, timedelta(seconds=seconds)))
    assert (proof is Proof.APP) is taken


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "0" * 40, "\x00", "\ud800"])
def test_what_is_no_code_is_refused(session: Session, member: StaffMember, key: str, code: str) -> None:
    assert second_factor.prove(session, VAULT, member.id, code) is None


def test_each_recovery_code_works_once_for_its_own_person(
    session: Session, make: Make, member: StaffMember, key: str
) -> None:
    codes = second_factor.renew_codes(session, member.id)
    other = make.member(name="Bo")
    session.add(SecondFactor(staff_id=other.id, secret="", confirmed_at=clock.now(), last_step=0))
    session.flush()
    assert second_factor.prove(session, VAULT, other.id, codes[0]) is None
    assert (
        second_factor.prove(session, VAULT, member.id, codes[0].lower().replace("-", " ")) is Proof.RECOVERY
    )
    assert second_factor.prove(session, VAULT, member.id, codes[0]) is None
    assert second_factor.codes_left(session, member.id) == 9
    second_factor.renew_codes(session, member.id)
    assert second_factor.prove(session, VAULT, member.id, codes[1]) is None, "replaced"


def test_neither_the_key_nor_a_code_stands_in_the_database(
    session: Session, member: StaffMember, key: str
) -> None:
    codes = second_factor.renew_codes(session, member.id)
    stored = repr(session.execute(select(SecondFactor.__table__)).all())
    stored += repr(session.execute(select(RecoveryCode.__table__)).all())
    for secret in (key, *codes, *(code.replace("-", "") for code in codes)):
        assert secret not in stored


def test_a_key_copied_to_another_persons_row_opens_nothing(
    session: Session, make: Make, member: StaffMember, key: str
) -> None:
    other = make.member(name="Bo")
    sealed = session.get_one(SecondFactor, member.id).secret
    session.add(SecondFactor(staff_id=other.id, secret=sealed, confirmed_at=clock.now(), last_step=0))
    session.flush()
    with pytest.raises(RuntimeError, match="another row"):
        second_factor.prove(session, VAULT, other.id, code_of(key))


def test_a_code_taken_in_one_transaction_is_refused_in_the_next(
    sessions: sessionmaker[Session], session: Session, member: StaffMember, key: str
) -> None:
    session.rollback()
    code, proofs = code_of(key), []
    with sessions.begin() as one:
        proofs.append(second_factor.prove(one, VAULT, member.id, code))
    with sessions.begin() as two:
        proofs.append(second_factor.prove(two, VAULT, member.id, code))
    assert proofs == [Proof.APP, None]


def test_a_reset_forgets_everything_and_ends_the_sessions(
    session: Session, make: Make, member: StaffMember, key: str
) -> None:
    signed_in = make.signed_in(member)
    assert second_factor.reset(session, member.id)
    assert not make.is_signed_in(signed_in)
    assert second_factor.codes_left(session, member.id) == 0
    assert not second_factor.is_set_up(session, member.id)
    assert not second_factor.reset(session, member.id)
