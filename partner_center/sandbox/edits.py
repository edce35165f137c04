"""Changes made behind the client's back, as another administrator or Microsoft would."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from partner_center.sandbox import seats
from partner_center.sandbox.access import stamp
from partner_center.sandbox.calls import graph_error
from partner_center.sandbox.graph import shapes
from partner_center.sandbox.graph.licenses import shop_for, store
from partner_center.sandbox.graph.users import find_user, remove
from partner_center.sandbox.licensing import Violation, Wish, assign
from partner_center.sandbox.storage import next_change
from partner_center.sandbox.world import World
from partner_center.shared import clock


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: where, inside which transaction, and what was asked."""

    world: World
    db: sqlite3.Connection
    tenant: str
    body: Mapping[str, Any]

    def user(self) -> sqlite3.Row:
        """The living user named in the body."""
        return find_user(self.db, self.tenant, self.body["user"])

    def sku(self) -> str:
        """The SKU named in the body, by GUID or part number."""
        wanted = str(self.body["sku"]).lower()
        for product in self.world.products.values():
            if wanted in {product.sku_id, product.part_number.lower()}:
                return product.sku_id
        raise ValueError(f"there is no product {wanted!r}")


def edit(world: World, body: Mapping[str, Any]) -> dict[str, Any]:
    """Do `body["do"]` in `body["tenant"]`. KeyError or ValueError says what is missing or unknown."""
    action = _ACTIONS.get(str(body["do"]))
    if action is None:
        raise ValueError(f"there is no edit {body['do']!r}; there are {', '.join(_ACTIONS)}")
    with world.state.write() as db:
        action(Edit(world, db, str(body["tenant"]), body))
    return {"done": body["do"]}


def _assign(asked: Edit) -> None:
    _change(asked, Wish(add=((asked.sku(), tuple(asked.body.get("off", ()))),)))


def _remove(asked: Edit) -> None:
    _change(asked, Wish(remove=(asked.sku(),)))


def _change(asked: Edit, wish: Wish) -> None:
    row = asked.user()
    shop = shop_for(asked.world, asked.db, asked.tenant, row, row["usage_location"])
    try:
        after = assign(shapes.held_of(row["states"]), wish, shop, stamp())
    except Violation as problem:
        raise graph_error(400, "Request_BadRequest", problem.message) from problem
    store(asked.db, asked.tenant, row, after, wish)


def _set(column: str) -> Callable[[Edit], None]:
    """Put `value` into one of a user's columns."""

    def action(asked: Edit) -> None:
        row = asked.user()
        asked.db.execute(
            f"UPDATE user SET {column} = ?, changed = ? WHERE id = ?",  # noqa: S608 - our own column names
            (asked.body["value"], next_change(asked.db), row["id"]),
        )
        asked.db.execute("UPDATE user SET sort_name = fold(display_name) WHERE id = ?", (row["id"],))
        seats.log_write(asked.db, asked.tenant, "patch", row["id"], detail={column: asked.body["value"]})

    return action


def _delete(asked: Edit) -> None:
    remove(asked.db, asked.tenant, asked.user())


def _seats(asked: Edit) -> None:
    """Set the seats of the SKU's first subscription to `quantity`."""
    sku = asked.sku()
    row = asked.db.execute(
        "SELECT id FROM subscription WHERE tenant = ? AND sku = ? ORDER BY position LIMIT 1",
        (asked.tenant, sku),
    ).fetchone()
    if row is None:
        raise ValueError(f"the tenant has no subscription of {asked.body['sku']!r}")
    asked.db.execute(
        "UPDATE subscription SET quantity = ?, waiting_quantity = NULL, waiting_until = NULL, "
        "etag = etag + 1 WHERE id = ?",
        (int(asked.body["quantity"]), row["id"]),
    )
    seats.log_write(asked.db, asked.tenant, "seats", sku, detail={"quantity": asked.body["quantity"]})


def _expire_delta(asked: Edit) -> None:
    asked.db.execute("UPDATE tenant SET delta_epoch = delta_epoch + 1 WHERE id = ?", (asked.tenant,))


def _end_gdap(asked: Edit) -> None:
    """Terminate every relationship in force."""
    asked.db.execute(
        "UPDATE relationship SET status = 'terminated', ends_at = ? WHERE tenant = ? AND status = 'active'",
        (stamp(), asked.tenant),
    )


def _restore_gdap(asked: Edit) -> None:
    """Put every relationship in force again, for two years."""
    until = (clock.now() + timedelta(days=730)).strftime("%Y-%m-%dT%H:%M:%SZ")
    asked.db.execute(
        "UPDATE relationship SET status = 'active', ends_at = ? WHERE tenant = ? AND status = 'terminated'",
        (until, asked.tenant),
    )


_ACTIONS: dict[str, Callable[[Edit], None]] = {
    "assign": _assign,
    "remove": _remove,
    "location": _set("usage_location"),
    "rename": _set("display_name"),
    "mail": _set("mail"),
    "sign_in": _set("signed_in_at"),
    "delete_user": _delete,
    "seats": _seats,
    "expire_delta": _expire_delta,
    "end_gdap": _end_gdap,
    "restore_gdap": _restore_gdap,
}
