"""Whatever is told of users in whatever order: sets, orders and the search say what the rows say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.cloud.port import RemoteLicense, RemoteUser
from partner_center.customers.models import Customer
from partner_center.directory import holders, listing, mirror, orders, search, settling
from partner_center.directory.facets import UNSORTED, facets
from partner_center.directory.models import DirectoryUser, Facet, Mirror, NameOrder
from partner_center.directory.orders import order_key
from partner_center.directory.rebuild import rebuild, sets_from_rows
from partner_center.directory.values import UserSort
from partner_center.shared.bitmaps import load, load_order
from partner_center.shared.names import LANGUAGES, fold, sort_key
from tests.make import Make, guid

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
SKUS = [guid(f"sku {word}") for word in ("E3", "Visio", "Teams")]
PLANS = [guid("plan mail"), guid("plan chat")]
NAMES = ["Åse", "Aase", "Işıl Işık", "ilke", "Zorro", "Ask", "Øystein"]
WORDS = ["is", "ase", "isil isik", "zorro.3", "sal", "@contoso.example"]
EVERYONE = [guid(f"person {index}") for index in range(8)]

licenses = st.builds(
    RemoteLicense,
    sku_id=st.sampled_from(SKUS),
    direct=st.booleans(),
    groups=st.sampled_from([(), (guid("group"),)]),
    off=st.lists(st.sampled_from(PLANS), unique=True).map(tuple),
    error=st.sampled_from([None, "CountViolation"]),
)
users = st.builds(
    RemoteUser,
    graph_id=st.sampled_from(EVERYONE),
    display_name=st.sampled_from(NAMES),
    user_principal_name=st.just("?"),
    mail=st.sampled_from([None, "post@contoso.example"]),
    department=st.sampled_from([None, "Sales", "Şube"]),
    usage_location=st.sampled_from([None, "TR", "NO"]),
    user_type=st.sampled_from(["Member", "Guest"]),
    account_enabled=st.booleans(),
    licenses=st.lists(licenses, max_size=3, unique_by=lambda one: one.sku_id).map(tuple),
).map(
    lambda user: replace(
        user,
        user_principal_name=f"{fold(user.display_name).replace(' ', '.')}."
        f"{EVERYONE.index(user.graph_id)}@contoso.example",
    )
)


@dataclass(frozen=True)
class Step:
    """One call of the sync or of a save."""

    what: str
    users: list[RemoteUser]


steps = st.lists(
    st.builds(
        Step, st.sampled_from(["full", "delta", "store", "remove", "answer"]), st.lists(users, max_size=5)
    ),
    max_size=6,
)


@pytest.fixture(params=["as it comes", "every short cut"])
def short_cuts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small customers take other ways than large ones: both are gone."""
    if request.param == "every short cut":
        monkeypatch.setattr(settling, "SORTED_WHOLE", 0)
        monkeypatch.setattr(holders, "READ_SINGLY", 0)
        monkeypatch.setattr(orders, "FEW", 1)
        monkeypatch.setattr(search, "FEW", 0)


@pytest.mark.usefixtures("short_cuts")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps, st.sets(st.integers(0, 12)))
def test_what_is_derived_is_what_the_rows_say(
    session: Session, make: Make, told: list[Step], some: set[int]
) -> None:
    customer = make.customer()
    for step in told:
        take(session, customer, step)
        session.commit()
        check_sets(session, customer.id)
        check_search(session, customer.id)
        check_lists(session, customer.id, BitMap(some))
    mirror.finish_changes(session, customer.id, AT)
    session.commit()
    check_stored_orders(session, customer.id)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_a_rebuild_changes_nothing(session: Session, make: Make, told: list[Step]) -> None:
    customer = make.customer()
    for step in told:
        take(session, customer, step)
    mirror.finish_changes(session, customer.id, AT)
    before = stored_sets(session, customer.id), stored_orders(session, customer.id)
    rebuild(session, customer.id)
    assert (stored_sets(session, customer.id), stored_orders(session, customer.id)) == before
    session.rollback()


