"""Partner Center: the list of customers and what the partner sells them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from partner_center.cloud.endpoint import Endpoint
from partner_center.cloud.errors import CloudError, DamagedAnswer, Rejected
from partner_center.cloud.outcomes import answer_to
from partner_center.cloud.port import Answer, CommerceSubscription, RemoteCustomer, RemoteTerm, Verdict
from partner_center.cloud.wire import commerce
from partner_center.cloud.wire.batch import UNKNOWN
from partner_center.shared import ids

_PAGE = 500
_RESELLERS = "/relationships?" + urlencode({"relationship_type": "IsIndirectCloudSolutionProviderOf"})
_END_OF_LIST = "2000"  # sent with a 400 instead of an empty last page (Microsoft's own migration tool)
_NOT_READY_WAIT = 120.0  # seconds; "resubmit after two minutes" (create-a-new-subscription)


class PartnerCenter:
    """The Partner Center half of the port; see there. All of it is asked in the partner's own tenant."""

    def __init__(self, commerce: Endpoint, partner_tenant_id: str) -> None:
        self._commerce, self._partner = commerce, partner_tenant_id

    def customers(self) -> Iterator[RemoteCustomer]:
        """All customers of the partner; those of indirect resellers with the reseller's name."""
        resellers = self._resellers_by_customer()
        for item in self._items(f"/customers?size={_PAGE}"):
            customer = commerce.read_customer(item)
            yield replace(customer, reseller=resellers.get(customer.tenant_id))

    def customer_country(self, tenant_id: str) -> str | None:
        """The two-letter country of a customer's billing address, which the list leaves out."""
        return commerce.read_country(self._get(f"/customers/{quote(tenant_id)}"))

    def commerce_subscriptions(self, tenant_id: str) -> list[CommerceSubscription]:
        """What the partner sells to this customer, each with the SKU it delivers where that is known."""
        items = self._items(f"/customers/{quote(tenant_id)}/subscriptions")
        return [commerce.read_commerce(item, self._sku_of(tenant_id, item)) for item in items]

    def subscription_terms(self, tenant_id: str) -> list[RemoteTerm]:
        """The same list without asking for each one's SKU, which takes a call of its own."""
        items = self._items(f"/customers/{quote(tenant_id)}/subscriptions")
        return [commerce.read_terms(item) for item in items]

    def set_quantity(
        self, tenant_id: str, subscription: CommerceSubscription, quantity: int, request_id: str
    ) -> Answer:
        """PATCH of the full object with the new total.

        202 means that it takes longer: looked at once, then unknown. A lost answer is unknown too.
        """
        try:
            reply = self._commerce.call(
                self._partner,
                "PATCH",
                _path(tenant_id, subscription.subscription_id),
                safe=False,
                body=commerce.with_quantity(subscription, quantity),
                headers=_trace(request_id) | commerce.if_match(subscription),
            )
        except CloudError as error:
            return _refused(error)
        if reply.status == 202:
            return self._look(tenant_id, subscription, quantity)
        return Answer(Verdict.DONE, request_id=reply.request_id)

    def _look(self, tenant_id: str, subscription: CommerceSubscription, quantity: int) -> Answer:
        try:
            body = self._get(_path(tenant_id, subscription.subscription_id))
            now = commerce.read_commerce(body, subscription.sku_id)
        except CloudError:
            return UNKNOWN
        return Answer(Verdict.DONE) if now.quantity == quantity else UNKNOWN

    def _sku_of(self, tenant_id: str, item: Mapping[str, Any]) -> str | None:
        """The one documented way from a subscription to its SKU. It needs the app and a user and some
        minutes after a purchase; until then the SKU is not known."""
        try:
            return commerce.read_sku_of(
                self._get(f"{_path(tenant_id, commerce.read_id(item))}/provisioningstatus")
            )
        except Rejected:
            return None

    def _resellers_by_customer(self) -> dict[str, str]:
        """tenant id → indirect reseller's name. A direct partner has no such list (4xx)."""
        try:
            resellers = [commerce.read_reseller(item) for item in self._items(_RESELLERS)]
        except Rejected:
            return {}
        found: dict[str, str] = {}
        for reseller_id, name in resellers:
            wanted = {"Field": "IndirectReseller", "Value": reseller_id, "Operator": "starts_with"}
            query = urlencode({"size": _PAGE, "filter": json.dumps(wanted)})
            for item in self._items(f"/customers?{query}"):
                found[commerce.read_customer(item).tenant_id] = name
        return found

    def _items(self, path: str) -> Iterator[Mapping[str, Any]]:
        """All items of a collection, following `links.next` with the headers it names."""
        page: commerce.NextPage | None = commerce.NextPage(path, {})
        first = True
        while page:
            try:
                body = self._get(page.path, page.headers)
            except Rejected as error:
                if not first and error.status == 400 and error.code == _END_OF_LIST:
                    return
                raise
            yield from commerce.read_items(body)
            page, first = commerce.read_next(body), False

    def _get(self, path: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        body = self._commerce.get(self._partner, path, _trace(ids.new_guid()) | dict(headers or {}))
        if not isinstance(body, dict):
            raise DamagedAnswer("Partner Center's answer could not be understood.")
        return body


def _path(tenant_id: str, subscription_id: str) -> str:
    return f"/customers/{quote(tenant_id)}/subscriptions/{quote(subscription_id)}"


def _trace(request_id: str) -> dict[str, str]:
    """MS-RequestId makes repeating safe, MS-CorrelationId is what support asks for (headers)."""
    return {"MS-RequestId": request_id, "MS-CorrelationId": ids.new_guid()}


def _refused(error: CloudError) -> Answer:
    """Like a Graph answer, but Partner Center says "not ready" (409) without saying for how long."""
    answer = answer_to(error)
    if answer.verdict is Verdict.THROTTLED and isinstance(error, Rejected):
        return replace(answer, retry_after=_NOT_READY_WAIT)
    return answer
