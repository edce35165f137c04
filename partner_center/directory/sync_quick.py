"""A look at what changed just now, in at most three calls: before something is decided on the mirror."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum

from sqlalchemy.orm import Session, sessionmaker

from partner_center.cloud.errors import DeltaExpired
from partner_center.cloud.port import BATCH_SIZE, Cloud
from partner_center.directory import mirror
from partner_center.directory.locking import lock_mirror
from partner_center.directory.sync import Place, find_place, forget_links
from partner_center.directory.sync_pages import Look, changed_since, renewed, store_changes
from partner_center.shared import clock

MOST_CALLS = 3
"""To Microsoft, in one look; a key for the tenant may come on top."""


class Freshness(StrEnum):
    """Whether the mirror now shows what Microsoft has."""

    FRESH = "fresh"
    BEHIND = "behind"


def refresh_quick(session_factory: sessionmaker[Session], cloud: Cloud, customer_id: int) -> Freshness:
    """Bring the seats up to date, and the users too where few have changed.

    Seats and users are asked for side by side: somebody waits for this look. BEHIND where it takes more
    than three calls, or where everything must be read: then a whole sync is due. Raises NotFound, and
    CloudError when Microsoft can't be read.
    """
    with session_factory() as session:
        place = find_place(session, customer_id)
        session.commit()
    with ThreadPoolExecutor(1, thread_name_prefix="seats") as beside:
        seats = beside.submit(cloud.skus, place.tenant_id)
        freshness = _follow(session_factory, cloud, place)
    with session_factory() as session:
        mirror.store_skus(session, customer_id, seats.result())
        session.commit()
    return freshness


def _follow(session_factory: sessionmaker[Session], cloud: Cloud, place: Place) -> Freshness:
    if place.resume_link or not place.delta_link:
        return Freshness.BEHIND
    try:
        return _catch_up(session_factory, cloud, place, Look(clock.now(), place.version))
    except DeltaExpired:
        with session_factory() as session:
            forget_links(lock_mirror(session, place.customer_id))
            session.commit()
        return Freshness.BEHIND


def _catch_up(session_factory: sessionmaker[Session], cloud: Cloud, place: Place, look: Look) -> Freshness:
    """Follow the changes for as long as the calls last; what was stored stays, and the link moves on."""
    calls_left = MOST_CALLS - 1
    for page in cloud.user_changes(place.tenant_id, place.delta_link or ""):
        calls_left -= 2 if page.partial else 1
        if calls_left < 0 or len(page.partial) > BATCH_SIZE:
            break
        whole = renewed(page, cloud.read_users(place.tenant_id, page.partial)) if page.partial else page
        with session_factory() as session:
            kept = lock_mirror(session, place.customer_id)
            if changed_since(session, kept, whole, look):
                break  # a save is telling of them just now
            store_changes(session, kept, whole, look.at)
            session.commit()
        if page.delta_link:
            return Freshness.FRESH
        if not calls_left:
            break
    return Freshness.BEHIND
