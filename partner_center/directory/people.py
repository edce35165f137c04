"""Finding a person over all customers that somebody may see, by a part of their name or address.

Few candidates are looked at, whichever the index finds first, so that it takes as long at a hundred thousand
users as at a thousand; where there are more, that is said, and more letters find them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import JSON, bindparam, select, text, tuple_
from sqlalchemy.orm import Session

from partner_center.customers.queries import living_names
from partner_center.directory import search
from partner_center.directory.intake import is_guest
from partner_center.directory.models import DirectoryUser
from partner_center.directory.rowsets import table_of
from partner_center.shared.names import fold, sort_key
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission

SHOWN = 20
LOOKED_AT = 100
"""So many of those whom the index finds are read and put in order."""

_USERS = table_of(DirectoryUser).c
_COLUMNS = (
    _USERS.customer_id,
    _USERS.number,
    _USERS.display_name,
    _USERS.user_principal_name,
    _USERS.department,
    _USERS.user_type,
    _USERS.account_enabled,
    _USERS.search_text,
)
_NAMES = ", ".join(f"u.{column.name}" for column in _COLUMNS)
_BY_PAIR = (
    text(
        f"SELECT {_NAMES} "  # noqa: S608 - own names
        "FROM json_each(:pairs) AS p CROSS JOIN directory_user AS u "
        "ON u.customer_id = json_extract(p.value, '$[0]') AND u.number = json_extract(p.value, '$[1]') "
        "WHERE u.deleted_at IS NULL"
    )
    .bindparams(bindparam("pairs", type_=JSON))
    .columns(*_COLUMNS)
)
"""Asked for pairs with IN, SQLite reads everybody; so each pair is looked up by the table's key."""


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
    if len(terms) > 1 and (cut or not found):  # as it was typed: one word behind the other, short ones too
        found += search.find_across(session, ids, (typed,), LOOKED_AT)
    people = [
        (_rank(person, words, terms), sort_key(person.name, language), person)
        for person, words in _read(session, customers, found)
        if all(term in words for term in terms)
    ]
    people.sort(key=lambda each: (each[0], each[1], each[2].customer, each[2].number))
    return Found(tuple(person for *_order, person in people[:SHOWN]), cut or len(people) > SHOWN)


def _read(
    session: Session, customers: dict[int, str], found: Iterable[tuple[int, int]]
) -> list[tuple[FoundPerson, str]]:
    """Those of `found` who live, each with the text that is searched."""
    pairs = sorted(set(found))
    if session.get_bind().dialect.name == "sqlite":
        rows = session.execute(_BY_PAIR, {"pairs": pairs})
    else:
        wanted = tuple_(_USERS.customer_id, _USERS.number).in_(pairs)
        rows = session.execute(select(*_COLUMNS).where(wanted, _USERS.deleted_at.is_(None)))
    return [
        (
            FoundPerson(
                customer_id=row.customer_id,
                customer=customers[row.customer_id],
                number=row.number,
                name=row.display_name,
                address=row.user_principal_name,
                department=row.department or "",
                guest=is_guest(row.user_type),
                enabled=row.account_enabled,
            ),
            row.search_text,
        )
        for row in rows
    ]


def _rank(person: FoundPerson, words: str, terms: tuple[str, ...]) -> int:
    if _begins(fold(person.name), terms):
        return 0
    return 1 if _begins(words, terms) else 2


def _begins(words: str, terms: tuple[str, ...]) -> bool:
    """Whether each term begins a word."""
    return all(words.startswith(term) or f" {term}" in words for term in terms)
