"""Finding a person over all customers that somebody may see, by a part of their name or address.

Few candidates are looked at, whichever the index finds first, so that it takes as long at a hundred thousand
users as at a thousand; where there are more, that is said, and more letters find them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from partner_center.customers.queries import living_names
from partner_center.directory import search
from partner_center.directory.intake import is_guest
from partner_center.directory.models import DirectoryUser
from partner_center.directory.rowsets import table_of
from partner_center.shared.names import fold, sort_key
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission

SHOWN = 25
LOOKED_AT = 100
"""So many of those whom the index finds are read and put in order."""

_USERS = table_of(DirectoryUser).c
_BY_NUMBER = select(
    _USERS.number,
    _USERS.display_name,
    _USERS.user_principal_name,
    _USERS.department,
    _USERS.user_type,
    _USERS.account_enabled,
    _USERS.search_text,
).where(
    _USERS.customer_id == bindparam("customer_id"),
    _USERS.number.in_(bindparam("numbers", expanding=True)),
    _USERS.deleted_at.is_(None),
)
"""Customer by customer: asked for pairs of customer and number, SQLite would read everybody."""


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A living user and whose they are. `number` is the user's within the customer."""

    customer_id: int
    customer: str
    number: int
    name: str
    address: str
    department: str
    guest: bool
    enabled: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The people found, best first. `cut`: there may be others. `too_short`: nobody was looked for."""

    people: tuple[FoundPerson, ...] = ()
    cut: bool = False
    too_short: bool = False


def find_people(session: Session, actor: Actor, query: str, language: str = "en") -> Found:
    """At most SHOWN people in whose name, addresses or department every part of `query` occurs.

    Whose name has a word that begins so comes first, then whose addresses or department have one, then the
    others; equal ones by name. Of customers that the actor may not see, and of those that have left, nobody
    is found. Raises RoleForbids, and Refusal for a query that is too long.
    """
    actor.demand(Permission.VIEW_USERS)
    terms = search.terms_of(query)
    typed = " ".join(fold(query).split())
    if len(typed) < search.TRIGRAM:
        return Found(too_short=True)
    customers = living_names(session, actor)
    ids = sorted(customers)
    found = search.find_across(session, ids, terms, LOOKED_AT + 1)
    cut = len(found) > LOOKED_AT
    if cut or not found:  # as it was typed: the words one behind the other, short ones too
        found += search.find_across(session, ids, (typed,), LOOKED_AT)
    people = [
        (_rank(person, text, terms), sort_key(person.name, language), person)
        for person, text in _read(session, customers, found)
        if all(term in text for term in terms)
    ]
    people.sort(key=lambda each: (each[0], each[1], each[2].customer, each[2].number))
    return Found(tuple(person for *_order, person in people[:SHOWN]), cut or len(people) > SHOWN)


def _read(
    session: Session, customers: dict[int, str], found: Iterable[tuple[int, int]]
) -> list[tuple[FoundPerson, str]]:
    """Those of `found` who live, each with the text that is searched."""
    numbers = defaultdict(set)
    for customer_id, number in found:
        numbers[customer_id].add(number)
    return [
        (
            FoundPerson(
                customer_id=customer_id,
                customer=customers[customer_id],
                number=row.number,
                name=row.display_name,
                address=row.user_principal_name,
                department=row.department or "",
                guest=is_guest(row.user_type),
                enabled=row.account_enabled,
            ),
            row.search_text,
        )
        for customer_id, wanted in numbers.items()
        for row in session.execute(_BY_NUMBER, {"customer_id": customer_id, "numbers": sorted(wanted)})
    ]


def _rank(person: FoundPerson, text: str, terms: tuple[str, ...]) -> int:
    if _begins(fold(person.name), terms):
        return 0
    return 1 if _begins(text, terms) else 2


def _begins(text: str, terms: tuple[str, ...]) -> bool:
    """Whether each term begins a word."""
    return all(text.startswith(term) or f" {term}" in text for term in terms)
