"""Some users and the seats, read again just now: before something is decided about just these."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session, sessionmaker

from partner_center.cloud.port import Cloud, UserPage
from partner_center.directory import mirror
from partner_center.directory.locking import lock_mirror
from partner_center.directory.sync import find_place
from partner_center.directory.sync_pages import Look, changed_since, renewed
from partner_center.shared import clock

_EMPTY = UserPage((), (), None, None)


def reread_users(
    session_factory: sessionmaker[Session], cloud: Cloud, customer_id: int, graph_ids: Sequence[str]
) -> None:
    """Bring these users and the seats up to date: one call for each BATCH_SIZE of them, and one more.

    Whoever was changed by a save meanwhile is left as the save told. Raises NotFound and CloudError.
    """
    with session_factory() as session:
        place = find_place(session, customer_id)
        look = Look(clock.now(), lock_mirror(session, customer_id).version)
        session.commit()
    skus = cloud.skus(place.tenant_id)
    page = renewed(_EMPTY, cloud.read_users(place.tenant_id, graph_ids))
    with session_factory() as session:
        kept = lock_mirror(session, customer_id)
        newer = set(changed_since(session, kept, page, look))
        users = [user for user in page.users if user.graph_id not in newer]
        mirror.apply_answers(session, customer_id, users, look.at)
        mirror.remove_users(session, customer_id, [user.graph_id for user in page.removed], look.at)
        mirror.store_skus(session, customer_id, skus)
        session.commit()
