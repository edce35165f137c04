"""What becomes of a change that is short of licences, as its reader decides: who gets them, or what else.

Whatever is decided makes other asks, whose plan is shown again; none of them is short of that product.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.changes.models import Change
from partner_center.changes.plan import Ask, Plan, ProductPlan
from partner_center.changes.situation import Situation
from partner_center.directory import selection
from partner_center.directory.facets import facets
from partner_center.directory.orders import in_order
from partner_center.directory.values import UserSort
from partner_center.licensing.substitutes import Substitute, substitutes
from partner_center.licensing.values import Op, ProductWish, Wish
from partner_center.shared.bitmaps import dump, load
from partner_center.shared.errors import Conflict
from partner_center.staff.actor import Actor

UNSERVED = "unserved"
"""Under this key of a change's plan: who does not get a product, by its id."""


class Way(StrEnum):
    """What happens with a product that is short: it goes to the first, others get another, or nobody does."""

    FIRST = "first"
    OTHER = "other"
    OUT = "out"


class Order(StrEnum):
    """Who is first."""

    NAME = "name"
    DEPARTMENT = "department"
    PICKED = "picked"


@dataclass(frozen=True, slots=True)
class Choice:
    """One product's decision. `order` speaks of Way.FIRST, `other` (a SKU id) of Way.OTHER."""

    way: Way
    order: Order = Order.NAME
    other: str = ""


def decide(
    session: Session,
    actor: Actor,
    change: Change,
    asks: Sequence[Ask],
    plan: Plan,
    *,
    situation: Situation,
    choices: Mapping[str, Choice],
) -> tuple[Ask, ...]:
    """The asks as decided; who goes without is noted with the change.

    A product that is short no longer, by what others gave back meanwhile, is given to everybody. Raises
    Conflict for another product that has not enough licences any more.
    """
    unserved = dict(change.plan.get(UNSERVED, {}))
    for product in plan.products:
        sku_id, choice = product.sku_id, choices.get(product.sku_id)
        if choice is not None and choice.way is Way.OUT:
            asks = _without(asks, sku_id)
        if choice is None or choice.way is Way.OUT or not product.short:
            continue
        going = _ordered(session, actor, change, takers(plan, sku_id), choice.order)
        rest = BitMap(going[product.served :])
        if choice.way is Way.FIRST:
            asks = tuple(_divide(asks, rest, partial(unserved_wish, sku_id=sku_id)))
            unserved[sku_id] = b64encode(dump(rest)).decode()
        elif choice.other in {one.sku_id for one in offered(product, plan, asks, situation)}:
            asks = tuple(_divide(asks, rest, partial(instead, sku_id=sku_id, other=choice.other)))
        else:
            raise Conflict("There are not enough licenses of that product any more. Look again, then choose.")
    change.plan = {**change.plan, UNSERVED: unserved}
    return tuple(asks)


def takers(plan: Plan, sku_id: str) -> BitMap:
    """The users who would use a licence of the product."""
    taking = [
        each.kind.members
        for each in plan.kinds
        if any(one.deed.sku_id == sku_id and one.goes and one.deed.takes_seat for one in each.judged)
    ]
    return BitMap.union(BitMap(), *taking)


def offered(
    product: ProductPlan, plan: Plan, asks: Sequence[Ask], situation: Situation
) -> tuple[Substitute, ...]:
    """Products with the same services and enough licences for those who would go without."""
    asked = {sku for ask in asks for sku in ask.wish.products} | {each.sku_id for each in plan.products}
    return substitutes(product.sku_id, product.short, situation.context, situation.available, without=asked)


def unserved_of(change: Change) -> dict[str, BitMap]:
    """Who was decided to go without a product, by its id."""
    return {sku: load(b64decode(packed)) for sku, packed in change.plan.get(UNSERVED, {}).items()}


def unserved_wish(wish: Wish, sku_id: str) -> Wish:
    """What is left for who does not get the product: other products are given, and nothing is revoked."""
    kept = {sku: each for sku, each in wish.products.items() if sku != sku_id and each.op is Op.ASSIGN}
    return replace(wish, products=kept)


def instead(wish: Wish, sku_id: str, other: str) -> Wish:
    """The wish with `other` in the product's place; what was to be off or on in it is so in the other."""
    plans = wish.product(sku_id).plans
    return wish.without(frozenset({sku_id})).with_product(other, ProductWish(Op.ASSIGN, plans))


def _without(asks: Sequence[Ask], sku_id: str) -> tuple[Ask, ...]:
    narrowed = (replace(ask, wish=_wish_without(ask, sku_id)) for ask in asks)
    return tuple(ask for ask in narrowed if not ask.wish.is_empty)


def _wish_without(ask: Ask, sku_id: str) -> Wish:
    """The wish without that product. A swap to it is left out whole: nobody loses what they have for what
    they do not get."""
    ops = [wish.op for wish in ask.wish.products.values()]
    if ask.only_if and ask.wish.product(sku_id).op is Op.ASSIGN and Op.REVOKE in ops:
        return Wish()
    return ask.wish.without(frozenset({sku_id}))


def _divide(asks: Sequence[Ask], part: BitMap, other: Callable[[Wish], Wish]) -> Iterator[Ask]:
    """The asks with another wish for those in `part`; who is asked nothing any more is left out."""
    for ask in asks:
        for members, wish in ((ask.members - part, ask.wish), (ask.members & part, other(ask.wish))):
            if members and not wish.is_empty:
                yield replace(ask, members=members, wish=wish)


def _ordered(session: Session, actor: Actor, change: Change, members: BitMap, order: Order) -> list[int]:
    """The members, first those who come first."""
    view, language = facets(session, change.customer_id), str(change.plan.get("language", "en"))
    sort = UserSort.DEPARTMENT if order is Order.DEPARTMENT else UserSort.NAME
    by_name = [int(number) for number in in_order(session, view, members, sort, language)]
    if order is not Order.PICKED:
        return by_name
    picked = selection.picked_order(session, actor, change.customer_id, desk=change.desk)
    place = {number: index for index, one in enumerate(picked) for number in one & members}
    return sorted(by_name, key=lambda number: place.get(number, len(picked)))
