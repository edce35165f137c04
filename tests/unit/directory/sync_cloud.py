"""Microsoft for tests of the sync: tenants in memory, asked through the same port, able to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partner_center.cloud.errors import DeltaExpired
from partner_center.cloud.port import (
    RemoteAccess,
    RemoteCustomer,
    RemoteGroup,
    RemoteLicense,
    RemoteMailbox,
    RemoteSku,
    RemoteSubscription,
    RemoteTerm,
    RemoteUser,
    RemovedUser,
    SignIn,
    UserPage,
)
from partner_center.customers.models import Customer
from partner_center.directory import mirror
from partner_center.directory.models import DirectoryUser, Holding, Mirror
from partner_center.directory.sync import Commit, sync_customer
from partner_center.shared import clock
from tests.make import Make


@dataclass(slots=True)
class Tenant:
    """One tenant. `changes` grows: a delta link is a place in it."""

    users: dict[str, RemoteUser] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    skus: list[RemoteSku] = field(default_factory=list)
    subscriptions: list[RemoteSubscription] = field(default_factory=list)
    terms: list[RemoteTerm] = field(default_factory=list)
    groups: list[RemoteGroup] = field(default_factory=list)
    members: dict[str, list[str]] = field(default_factory=dict)
    sign_ins: list[SignIn] = field(default_factory=list)
    mailboxes: list[RemoteMailbox] = field(default_factory=list)
    oldest_change: int = 0

    def put(self, *users: RemoteUser) -> None:
        """These users are new, or as they are now."""
        for user in users:
            self.users[user.graph_id] = user
            self.changes.append(user.graph_id)

    def drop(self, *users: RemoteUser) -> None:
        """These users are deleted."""
        for user in users:
            del self.users[user.graph_id]
            self.changes.append(user.graph_id)


class FakeCloud:
    """The port over `tenants`; `calls` are (what, tenant id) in order; `page` is how many users one holds."""

    def __init__(self, page: int = 2) -> None:
        self.tenants: dict[str, Tenant] = {}
        self.list: list[RemoteCustomer] = []
        self.relationships: list[RemoteAccess] = []
        self.calls: list[tuple[str, str]] = []
        self.page = page
        self.partial_deltas = False
        self.on_call: Callable[[str, str], None] = lambda _what, _tenant_id: None
        self._faults: dict[tuple[str, str], tuple[int, BaseException]] = {}

    def tenant(self, tenant_id: str, name: str = "") -> Tenant:
        """A tenant of a customer in the list."""
        self.list.append(
            RemoteCustomer(tenant_id, name or tenant_id, f"{name}.example", None, "reseller", None)
        )
        return self.tenants.setdefault(tenant_id, Tenant())

    def fail(self, what: str, error: BaseException, tenant_id: str = "", after: int = 0) -> None:
        """Raise at the next call of this kind, or after some that go well, until `heal`."""
        self._faults[what, tenant_id] = (after, error)

    def heal(self) -> None:
        """Nothing fails any more."""
        self._faults.clear()

    def asked(self, tenant_id: str = "") -> list[str]:
        """What was asked, of one tenant or of all; forgets it."""
        found = [what for what, where in self.calls if tenant_id in ("", where)]
        self.calls.clear()
        return found

    def _called(self, what: str, tenant_id: str = "") -> None:
        self.calls.append((what, tenant_id))
        self.on_call(what, tenant_id)
        for place in ((what, tenant_id), (what, "")):
            if place in self._faults:
                left, error = self._faults[place]
                self._faults[place] = (left - 1, error)
                if left <= 0:
                    raise error

    def customers(self) -> Iterator[RemoteCustomer]:
        self._called("customers")
        yield from self.list

    def customer_country(self, tenant_id: str) -> str | None:
        self._called("country", tenant_id)
        return "no"

    def access(self) -> Iterator[RemoteAccess]:
        self._called("access")
        yield from self.relationships

    def skus(self, tenant_id: str) -> list[RemoteSku]:
        self._called("skus", tenant_id)
        return self.tenants[tenant_id].skus

    def subscriptions(self, tenant_id: str) -> list[RemoteSubscription]:
        self._called("subscriptions", tenant_id)
        return self.tenants[tenant_id].subscriptions

    def subscription_terms(self, tenant_id: str) -> list[RemoteTerm]:
        self._called("terms", tenant_id)
        return self.tenants[tenant_id].terms

    def license_groups(self, tenant_id: str) -> list[RemoteGroup]:
        self._called("groups", tenant_id)
        return self.tenants[tenant_id].groups

    def member_ids(self, tenant_id: str, group_id: str) -> Iterator[tuple[str, ...]]:
        self._called("members", tenant_id)
        members = self.tenants[tenant_id].members.get(group_id, [])
        for start in range(0, len(members), self.page):
            yield tuple(members[start : start + self.page])

    def sign_ins(self, tenant_id: str) -> Iterator[list[SignIn]]:
        self._called("sign-ins", tenant_id)
        yield self.tenants[tenant_id].sign_ins

    def mailboxes(self, tenant_id: str) -> Iterator[list[RemoteMailbox]]:
        self._called("mailboxes", tenant_id)
        yield self.tenants[tenant_id].mailboxes

    def fresh_delta_link(self, tenant_id: str) -> str:
        self._called("link", tenant_id)
        return str(len(self.tenants[tenant_id].changes))

    def users(self, tenant_id: str, resume: str | None = None) -> Iterator[UserPage]:
        link: str | None = resume or "0"
        while link is not None:
            self._called(f"users from {link}", tenant_id)
            self._called("users", tenant_id)
            start = int(link)
            everybody = list(self.tenants[tenant_id].users.values())
            link = str(start + self.page) if start + self.page < len(everybody) else None
            yield UserPage(tuple(everybody[start : start + self.page]), (), link, None)

    def user_changes(self, tenant_id: str, delta_link: str) -> Iterator[UserPage]:
        tenant = self.tenants[tenant_id]
        start = int(delta_link)
        while True:
            self._called(f"changes from {start}", tenant_id)
            self._called("changes", tenant_id)
            if start < tenant.oldest_change:
                raise DeltaExpired
            stop = min(start + self.page, len(tenant.changes))
            last = stop == len(tenant.changes)
            yield self._changes(tenant, tenant.changes[start:stop], str(stop), last)
            if last:
                return
            start = stop

    def _changes(self, tenant: Tenant, changed: Sequence[str], link: str, last: bool) -> UserPage:
        ids = list(dict.fromkeys(changed))
        living = [graph_id for graph_id in ids if graph_id in tenant.users]
        gone = tuple(RemovedUser(graph_id) for graph_id in ids if graph_id not in tenant.users)
        links = (None, link) if last else (link, None)
        if self.partial_deltas:
            return UserPage((), (), *links, tuple(ids))
        return UserPage(tuple(tenant.users[graph_id] for graph_id in living), gone, *links)

    def read_users(self, tenant_id: str, graph_ids: Sequence[str]) -> dict[str, RemoteUser | None]:
        self._called("read", tenant_id)
        return {graph_id: self.tenants[tenant_id].users.get(graph_id) for graph_id in graph_ids}

    def _never(self, *_given: Any) -> NoReturn:
        raise AssertionError("a sync changes nothing at Microsoft")

    send_licenses = send_locations = commerce_subscriptions = set_quantity = _never


@dataclass(slots=True)
class Scene:
    """One customer, its tenant, and the database the sync writes to."""

    sessions: sessionmaker[Session]
    session: Session
    make: Make
    cloud: FakeCloud
    customer: Customer
    tenant: Tenant

    @classmethod
    def of(cls, sessions: sessionmaker[Session], make: Make, *names: str, page: int = 2) -> Scene:
        """A customer that was never synced, with users of these names at Microsoft."""
        customer, cloud = make.customer("Fjord"), FakeCloud(page)
        tenant = cloud.tenant(customer.tenant_id, "Fjord")
        tenant.put(*map(make.user, names))
        return cls(sessions, make.session, make, cloud, customer, tenant)

    def sync(self, commit: Commit | None = None) -> int:
        """Sync the customer."""
        given = {"commit": commit} if commit else {}
        return sync_customer(self.sessions, self.cloud, self.customer.id, **given)

    def join(self, *names: str) -> None:
        """These people are new at Microsoft."""
        self.tenant.put(*map(self.make.user, names))

    def rename(self, name: str, to: str) -> None:
        """Somebody has another name at Microsoft."""
        self.tenant.put(replace(self._find(name), display_name=to))

    def leave(self, name: str) -> None:
        """Somebody is deleted at Microsoft."""
        self.tenant.drop(self._find(name))

    def give(self, name: str, sku_id: str) -> None:
        """Somebody has one license more at Microsoft."""
        self.tenant.put(self._with(name, sku_id))

    def save(self, name: str, sku_id: str) -> None:
        """Microsoft has answered to a save here: somebody has this license. The tenant lags behind."""
        with self.sessions() as session:
            mirror.apply_answers(session, self.customer.id, [self._with(name, sku_id)], clock.now())
            session.commit()

    def skus_of(self, name: str) -> list[str]:
        """The licenses somebody has in the mirror."""
        self.session.rollback()
        held = select(Holding.licenses).join(DirectoryUser, DirectoryUser.holding_id == Holding.id)
        (licenses,) = self.session.scalars(held.where(DirectoryUser.display_name == name))
        return [one["sku"] for one in licenses]

    def _with(self, name: str, sku_id: str) -> RemoteUser:
        user = self._find(name)
        return replace(user, licenses=(*user.licenses, RemoteLicense(sku_id, True, (), (), None)))

    def _find(self, name: str) -> RemoteUser:
        return next(user for user in self.tenant.users.values() if user.display_name == name)

    @property
    def names(self) -> list[str]:
        """The living users of the mirror."""
        self.session.rollback()  # a new look: SQLite shows an open transaction the world as it was
        living = select(DirectoryUser.display_name).where(
            DirectoryUser.customer_id == self.customer.id, DirectoryUser.deleted_at.is_(None)
        )
        return sorted(self.session.scalars(living))

    @property
    def mirror(self) -> Mirror:
        """How far the copy has got."""
        self.session.rollback()
        return self.session.get_one(Mirror, self.customer.id)

    def links(self) -> list[str]:
        """The pages and links asked for since the last look."""
        return [what for what in self.cloud.asked() if what == "link" or " from " in what]
