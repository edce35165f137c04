"""Users by their addresses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.customers.models import Customer
from partner_center.directory import mirror
from partner_center.directory.addresses import find_by_addresses
from tests.make import Make

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def customer(make: Make) -> Customer:
    """1 has a mail of its own, 2 and 3 share one, 4 has none, 5's mail is 4's sign-in name."""
    customer = make.customer()
    told = [
        ("Ada", "Ada@contoso.example", "ada.lovelace@mail.example"),
        ("Bo", "bo@contoso.example", "sales@contoso.example"),
        ("Cy", "cy@contoso.example", "Sales@Contoso.example"),
        ("IŞIL", "IŞIL@contoso.example", None),
        ("Eve", "eve@contoso.example", "bo@contoso.example"),
    ]
    make.users(
        customer,
        *(make.user(name, user_principal_name=upn, mail=mail) for name, upn, mail in told),
    )
    return customer


def test_a_user_is_found_by_either_address_in_any_case(session: Session, customer: Customer) -> None:
    match = find_by_addresses(session, customer.id, ["ADA@CONTOSO.EXAMPLE", "Ada.Lovelace@Mail.example"])
    assert (match.found, match.unknown, match.duplicates) == (BitMap([1]), (), ())


def test_only_the_letters_a_to_z_have_case(session: Session, customer: Customer) -> None:
    assert find_by_addresses(session, customer.id, ["iŞil@contoso.example"]).found == BitMap([4])
    assert find_by_addresses(session, customer.id, ["işil@contoso.example"]).unknown


def test_the_sign_in_name_goes_before_somebody_elses_mail(session: Session, customer: Customer) -> None:
    assert find_by_addresses(session, customer.id, ["bo@contoso.example"]).found == BitMap([2])


def test_a_shared_mail_names_all_who_have_it(session: Session, customer: Customer) -> None:
    assert find_by_addresses(session, customer.id, ["sales@contoso.example"]).found == BitMap([2, 3])


def test_what_matched_nobody_and_what_came_twice_is_listed_as_written(
    session: Session, customer: Customer
) -> None:
    written = [
        "Nobody@x.example",
        "cy@contoso.example",
        "CY@contoso.example",
        "nobody@X.example",
        "cy@contoso.example",
    ]
    match = find_by_addresses(session, customer.id, written)
    assert match.found == BitMap([3])
    assert match.unknown == ("Nobody@x.example",)
    assert match.duplicates == ("cy@contoso.example", "Nobody@x.example")


def test_deleted_users_are_not_found(session: Session, make: Make, customer: Customer) -> None:
    (user,) = make.users(make.customer(), make.user("Zed"))
    mirror.store_users(session, customer.id, [user], 1, AT)
    mirror.remove_users(session, customer.id, [user.graph_id], AT)
    assert not find_by_addresses(session, customer.id, [user.user_principal_name]).found


def test_thousands_of_addresses_are_matched_in_one_go(session: Session, customer: Customer) -> None:
    written = [f"nobody.{index}@x.example" for index in range(2_500)] + ["ada@contoso.example"]
    match = find_by_addresses(session, customer.id, written)
    assert (match.found, len(match.unknown)) == (BitMap([1]), 2_500)


def test_odd_addresses_match_nobody(session: Session, customer: Customer) -> None:
    odd = ["", "   ", "%", "x" * 10_000 + "@x.example", "a\x00b@x.example", "\ud800@x.example"]
    assert not find_by_addresses(session, customer.id, odd).found
