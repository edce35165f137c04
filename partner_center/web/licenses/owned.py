"""What a customer owns, in words: a row for each product, and a row for each subscription."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from partner_center.changes.owned import list_products
from partner_center.directory.owned import OwnedProduct, OwnedSubscription, list_subscriptions
from partner_center.shared.names import fold
from partner_center.web import arguments, formats
from partner_center.web.arguments import Sort
from partner_center.web.lists import ListAddress
from partner_center.web.product_words import (
    availability,
    is_bought,
    product_tags,
    renewal_words,
    subscription_tags,
    term_words,
)
from partner_center.web.promised import promised_text
from partner_center.web.tags import Tag
from partner_center.web.wording import _, ngettext

_FAR = datetime.max.replace(tzinfo=UTC)
Row = TypeVar("Row")


class ProductSort(StrEnum):
    """What the list of products is sorted by."""

    NAME = "name"
    AVAILABLE = "available"
    ASSIGNED = "assigned"


class SubscriptionSort(StrEnum):
    """What the list of subscriptions is sorted by."""

    NAME = "name"
    LICENSES = "licenses"
    ENDS = "ends"


@dataclass(frozen=True, slots=True)
class ProductLine:
    """A product over all its subscriptions. `assignable`: people can be given it."""

    sku_id: str
    name: str
    tags: tuple[Tag, ...]
    subscriptions: str
    assigned: int
    purchased: int
    available: str
    promised: str
    tone: str
    assignable: bool
    bought: bool


@dataclass(frozen=True, slots=True)
class SubscriptionLine:
    """One subscription, even where several are of the same product. `term` is empty where not known.

    `sku_id` is empty where the customer owns the product no more.
    """

    sku_id: str
    name: str
    tags: tuple[Tag, ...]
    licenses: int
    term: str
    renewal: str
    bought: bool


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's head and where pressing it leads."""

    text: str
    href: str
    active: bool
    descending: bool
    numeric: bool


@dataclass(frozen=True, slots=True)
class OwnedPage:
    """One of the two lists; both counts stand on both."""

    search: str
    sort: str
    products: int
    subscriptions: int
    caption: str
    headings: tuple[Heading, ...]
    rows: Sequence[ProductLine] | Sequence[SubscriptionLine]


def products_page(session: Session, customer_id: int, args: MultiDict[str, str], language: str) -> OwnedPage:
    """The products, with the numbers of all subscriptions of each added up by Microsoft."""
    products = list_products(session, customer_id, language)
    search = arguments.text(args, "q")
    sort = arguments.sort_of(args, list(ProductSort), ProductSort.NAME)
    keys: Mapping[str, Callable[[OwnedProduct], Any]] = {
        ProductSort.AVAILABLE: lambda product: product.available,
        ProductSort.ASSIGNED: lambda product: product.assigned,
    }
    found = [one for one in products if _matches(search, one.name, one.part_number)]
    words = {
        ProductSort.NAME: _("Product"),
        ProductSort.AVAILABLE: _("Available"),
        ProductSort.ASSIGNED: _("Assigned"),
    }
    return OwnedPage(
        search=search,
        sort="" if sort == Sort(ProductSort.NAME, False) else sort.to_arg(),
        products=len(products),
        subscriptions=sum(len(one.subscriptions) for one in products),
        caption=ngettext("%(n)s product", "%(n)s products", len(found), n=formats.number(len(found))),
        headings=_headings(words, sort, _address("licenses.list_products", customer_id, search)),
        rows=[_product(one) for one in _sorted(found, sort, keys)],
    )


def subscriptions_page(
    session: Session, customer_id: int, args: MultiDict[str, str], language: str
) -> OwnedPage:
    """**Your products**: a row for each subscription."""
    listed = list_subscriptions(session, customer_id, language)
    owned = {product.sku_id for product in list_products(session, customer_id, language)}
    search = arguments.text(args, "q")
    sort = arguments.sort_of(args, list(SubscriptionSort), SubscriptionSort.NAME)
    keys: Mapping[str, Callable[[tuple[str, OwnedSubscription]], Any]] = {
        SubscriptionSort.LICENSES: lambda pair: pair[1].licenses,
        SubscriptionSort.ENDS: lambda pair: pair[1].ends_at or _FAR,
    }
    found = [pair for pair in listed if _matches(search, pair[0])]
    words = {
        SubscriptionSort.NAME: _("Product"),
        SubscriptionSort.LICENSES: _("Licenses"),
        SubscriptionSort.ENDS: _("Renewal"),
    }
    count = formats.number(len(found))
    return OwnedPage(
        search=search,
        sort="" if sort == Sort(SubscriptionSort.NAME, False) else sort.to_arg(),
        products=len(owned),
        subscriptions=len(listed),
        caption=ngettext("%(n)s subscription", "%(n)s subscriptions", len(found), n=count),
        headings=_headings(words, sort, _address("licenses.list_subscriptions", customer_id, search)),
        rows=[_subscription(name, one, owned) for name, one in _sorted(found, sort, keys)],
    )


def _product(product: OwnedProduct) -> ProductLine:
    tags = product_tags(product)
    count = len(product.subscriptions)
    return ProductLine(
        sku_id=product.sku_id,
        name=product.name,
        tags=tags,
        subscriptions=ngettext("%(n)s subscription", "%(n)s subscriptions", count, n=formats.number(count)),
        assigned=product.assigned,
        purchased=product.purchased,
        available=availability(product.available, product.purchased),
        promised=promised_text(product.promised),
        tone=next((tag.tone for tag in tags if tag.tone in {"err", "warn"}), ""),
        assignable=product.for_people and not _only_bought(product),
        bought=is_bought(product),
    )


def _only_bought(product: OwnedProduct) -> bool:
    """Whether nobody can be given it before it is taken over."""
    living = [one for one in product.subscriptions if one.status != "Deleted"]
    return bool(living) and all(one.self_service for one in living)


def _subscription(name: str, one: OwnedSubscription, owned: Collection[str]) -> SubscriptionLine:
    return SubscriptionLine(
        sku_id=one.sku_id if one.sku_id in owned else "",
        name=name,
        tags=subscription_tags(one),
        licenses=one.licenses,
        term=term_words(one),
        renewal=renewal_words(one),
        bought=one.self_service and one.status != "Deleted" and one.sku_id in owned,
    )


def _matches(search: str, *texts: str) -> bool:
    text = fold(" ".join(texts))
    return all(word in text for word in fold(search).split())


def _sorted(rows: list[Row], sort: Sort, keys: Mapping[str, Callable[[Row], Any]]) -> list[Row]:
    """They come by name; equal ones stay so."""
    if sort.key not in keys:
        return rows[::-1] if sort.descending else rows
    return sorted(rows, key=keys[sort.key], reverse=sort.descending)


def _address(endpoint: str, customer_id: int, search: str) -> ListAddress:
    return ListAddress(endpoint, {"customer_id": customer_id}, {"q": search})


def _headings(words: Mapping[Any, str], sort: Sort, address: ListAddress) -> tuple[Heading, ...]:
    return tuple(
        Heading(
            text=text,
            href=address(sort=Sort(key, sort.key == key and not sort.descending).to_arg(), _anchor="list"),
            active=sort.key == key,
            descending=sort.descending,
            numeric=place > 0 and key is not SubscriptionSort.ENDS,
        )
        for place, (key, text) in enumerate(words.items())
    )
