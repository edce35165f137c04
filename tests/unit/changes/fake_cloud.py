"""A tenant of Microsoft's in memory, with its rules and with faults on request. Speaks `cloud.port.Cloud`."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from partner_center.cloud.errors import CloudError
from partner_center.cloud.port import (
    Answer,
    CommerceSubscription,
    LicenseRequest,
    LocationRequest,
    Reason,
    RemoteAccess,
    RemoteCustomer,
    RemoteGroup,
    RemoteLicense,
    RemoteMailbox,
    RemoteSku,
    RemoteSubscription,
    RemoteTerm,
    RemoteUser,
    SignIn,
    UserPage,
    Verdict,
)

LATEST = "latest"


class Fate(StrEnum):
    """What becomes of one request."""

    NORMAL = "normal"
    SILENT = "silent"
    THROTTLED = "throttled"
    LOST_BEFORE = "lost_before"
    LOST_AFTER = "lost_after"
    SHUT = "shut"


class Refused(Exception):
    """Microsoft says no."""

    def __init__(self, reason: Reason, *, skus: Sequence[str] = (), plans: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.reason, self.skus, self.plans = reason, tuple(skus), tuple(plans)


@dataclass
class FakeCloud:
    """One tenant. `fate` decides on each request; `meddle` runs before each batch, as another admin would."""

    users_by_id: dict[str, RemoteUser]
    products: dict[str, RemoteSku]
    tenant_id: str = ""
    exclusive: tuple[frozenset[str], ...] = ()
    retry_after: float | None = 3.0
    fate: Callable[[str], Fate] = lambda _graph_id: Fate.NORMAL
    meddle: Callable[[FakeCloud], None] = lambda _cloud: None
    trouble: Callable[[str], CloudError | None] = lambda _call: None
    words: Callable[[str, Sequence[str]], str] = lambda reason, _plans: f"Microsoft says {reason}"
    commerce: list[CommerceSubscription] = field(default_factory=list)
    calls: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    writes: list[tuple[str, LicenseRequest | LocationRequest]] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    in_flight: set[str] = field(default_factory=set)
    met_twice: list[str] = field(default_factory=list)
    oversold: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    quantities: list[tuple[int, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    # what is asked --------------------------------------------------------------------------------

    def customers(self) -> Iterator[RemoteCustomer]:
        return iter(())

    def access(self) -> Iterator[RemoteAccess]:
        return iter(())

    def users(self, tenant_id: str, resume: str | None = None) -> Iterator[UserPage]:
        self._meant_for(tenant_id)
        assert resume is None
        yield UserPage(tuple(self.users_by_id.values()), (), None, None)

    def user_changes(self, tenant_id: str, delta_link: str) -> Iterator[UserPage]:
        self._meant_for(tenant_id)
        self._note("delta")
        since = int(delta_link)
        ids = dict.fromkeys(self.changed[since:])
        found = tuple(self.users_by_id[i] for i in ids if i in self.users_by_id)
        yield UserPage(found, (), None, str(len(self.changed)))

    def fresh_delta_link(self, tenant_id: str) -> str:
        self._meant_for(tenant_id)
        return str(len(self.changed))

    def read_users(self, tenant_id: str, graph_ids: Sequence[str]) -> dict[str, RemoteUser | None]:
        self._meant_for(tenant_id)
        self._note("read", graph_ids)
        return {graph_id: self.users_by_id.get(graph_id) for graph_id in graph_ids}

    def skus(self, tenant_id: str) -> list[RemoteSku]:
        self._meant_for(tenant_id)
        self._note("skus")
        return [replace(sku, consumed=self.consumed(sku.sku_id)) for sku in self.products.values()]

    def subscriptions(self, tenant_id: str) -> list[RemoteSubscription]:
        self._meant_for(tenant_id)
        return []

    def subscription_terms(self, tenant_id: str) -> list[RemoteTerm]:
        self._meant_for(tenant_id)
        return []

    def license_groups(self, tenant_id: str) -> list[RemoteGroup]:
        self._meant_for(tenant_id)
        return []

    def sign_ins(self, tenant_id: str) -> Iterator[list[SignIn]]:
        self._meant_for(tenant_id)
        return iter(())

    def mailboxes(self, tenant_id: str) -> Iterator[list[RemoteMailbox]]:
        self._meant_for(tenant_id)
        return iter(())

    def commerce_subscriptions(self, tenant_id: str) -> list[CommerceSubscription]:
        self._meant_for(tenant_id)
        self._note("commerce")
        return list(self.commerce)

    # what is done ---------------------------------------------------------------------------------

    def send_licenses(self, tenant_id: str, requests: Sequence[LicenseRequest]) -> list[Answer]:
        self._meant_for(tenant_id)
        return self._batch("licenses", requests)

    def send_locations(self, tenant_id: str, requests: Sequence[LocationRequest]) -> list[Answer]:
        self._meant_for(tenant_id)
        return self._batch("locations", requests)

    def set_quantity(
        self, tenant_id: str, subscription: CommerceSubscription, quantity: int, request_id: str
    ) -> Answer:
        self._meant_for(tenant_id)
        self._note("quantity")
        self.quantities.append((quantity, request_id))
        fate = self.fate(subscription.subscription_id)
        if fate is Fate.THROTTLED:
            return Answer(Verdict.THROTTLED, Reason.BUSY, retry_after=self.retry_after)
        if fate is Fate.SHUT:
            return Answer(Verdict.FAILED, Reason.NO_RIGHTS, "no", "req")
        if fate is not Fate.LOST_BEFORE:
            self.commerce = [
                replace(one, quantity=quantity)
                if one.subscription_id == subscription.subscription_id
                else one
                for one in self.commerce
            ]
        if fate in (Fate.LOST_BEFORE, Fate.LOST_AFTER):
            return Answer(Verdict.UNKNOWN, Reason.BUSY)
        return Answer(Verdict.DONE, request_id="req")

    # what an outsider may do or look at -------------------------------------------------------------

    def change(self, user: RemoteUser) -> None:
        """Another admin changes a user; the next delta tells."""
        self.users_by_id[user.graph_id] = user
        self.changed.append(user.graph_id)

    def consumed(self, sku_id: str) -> int:
        return sum(
            any(one.sku_id == sku_id and (one.direct or one.groups) for one in user.licenses)
            for user in self.users_by_id.values()
        )

    def count(self, call: str) -> int:
        """HTTP calls of one kind so far."""
        return sum(kind == call for kind, _ in self.calls)

    def _meant_for(self, tenant_id: str) -> None:
        assert tenant_id == self.tenant_id, "a call was sent to another tenant"

    # inside -----------------------------------------------------------------------------------------

    def _note(self, call: str, ids: Sequence[str] = ()) -> None:
        with self.lock:
            self.calls.append((call, tuple(ids)))
        problem = self.trouble(call)
        if problem is not None:
            raise problem

    def _batch(self, call: str, requests: Sequence[LicenseRequest | LocationRequest]) -> list[Answer]:
        ids = [request.graph_id for request in requests]
        with self.lock:
            assert len(requests) <= 20
            self.calls.append((call, tuple(ids)))
            self.met_twice += [graph_id for graph_id in ids if graph_id in self.in_flight]
            self.in_flight.update(ids)
            self.meddle(self)
            answers = [self._one(request) for request in requests]
            self.in_flight.difference_update(ids)
        return answers

    def _one(self, request: LicenseRequest | LocationRequest) -> Answer:
        fate = self.fate(request.graph_id)
        if fate is Fate.THROTTLED:
            return Answer(Verdict.THROTTLED, Reason.BUSY, retry_after=self.retry_after)
        if fate is Fate.SHUT:
            return Answer(Verdict.FAILED, Reason.NO_RIGHTS, "Insufficient privileges", "req")
        if fate is Fate.LOST_BEFORE:
            return Answer(Verdict.UNKNOWN, Reason.BUSY)
        try:
            user = self._apply(request)
        except Refused as refused:
            self.refusals[str(refused.reason)] += 1
            text = self.words(refused.reason, refused.plans)
            answer = Answer(
                Verdict.FAILED, refused.reason, text, "req", skus=refused.skus, plans=refused.plans
            )
        else:
            self.writes.append((request.graph_id, request))
            body = None if fate is Fate.SILENT or isinstance(request, LocationRequest) else user
            answer = Answer(Verdict.DONE, request_id="req", user=body)
        return Answer(Verdict.UNKNOWN, Reason.BUSY) if fate is Fate.LOST_AFTER else answer

    def _apply(self, request: LicenseRequest | LocationRequest) -> RemoteUser:
        user = self.users_by_id.get(request.graph_id)
        if user is None:
            raise Refused(Reason.USER_GONE)
        if isinstance(request, LocationRequest):
            user = replace(user, usage_location=request.usage_location)
        else:
            user = self._licensed(user, request)
        self.users_by_id[user.graph_id] = user
        self.changed.append(user.graph_id)
        self.oversold += [
            sku for sku, owned in self.products.items() if self.consumed(sku) > max(owned.enabled, 0)
        ]
        return user

    def _licensed(self, user: RemoteUser, request: LicenseRequest) -> RemoteUser:
        held = {one.sku_id: one for one in user.licenses}
        if request.add and user.usage_location is None:
            raise Refused(Reason.LOCATION_MISSING)
        for sku_id in request.remove:
            self._take(held, sku_id)
        for sku_id, off in request.add:
            self._give(held, sku_id, off)
        plans = {
            plan["id"]
            for one in held.values()
            if one.sku_id in self.products
            for plan in self.products[one.sku_id].plans
            if plan["id"] not in one.off
        }
        for group in self.exclusive:
            if len(group & plans) > 1:
                raise Refused(Reason.CONFLICT, plans=sorted(group & plans))
        return replace(user, licenses=tuple(held[sku] for sku in sorted(held)))

    def _take(self, held: dict[str, RemoteLicense], sku_id: str) -> None:
        if sku_id not in held:
            raise Refused(Reason.NOT_HELD)
        if not held[sku_id].direct:
            raise Refused(Reason.INHERITED)
        left = replace(held.pop(sku_id), direct=False)
        if left.groups:
            held[sku_id] = left

    def _give(self, held: dict[str, RemoteLicense], sku_id: str, off: tuple[str, ...]) -> None:
        if sku_id not in self.products:
            raise Refused(Reason.NOT_OWNED, skus=[sku_id])
        if sku_id not in held and self.consumed(sku_id) >= self.products[sku_id].enabled:
            raise Refused(Reason.NO_SEATS, skus=[sku_id])
        groups = held[sku_id].groups if sku_id in held else ()
        held[sku_id] = RemoteLicense(sku_id, direct=True, groups=groups, off=tuple(sorted(off)), error=None)
