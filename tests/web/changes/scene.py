# ruff: noqa: ARG002 - the stand-in answers to the port, whatever it makes of the arguments
"""A customer small enough to hold in the head, and a Microsoft that does what a test tells it to.

Fjord owns Alpha (10 licences), Beta (2, both in use) and Gamma (for the whole organization). Anna and Bo have
Alpha; Bo has Beta; Cem has Alpha from the group Sales; Åse has nothing and no usage location; Zoe has Beta.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.changes.runner import change_handler
from partner_center.cloud.port import (
    Answer,
    CommerceSubscription,
    DeletedUser,
    LicenseRequest,
    LocationRequest,
    Reason,
    RemoteGroup,
    RemoteLicense,
    RemoteOrganization,
    RemoteSku,
    RemoteSubscription,
    RemoteTerm,
    RemoteUser,
    UserPage,
    Verdict,
)
from partner_center.directory import mirror, selection
from partner_center.directory.models import Mirror
from partner_center.groups.runner import order_handler as group_handler
from partner_center.jobs.context import job_sessions
from partner_center.jobs.worker import Worker
from partner_center.purchasing.runner import order_handler
from partner_center.shared import clock
from partner_center.staff.models import StaffMember
from partner_center.staff.queries import find_actor
from tests.cast import Cast
from tests.make import Make, guid
from tests.web.changes.group_tenant import GroupTenant

ANNA, BO, CEM, ASE, ZOE = 1, 2, 3, 4, 5
MAIL, CALLS, SHEETS = guid("plan mail"), guid("plan calls"), guid("plan sheets")
SALES_GROUP = guid("group sales")


@dataclass
class Tenant(GroupTenant):
    """One tenant at Microsoft. `refuse` maps (user, sku) to why; what is not refused is done.

    `behind` are the subscriptions behind its products; with `keeps`, none of them is taken over.
    """

    stock: dict[str, RemoteSku] = field(default_factory=dict)
    sold: list[CommerceSubscription] = field(default_factory=list)
    refuse: dict[tuple[str, str], Reason] = field(default_factory=dict)
    calls: list[LicenseRequest] = field(default_factory=list)
    orders: list[tuple[str, int, str]] = field(default_factory=list)
    behind: list[RemoteSubscription] = field(default_factory=list)
    keeps: bool = False

    def user_changes(self, tenant_id: str, delta_link: str) -> Iterator[UserPage]:
        """Nothing ever changes behind the console's back, unless a test edits `users`."""
        yield UserPage(tuple(self.users.values()), (), None, "delta")

    def users_of(self) -> list[RemoteUser]:
        """Everybody, in order."""
        return list(self.users.values())

    def fresh_delta_link(self, tenant_id: str) -> str:
        return "delta"

    def read_users(self, tenant_id: str, graph_ids: Sequence[str]) -> dict[str, RemoteUser | None]:
        return {graph_id: self.users.get(graph_id) for graph_id in graph_ids}

    def skus(self, tenant_id: str) -> list[RemoteSku]:
        used = [held.sku_id for user in self.users.values() for held in user.licenses]
        return [replace(sku, consumed=used.count(sku.sku_id)) for sku in self.stock.values()]

    def subscriptions(self, tenant_id: str) -> list[RemoteSubscription]:
        return list(self.behind)

    def take_over(self, tenant_id: str, subscription_id: str) -> Answer:
        if self.keeps:
            return Answer(Verdict.FAILED, Reason.OTHER, "Microsoft keeps it.", "req-keep")
        self.behind = [
            replace(one, self_service=False) if one.subscription_id == subscription_id else one
            for one in self.behind
        ]
        return Answer(Verdict.DONE, request_id="req-over")

    def subscription_terms(self, tenant_id: str) -> list[RemoteTerm]:
        return []

    def organization(self, tenant_id: str) -> RemoteOrganization:
        return RemoteOrganization(("fjord.example",), None)

    def deleted_users(self, tenant_id: str) -> list[DeletedUser]:
        return []

    def send_licenses(self, tenant_id: str, requests: Sequence[LicenseRequest]) -> list[Answer]:
        return [self._one(request) for request in requests]

    def send_locations(self, tenant_id: str, requests: Sequence[LocationRequest]) -> list[Answer]:
        for request in requests:
            user = self.users[request.graph_id]
            self.users[request.graph_id] = replace(user, usage_location=request.usage_location)
        return [Answer(Verdict.DONE, request_id="req-location") for _ in requests]

    def commerce_subscriptions(self, tenant_id: str) -> list[CommerceSubscription]:
        return list(self.sold)

    def set_quantity(
        self, tenant_id: str, subscription: CommerceSubscription, quantity: int, request_id: str
    ) -> Answer:
        self.orders.append((subscription.subscription_id, quantity, request_id))
        self.sold = [
            replace(each, quantity=quantity) if each.subscription_id == subscription.subscription_id else each
            for each in self.sold
        ]
        sku = self.stock[subscription.sku_id or ""]
        self.stock[sku.sku_id] = replace(sku, enabled=sku.enabled + quantity - subscription.quantity)
        return Answer(Verdict.DONE, request_id="req-order")

    def _one(self, request: LicenseRequest) -> Answer:
        self.calls.append(request)
        for sku_id in [*(sku for sku, _ in request.add), *request.remove]:
            reason = self.refuse.get((request.graph_id, sku_id))
            if reason:
                return Answer(Verdict.FAILED, reason, f"Microsoft says {reason}.", "req-1", skus=(sku_id,))
        user = self.users[request.graph_id]
        held = {each.sku_id: each for each in user.licenses}
        for sku_id in request.remove:
            held.pop(sku_id)
        held |= {sku: RemoteLicense(sku, True, (), off, None) for sku, off in request.add}
        user = replace(user, licenses=tuple(held[sku] for sku in sorted(held)))
        self.users[request.graph_id] = user
        return Answer(Verdict.DONE, request_id="req-ok", user=user)


