"""Moving members from direct to group licences: taking the direct one where the group's is known to work.

It is an ordinary change, always reviewed first. Each user is asked for only as they stand now: the change
looks at Microsoft again before it sends anything, and whoever stands otherwise by then is left out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.changes.models import Change
from partner_center.changes.plan import Ask, Footing
from partner_center.changes.saving import propose
from partner_center.changes.situation import kinds_of
from partner_center.directory.desks import move_desk
from partner_center.directory.groups import LicenseGroup, get_group
from partner_center.licensing.values import Op, ProductWish, Wish
from partner_center.shared.errors import Conflict, NotFound
from partner_center.staff.actor import Actor


@dataclass(frozen=True, slots=True)
class Movable:
    """Members who have a product directly. `movable` have it from the group as well, and lose nothing.

    `losing` would lose services: those of each set are on in the direct licence alone. `waiting` have it from
    the group not yet, or not at all. Everybody who has it directly is in exactly one of them.
    """

    sku_id: str
    movable: BitMap
    losing: tuple[tuple[frozenset[str], BitMap], ...]
    waiting: BitMap
    asks: tuple[Ask, ...]


def count_direct(session: Session, customer_id: int, group: LicenseGroup) -> Counter[str]:
    """How many members have each product directly, whether or not they can be moved."""
    found: Counter[str] = Counter()
    for kind in kinds_of(session, customer_id, group.members):
        for held in kind.holder.licenses.values():
            found[held.sku_id] += len(kind.members) * held.direct
    return found


def find_movable(session: Session, customer_id: int, group: LicenseGroup, sku_id: str) -> Movable:
    """Who could be moved. Raises NotFound for a product that the group does not give."""
    if sku_id not in group.sku_ids:
        raise NotFound("The group does not give this product.")
    movable, waiting, asks = BitMap(), BitMap(), []
    losing: dict[frozenset[str], BitMap] = {}
    wish = Wish().with_product(sku_id, ProductWish(Op.REVOKE))
    for kind in kinds_of(session, customer_id, group.members):
        held = kind.holder.licenses.get(sku_id)
        if held is None or not held.direct:
            continue
        if group.graph_id not in held.groups:
            waiting |= kind.members
        elif held.direct_only:
            losing[held.direct_only] = losing.get(held.direct_only, BitMap()) | kind.members
        else:
            movable |= kind.members
            asks.append(Ask(wish, kind.members, Footing(kind.holder.licenses)))
    lost = sorted(losing.items(), key=lambda pair: -len(pair[1]))
    return Movable(sku_id, movable, tuple(lost), waiting, tuple(asks))


def move(
    session: Session,
    actor: Actor,
    customer_id: int,
    group_id: str,
    sku_id: str,
    *,
    key: str,
    language: str = "en",
) -> Change:
    """Plan to take the direct licences of all who can be moved; to be reviewed and saved like any change.

    The same `key` returns the same change. Raises NotFound, Forbidden, and Conflict when nobody can be moved.
    """
    found = find_movable(session, customer_id, get_group(session, customer_id, group_id), sku_id)
    if not found.movable:
        raise Conflict("Nobody can be moved to the group now. Look at who is left out, and why.")
    desk = move_desk(group_id)
    return propose(session, actor, customer_id, found.asks, key=key, language=language, desk=desk)
