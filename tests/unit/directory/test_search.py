"""What searching needs beside the tables."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from partner_center.directory import search
from partner_center.directory.listing import matching
from partner_center.directory.values import UserFilter
from partner_center.shared.names import fold
from partner_center.shared.orm import Base
from tests.make import Make


@pytest.fixture
def memory() -> Iterator[Session]:
    """A database of its own with the tables alone."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


def test_the_search_can_be_made_twice_and_dropped(memory: Session) -> None:
    connection = memory.connection()
    search.create_search(connection)
    search.create_search(connection)
    search.add_texts(memory, 3, [(7, "isil isik")])
    assert set(search.find(memory, 3, ("isi",))) == {7}
    search.drop_search(connection)
    tables = connection.execute(
        text("SELECT name FROM sqlite_master WHERE name LIKE 'directory_search%'")
    ).all()
    assert tables == []


def test_its_tables_are_told_from_those_of_the_models(memory: Session) -> None:
    search.create_search(memory.connection())
    made = memory.execute(
        text("SELECT name FROM sqlite_master WHERE name LIKE 'directory_search%'")
    ).scalars()
    assert all(search.is_search_table(name) for name in made)
    assert search.is_search_table(search.TRIGRAM_INDEX)
    assert not search.is_search_table("directory_user")
    assert not search.is_search_table(None)


def test_numbers_of_neighbouring_customers_stay_apart(memory: Session) -> None:
    search.create_search(memory.connection())
    for customer_id in (1, 2, 3):
        search.add_texts(memory, customer_id, [(customer_id, "ada"), (2**32 - customer_id, "ada")])
    assert set(search.find(memory, 2, ("ada",))) == {2, 2**32 - 2}


def test_terms_are_folded_and_each_is_asked_once() -> None:
    assert search.terms_of("  IŞIL ışıl  Ada ") == ("ada", "isil")


@pytest.mark.parametrize(
    "query", ["i", "şi", "ÅS", "ı ş", "ad lo", "da ove", "is ada", "%", "_", "a_a", "\\", "/"]
)
def test_short_words_and_wildcards_find_only_what_contains_them(
    session: Session, make: Make, query: str
) -> None:
    customer = make.customer()
    names = ["Ada Lovelace", "Işıl Işık", "Åse", "100% Ada", "a_a \\ /"]
    make.users(customer, *(make.user(name, user_principal_name=f"u{i}@x.no") for i, name in enumerate(names)))
    expected = {
        number
        for number, name in enumerate(names, 1)
        if all(word in fold(f"{name} u{number - 1}@x.no") for word in fold(query).split())
    }
    assert set(matching(session, customer.id, UserFilter(query=query))) == expected