@dataclass
class Scene:
    """The stage of a web test."""

    session: Session
    cast: Cast
    tenant: Tenant
    alpha: str
    beta: str
    gamma: str
    graph_ids: Mapping[int, str]

    @property
    def customer_id(self) -> int:
        return self.cast.fjord.id

    @property
    def manage(self) -> str:
        """The address of **Manage licenses**."""
        return f"/customers/{self.customer_id}/manage"

    @property
    def changes(self) -> str:
        """The address of the changes."""
        return f"/customers/{self.customer_id}/changes"

    def select(self, member: StaffMember, *numbers: int) -> None:
        """Have `member` select these users of Fjord."""
        actor = find_actor(self.session, member.id)
        assert actor is not None
        selection.replace(self.session, actor, self.customer_id, BitMap(numbers))
        self.session.commit()

    def selected(self, member: StaffMember) -> set[int]:
        """Whom `member` has selected."""
        self.session.rollback()
        actor = find_actor(self.session, member.id)
        assert actor is not None
        return set(selection.get_selection(self.session, actor, self.customer_id).members)

    def sync(self) -> None:
        """Take the tenant as it is now into the mirror."""
        at = clock.now()
        generation = mirror.begin_full(self.session, self.customer_id)
        mirror.store_users(self.session, self.customer_id, self.tenant.users_of(), generation, at)
        mirror.finish_full(self.session, self.customer_id, generation, at)
        mirror.store_skus(self.session, self.customer_id, self.tenant.skus(""))
        mirror.store_groups(self.session, self.customer_id, self.tenant.license_groups(""))
        for group_id, members in self.tenant.members_of.items():
            mirror.store_members(self.session, self.customer_id, group_id, members, at)
        self.session.get_one(Mirror, self.customer_id).delta_link = "delta"
        self.session.commit()

    def work(self) -> None:
        """Do every job that is due."""
        jobs = job_sessions(self.session.get_bind())  # type: ignore[arg-type]
        handlers = {
            "change": change_handler(self.tenant),  # type: ignore[arg-type]
            "seat-order": order_handler(self.tenant),  # type: ignore[arg-type]
            "group-order": group_handler(self.tenant),  # type: ignore[arg-type]
        }
        worker = Worker(jobs, handlers)
        while worker.run_once():
            pass
        self.session.rollback()


def set_up(session: Session, make: Make, cast: Cast) -> Scene:
    """Put the scene into the database."""
    alpha, beta, gamma = (make.product(word, f"{word} Suite") for word in ("Alpha", "Beta", "Gamma"))
    plans = tuple(
        {"id": plan, "name": name, "applies_to": "User", "status": "Success"}
        for plan, name in ((MAIL, "EXCHANGE_S_STANDARD"), (CALLS, "CALLS"), (SHEETS, "SHEETS"))
    )
    by_group = RemoteLicense(alpha, direct=False, groups=(SALES_GROUP,), off=(), error=None)
    people = [
        make.user("Anna Berg", alpha),
        make.user("Bo Dahl", *sorted((alpha, beta))),
        make.user("Cem Eren", licenses=(by_group,)),
        make.user("Åse Foss", usage_location=None),
        make.user("Zoe <b>Gül</b>", beta),
    ]
    tenant = Tenant(
        users={user.graph_id: user for user in people},
        stock={
            alpha: make.sku(alpha, enabled=10, part_number="ALPHA", plans=plans),
            beta: make.sku(beta, enabled=2, part_number="BETA"),
            gamma: make.sku(gamma, enabled=1, part_number="GAMMA", applies_to="Company"),
        },
        sold=[sold("Alpha Suite", alpha, 10), sold("Beta Suite", beta, 2)],
        groups={SALES_GROUP: RemoteGroup(SALES_GROUP, "Sales", ((alpha, ()),))},
        members_of={SALES_GROUP: [people[CEM - 1].graph_id]},
    )
    numbers = {number: user.graph_id for number, user in enumerate(people, start=1)}
    scene = Scene(session, cast, tenant, alpha, beta, gamma, numbers)
    scene.sync()
    return scene


def sold(name: str, sku_id: str, quantity: int) -> CommerceSubscription:
    """A subscription that we sell to Fjord."""
    return CommerceSubscription(
        subscription_id=guid(f"subscription {name} {quantity}"),
        name=name,
        sku_id=sku_id,
        quantity=quantity,
        status="active",
        term="P1Y",
        billing_cycle="monthly",
        commitment_end_at=datetime(2027, 6, 30, tzinfo=UTC),
        cancellation_until=None,
        auto_renew=True,
        raw={},
    )
