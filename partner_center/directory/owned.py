"""What a customer owns: its products with Microsoft's own counts, and their subscriptions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from partner_center.catalog.models import Product
from partner_center.catalog.names import product_names
from partner_center.directory.models import DirectoryGroup, SubscribedSku, TenantSubscription
from partner_center.directory.rowsets import table_of
from partner_center.shared.errors import NotFound
from partner_center.shared.names import sort_key

_key_of = lru_cache(4096)(sort_key)
"""The few hundred names of products come again on each page."""

_SKUS, _PRODUCTS, _GROUPS = table_of(SubscribedSku), table_of(Product), table_of(DirectoryGroup)
_ASSIGNABLE = (
    select(_SKUS.c.sku_id, func.coalesce(_PRODUCTS.c.name, _SKUS.c.part_number))
    .select_from(_SKUS.outerjoin(_PRODUCTS, _PRODUCTS.c.sku_id == _SKUS.c.sku_id))
    .where(_SKUS.c.customer_id == bindparam("customer_id"), _SKUS.c.applies_to == "User")
)
_GROUP_NAMES = select(_GROUPS.c.graph_id, _GROUPS.c.display_name).where(
    _GROUPS.c.customer_id == bindparam("customer_id"),
    _GROUPS.c.graph_id.in_(bindparam("groups", expanding=True)),
)
"""Asked for every page of users, so made once."""


class GroupName(NamedTuple):
    """A group to be named; `graph_id` is empty where it is not known here and has no page."""

    graph_id: str
    name: str


@dataclass(frozen=True, slots=True)
class OwnedSubscription:
    """One subscription behind a product. `ends_at` is when it renews or ends.

    `term` (ISO 8601) and `auto_renew` are None where the partner does not sell it. `reducible` are batches
    of seats that may be given back: (how many, until when).
    """

    subscription_id: str
    sku_id: str
    status: str
    licenses: int
    is_trial: bool
    self_service: bool
    ends_at: datetime | None
    term: str | None
    auto_renew: bool | None
    reducible: tuple[tuple[int, datetime], ...] = ()

    @property
    def sold_by_us(self) -> bool:
        """Whether Partner Center tells of it."""
        return self.auto_renew is not None


@dataclass(frozen=True, slots=True)
class OwnedProduct:
    """A product a customer owns, summed by Microsoft over its subscriptions.

    `purchased` counts enabled licences and those in their grace period (`warning`): both can be
    assigned. Suspended and locked-out ones can't. `promised` are free ones that changes under way will
    use; Microsoft knows nothing of them. `available` is below zero where more are assigned.
    """

    sku_id: str
    part_number: str
    name: str
    status: str
    for_people: bool
    purchased: int
    assigned: int
    suspended: int
    subscriptions: tuple[OwnedSubscription, ...]
    promised: int = 0

    @property
    def available(self) -> int:
        return self.purchased - self.assigned - self.promised


def list_products(session: Session, customer_id: int, language: str = "en") -> list[OwnedProduct]:
    """All products of the customer by name, in the language's alphabet."""
    skus = session.scalars(select(SubscribedSku).where(SubscribedSku.customer_id == customer_id)).all()
    names = product_names(session, [sku.sku_id for sku in skus])
    subscriptions = _subscriptions(session, customer_id)
    products = [
        OwnedProduct(
            sku_id=sku.sku_id,
            part_number=sku.part_number,
            name=names.get(sku.sku_id, sku.part_number),
            status=sku.capability_status,
            for_people=sku.applies_to == "User",
            purchased=sku.enabled + sku.warning,
            assigned=sku.consumed,
            suspended=sku.suspended + sku.locked_out,
            subscriptions=tuple(subscriptions[sku.sku_id]),
        )
        for sku in skus
    ]
    return sorted(products, key=lambda product: (_key_of(product.name, language), product.sku_id))


def list_subscriptions(
    session: Session, customer_id: int, language: str = "en"
) -> list[tuple[str, OwnedSubscription]]:
    """Each subscription with its product's name, by name; of one product the largest first."""
    found = _subscriptions(session, customer_id)
    names = sku_names(session, customer_id, found)
    listed = [(names.get(sku_id, sku_id), one) for sku_id, some in found.items() for one in some]
    return sorted(listed, key=lambda pair: _key_of(pair[0], language))


def get_product(session: Session, customer_id: int, sku_id: str, language: str = "en") -> OwnedProduct:
    """One product of the customer. Raises NotFound for what the customer does not own."""
    for product in list_products(session, customer_id, language):
        if product.sku_id == sku_id:
            return product
    raise NotFound("This customer does not have that product.")


def assignable_names(session: Session, customer_id: int, language: str = "en") -> dict[str, str]:
    """Names of the products that can be given to people, by SKU id, in the language's order."""
    rows = session.execute(_ASSIGNABLE, {"customer_id": customer_id})
    return dict(
        sorted(((sku_id, text) for sku_id, text in rows), key=lambda pair: _key_of(pair[1], language))
    )


def sku_names(session: Session, customer_id: int, sku_ids: Iterable[str]) -> dict[str, str]:
    """What these SKUs are called; one that no table knows by the part number the customer's copy has."""
    wanted = set(sku_ids)
    names = product_names(session, wanted)
    if missing := wanted - names.keys():
        rows = session.execute(
            select(SubscribedSku.sku_id, SubscribedSku.part_number).where(
                SubscribedSku.customer_id == customer_id, SubscribedSku.sku_id.in_(missing)
            )
        )
        names |= {row.sku_id: row.part_number for row in rows}
    return names


def group_names(session: Session, customer_id: int, group_ids: Iterable[str]) -> dict[str, str]:
    """Names of the customer's groups that hand out licences; unknown ids are left out."""
    wanted = set(group_ids)
    if not wanted:
        return {}
    rows = session.execute(_GROUP_NAMES, {"customer_id": customer_id, "groups": list(wanted)})
    return {row.graph_id: row.display_name for row in rows}


def _subscriptions(session: Session, customer_id: int) -> dict[str, list[OwnedSubscription]]:
    found: dict[str, list[OwnedSubscription]] = defaultdict(list)
    rows = session.scalars(
        select(TenantSubscription)
        .where(TenantSubscription.customer_id == customer_id)
        .order_by(TenantSubscription.total_licenses.desc(), TenantSubscription.subscription_id)
    )
    for row in rows:
        found[row.sku_id].append(
            OwnedSubscription(
                subscription_id=row.subscription_id,
                sku_id=row.sku_id,
                status=row.status,
                licenses=row.total_licenses,
                is_trial=row.is_trial,
                self_service=row.self_service,
                ends_at=row.next_lifecycle_at,
                term=row.term,
                auto_renew=row.auto_renew,
                reducible=tuple(
                    (batch["quantity"], datetime.fromisoformat(batch["until"]))
                    for batch in row.reducible or ()
                ),
            )
        )
    return found
