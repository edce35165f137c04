"""Lists of users: filters, orders, pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pyroaring import BitMap
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from partner_center.cloud.port import RemoteLicense
from partner_center.customers.models import Customer
from partner_center.directory import listing, mirror
from partner_center.directory.values import (
    MISSING_LOCATION,
    Kind,
    Licensed,
    Source,
    Status,
    UserFilter,
    UserSort,
)
from partner_center.shared.errors import NotFound, Refusal
from tests.conftest import open_engine
from tests.make import Make, guid

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
E3, VISIO = guid("sku E3"), guid("sku Visio")
GROUP = guid("group Sales")


@pytest.fixture
def customer(make: Make) -> Customer:
    """1 Åse (E3), 2 Bo (E3 by group), 3 Cem (both ways, and Visio), 4 Dag guest, 5 Eva blocked, 6 Zoe."""
    customer = make.customer()
    by_group = RemoteLicense(E3, False, (GROUP,), (), None)
    both = RemoteLicense(E3, True, (GROUP,), (guid("plan chat"),), None)
    visio = RemoteLicense(VISIO, True, (), (), None)
    make.users(
        customer,
        make.user("Åse", E3, usage_location="NO", department="Salg"),
        make.user("Bo", licenses=(by_group,), usage_location=None, department="It"),
        make.user("Cem", licenses=(both, visio), usage_location="TR", department="Şube"),
        make.user("Dag", user_type="Guest", usage_location="NO"),
        make.user("Eva", VISIO, account_enabled=False, usage_location="NO", department="Sube"),
        make.user("Zoe", usage_location="TR", department="It"),
    )
    return customer


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (UserFilter(), {1, 2, 3, 4, 5, 6}),
        (UserFilter(has=E3), {1, 2, 3}),
        (UserFilter(has=E3, source=Source.DIRECT), {1, 3}),
        (UserFilter(has=E3, source=Source.GROUP), {2, 3}),
        (UserFilter(source=Source.GROUP), {2, 3}),
        (UserFilter(source=Source.DIRECT), {1, 3, 5}),
        (UserFilter(lacks=E3), {4, 5, 6}),
        (UserFilter(has=VISIO, lacks=E3), {5}),
        (UserFilter(has=guid("unknown")), set()),
        (UserFilter(lacks=guid("unknown")), {1, 2, 3, 4, 5, 6}),
        (UserFilter(kind=Kind.GUEST), {4}),
        (UserFilter(kind=Kind.MEMBER), {1, 2, 3, 5, 6}),
        (UserFilter(status=Status.BLOCKED), {5}),
        (UserFilter(status=Status.ACTIVE), {1, 2, 3, 4, 6}),
        (UserFilter(location=MISSING_LOCATION), {2}),
        (UserFilter(location="TR"), {3, 6}),
        (UserFilter(location="US"), set()),
        (UserFilter(licensed=Licensed.YES), {1, 2, 3, 5}),
        (UserFilter(licensed=Licensed.NO), {4, 6}),
        (UserFilter(only=BitMap([2, 6, 999])), {2, 6}),
        (UserFilter(only=BitMap()), set()),
        (UserFilter(query="E"), {1, 2, 3, 4, 5, 6}),
        (UserFilter(query="ase"), {1}),
        (UserFilter(query="contoso cem"), {3}),
        (UserFilter(query="sube", status=Status.ACTIVE), {3}),
        (UserFilter(query="%"), set()),
        (UserFilter(query='"'), set()),
        (UserFilter(query="a' OR 1=1 --"), set()),
        (UserFilter(query="NEAR(ase, bo)"), set()),
    ],
)
def test_a_filter_lets_exactly_these_pass(
    session: Session, customer: Customer, wanted: UserFilter, numbers: set[int]
) -> None:
    assert set(listing.matching(session, customer.id, wanted)) == numbers
    page = listing.list_users(session, customer.id, wanted)
    assert {row.number for row in page.items} == numbers
    assert page.total == len(numbers)


@pytest.mark.parametrize(
    ("sort", "language", "names"),
    [
        (UserSort.NAME, "en", "Åse Bo Cem Dag Eva Zoe"),
        (UserSort.NAME, "nb", "Bo Cem Dag Eva Zoe Åse"),
        (UserSort.DEPARTMENT, "tr", "Bo Zoe Åse Eva Cem Dag"),
        (UserSort.DEPARTMENT, "en", "Bo Zoe Åse Eva Cem Dag"),
        (UserSort.LOCATION, "sv", "Dag Eva Åse Cem Zoe Bo"),
    ],
)
def test_lists_stand_in_the_order_asked_both_ways(
    session: Session, customer: Customer, sort: UserSort, language: str, names: str
) -> None:
    up = listing.list_users(session, customer.id, UserFilter(), sort=sort, language=language)
    down = listing.list_users(
        session, customer.id, UserFilter(), sort=sort, language=language, descending=True
    )
    assert [row.display_name for row in up.items] == names.split()
    assert [row.display_name for row in down.items] == names.split()[::-1]


def test_pages_cut_the_order_and_a_page_past_the_end_is_the_last(
    session: Session, customer: Customer
) -> None:
    seen = []
    for number in (1, 2, 3):
        page = listing.list_users(session, customer.id, UserFilter(), page=number, size=2, descending=True)
        seen += [row.display_name for row in page.items]
    assert seen == ["Zoe", "Eva", "Dag", "Cem", "Bo", "Åse"]
    beyond = listing.list_users(session, customer.id, UserFilter(), page=10**12, size=4)
    assert ([row.display_name for row in beyond.items], beyond.number) == (["Eva", "Zoe"], 2)
    assert beyond.is_clamped


def test_a_list_of_nobody_is_one_empty_page(session: Session, make: Make) -> None:
    page = listing.list_users(session, make.customer().id, UserFilter(query="ada"), page=3)
    assert (list(page.items), page.number, page.last, page.total) == ([], 1, 1, 0)


def test_a_row_tells_what_is_held_and_how(session: Session, customer: Customer) -> None:
    row = listing.get_user(session, customer.id, 3)
    assert (row.display_name, row.department, row.usage_location) == ("Cem", "Şube", "TR")
    assert (row.guest, row.enabled) == (False, True)
    held = {one.sku_id: one for one in row.held}
    assert (held[E3].direct, held[E3].groups, held[E3].off) == (True, (GROUP,), (guid("plan chat"),))


@pytest.mark.parametrize("number", [0, -1, 7, 2**31, 2**70])
def test_a_user_that_does_not_exist_is_not_found(session: Session, customer: Customer, number: int) -> None:
    with pytest.raises(NotFound):
        listing.get_user(session, customer.id, number)


def test_another_customers_number_finds_nobody(session: Session, make: Make, customer: Customer) -> None:
    small = make.customer()
    make.users(small, make.user("Only"))
    with pytest.raises(NotFound):
        listing.get_user(session, small.id, 6)
    assert listing.rows_of(session, small.id, [1, 5, 6]) == [listing.get_user(session, small.id, 1)]
    assert listing.matching(session, small.id, UserFilter(only=BitMap([5, 6]))) == BitMap()


def test_rows_come_in_the_order_of_the_numbers(session: Session, customer: Customer) -> None:
    assert [row.number for row in listing.rows_of(session, customer.id, [5, 1, 99, 3])] == [5, 1, 3]


def test_an_endless_search_is_refused_with_a_sentence(session: Session, customer: Customer) -> None:
    with pytest.raises(Refusal, match="at most 200"):
        listing.list_users(session, customer.id, UserFilter(query="x" * 1_000_000))


def test_chips_come_sorted_from_any_place(session: Session, customer: Customer) -> None:
    some = BitMap([1, 3, 5, 6, 999])
    assert listing.sorted_numbers(session, customer.id, some, "nb", limit=3) == [3, 5, 6]
    assert listing.sorted_numbers(session, customer.id, some, "nb", start=2, limit=9) == [6, 1]
    assert listing.sorted_numbers(session, customer.id, some, "en", start=9, limit=9) == []


def test_users_a_running_sync_brought_stand_at_the_end_and_are_counted(
    session: Session, make: Make, customer: Customer
) -> None:
    mirror.store_users(session, customer.id, [make.user("Ada")], 1, AT)
    session.commit()
    page = listing.list_users(session, customer.id, UserFilter())
    assert ([row.display_name for row in page.items][-1], page.total) == ("Ada", 7)
    mirror.finish_changes(session, customer.id, AT)
    session.commit()
    page = listing.list_users(session, customer.id, UserFilter())
    assert page.items[0].display_name == "Ada"


def test_a_list_follows_what_another_process_saved(
    session: Session, make: Make, customer: Customer, engine: Engine
) -> None:
    wanted = UserFilter(has=VISIO)
    assert listing.matching(session, customer.id, wanted) == BitMap([3, 5])
    row = listing.get_user(session, customer.id, 6)
    session.commit()
    zoe = replace(make.user("Zoe", VISIO), graph_id=row.graph_id, user_principal_name=row.upn)
    process = open_engine(engine.url.render_as_string(hide_password=False))
    with Session(process) as elsewhere:
        mirror.apply_answers(elsewhere, customer.id, [zoe], AT)
        elsewhere.commit()
    process.dispose()
    assert listing.matching(session, customer.id, wanted) == BitMap([3, 5, 6])


def test_holders_are_counted_by_way_and_nobody_twice(session: Session, customer: Customer) -> None:
    counts = listing.tally(session, customer.id, listing.living(session, customer.id))
    assert {sku: (one.have, one.direct, one.by_group) for sku, one in counts.items()} == {
        E3: (3, 2, 2),
        VISIO: (2, 2, 0),
    }
    assert listing.tally(session, customer.id, BitMap([4, 6])) == {}
    assert listing.plan_tally(session, customer.id, E3, BitMap([1, 2, 3])) == {guid("plan chat"): 1}
    assert listing.plan_tally(session, customer.id, E3, BitMap([1, 2])) == {}


def test_like_users_stand_in_one_group(session: Session, make: Make) -> None:
    customer = make.customer()
    make.users(
        customer,
        make.user("Ada", E3, usage_location="TR"),
        make.user("Bo", E3, usage_location="TR"),
        make.user("Cy", E3, usage_location=None),
        make.user("Di", E3, usage_location="TR", user_type="Guest"),
        make.user("Ed", usage_location="TR"),
    )
    groups = listing.groups_of(session, customer.id, BitMap([1, 2, 3, 4]))
    assert [(len(group.licenses), group.location, group.guest, list(group.members)) for group in groups] == [
        (1, None, False, [3]),
        (1, "TR", False, [1, 2]),
        (1, "TR", True, [4]),
    ]
