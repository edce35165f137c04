"""The second factor: codes of an authenticator app (RFC 6238), and ten recovery codes in its place.

The app's key is encrypted for its row; a recovery code is stored as a hash. Nothing is taken twice.
"""

from __future__ import annotations

import hashlib
import hmac
from enum import StrEnum

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from partner_center.shared import clock
from partner_center.shared.ids import new_ref
from partner_center.shared.vault import Binding, Vault
from partner_center.staff import sessions
from partner_center.staff.models import RecoveryCode, SecondFactor, StaffMember

CODES = 10
ISSUER = "Partner Center console"
_STEP = 30  # seconds
_DRIFT = 1  # steps to either side: RFC 6238, section 5.2, allows for one of network delay


class Proof(StrEnum):
    """What somebody proved themselves with."""

    APP = "app"
    RECOVERY = "recovery code"


def is_set_up(session: Session, staff_id: int) -> bool:
    """Whether the person has an app whose code was right once."""
    row = session.get(SecondFactor, staff_id, populate_existing=True)
    return row is not None and row.confirmed_at is not None


def prepare(session: Session, vault: Vault, staff_id: int) -> None:
    """Draw a key for somebody who has none confirmed; one that is waiting to be confirmed stays."""
    if session.get(SecondFactor, staff_id, with_for_update=True) is None:
        secret = vault.encrypt(pyotp.random_base32(), bound_to=binding_of(staff_id))
        session.add(SecondFactor(staff_id=staff_id, secret=secret, last_step=0))
        session.flush()


def key_to_confirm(session: Session, vault: Vault, staff_id: int) -> str | None:
    """The key to type into the app, until it is confirmed; never after."""
    row = session.get(SecondFactor, staff_id, populate_existing=True)
    if row is None or row.confirmed_at is not None:
        return None
    return vault.decrypt(row.secret, bound_to=binding_of(staff_id))


def address_of(member: StaffMember, key: str) -> str:
    """What the QR code holds: an `otpauth:` address."""
    return pyotp.TOTP(key).provisioning_uri(name=member.email, issuer_name=ISSUER)


def confirm(session: Session, vault: Vault, staff_id: int, code: str) -> list[str] | None:
    """Make the app the person's second factor; their recovery codes. None for a wrong code."""
    if is_set_up(session, staff_id) or not _take_app_code(session, vault, staff_id, code):
        return None
    session.execute(
        update(SecondFactor).where(SecondFactor.staff_id == staff_id).values(confirmed_at=clock.now())
    )
    return renew_codes(session, staff_id)


def prove(session: Session, vault: Vault, staff_id: int, code: str) -> Proof | None:
    """Take a code of the app, or a recovery code, this once; None for a wrong one and a used one."""
    if not is_set_up(session, staff_id):
        return None
    if _take_app_code(session, vault, staff_id, code):
        return Proof.APP
    taken = delete(RecoveryCode).where(RecoveryCode.code_hash == _hash(staff_id, code))
    gone = session.execute(taken.returning(RecoveryCode.staff_id)).first()
    return Proof.RECOVERY if gone else None


def renew_codes(session: Session, staff_id: int) -> list[str]:
    """Ten new recovery codes in place of what is left. They can't be had again."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    codes = [f"{_block()}-{_block()}" for _ in range(CODES)]
    session.add_all(RecoveryCode(code_hash=_hash(staff_id, code), staff_id=staff_id) for code in codes)
    session.flush()
    return codes


def codes_left(session: Session, staff_id: int) -> int:
    """How many recovery codes were not used yet."""
    left = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.staff_id == staff_id)
    return session.scalar(left) or 0


def reset(session: Session, staff_id: int) -> bool:
    """Forget app and codes, and end the person's sessions; whether there was anything to forget."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    gone = delete(SecondFactor).where(SecondFactor.staff_id == staff_id)
    had_one = session.execute(gone.returning(SecondFactor.staff_id)).first() is not None
    sessions.end_all(session, staff_id)
    return had_one


def _take_app_code(session: Session, vault: Vault, staff_id: int, code: str) -> bool:
    row = session.get(SecondFactor, staff_id, populate_existing=True)
    typed = "".join(code.split())
    if row is None or not (typed.isascii() and typed.isdigit() and len(typed) == 6):
        return False
    app = pyotp.TOTP(vault.decrypt(row.secret, bound_to=binding_of(staff_id)))
    now = int(clock.now().timestamp()) // _STEP
    for step in range(now - _DRIFT, now + _DRIFT + 1):
        if hmac.compare_digest(app.generate_otp(step), typed):
            return _use_step(session, staff_id, step)
    return False


def _use_step(session: Session, staff_id: int, step: int) -> bool:
    """One statement decides, so that of two who send the same code at the same moment one is refused."""
    newer = (
        update(SecondFactor)
        .where(SecondFactor.staff_id == staff_id, SecondFactor.last_step < step)
        .values(last_step=step)
    )
    return session.execute(newer.returning(SecondFactor.staff_id)).first() is not None


def binding_of(staff_id: int) -> Binding:
    """What the app's key of this person belongs to."""
    return (SecondFactor.__tablename__, "secret", staff_id)


def _block() -> str:
    letters = new_ref("").removeprefix("-")
    return f"{letters[:4]}-{letters[4:]}"


def _hash(staff_id: int, code: str) -> str:
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(f"{staff_id}:{plain}".encode("utf-8", "replace")).hexdigest()