def take(session: Session, customer: Customer, step: Step) -> None:
    ids = [user.graph_id for user in step.users]
    if step.what == "full":
        generation = mirror.begin_full(session, customer.id)
        mirror.store_users(session, customer.id, step.users[:2], generation, AT)
        mirror.store_users(session, customer.id, step.users[2:], generation, AT)
        mirror.finish_full(session, customer.id, generation, AT)
    elif step.what == "remove":
        mirror.remove_users(session, customer.id, ids, AT)
        mirror.finish_changes(session, customer.id, AT)
    elif step.what == "answer":
        mirror.apply_answers(session, customer.id, step.users, AT)
    else:
        kept = session.get(Mirror, customer.id)
        mirror.store_users(session, customer.id, step.users, kept.generation if kept else 0, AT)
        if step.what == "delta":
            mirror.finish_changes(session, customer.id, AT)


def living_rows(session: Session, customer_id: int) -> list[DirectoryUser]:
    return list(
        session.scalars(
            select(DirectoryUser)
            .where(DirectoryUser.customer_id == customer_id, DirectoryUser.deleted_at.is_(None))
            .execution_options(populate_existing=True)
        )
    )


def stored_sets(session: Session, customer_id: int) -> dict[str, BitMap]:
    rows = session.execute(
        select(Facet.key, Facet.size, Facet.members).where(Facet.customer_id == customer_id)
    )
    sets = {key: (size, load(members)) for key, size, members in rows}
    assert all(size == len(members) for size, members in sets.values())
    return {key: members for key, (_, members) in sets.items() if members}


def stored_orders(session: Session, customer_id: int) -> dict[str, list[int]]:
    rows = session.execute(
        select(NameOrder.key, NameOrder.numbers).where(NameOrder.customer_id == customer_id)
    )
    return {key: load_order(numbers).tolist() for key, numbers in rows}


def check_sets(session: Session, customer_id: int) -> None:
    truth = sets_from_rows(session, customer_id)
    stored = stored_sets(session, customer_id)
    stored.pop(UNSORTED, None)
    assert stored == truth
    view = facets(session, customer_id)
    assert {key: view.get(key) for key in truth} == truth
    kept = session.get(Mirror, customer_id, populate_existing=True)
    assert (kept.user_count if kept else 0) == len(truth.get("all", ()))


def check_search(session: Session, customer_id: int) -> None:
    rows = living_rows(session, customer_id)
    for words in WORDS:
        expected = {row.number for row in rows if all(word in row.search_text for word in words.split())}
        assert set(search.find(session, customer_id, search.terms_of(words))) == expected, words


def check_lists(session: Session, customer_id: int, some: BitMap) -> None:
    rows = living_rows(session, customer_id)
    groups = listing.groups_of(session, customer_id, some)
    assert BitMap().union(*(group.members for group in groups)) == some & BitMap(row.number for row in rows)
    of = {number: group for group in groups for number in group.members}
    for row in rows:
        if row.number in some:
            group = of[row.number]
            assert (group.holding_id, group.location) == (row.holding_id, row.usage_location)
            assert group.guest == (row.user_type == "Guest")
    ordered = listing.sorted_numbers(session, customer_id, some, "nb", limit=100)
    assert sorted(ordered) == sorted(of)


def check_stored_orders(session: Session, customer_id: int) -> None:
    rows = living_rows(session, customer_id)
    stored = stored_orders(session, customer_id)
    for language in LANGUAGES:
        by_name = sorted(rows, key=lambda row: (sort_key(row.display_name, language), row.number))
        assert stored[order_key(UserSort.NAME, language)] == [row.number for row in by_name]
        by_department = sorted(
            by_name,
            key=lambda row: (row.department is None, sort_key(row.department or "", language)),
        )
        assert stored[order_key(UserSort.DEPARTMENT, language)] == [row.number for row in by_department]
