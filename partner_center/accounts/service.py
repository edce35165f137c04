"""Asking for something to be done to users. Flushes; the edge commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import update
from sqlalchemy.orm import Session

from partner_center.accounts.models import AccountItem, AccountOrder
from partner_center.accounts.queries import find_order, items_of
from partner_center.accounts.secrets import Keeper
from partner_center.accounts.states import Deed, ItemState
from partner_center.audit.service import Action, record
from partner_center.customers.access import holds
from partner_center.customers.models import Customer
from partner_center.customers.queries import get_customer
from partner_center.directory.values import UserRow
from partner_center.orders.placing import find_by_key, place
from partner_center.shared import clock
from partner_center.shared.errors import Conflict, Forbidden, Refusal
from partner_center.shared.ids import new_ref
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission

JOB_KIND = "account-order"
MOST = 1_000
"""Users in one order: as many as a person can look through before they agree."""
_AUDITED = 50


@dataclass(frozen=True, slots=True)
class Person:
    """Whom an order is about. `secret` is a sealed password; those who are to be made have no `graph_id`."""

    display_name: str
    address: str
    graph_id: str | None = None
    usage_location: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    secret: str | None = None

    @classmethod
    def of(cls, row: UserRow, secret: str | None = None) -> Person:
        """A user of the copy."""
        return cls(row.display_name, row.upn, row.graph_id, secret=secret)


def require_role(customer: Customer, deed: Deed) -> None:
    """Raise Forbidden where the customer has granted no role that may do it."""
    if holds(customer, deed.roles, clock.now()):
        return
    if deed in (Deed.DELETE, Deed.PASSWORD):
        raise Forbidden("Our access lacks the User Administrator role. Ask the customer to approve it.")
    raise Forbidden(
        "Our access lacks the User Administrator or Directory Writers role. Ask the customer to approve one."
    )


def order(
    session: Session,
    actor: Actor,
    customer_id: int,
    deed: Deed,
    people: Sequence[Person],
    *,
    key: str,
    language: str = "en",
    products: Sequence[str] = (),
) -> AccountOrder:
    """Have `deed` done to `people`; a job carries it out.

    The same `key` returns the same order: a second click makes nobody twice. Raises Forbidden where the
    actor or the customer does not allow it, Refusal for nobody or too many, Conflict for a used key.
    """
    customer = get_customer(session, actor, customer_id)
    actor.demand(Permission.MANAGE_USERS)
    if (known := find_by_key(session, AccountOrder, customer_id, key)) is not None:
        return _same(known, actor, deed)
    require_role(customer, deed)
    if not people:
        raise Refusal("Select at least one user.")
    if len(people) > MOST:
        raise Refusal(f"At most {MOST:,} users at once. Split them into smaller parts.")
    made = _new(actor, customer_id, deed, key=key, language=language, products=products)
    placed = place(session, made, JOB_KIND, total=len(people))
    if placed is not made:
        return _same(placed, actor, deed)
    session.add_all(_item(made.id, place, person) for place, person in enumerate(people, start=1))
    session.flush()
    record(
        session,
        actor,
        Action.USERS_ORDERED,
        customer_id=customer_id,
        subject=made.ref,
        what=deed.value,
        users=len(people),
        who=[person.address for person in people[:_AUDITED]],
    )
    return made


def take_passwords(
    session: Session, actor: Actor, customer_id: int, ref: str, keeper: Keeper
) -> list[tuple[AccountItem, str]]:
    """The temporary passwords of an order, for the one time they are told; they are forgotten with it.

    Raises NotFound, Forbidden for anybody but who ordered, Conflict while the work goes on and when there
    are none (any more).
    """
    found = find_order(session, actor, customer_id, ref)
    actor.demand(Permission.MANAGE_USERS)
    if found.finished_at is None:
        raise Conflict("The work is not finished. Wait for its result.")
    told = [
        (item, password)
        for item in items_of(session, found.id)
        if item.state == ItemState.DONE
        and item.secret
        and (password := keeper.open(item.secret, item.address))
    ]
    if not told:
        raise Conflict("The passwords were shown already, or an hour has passed. Reset the password instead.")
    if found.staff_id != actor.id:
        raise Forbidden(f"Only {found.staff_name} can see these passwords. Reset the password instead.")
    forget_passwords(session, found.id)
    found.shown_at = clock.now()
    record(session, actor, Action.PASSWORDS_SHOWN, customer_id=customer_id, subject=ref, users=len(told))
    session.flush()
    return told


def forget_passwords(session: Session, order_id: int) -> None:
    """Take the order's passwords out of the database."""
    of_order = AccountItem.order_id == order_id
    session.execute(
        update(AccountItem)
        .where(of_order, AccountItem.secret.is_not(None))
        .values(secret=None)
        .execution_options(synchronize_session=False)
    )


def _new(
    actor: Actor, customer_id: int, deed: Deed, *, key: str, language: str, products: Sequence[str]
) -> AccountOrder:
    return AccountOrder(
        ref=new_ref("US"),
        customer_id=customer_id,
        staff_id=actor.id,
        staff_name=actor.name,
        idempotency_key=key,
        deed=deed.value,
        language=language,
        products=list(products),
        created_at=clock.now(),
    )


def _item(order_id: int, place: int, person: Person) -> AccountItem:
    return AccountItem(
        order_id=order_id,
        place=place,
        graph_id=person.graph_id,
        display_name=person.display_name,
        address=person.address,
        usage_location=person.usage_location,
        details=dict(person.details),
        secret=person.secret,
        state=ItemState.WAITING.value,
        lost=[],
    )


def _same(known: AccountOrder, actor: Actor, deed: Deed) -> AccountOrder:
    if known.staff_id == actor.id and known.deed == deed:
        return known
    raise Conflict(f"This form was used already, for {known.ref}. Open the page again.")
