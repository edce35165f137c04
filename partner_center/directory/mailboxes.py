"""What kind of mailboxes there are, and how large: read once a day, beside the sync, like the sign-ins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from partner_center.cloud.port import RemoteMailbox
from partner_center.directory.models import DirectoryUser, Mailbox, Mirror
from partner_center.directory.rows import rows_of
from partner_center.directory.rowsets import upsert
from partner_center.directory.sign_ins import Trouble
from partner_center.directory.values import UserRow
from partner_center.shared.names import ascii_lower, clean

NOBODYS_OWN = ("shared", "room", "equipment")
"""Kinds that no person signs in to."""

_SAME = (Mailbox.customer_id == DirectoryUser.customer_id) & (Mailbox.upn_key == DirectoryUser.upn_key)


@dataclass(frozen=True, slots=True)
class MailboxRow:
    """A mailbox with its user; `kind` is one of NOBODYS_OWN."""

    user: UserRow
    kind: str
    used_bytes: int


def store_page(session: Session, customer_id: int, page: Iterable[RemoteMailbox], at: datetime) -> None:
    """One page of the report, as told at `at`."""
    rows = {
        key: {
            "customer_id": customer_id,
            "upn_key": key,
            "kind": _kind(one.kind),
            "used_bytes": one.used_bytes,
            "read_at": at,
        }
        for one in page
        if (key := ascii_lower(clean(one.user_principal_name, 400)))
    }
    upsert(session, Mailbox, list(rows.values()))


def finish(session: Session, customer_id: int, at: datetime) -> None:
    """The whole report was read: what was not in it is gone."""
    session.execute(delete(Mailbox).where(Mailbox.customer_id == customer_id, Mailbox.read_at < at))
    note(session, customer_id, at, None)


def note(session: Session, customer_id: int, at: datetime, trouble: Trouble | None) -> None:
    """It was asked for: in vain, where there is trouble."""
    values = {"mailboxes_at": at, "mailboxes_trouble": trouble}
    session.execute(update(Mirror).where(Mirror.customer_id == customer_id).values(**values))


def nobodys_own(session: Session, customer_id: int) -> list[MailboxRow]:
    """Shared, room and equipment mailboxes, in no order."""
    found = session.execute(
        select(DirectoryUser.number, Mailbox.kind, Mailbox.used_bytes)
        .join(Mailbox, _SAME)
        .where(
            DirectoryUser.customer_id == customer_id,
            DirectoryUser.deleted_at.is_(None),
            Mailbox.kind.in_(NOBODYS_OWN),
        )
    ).all()
    users = {user.number: user for user in rows_of(session, customer_id, [row[0] for row in found])}
    return [MailboxRow(users[number], kind, used) for number, kind, used in found if number in users]


def kinds_of(session: Session, customer_id: int, numbers: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Of these users (a page of them) whose mailbox is nobody's own: its kind and size in bytes."""
    found = session.execute(
        select(DirectoryUser.number, Mailbox.kind, Mailbox.used_bytes)
        .join(Mailbox, _SAME)
        .where(
            DirectoryUser.customer_id == customer_id,
            DirectoryUser.number.in_(numbers),
            Mailbox.kind.in_(NOBODYS_OWN),
        )
    )
    return {number: (kind, used) for number, kind, used in found}


def names_are_concealed(session: Session, customer_id: int) -> bool:
    """Whether the report names nobody we know: an organization may have its reports hide all names."""
    count = select(func.count()).select_from(Mailbox).where(Mailbox.customer_id == customer_id)
    known = count.join(DirectoryUser, _SAME)
    return bool(session.scalar(count)) and not session.scalar(known)


def _kind(told: str | None) -> str:
    """`Shared` and `SharedMailbox` are the same; what is not known is a person's."""
    word = (told or "").lower().removesuffix("mailbox")
    return word if word in NOBODYS_OWN else "user"
