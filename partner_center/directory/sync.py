"""Keeping the mirror: the list of customers first, then each customer's users, licences and products.

The first time everything is read, later only what changed. Each page is stored in a transaction of its
own together with the link that leads on, so that whatever stops a sync, the next one goes on from there.
No transaction is open while Microsoft is asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from partner_center.cloud.errors import CloudError, DeltaExpired, Rejected
from partner_center.cloud.port import Cloud, RemoteGroup, RemoteTerm, UserPage
from partner_center.customers.models import Customer
from partner_center.directory import mailboxes, mirror, sign_ins
from partner_center.directory.locking import lock_mirror
from partner_center.directory.models import Mirror
from partner_center.directory.sync_pages import Look, changed_since, renewed, store_changes, store_page
from partner_center.directory.sync_troubles import sentence_for
from partner_center.shared import clock
from partner_center.shared.errors import Conflict, NotFound

log = logging.getLogger(__name__)

Commit = Callable[[Session, int], None]
"""Commits a page's rows; the number is how many users have been told so far. A job writes its progress
and lease with them, and raises to stop."""

Store = Callable[[Session, Mirror, UserPage], None]
"""Writes one page and the link that leads on."""

MOST_LOOKS = 3
"""How often users are looked up again because a save has changed them meanwhile."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the last sync of a customer stopped, and the mirror's version then."""

    customer_id: int
    tenant_id: str
    delta_link: str | None
    resume_link: str | None
    generation: int
    version: int


def _commit(session: Session, _users: int) -> None:
    session.commit()


def sync_customer(
    session_factory: sessionmaker[Session], cloud: Cloud, customer_id: int, commit: Commit = _commit
) -> int:
    """Bring one customer's mirror up to date; how many users Microsoft told of.

    Raises NotFound for no such customer, and CloudError when Microsoft could not be read; then the
    mirror keeps what it had, and says why in `error`. Another sync of the same customer that began
    meanwhile takes over: this one ends without a word.
    """
    run = _Run(session_factory, cloud, customer_id, commit)
    try:
        run.sync()
    except Conflict:
        log.info("Another sync of customer %s took over", customer_id)
    except CloudError as error:
        log.warning("Customer %s could not be synced: %s", customer_id, error)
        note_trouble(session_factory, customer_id, error)
        raise
    return run.users


def note_trouble(session_factory: sessionmaker[Session], customer_id: int, error: Exception) -> None:
    """Store why a customer could not be synced, as a sentence."""
    with session_factory() as session:
        lock_mirror(session, customer_id).error = sentence_for(error)
        session.commit()


