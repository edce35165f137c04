"""All that the customers' list and a customer's overview show, made ready for their templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from partner_center.changes.owned import list_products
from partner_center.customers.models import Customer
from partner_center.customers.queries import (
    CustomerFilter,
    CustomerRow,
    CustomerSort,
    count_segments,
    list_customers,
)
from partner_center.directory.owned import OwnedProduct
from partner_center.shared.page import Page
from partner_center.staff.actor import Actor
from partner_center.web import arguments, formats
from partner_center.web.arguments import Sort
from partner_center.web.customers.words import SEGMENTS, health_tag
from partner_center.web.lists import ListAddress, Pager, clamped_words, pager_of
from partner_center.web.product_words import availability, product_tags, subscription_words
from partner_center.web.promised import promised_text
from partner_center.web.tags import Tag
from partner_center.web.wording import _, ngettext

BY_HEALTH = Sort(CustomerSort.HEALTH, False)


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """A row of the list."""

    id: int
    name: str
    domain: str
    tags: tuple[Tag, ...]
    users: int
    assigned: int
    purchased: int
    tone: str
    synced_at: datetime | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A tab over the list."""

    text: str
    count: int
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's head and where pressing it leads."""

    text: str
    href: str
    active: bool
    numeric: bool


@dataclass(frozen=True, slots=True)
class CustomersPage:
    """The list of customers."""

    search: str
    segment: str
    sort: Sort
    segments: tuple[Segment, ...]
    headings: tuple[Heading, ...]
    caption: str
    notice: str
    rows: tuple[CustomerLine, ...]
    pager: Pager
    address: ListAddress


@dataclass(frozen=True, slots=True)
class SubscriptionLine:
    """A subscription under its product."""

    text: str
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProductLine:
    """A product of the overview."""

    sku_id: str
    name: str
    purchased: int
    assigned: int
    available: str
    promised: str
    tone: str
    tags: tuple[Tag, ...]
    subscriptions: tuple[SubscriptionLine, ...]
    growable: bool


def customers_page(session: Session, actor: Actor, args: MultiDict[str, str], language: str) -> CustomersPage:
    """What the address asks of the list; reads only."""
    search = arguments.text(args, "q")
    segment = arguments.one_of(args, "show", CustomerFilter.ALL)
    sort = arguments.sort_of(args, list(CustomerSort), CustomerSort.HEALTH)
    page = list_customers(
        session,
        actor,
        query=search,
        segment=segment,
        sort=CustomerSort(sort.key),
        descending=sort.descending,
        page=arguments.page_number(args),
        size=arguments.page_size(args),
        language=language,
    )
    asked = {"q": search, "show": _unless_all(segment), "size": args.get("size", "")}
    asked["sort"] = "" if sort == BY_HEALTH else sort.to_arg()
    address = ListAddress("customers.list_customers", {}, asked)
    return CustomersPage(
        search=search,
        segment=_unless_all(segment),
        sort=sort,
        segments=_segments(count_segments(session, actor, query=search), segment, address),
        headings=_headings(sort, address),
        caption=_caption(page, bool(search or _unless_all(segment))),
        notice=clamped_words(page),
        rows=tuple(_line(row) for row in page.items),
        pager=pager_of(page),
        address=address,
    )


def _unless_all(segment: CustomerFilter) -> str:
    return "" if segment is CustomerFilter.ALL else str(segment)


def _segments(
    counts: Mapping[CustomerFilter, int], shown: CustomerFilter, address: ListAddress
) -> tuple[Segment, ...]:
    return tuple(
        Segment(str(text), counts[one], address(show=_unless_all(one)), one is shown)
        for one, text in SEGMENTS.items()
    )


def product_lines(session: Session, customer: Customer, language: str) -> list[ProductLine]:
    """The products the customer owns, by name; what changes under way have used or will use is taken off."""
    return [_product(each) for each in list_products(session, customer.id, language)]


def _headings(sort: Sort, address: ListAddress) -> tuple[Heading, ...]:
    words = {
        CustomerSort.NAME: _("Customer"),
        CustomerSort.HEALTH: _("Health"),
        CustomerSort.USERS: _("Users"),
        CustomerSort.LICENSES: _("Licenses"),
        CustomerSort.SYNCED: _("Last sync"),
    }
    return tuple(
        Heading(
            text=text,
            href=address(sort=Sort(key, sort.key == key and not sort.descending).to_arg(), _anchor="list"),
            active=sort.key == key,
            numeric=key is CustomerSort.USERS,
        )
        for key, text in words.items()
    )


def _caption(page: Page[CustomerRow], filtered: bool) -> str:
    total = formats.number(page.total)
    if filtered:
        words = ngettext("%(n)s customer matches", "%(n)s customers match", page.total, n=total)
    else:
        words = ngettext("%(n)s customer", "%(n)s customers", page.total, n=total)
    if page.last == 1:
        return words
    number, last = formats.number(page.number), formats.number(page.last)
    return _("%(customers)s, page %(page)s of %(pages)s", customers=words, page=number, pages=last)


def _line(row: CustomerRow) -> CustomerLine:
    customer = row.customer
    over = customer.licenses_assigned > customer.licenses_purchased
    return CustomerLine(
        id=customer.id,
        name=customer.name,
        domain=customer.domain,
        tags=tuple(health_tag(tag) for tag in row.health),
        users=row.mirror.user_count if row.mirror else 0,
        assigned=customer.licenses_assigned,
        purchased=customer.licenses_purchased,
        tone="err" if over else "",
        synced_at=row.mirror.synced_at if row.mirror else None,
    )


def _is_growable(product: OwnedProduct) -> bool:
    """Whether *Buy more* belongs beside it: nearly none left of something the partner can sell."""
    sold_by_us = not product.subscriptions or any(not one.self_service for one in product.subscriptions)
    low = product.available <= max(1, product.purchased // 10)
    return product.for_people and product.purchased > 0 and sold_by_us and low


def _product(product: OwnedProduct) -> ProductLine:
    tags = product_tags(product)
    return ProductLine(
        sku_id=product.sku_id,
        name=product.name,
        purchased=product.purchased,
        assigned=product.assigned,
        available=availability(product.available, product.purchased),
        promised=promised_text(product.promised),
        tone=next((tag.tone for tag in tags if tag.tone in {"err", "warn"}), ""),
        tags=tags,
        subscriptions=tuple(
            SubscriptionLine(subscription_words(item), item.ends_at) for item in product.subscriptions
        ),
        growable=_is_growable(product),
    )
