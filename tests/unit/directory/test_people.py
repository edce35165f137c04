"""People over all customers: whom one may see, folded, the best first, and an honest "there are more"."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from partner_center.customers.models import Customer
from partner_center.directory import people as module
from partner_center.directory import search
from partner_center.directory.people import find_people
from partner_center.shared import clock
from partner_center.shared.errors import Refusal
from partner_center.staff.actor import Actor, RoleForbids
from partner_center.staff.queries import actor_of
from partner_center.staff.roles import Role, Scope
from tests.make import Make


@pytest.fixture
def customers(make: Make) -> list[Customer]:
    fjord, anatolia, reef = (make.customer(name) for name in ("Fjord", "Anadolu", "Reef"))
    make.users(fjord, make.user("Anna Berg"), make.user("Bo Li"), make.user("Johanna Lie", department="Anna"))
    make.users(
        anatolia, make.user("Işıl Çağla"), make.user("Anna Zeng", user_principal_name="az@anadolu.example")
    )
    make.users(reef, make.user("Anna Reef", account_enabled=False))
    return [fjord, anatolia, reef]


@pytest.fixture
def actor(make: Make) -> Actor:
    return actor_of(make.member())


def names(session: Session, actor: Actor, query: str) -> list[str]:
    return [f"{one.name}, {one.customer}" for one in find_people(session, actor, query).people]


@pytest.mark.usefixtures("customers")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("isil", ["Işıl Çağla, Anadolu"]),
        ("ÇAĞLA IŞIL", ["Işıl Çağla, Anadolu"]),
        ("az@anadolu.example", ["Anna Zeng, Anadolu"]),
        ("anna", ["Anna Berg, Fjord", "Anna Reef, Reef", "Anna Zeng, Anadolu", "Johanna Lie, Fjord"]),
        ("anna be", ["Anna Berg, Fjord"]),
        ("bo li", ["Bo Li, Fjord"]),
        ('.* " % _', []),
        ("nobody", []),
    ],
)
def test_finds_folded_parts_and_whose_name_begins_so_comes_first(
    session: Session, actor: Actor, query: str, expected: list[str]
) -> None:
    assert names(session, actor, query) == expected


@pytest.mark.usefixtures("customers")
@pytest.mark.parametrize("query", ["", "a", "an", " an "])
def test_too_few_letters_look_for_nobody_and_say_so(session: Session, actor: Actor, query: str) -> None:
    found = find_people(session, actor, query)
    assert (found.people, found.too_short) == ((), True)


def test_people_of_foreign_customers_never_show(
    session: Session, make: Make, customers: list[Customer]
) -> None:
    fjord, _anatolia, reef = customers
    bound = actor_of(make.member(scope=Scope.LISTED, customers=[fjord, reef]))
    assert names(session, bound, "anna") == ["Anna Berg, Fjord", "Anna Reef, Reef", "Johanna Lie, Fjord"]
    stranger = actor_of(make.member(*Role, scope=Scope.LISTED))
    assert names(session, stranger, "anna") == []


def test_deleted_people_and_those_of_customers_that_left_are_not_found(
    session: Session, make: Make, actor: Actor, customers: list[Customer]
) -> None:
    fjord, anatolia, _reef = customers
    make.users(fjord, make.user("Anna New"))
    anatolia.gone_at = clock.now()
    session.commit()
    assert names(session, actor, "anna") == ["Anna New, Fjord", "Anna Reef, Reef"]


def test_reads_few_of_many_and_says_that_there_are_more(
    session: Session, make: Make, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOKED_AT", 5)
    customer = make.customer()
    make.users(customer, *(make.user(f"Person {chr(97 + number) * 3}") for number in range(20)))
    found = find_people(session, actor, "person")
    assert found.cut
    assert len(found.people) < 20
    assert names(session, actor, "person rrr") == ["Person rrr, Contoso"], "as typed it is found all the same"
    monkeypatch.setattr(module, "SHOWN", 3)
    assert len(find_people(session, actor, "person").people) == 3


def test_neighbouring_customers_are_asked_for_at_once() -> None:
    assert list(search._runs([8, 1, 2, 3, 7])) == [(1, 3), (7, 8)]
    assert list(search._runs([])) == []


@pytest.mark.usefixtures("customers")
def test_asks_for_the_permission_and_refuses_what_is_too_long(
    session: Session, make: Make, actor: Actor
) -> None:
    nobody = make.member()
    nobody.roles.clear()
    session.commit()
    with pytest.raises(RoleForbids):
        find_people(session, actor_of(nobody), "anna")
    with pytest.raises(Refusal):
        find_people(session, actor, "a" * 201)


@pytest.mark.parametrize("rare", [1, 1_000])
def test_many_and_few_matches_are_found_alike_among_foreign_ones(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch, rare: int
) -> None:
    monkeypatch.setattr(search, "RARE", rare)
    customers = [make.customer(f"C{number}") for number in range(5)]
    for customer in customers:
        make.users(customer, make.user(f"Anna {customer.name}"), make.user("Bo"))
    bound = actor_of(make.member(scope=Scope.LISTED, customers=customers[::2]))
    assert names(session, bound, "anna") == ["Anna C0, C0", "Anna C2, C2", "Anna C4, C4"]
