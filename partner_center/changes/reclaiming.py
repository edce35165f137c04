"""**Reclaim**: licences of people who may not need them, and the plan that takes them back.

Nothing is ever taken by itself: what is found is shown, what is ticked becomes a plan, and the plan is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.changes.models import Change
from partner_center.changes.plan import Ask, Kind
from partner_center.changes.saving import propose
from partner_center.changes.situation import Situation, kinds_of, look
from partner_center.directory import listing, sign_ins
from partner_center.directory.desks import RECLAIM
from partner_center.directory.values import Licensed, Status, UserFilter
from partner_center.licensing.overlaps import contained
from partner_center.licensing.values import Op, ProductWish, Wish
from partner_center.shared import clock
from partner_center.shared.errors import Conflict, Refusal
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission

DAYS = (30, 60, 90)


class Why(StrEnum):
    """Why a licence may not be needed."""

    BLOCKED = "blocked"
    AWAY = "away"
    OVERLAP = "overlap"


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; `days` without a sign-in, one of DAYS."""

    why: Why = Why.BLOCKED
    days: int = DAYS[-1]


@dataclass(frozen=True, slots=True)
class Taking:
    """Users from whom the same can be taken: SKU → the product it is inside, empty for other reasons."""

    members: BitMap
    skus: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reclaimable:
    """All that was found."""

    takings: tuple[Taking, ...]

    @property
    def members(self) -> BitMap:
        """Everybody from whom something can be taken."""
        return BitMap.union(BitMap(), *(each.members for each in self.takings))

    @property
    def freed(self) -> dict[str, int]:
        """Licences that would be free, by SKU."""
        freed: Counter[str] = Counter()
        for each in self.takings:
            freed.update(dict.fromkeys(each.skus, len(each.members)))
        return dict(freed)

    def of(self, number: int) -> Mapping[str, str]:
        """What can be taken from one user."""
        return next((each.skus for each in self.takings if number in each.members), {})


def find(session: Session, actor: Actor, customer_id: int, search: Search) -> Reclaimable:
    """What could be taken back. Guests are left out for whom their licences are not."""
    situation = look(session, customer_id)
    kinds = kinds_of(session, customer_id, _candidates(session, customer_id, search))
    takings = (
        Taking(kind.members, skus)
        for kind in kinds
        if (actor.may(Permission.LICENSE_GUESTS) or not kind.holder.guest)
        and (skus := _takeable(kind, search.why, situation))
    )
    return Reclaimable(tuple(takings))


def take_back(
    session: Session,
    actor: Actor,
    customer_id: int,
    search: Search,
    chosen: Iterable[int] | None,
    *,
    key: str,
    language: str,
) -> Change:
    """A plan that takes what was found from these users, None for all; always shown first.

    Raises Refusal when nobody is chosen, Conflict when nothing can be taken from them any more, and
    whatever `propose` raises.
    """
    wanted = None if chosen is None else BitMap(chosen)
    if wanted is not None and not wanted:
        raise Refusal("Select at least one user.")
    asks: dict[frozenset[str], BitMap] = {}
    for each in find(session, actor, customer_id, search).takings:
        members = each.members if wanted is None else each.members & wanted
        if members:
            asks[frozenset(each.skus)] = asks.get(frozenset(each.skus), BitMap()) | members
    if not asks:
        raise Conflict("Nothing can be taken back from these users any more. Look again.")
    plans = [
        Ask(Wish(dict.fromkeys(sorted(skus), ProductWish(Op.REVOKE))), members)
        for skus, members in asks.items()
    ]
    return propose(
        session, actor, customer_id, plans, key=key, language=language, desk=RECLAIM, shown_first=True
    )


def _candidates(session: Session, customer_id: int, search: Search) -> BitMap:
    wanted = UserFilter(licensed=Licensed.YES)
    if search.why is Why.BLOCKED:
        wanted = UserFilter(licensed=Licensed.YES, status=Status.BLOCKED)
    found = listing.matching(session, customer_id, wanted)
    if search.why is Why.AWAY:
        found &= sign_ins.away_since(session, customer_id, clock.now() - timedelta(days=search.days))
    return found


def _takeable(kind: Kind, why: Why, situation: Situation) -> Mapping[str, str]:
    """What can be taken from the person: neither what a group gives, nor what a user bought."""
    licenses, products = kind.holder.licenses, situation.context.products
    if why is Why.OVERLAP:
        found = contained(licenses, situation.context)
    else:
        found = {sku_id: "" for sku_id, held in licenses.items() if held.direct and not held.groups}
    return {sku: other for sku, other in found.items() if sku in products and not products[sku].self_service}
