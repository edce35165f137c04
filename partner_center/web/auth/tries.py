"""Counting tries, in a transaction of its own before each is judged: see `staff.throttle`."""

from __future__ import annotations

from partner_center.extensions import db
from partner_center.staff import throttle
from partner_center.staff.models import StaffMember
from partner_center.staff.queries import email_key
from partner_center.staff.throttle import Limit
from partner_center.web import transaction
from partner_center.web.auth.browsers import known_device
from partner_center.web.request import network_address
from partner_center.web.wording import _

TOO_MANY = 429


def may_try_password(email: str) -> bool:
    """Whether another password may be tried for this address, which may be nobody's.

    A browser that the account has signed in with has a count of its own: strangers can't use it up.
    """
    account = email_key(email)
    device = known_device(account)
    if device:
        return _counted((throttle.DEVICE, account, device))
    address = network_address()
    return _counted(
        (throttle.PAIR, account, address), (throttle.ADDRESS, address), (throttle.ACCOUNT, account)
    )


def was_right(email: str) -> None:
    """The password was right: it counts against nobody. Part of the caller's transaction."""
    session, account, address = db.session(), email_key(email), network_address()
    device = known_device(account)
    if device:
        throttle.forget(session, throttle.DEVICE, account, device)
        return
    throttle.forget(session, throttle.PAIR, account, address)
    throttle.give_back(session, throttle.ADDRESS, address)
    throttle.give_back(session, throttle.ACCOUNT, account)


def may_try_code(member: StaffMember) -> bool:
    """Whether another code may be tried. Whoever gets here knows the password."""
    device = known_device(member.email)
    if device:
        return _counted((throttle.CODE_DEVICE, member.id, device))
    return _counted((throttle.CODE, member.id))


def code_was_right(member: StaffMember) -> None:
    """The code was right: it counts against nobody. Part of the caller's transaction."""
    device = known_device(member.email)
    if device:
        throttle.forget(db.session(), throttle.CODE_DEVICE, member.id, device)
    else:
        throttle.give_back(db.session(), throttle.CODE, member.id)


def too_many() -> str:
    """What somebody reads whose try was one too many; the minutes are those of `Limit`."""
    return _("Too many tries. Wait 15 minutes, then try again.")


def may_try(limit: Limit, *who: str | int) -> bool:
    """Count one try of `who`; whether it was within `limit`."""
    return _counted((limit, *who))


def _counted(*limits: tuple[Limit, *tuple[str | int, ...]]) -> bool:
    transaction.lock()
    within = [throttle.take(db.session(), limit, *who) for limit, *who in limits]
    transaction.keep()
    return all(within)
