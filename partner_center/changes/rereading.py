"""Reading again before something is made of a finished change: its users and the seats, as they are now."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partner_center.changes.heads import get_change
from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.changes.states import Outcome
from partner_center.cloud.errors import AccessDenied, CloudError
from partner_center.cloud.port import Cloud
from partner_center.directory import sync_jobs
from partner_center.directory.sync_quick import Freshness, refresh_quick
from partner_center.directory.sync_users import reread_users
from partner_center.shared.errors import Conflict, Forbidden, Unavailable
from partner_center.staff.actor import Actor

ONE_BY_ONE = 100
"""Up to so many users (five calls) are read by name; above, what Microsoft says has changed is followed."""


def read_again(
    sessions: sessionmaker[Session],
    cloud: Cloud,
    actor: Actor,
    customer_id: int,
    ref: str,
    *,
    outcomes: Collection[Outcome],
) -> None:
    """Bring the users of the change for whom anything ended in `outcomes` up to date, and the seats.

    Commits by itself, and holds no transaction while it asks. Raises Unavailable when Microsoft can't be
    read, Forbidden when we may not, and Conflict when there is so much to read that a sync was begun.
    """
    with sessions() as session:
        graph_ids = _concerned(session, get_change(session, actor, customer_id, ref), outcomes)
        session.commit()
    if not graph_ids:
        return
    try:
        if len(graph_ids) <= ONE_BY_ONE:
            reread_users(sessions, cloud, customer_id, graph_ids)
            return
        fresh = refresh_quick(sessions, cloud, customer_id) is Freshness.FRESH
    except AccessDenied as problem:
        raise Forbidden(
            "The customer's delegated access has ended. Ask the customer to approve it again."
        ) from problem
    except CloudError as problem:
        raise Unavailable(
            "Microsoft can't be read now. Nothing was changed. Try again in a few minutes."
        ) from problem
    if not fresh:
        with sessions() as session:
            sync_jobs.request_sync(session, customer_id, actor)
            session.commit()
        raise Conflict(
            "Many users have changed at this customer. They are being read again. Try again in a minute."
        )


def _concerned(session: Session, change: Change, outcomes: Collection[Outcome]) -> list[str]:
    """Microsoft's ids of the users, at most one more than are read one by one."""
    ended = select(ChangeEntry.position).where(
        ChangeEntry.change_id == change.id, ChangeEntry.outcome.in_(outcomes)
    )
    wanted = select(ChangeItem.graph_id).where(
        ChangeItem.change_id == change.id, ChangeItem.position.in_(ended)
    )
    return list(session.scalars(wanted.order_by(ChangeItem.position).limit(ONE_BY_ONE + 1)))
