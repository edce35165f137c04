"""Storing one page of users, without undoing what a save has told meanwhile.

A page shows users as they were when it was asked for. Whoever was changed here after that was changed by
the answer to a save, which is newer: such users are looked up again before the page is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.cloud.port import RemoteUser, RemovedUser, UserPage
from partner_center.directory import mirror
from partner_center.directory.models import DirectoryUser, Mirror


@dataclass(frozen=True, slots=True)
class Look:
    """When a page was asked for, and the mirror's version just before."""

    at: datetime
    version: int


def changed_since(session: Session, kept: Mirror, page: UserPage, look: Look) -> list[str]:
    """The users of the page that were changed here after it was asked for. `kept` is locked."""
    if kept.version == look.version:
        return []
    return list(
        session.scalars(
            select(DirectoryUser.graph_id).where(
                DirectoryUser.customer_id == kept.customer_id,
                DirectoryUser.graph_id.in_([user.graph_id for user in page.users]),
                DirectoryUser.changed_at > look.at,
            )
        )
    )


def renewed(page: UserPage, again: Mapping[str, RemoteUser | None]) -> UserPage:
    """The page with these users as they were looked up; those not found are removed ones."""
    kept = [user for user in page.users if user.graph_id not in again]
    found = [user for user in again.values() if user]
    gone = [RemovedUser(graph_id) for graph_id, user in again.items() if user is None]
    partial = tuple(graph_id for graph_id in page.partial if graph_id not in again)
    return replace(page, users=(*kept, *found), removed=(*page.removed, *gone), partial=partial)


def store_page(session: Session, kept: Mirror, page: UserPage, at: datetime) -> None:
    """Store a page of the list. With the last one the mirror is as new as `at`, and later changes are
    followed from the link taken before the first."""
    customer_id = kept.customer_id
    _store_users(session, kept, page, at)
    kept.resume_link = page.next_link
    if page.next_link is None:
        mirror.finish_full(session, customer_id, kept.generation, at)
        kept.delta_link, kept.resume_delta_link = kept.resume_delta_link, None
        kept.error = None


def store_changes(session: Session, kept: Mirror, page: UserPage, at: datetime) -> None:
    """Store a page of a delta and the link that leads on; with the last one the mirror is as new as `at`."""
    _store_users(session, kept, page, at)
    kept.delta_link = page.delta_link or page.next_link
    if page.delta_link:
        mirror.finish_changes(session, kept.customer_id, at)
        kept.error = None


def _store_users(session: Session, kept: Mirror, page: UserPage, at: datetime) -> None:
    if page.users:
        mirror.store_users(session, kept.customer_id, page.users, kept.generation, at)
    if page.removed:
        mirror.remove_users(session, kept.customer_id, [user.graph_id for user in page.removed], at)
