"""Which customers somebody may see, and the list of them."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from partner_center.customers.models import Customer
from partner_center.customers.queries import (
    CustomerFilter,
    CustomerSort,
    count_segments,
    find_visible,
    get_customer,
    list_customers,
)
from partner_center.shared import clock
from partner_center.shared.errors import NotFound, Refusal
from partner_center.staff.actor import Actor
from partner_center.staff.roles import Role, Scope
from tests.make import Make


def actor(scope: Scope = Scope.ALL, reseller: str | None = None, id_: int = 1) -> Actor:
    return Actor(id_, "ada@partner.example", "Ada", frozenset({Role.HELPDESK_AGENT}), scope, reseller)


def names(session: Session, who: Actor | None = None, **asked: object) -> list[str]:
    page = list_customers(session, who or actor(), **asked)  # type: ignore[arg-type]
    return [row.customer.name for row in page.items]


def test_who_sees_all_finds_every_customer(session: Session, make: Make) -> None:
    customer = make.customer()
    assert get_customer(session, actor(), customer.id) is customer


def test_who_works_for_a_reseller_finds_its_customers_alone(session: Session, make: Make) -> None:
    ours, theirs = make.customer("Ours", reseller="Fjord IT"), make.customer("Theirs", reseller="Other")
    direct = make.customer("Direct")
    who = actor(Scope.RESELLER, "Fjord IT")
    assert get_customer(session, who, ours.id) is ours
    for other in (theirs, direct):
        with pytest.raises(NotFound):
            get_customer(session, who, other.id)
    assert find_visible(session, who) == [ours]


def test_a_reseller_without_a_name_sees_nobody(session: Session, make: Make) -> None:
    make.customer()
    assert find_visible(session, actor(Scope.RESELLER, None)) == []


def test_who_has_a_list_finds_those_on_it_alone(session: Session, make: Make) -> None:
    listed, other = make.customer("Listed"), make.customer("Other")
    member = make.member(scope=Scope.LISTED, customers=[listed])
    who = actor(Scope.LISTED, id_=member.id)
    assert get_customer(session, who, listed.id) is listed
    assert names(session, who) == ["Listed"]
    with pytest.raises(NotFound):
        get_customer(session, who, other.id)


@pytest.mark.parametrize("absurd", [0, -1, 2**31, 2**80])
def test_an_absurd_id_is_just_not_found(session: Session, absurd: int) -> None:
    with pytest.raises(NotFound):
        get_customer(session, actor(), absurd)


def test_strangers_and_unknown_ids_get_the_same_words(session: Session, make: Make) -> None:
    foreign = make.customer(reseller="Other")
    said = set()
    for id_ in (foreign.id, 999_999):
        with pytest.raises(NotFound) as refusal:
            get_customer(session, actor(Scope.RESELLER, "Fjord IT"), id_)
        said.add(str(refusal.value))
    assert len(said) == 1


def test_a_customer_that_left_is_found_but_not_listed(session: Session, make: Make) -> None:
    customer = make.customer()
    customer.gone_at = clock.now()
    session.commit()
    assert get_customer(session, actor(), customer.id) is customer
    assert names(session) == []
    assert find_visible(session, actor()) == []


def test_the_worst_stand_first_and_equal_ones_by_the_languages_alphabet(session: Session, make: Make) -> None:
    for name in ("Zeta", "Åker", "Ask"):
        make.customer(name)
    make.customer("Full").products_full = 1
    make.customer("Shut", access_state="none")
    session.commit()
    assert names(session, language="sv") == ["Shut", "Full", "Ask", "Zeta", "Åker"]
    assert names(session, language="en") == ["Shut", "Full", "Åker", "Ask", "Zeta"]
    assert names(session, language="sv", descending=True)[:3] == ["Ask", "Zeta", "Åker"]


def test_a_search_finds_parts_of_name_domain_and_tenant(session: Session, make: Make) -> None:
    make.customer("Işık Holding", domain="isik.example")
    other = make.customer("Fjord 100%", domain="fjord.example")
    assert names(session, query="ışık HOLD") == ["Işık Holding"]
    assert names(session, query="fjord.ex") == ["Fjord 100%"]
    assert names(session, query=other.tenant_id.upper()) == ["Fjord 100%"]
    assert names(session, query="100%") == ["Fjord 100%"]
    assert names(session, query="10%0") == []
    assert names(session, query="fjord holding") == []


def test_an_endless_search_is_refused(session: Session) -> None:
    with pytest.raises(Refusal, match="at most 200"):
        list_customers(session, actor(), query="x" * 201)


def test_segments_hold_what_they_say_and_are_counted(session: Session, make: Make) -> None:
    make.customer("Well")
    make.customer("Full").products_full = 3
    make.customer("Over").products_over = 1
    make.customer("Nearly").products_nearly_full = 1
    make.customer("Unused").products_unused = 2
    make.customer("Shut", access_state="none")
    session.commit()
    held = {segment: set(names(session, segment=segment)) for segment in CustomerFilter}
    assert held[CustomerFilter.ATTENTION] == {"Full", "Over", "Nearly", "Shut"}
    assert held[CustomerFilter.FULL] == {"Full", "Over"}
    assert held[CustomerFilter.NEARLY_FULL] == {"Nearly"}
    assert held[CustomerFilter.UNUSED] == {"Unused"}
    assert held[CustomerFilter.NO_ACCESS] == {"Shut"}
    assert count_segments(session, actor()) == {segment: len(found) for segment, found in held.items()}
    assert count_segments(session, actor(), query="full")[CustomerFilter.ALL] == 1


def test_the_list_sorts_by_what_is_asked_both_ways(session: Session, make: Make) -> None:
    small, large, new = make.customer("Small"), make.customer("Large"), make.customer("New")
    make.users(small, make.user("Ada"))
    make.users(large, make.user("Bo"), make.user("Cy"))
    session.execute(update(Customer).where(Customer.id == new.id).values(licenses_assigned=7))
    session.commit()
    assert names(session, sort=CustomerSort.USERS) == ["New", "Small", "Large"]
    assert names(session, sort=CustomerSort.USERS, descending=True) == ["Large", "Small", "New"]
    assert names(session, sort=CustomerSort.LICENSES, descending=True)[0] == "New"
    assert names(session, sort=CustomerSort.NAME) == ["Large", "New", "Small"]
    assert names(session, sort=CustomerSort.NAME, descending=True) == ["Small", "New", "Large"]
    assert names(session, sort=CustomerSort.SYNCED)[0] == "New"


def test_a_row_tells_how_old_the_copy_is_and_what_went_wrong(session: Session, make: Make) -> None:
    from partner_center.directory.models import Mirror

    synced, new = make.customer("Synced"), make.customer("Unknown")
    make.users(synced, make.user())
    session.get_one(Mirror, synced.id).error = "Microsoft is busy."
    session.commit()
    rows = {row.customer.id: row for row in list_customers(session, actor()).items}
    told = rows[synced.id].mirror
    assert told is not None
    assert (told.user_count, told.error) == (1, "Microsoft is busy.")
    assert told.synced_at is not None
    assert [tag.kind for tag in rows[synced.id].health] == ["sync_failed"]
    assert rows[new.id].mirror is None


def test_pages_of_customers_are_cut_and_clamped(session: Session, make: Make) -> None:
    for name in "ABCDE":
        make.customer(name)
    page = list_customers(session, actor(), page=9, size=2)
    assert ([row.customer.name for row in page.items], page.number, page.total) == (["E"], 3, 5)
    assert page.is_clamped
