"""Partner Center's customers and subscriptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from partner_center.cloud.port import CommerceSubscription, RemoteCustomer, RemoteTerm
from partner_center.cloud.wire.values import guid, moment, optional, understood


@dataclass(frozen=True, slots=True)
class NextPage:
    """Where a collection goes on, and the headers that must be sent along (the continuation token)."""

    path: str
    headers: Mapping[str, str]


def read_next(body: Mapping[str, Any]) -> NextPage | None:
    """`links.next` of a collection."""
    with understood("pages"):
        link = (body.get("links") or {}).get("next")
        if not link or not link.get("uri"):
            return None
        return NextPage(link["uri"], {one["key"]: one["value"] for one in link.get("headers") or ()})


def read_items(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """`items` of a collection."""
    with understood("items"):
        return list(body.get("items") or ())


def read_customer(item: Mapping[str, Any]) -> RemoteCustomer:
    """A customer of the list, which tells neither its country nor its reseller."""
    with understood("customers"):
        profile = item["companyProfile"]
        return RemoteCustomer(
            tenant_id=guid(profile.get("tenantId") or item["id"]),
            name=profile["companyName"],
            domain=profile.get("domain") or "",
            country=None,
            relationship=item.get("relationshipToPartner") or "none",
            reseller=None,
        )


def read_country(body: Mapping[str, Any]) -> str | None:
    """The country of a whole customer's billing address."""
    with understood("customers"):
        address = (body.get("billingProfile") or {}).get("defaultAddress") or {}
        return optional(address.get("country"))


def read_reseller(item: Mapping[str, Any]) -> tuple[str, str]:
    """An indirect reseller's id and name."""
    with understood("resellers"):
        return item["id"], item.get("name") or item["id"]


def read_commerce(item: Mapping[str, Any], sku_id: str | None) -> CommerceSubscription:
    """A subscription as sold. The commitment's end has had two names over the years."""
    with understood("subscriptions"):
        return CommerceSubscription(
            subscription_id=guid(item["id"]),
            name=item.get("friendlyName") or item.get("offerName") or item["id"],
            sku_id=sku_id,
            quantity=int(item["quantity"]),
            status=item["status"],
            term=optional(item.get("termDuration")),
            billing_cycle=optional(item.get("billingCycle")),
            commitment_end_at=moment(item.get("commitmentEndDate") or item.get("commitmentEndDateTime")),
            cancellation_until=moment(item.get("cancellationAllowedUntilDate")),
            auto_renew=bool(item.get("autoRenewEnabled")),
            raw=item,
        )


def read_terms(item: Mapping[str, Any]) -> RemoteTerm:
    """The term of a subscription; its id is what Graph calls commerceSubscriptionId."""
    with understood("subscriptions"):
        return RemoteTerm(
            guid(item["id"]),
            optional(item.get("termDuration")),
            bool(item.get("autoRenewEnabled")),
            tuple(_reducible(item)),
        )


def _reducible(item: Mapping[str, Any]) -> Iterator[tuple[int, datetime]]:
    """Each batch of seats has a window of its own (refundableQuantity, get-a-subscription-by-id)."""
    for batch in (item.get("refundableQuantity") or {}).get("details") or ():
        until = moment(batch.get("allowedUntilDateTime"))
        if until and int(batch["quantity"]) > 0:
            yield int(batch["quantity"]), until


def read_id(item: Mapping[str, Any]) -> str:
    """A subscription's id."""
    with understood("subscriptions"):
        return guid(item["id"])


def read_sku_of(body: Mapping[str, Any]) -> str | None:
    """The SKU a subscription delivers (provisioningstatus); None while it is not known."""
    return optional((body.get("skuId") or "").lower())


def with_quantity(subscription: CommerceSubscription, quantity: int) -> dict[str, Any]:
    """The whole object with another absolute quantity.

    A partial body silently turns auto-renew off and drops the instructions for the next term
    (change-the-quantity-of-a-subscription).
    """
    return {**subscription.raw, "quantity": quantity}


def if_match(subscription: CommerceSubscription) -> dict[str, str]:
    """The If-Match header, with its tag in double quotes; newer commerce objects have no tag."""
    etag = (subscription.raw.get("attributes") or {}).get("etag")
    return {"If-Match": '"' + etag.strip('"') + '"'} if isinstance(etag, str) and etag else {}
