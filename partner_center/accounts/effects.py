"""What an order changes here: the copy of the users, the licenses that new users get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.accounts.courier import Heard
from partner_center.accounts.models import AccountItem, AccountOrder
from partner_center.accounts.queries import items_of
from partner_center.accounts.states import Deed, ItemState
from partner_center.changes.service import submit
from partner_center.cloud.port import RemoteUser
from partner_center.directory import listing, user_rows
from partner_center.directory import mirror as mirrors
from partner_center.directory.desks import NEW_USERS
from partner_center.directory.holdings import licenses_of
from partner_center.licensing.values import Op, ProductWish, Wish
from partner_center.shared import clock
from partner_center.shared.errors import Refusal
from partner_center.staff.queries import find_actor


def mirror(
    session: Session,
    order: AccountOrder,
    good: Sequence[Heard],
    users: Mapping[str, RemoteUser],
    rows: Mapping[int, AccountItem],
) -> None:
    """Let the copy show what was done, and note what a restored user lost."""
    customer_id, deed = order.customer_id, Deed(order.deed)
    ids = [one.graph_id for one in good if one.graph_id]
    if not ids or deed is Deed.PASSWORD:
        return
    now = clock.now()
    if deed is Deed.DELETE:
        mirrors.remove_users(session, customer_id, ids, now)
        return
    if deed is Deed.RESTORE:
        _note_losses(session, customer_id, users, rows)
    if deed in (Deed.BLOCK, Deed.ALLOW):
        wanted = deed is Deed.ALLOW  # what was read may be older than what was done
        users = {graph_id: replace(user, account_enabled=wanted) for graph_id, user in users.items()}
    mirrors.welcome_users(session, customer_id, list(users.values()), now)


def give_licenses(session: Session, order: AccountOrder) -> None:
    """Ask for the licenses that the new users get, by the same engine as every other change.

    A change that has to be looked at first, for want of seats for example, waits for its review.
    """
    if order.deed != Deed.CREATE or not order.products:
        return
    made = [
        item.graph_id
        for item in items_of(session, order.id)
        if item.state == ItemState.DONE and item.graph_id is not None
    ]
    actor = find_actor(session, order.staff_id)
    if not made or actor is None:
        return
    numbers = BitMap(listing.numbers_of(session, order.customer_id, made).values())
    wish = Wish()
    for sku_id in order.products:
        wish = wish.with_product(sku_id, ProductWish(op=Op.ASSIGN))
    try:
        with session.begin_nested():
            change = submit(
                session,
                actor,
                order.customer_id,
                numbers,
                wish,
                key=f"users:{order.ref}",
                language=order.language,
                desk=NEW_USERS,
            )
    except Refusal as refusal:
        order.trouble = str(refusal)
    else:
        order.change_ref = change.ref


def _note_losses(
    session: Session, customer_id: int, users: Mapping[str, RemoteUser], rows: Mapping[int, AccountItem]
) -> None:
    """Which licenses the copy had for them that Microsoft did not give back."""
    known = user_rows.known_users(session, customer_id, list(users))
    held = licenses_of(session, customer_id, {one.told.holding_id for one in known.values()})
    for row in rows.values():
        user, before = users.get(row.graph_id or ""), known.get(row.graph_id or "")
        if user is None or before is None or before.living:
            continue
        back = {license_.sku_id for license_ in user.licenses}
        lost = (one.sku_id for one in held[before.told.holding_id] if one.held)
        row.lost = sorted(sku_id for sku_id in lost if sku_id not in back)