def find_place(session: Session, customer_id: int) -> Place:
    """Where the last sync stopped. Takes the mirror's lock; raises NotFound for no such customer."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise NotFound("There is no such customer.")
    kept = lock_mirror(session, customer_id)
    return Place(
        customer_id,
        customer.tenant_id,
        kept.delta_link,
        kept.resume_link,
        kept.generation,
        kept.version,
    )


def forget_links(kept: Mirror) -> None:
    """Microsoft no longer knows where we stopped: the next sync reads everything."""
    kept.delta_link = kept.resume_link = kept.resume_delta_link = None


class _Run:
    """One sync of one customer. `at` is when it began to ask: the copy is as old as that."""

    def __init__(
        self, session_factory: sessionmaker[Session], cloud: Cloud, customer_id: int, commit: Commit
    ) -> None:
        self._sessions = session_factory
        self._cloud = cloud
        self._customer_id = customer_id
        self._commit = commit
        self._at = clock.now()
        self._version = 0
        self.users = 0

    def sync(self) -> None:
        place = self._begin()
        groups = self._sync_products(place.tenant_id)
        self._sync_users(place)
        for group in groups:
            self._sync_members(place.tenant_id, group.graph_id)
        self._sync_besides(place.tenant_id)

    def _sync_users(self, place: Place) -> None:
        try:
            if place.resume_link:
                self._read_all(place.tenant_id, place.generation, place.resume_link)
                return
            if place.delta_link:
                self._read_changes(place.tenant_id, place.delta_link)
                return
        except DeltaExpired:
            log.info("Customer %s is read anew: its link is too old", self._customer_id)
            with self._writing() as (_, kept):
                forget_links(kept)
        self._read_all(place.tenant_id, self._begin_all(place.tenant_id), None)

    @contextmanager
    def _writing(self) -> Iterator[tuple[Session, Mirror]]:
        """A transaction with the mirror locked, committed at the end."""
        with self._sessions() as session:
            kept = lock_mirror(session, self._customer_id)
            yield session, kept
            session.flush()
            self._version = kept.version
            self._commit(session, self.users)

    def _begin(self) -> Place:
        with self._sessions() as session:
            place = find_place(session, self._customer_id)
            session.get_one(Mirror, self._customer_id).tried_at = self._at
            self._commit(session, self.users)
        return place

    def _sync_products(self, tenant_id: str) -> Sequence[RemoteGroup]:
        """What is owned, and the groups that hand it out; these are returned."""
        skus = self._cloud.skus(tenant_id)
        subscriptions = self._cloud.subscriptions(tenant_id)
        terms = self._find_terms(tenant_id)
        groups = self._find_groups(tenant_id)
        with self._writing() as (session, _):
            mirror.store_skus(session, self._customer_id, skus)
            mirror.store_subscriptions(session, self._customer_id, subscriptions, self._at, terms)
            if groups is not None:
                mirror.store_groups(session, self._customer_id, groups)
        return groups or ()

    def _sync_members(self, tenant_id: str, group_id: str) -> None:
        """Who is in a group: after the users, so that each is known. A group that has gone meanwhile, or that
        we may not read, keeps the members it had."""
        try:
            found = [graph_id for page in self._cloud.member_ids(tenant_id, group_id) for graph_id in page]
        except Rejected as error:
            log.warning("Members of a group of customer %s could not be read: %s", self._customer_id, error)
            return
        with self._writing() as (session, _):
            mirror.store_members(session, self._customer_id, group_id, found, self._at)

    def _find_terms(self, tenant_id: str) -> list[RemoteTerm] | None:
        """How long subscriptions run: told by Partner Center, whose silence (None) must not stop a sync."""
        try:
            return self._cloud.subscription_terms(tenant_id)
        except CloudError as error:
            log.warning("Terms of customer %s could not be read: %s", self._customer_id, error)
            return None

    def _find_groups(self, tenant_id: str) -> list[RemoteGroup] | None:
        """The groups' names need a permission of their own and nothing hangs on them: None when refused."""
        try:
            return self._cloud.license_groups(tenant_id)
        except Rejected as error:
            log.warning("Groups of customer %s could not be read: %s", self._customer_id, error)
            return None

    def _sync_besides(self, tenant_id: str) -> None:
        """Sign-ins and mailboxes: lists of their own, without which everything else still holds."""
        with self._sessions() as session:
            kept = session.get_one(Mirror, self._customer_id)
        if sign_ins.is_due(kept.sign_ins_at, kept.sign_ins_trouble, self._at):
            self._sync_beside(sign_ins, self._cloud.sign_ins(tenant_id))
        if sign_ins.is_due(kept.mailboxes_at, kept.mailboxes_trouble, self._at):
            self._sync_beside(mailboxes, self._cloud.mailboxes(tenant_id))

    def _sync_beside(self, what: ModuleType, pages: Iterator[list[Any]]) -> None:
        try:
            for page in pages:
                with self._writing() as (session, _):
                    what.store_page(session, self._customer_id, page, self._at)
        except CloudError as error:
            trouble = sign_ins.trouble_of(error)
            level = logging.INFO if trouble is sign_ins.Trouble.NOT_PREMIUM else logging.WARNING
            log.log(level, "No %s of customer %s: %s", what.__name__, self._customer_id, error)
            with self._writing() as (session, _):
                what.note(session, self._customer_id, self._at, trouble)
            return
        with self._writing() as (session, _):
            what.finish(session, self._customer_id, self._at)

    def _begin_all(self, tenant_id: str) -> int:
        """The link to later changes is taken before the first page: what changes meanwhile comes again."""
        link = self._cloud.fresh_delta_link(tenant_id)
        with self._writing() as (session, kept):
            generation = mirror.begin_full(session, self._customer_id)
            forget_links(kept)
            kept.resume_delta_link = link
        return generation

    def _read_all(self, tenant_id: str, generation: int, resume: str | None) -> None:
        def store(session: Session, kept: Mirror, page: UserPage) -> None:
            if kept.generation != generation or kept.resume_delta_link is None:
                raise Conflict("Another sync of this customer has begun or ended since.")
            store_page(session, kept, page, self._at)

        self._store_all(tenant_id, self._cloud.users(tenant_id, resume), store)

    def _read_changes(self, tenant_id: str, delta_link: str) -> None:
        def store(session: Session, kept: Mirror, page: UserPage) -> None:
            store_changes(session, kept, page, self._at)

        self._store_all(tenant_id, self._cloud.user_changes(tenant_id, delta_link), store)

    def _store_all(self, tenant_id: str, pages: Iterator[UserPage], store: Store) -> None:
        look = Look(clock.now(), self._version)
        for page in pages:
            self.users += len(page.users) + len(page.partial)
            self._store_settled(tenant_id, page, look, store)
            look = Look(clock.now(), self._version)

    def _store_settled(self, tenant_id: str, page: UserPage, look: Look, store: Store) -> None:
        """Look up whoever is incomplete on the page or was changed here since it was asked for, then
        store. After some looks it is stored as it is: what changes that fast comes again."""
        doubtful: Sequence[str] = page.partial
        for looks_left in range(MOST_LOOKS, -1, -1):
            if doubtful:
                look = Look(clock.now(), look.version)
                page = renewed(page, self._cloud.read_users(tenant_id, doubtful))
            with self._writing() as (session, kept):
                doubtful = changed_since(session, kept, page, look) if looks_left else ()
                if not doubtful:
                    store(session, kept, page)
                    return
