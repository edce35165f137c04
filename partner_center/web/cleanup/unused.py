"""**Unused licenses** in words: how many of each product nobody uses, and when there may be fewer."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from partner_center.changes.promises import stakes
from partner_center.directory.owned import OwnedProduct, list_products
from partner_center.purchasing.unused import Unused, Way, unused_seats
from partner_center.shared import clock
from partner_center.web import formats
from partner_center.web.product_words import subscription_words, term_words
from partner_center.web.tags import Tag
from partner_center.web.wording import _, ngettext


@dataclass(frozen=True, slots=True)
class UnusedLine:
    """Seats of one subscription: what may be done with them, and when."""

    subscription: str
    tag: Tag
    text: str


@dataclass(frozen=True, slots=True)
class UnusedProduct:
    """A product of which some are unused. `count` reads as a person says it."""

    sku_id: str
    name: str
    unused: int
    purchased: int
    count: str
    lines: tuple[UnusedLine, ...]


@dataclass(frozen=True, slots=True)
class UnusedPage:
    """All that `cleanup/unused.html` prints. `now` and `later` are seats in all."""

    products: tuple[UnusedProduct, ...]
    total: int
    now: int
    later: int


def unused_page(session: Session, customer_id: int, language: str) -> UnusedPage:
    """What nobody uses; seats promised to changes under way count as used."""
    seats = stakes(session, customer_id)
    listed = [
        (product, unused_seats(product, seats[product.sku_id].available, clock.now()))
        for product in list_products(session, customer_id, language)
        if product.for_people
    ]
    parts = [part for _product, some in listed for part in some]
    now = sum(part.count for part in parts if part.way is Way.NOW)
    later = sum(part.count for part in parts if part.way in {Way.AT_RENEWAL, Way.ENDS})
    products = tuple(_product(product, some) for product, some in listed if some)
    return UnusedPage(products, sum(product.unused for product in products), now, later)


def _product(product: OwnedProduct, parts: list[Unused]) -> UnusedProduct:
    unused = sum(part.count for part in parts)
    return UnusedProduct(
        sku_id=product.sku_id,
        name=product.name,
        unused=unused,
        purchased=product.purchased,
        count=_("%(n)s of %(all)s unused", n=formats.number(unused), all=formats.number(product.purchased)),
        lines=tuple(map(_line, parts)),
    )


def _line(part: Unused) -> UnusedLine:
    one = part.subscription
    words = ", ".join(filter(None, (subscription_words(one), term_words(one))))
    return UnusedLine(words, _tag(part.way), _text(part))


def _tag(way: Way) -> Tag:
    return {
        Way.NOW: Tag(_("Can be reduced now"), "ok"),
        Way.AT_RENEWAL: Tag(_("Only at renewal")),
        Way.ENDS: Tag(_("Ends by itself"), "info"),
        Way.NOT_SOLD: Tag(_("Not sold by us")),
        Way.TRIAL: Tag(_("Trial"), "info"),
    }[way]


def _text(part: Unused) -> str:
    count = formats.number(part.count)
    seats = ngettext("%(n)s license", "%(n)s licenses", part.count, n=count)
    if part.way is Way.NOW and part.until:
        return _("%(seats)s, until %(when)s", seats=seats, when=formats.moment(part.until))
    if part.way is Way.AT_RENEWAL and part.until:
        return _("%(seats)s, when it renews on %(day)s", seats=seats, day=formats.day(part.until))
    if part.way is Way.ENDS and part.until:
        return _("%(seats)s, when it ends on %(day)s", seats=seats, day=formats.day(part.until))
    return seats
