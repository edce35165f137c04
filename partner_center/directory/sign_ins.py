"""When people last signed in: read once a day, beside the sync of users, which it never holds up."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from pyroaring import BitMap
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from partner_center.cloud.errors import AccessDenied, CloudError, Rejected
from partner_center.cloud.port import NOT_PREMIUM, SignIn
from partner_center.directory.models import DirectoryUser, Mirror, UserSignIn
from partner_center.directory.rowsets import upsert

EVERY = timedelta(hours=20)
"""Microsoft itself is some hours behind: more often tells nothing new."""
_AT_ONCE = 1_000


class Trouble(StrEnum):
    """Why there is no list of sign-ins."""

    NOT_PREMIUM = "not_premium"
    NO_RIGHTS = "no_rights"
    OTHER = "other"


def trouble_of(error: CloudError) -> Trouble:
    """What to tell a person about it."""
    if isinstance(error, Rejected) and error.code == NOT_PREMIUM:
        return Trouble.NOT_PREMIUM
    return Trouble.NO_RIGHTS if isinstance(error, AccessDenied) else Trouble.OTHER


def is_due(asked_at: datetime | None, trouble: str | None, now: datetime) -> bool:
    """Whether it is time to ask again: once a day, and at every sync where somebody can mend the trouble."""
    mendable = bool(trouble) and trouble != Trouble.NOT_PREMIUM
    return asked_at is None or mendable or now - asked_at >= EVERY


def store_page(session: Session, customer_id: int, page: Iterable[SignIn], at: datetime) -> None:
    """One page of the list, as told at `at`."""
    rows = [
        {
            "customer_id": customer_id,
            "graph_id": one.graph_id,
            "created_at": one.created_at,
            "signed_in_at": one.at,
            "read_at": at,
        }
        for one in page
    ]
    upsert(session, UserSignIn, rows)


def finish(session: Session, customer_id: int, at: datetime) -> None:
    """The whole list was read: whoever was not on it is gone."""
    gone = (UserSignIn.customer_id == customer_id, UserSignIn.read_at < at)
    session.execute(delete(UserSignIn).where(*gone))
    note(session, customer_id, at, None)


def note(session: Session, customer_id: int, at: datetime, trouble: Trouble | None) -> None:
    """It was asked for: in vain, where there is trouble; what was told before stays."""
    values = {"sign_ins_at": at, "sign_ins_trouble": trouble}
    session.execute(update(Mirror).where(Mirror.customer_id == customer_id).values(**values))


def away_since(session: Session, customer_id: int, before: datetime) -> BitMap:
    """Numbers of living users who have not signed in since `before`, nor were made since."""
    same = (
        (DirectoryUser.customer_id == UserSignIn.customer_id)
        & (DirectoryUser.graph_id == UserSignIn.graph_id)
        & DirectoryUser.deleted_at.is_(None)
    )
    last = func.coalesce(UserSignIn.signed_in_at, UserSignIn.created_at)
    rows = (
        select(DirectoryUser.number)
        .join(UserSignIn, same)
        .where(UserSignIn.customer_id == customer_id, last < before)
    )
    return BitMap(session.scalars(rows))


def last_sign_ins(
    session: Session, customer_id: int, graph_ids: Collection[str]
) -> dict[str, datetime | None]:
    """By Microsoft's id; only those of whom it is told, None for never."""
    wanted = list(graph_ids)
    found: dict[str, datetime | None] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = session.execute(
            select(UserSignIn.graph_id, UserSignIn.signed_in_at).where(
                UserSignIn.customer_id == customer_id,
                UserSignIn.graph_id.in_(wanted[start : start + _AT_ONCE]),
            )
        )
        found.update((graph_id, at) for graph_id, at in rows)
    return found
