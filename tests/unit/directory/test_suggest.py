"""The first names while somebody types: the right ones, few reads, and an honest "there may be more"."""

from __future__ import annotations

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from partner_center.customers.models import Customer
from partner_center.directory import suggest as module
from partner_center.directory.listing import rows_of
from partner_center.directory.suggest import suggest
from partner_center.shared.errors import Refusal
from tests.make import Make


@pytest.fixture
def customer(make: Make) -> Customer:
    customer = make.customer()
    make.users(
        customer,
        make.user("Işıl Çağla"),
        make.user("Anna Berg"),
        make.user("Bo Annas"),
        make.user("Hanna Lie", department="Sales"),
        make.user("Zoe O'Neil 100%"),
    )
    return customer


def names(session: Session, customer: Customer, query: str, limit: int = 10) -> list[str]:
    found = suggest(session, customer.id, query, "en", limit)
    return [row.display_name for row in rows_of(session, customer.id, found.numbers)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("isil", ["Işıl Çağla"]),
        ("IŞIL", ["Işıl Çağla"]),
        ("cagla is", ["Işıl Çağla"]),
        ("ann", ["Anna Berg", "Bo Annas", "Hanna Lie"]),
        ("an", ["Anna Berg", "Bo Annas", "Hanna Lie"]),
        ("sales", ["Hanna Lie"]),
        ("o'n", ["Zoe O'Neil 100%"]),
        ("0%", ["Zoe O'Neil 100%"]),
        ("a", []),
        ("", []),
        ("nobody", []),
        ('.* " % _', []),
    ],
)
def test_finds_folded_parts_of_words_and_those_who_begin_so_come_first(
    session: Session, customer: Customer, query: str, expected: list[str]
) -> None:
    assert names(session, customer, query) == expected


def test_says_when_there_are_more_than_are_shown(session: Session, customer: Customer) -> None:
    assert suggest(session, customer.id, "ann", limit=2).cut
    assert not suggest(session, customer.id, "ann", limit=3).cut


def test_nobody_deleted_and_nobody_of_another_customer(
    session: Session, make: Make, customer: Customer
) -> None:
    other = make.customer("Other")
    make.users(other, make.user("Anna Other"))
    assert names(session, other, "ann") == ["Anna Other"]
    make.users(customer, make.user("Anna New"))
    assert names(session, customer, "ann") == ["Anna New"]


def test_reads_few_rows_of_many_and_says_that_it_did(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RARE", 5)
    monkeypatch.setattr(module, "STEPS", (4, 6))
    customer = make.customer()
    make.users(customer, *(make.user(f"Person p{number:02d} xq") for number in range(40)))
    found = suggest(session, customer.id, "person", limit=3)
    # Which of so many are looked at is the index's choice; those that are come by name.
    shown = [row.display_name for row in rows_of(session, customer.id, found.numbers)]
    assert len(shown) == 3
    assert shown == sorted(shown)
    assert found.cut
    read: list[int] = []

    @event.listens_for(session.get_bind(), "before_cursor_execute")
    def _count(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if "search_text" in statement and isinstance(parameters, tuple):
            read.append(len(parameters))

    # Two letters are too few for SQLite's index, so the rest of the alphabet stays unread; PostgreSQL knows.
    unread = session.get_bind().dialect.name == "sqlite"
    assert suggest(session, customer.id, "zq", limit=3) == module.Suggested((), unread)
    assert sum(read) < 20, "not everybody was looked at"
    assert suggest(session, customer.id, "person p39").numbers == (40,)


def test_too_long_a_query_is_refused(session: Session, customer: Customer) -> None:
    with pytest.raises(Refusal):
        suggest(session, customer.id, "a" * 300)
