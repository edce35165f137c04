"""The mirror's writer: numbers, generations, what comes and goes."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from pyroaring import BitMap
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partner_center.cloud.port import RemoteLicense, RemoteUser
from partner_center.directory import listing, mirror, search, settling
from partner_center.directory.facets import facets
from partner_center.directory.models import DirectoryUser, Holding, Mirror
from partner_center.directory.rebuild import sets_from_rows
from partner_center.directory.values import UserFilter
from partner_center.shared.errors import Conflict
from partner_center.shared.names import LANGUAGES, sort_key
from tests.make import Make, guid

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def mirror_of(session: Session, customer_id: int) -> Mirror:
    return session.get_one(Mirror, customer_id, populate_existing=True)


def test_users_are_numbered_from_one_in_each_customer(session: Session, make: Make) -> None:
    for customer in (make.customer(), make.customer()):
        make.users(customer, make.user("Ada"), make.user("Bo"))
        assert listing.living(session, customer.id) == BitMap([1, 2])
        assert mirror_of(session, customer.id).user_count == 2


def test_users_that_hold_the_same_share_one_holding(session: Session, make: Make) -> None:
    customer, sku, other = make.customer(), make.product("E3"), make.product("Visio")
    make.users(customer, make.user("Ada", sku, other), make.user("Bo", other, sku), make.user("Cy", sku))
    assert session.scalar(select(func.count()).where(Holding.customer_id == customer.id)) == 2


def test_a_user_that_no_page_told_of_is_gone_after_a_full_sync(session: Session, make: Make) -> None:
    customer = make.customer()
    ada, bo = make.users(customer, make.user("Ada"), make.user("Bo"))
    make.users(customer, bo)
    assert [row.display_name for row in listing.list_users(session, customer.id, UserFilter()).items] == [
        "Bo"
    ]
    assert listing.numbers_of(session, customer.id, [ada.graph_id, bo.graph_id]) == {bo.graph_id: 2}
    assert mirror_of(session, customer.id).user_count == 1


def test_a_restored_user_gets_its_old_number_and_nobody_else_does(session: Session, make: Make) -> None:
    customer = make.customer()
    ada, _ = make.users(customer, make.user("Ada"), make.user("Bo"))
    mirror.remove_users(session, customer.id, [ada.graph_id], AT)
    mirror.store_users(session, customer.id, [make.user("Cy")], 1, AT)
    mirror.store_users(session, customer.id, [ada], 1, AT)
    mirror.finish_changes(session, customer.id, AT)
    rows = listing.list_users(session, customer.id, UserFilter()).items
    assert {row.display_name: row.number for row in rows} == {"Ada": 1, "Bo": 2, "Cy": 3}
    assert search.find(session, customer.id, ("ada",)) == BitMap([1])


def test_removing_counts_only_those_who_were_there(session: Session, make: Make) -> None:
    customer = make.customer()
    ada, bo = make.users(customer, make.user("Ada"), make.user("Bo"))
    assert mirror.remove_users(session, customer.id, [ada.graph_id, ada.graph_id, guid("nobody")], AT) == 1
    assert mirror.remove_users(session, customer.id, [ada.graph_id], AT) == 0
    assert listing.living(session, customer.id) == BitMap([2])
    assert listing.rows_of(session, customer.id, [1, 2])[0].graph_id == bo.graph_id


def test_a_user_told_twice_on_a_page_is_stored_as_told_last(session: Session, make: Make) -> None:
    customer, user = make.customer(), make.user("Ada")
    make.users(customer, user, replace(user, display_name="Ada Lovelace"))
    assert listing.get_user(session, customer.id, 1).display_name == "Ada Lovelace"


def test_what_is_told_again_unchanged_moves_no_version(session: Session, make: Make) -> None:
    customer = make.customer()
    users = make.users(customer, make.user("Ada"), make.user("Bo"))
    before = (mirror_of(session, customer.id).version, mirror_of(session, customer.id).order_version)
    make.users(customer, *users)
    after = mirror_of(session, customer.id)
    assert (after.version, after.order_version) == before
    generations = select(DirectoryUser.generation).where(DirectoryUser.customer_id == customer.id)
    assert set(session.scalars(generations)) == {2}


def test_licences_move_the_version_but_not_the_order(session: Session, make: Make) -> None:
    customer, sku = make.customer(), make.product()
    (user,) = make.users(customer, make.user("Ada"))
    before = (mirror_of(session, customer.id).version, mirror_of(session, customer.id).order_version)
    held = (RemoteLicense(sku, True, (), (), None),)
    mirror.apply_answers(session, customer.id, [replace(user, licenses=held)], AT)
    after = mirror_of(session, customer.id)
    assert (after.version, after.order_version) == (before[0] + 1, before[1])
    assert listing.holders(session, customer.id, sku) == BitMap([1])


def test_a_product_given_to_many_at_once_reaches_each_of_them(session: Session, make: Make) -> None:
    customer, sku, other = make.customer(), make.product("E3"), make.product("Visio")
    users = make.users(customer, *(make.user(f"User {index}") for index in range(30)))
    answers = [
        replace(user, licenses=(RemoteLicense(sku if index % 2 else other, True, (), (), None),))
        for index, user in enumerate(users)
    ]
    mirror.apply_answers(session, customer.id, answers, AT)
    assert listing.holders(session, customer.id, sku) == BitMap(range(2, 31, 2))
    assert listing.holders(session, customer.id, other) == BitMap(range(1, 30, 2))
    assert {row.held[0].sku_id for row in listing.rows_of(session, customer.id, range(2, 31, 2))} == {sku}


def test_newcomers_find_their_places_among_many(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "SORTED_WHOLE", 0)
    customer, draw = make.customer(), random.Random(5)
    names = [f"{draw.choice('AÅBÇIİOÖZ')}{index:03}" for index in range(70)]
    make.users(customer, *(make.user(name) for name in names[:50]))
    mirror.store_users(session, customer.id, [make.user(name) for name in names[50:]], 1, AT)
    mirror.finish_changes(session, customer.id, AT)
    for language in LANGUAGES:
        rows = listing.list_users(session, customer.id, UserFilter(), language=language, size=100).items
        assert [row.display_name for row in rows] == sorted(names, key=lambda name: sort_key(name, language))


def test_an_answer_about_somebody_never_synced_is_passed_over(session: Session, make: Make) -> None:
    customer = make.customer()
    make.users(customer, make.user("Ada"))
    mirror.apply_answers(session, customer.id, [make.user("Stranger")], AT)
    assert listing.living(session, customer.id) == BitMap([1])


def test_an_answer_with_a_new_name_puts_the_user_in_its_new_place(session: Session, make: Make) -> None:
    customer = make.customer()
    ada, _ = make.users(customer, make.user("Ada"), make.user("Bo"))
    mirror.apply_answers(session, customer.id, [replace(ada, display_name="Zoe")], AT)
    names = [row.display_name for row in listing.list_users(session, customer.id, UserFilter()).items]
    assert names == ["Bo", "Zoe"]


def test_answers_that_come_at_once_are_all_kept(session: Session, make: Make) -> None:
    """Each transaction takes the lock before it reads: SQLite would refuse the later one."""
    customer, sku = make.customer(), make.product()
    users = make.users(customer, *(make.user(f"User {index}") for index in range(6)))
    session.rollback()
    start = Barrier(len(users))

    def answer(user: RemoteUser) -> None:
        start.wait()
        with Session(session.get_bind()) as worker:
            mirror.apply_answers(
                worker, customer.id, [replace(user, licenses=(RemoteLicense(sku, True, (), (), None),))], AT
            )
            worker.commit()

    workers = [Thread(target=answer, args=(user,)) for user in users]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert listing.holders(session, customer.id, sku) == BitMap(range(1, len(users) + 1))
    assert sets_from_rows(session, customer.id)[f"sku:{sku}:direct"] == BitMap(range(1, len(users) + 1))


def test_an_overtaken_full_sync_is_stopped(session: Session, make: Make) -> None:
    customer, user = make.customer(), make.user("Ada")
    overtaken = mirror.begin_full(session, customer.id)
    mirror.begin_full(session, customer.id)
    with pytest.raises(Conflict):
        mirror.store_users(session, customer.id, [user], overtaken, AT)
    with pytest.raises(Conflict):
        mirror.finish_full(session, customer.id, overtaken, AT)


def test_a_group_licence_in_error_is_shown_but_not_held(session: Session, make: Make) -> None:
    customer, sku = make.customer(), make.product()
    failed = RemoteLicense(sku, False, (), (), "CountViolation")
    make.users(customer, make.user("Ada", licenses=(failed,)))
    row = listing.get_user(session, customer.id, 1)
    assert (len(row.licenses), row.held) == (1, ())
    assert not listing.holders(session, customer.id, sku)
    assert not facets(session, customer.id).get("licensed")


def test_one_customers_users_never_reach_another(session: Session, make: Make) -> None:
    ours, theirs = make.customer("Ours"), make.customer("Theirs")
    make.users(ours, make.user("Ada"))
    (foreign,) = make.users(theirs, make.user("Bo"))
    mirror.apply_answers(session, ours.id, [replace(foreign, display_name="Changed")], AT)
    mirror.remove_users(session, ours.id, [foreign.graph_id], AT)
    assert listing.get_user(session, theirs.id, 1).display_name == "Bo"
    assert listing.find_by_addresses(session, ours.id, [foreign.user_principal_name]).unknown
    assert not search.find(session, ours.id, ("bo",))


@pytest.mark.parametrize(
    "name", ["<b>Ada</b>", "=1+1", "🦊🦊🦊", "عادل", "\ud800half", "nul\x00l", "x" * 5_000, ""]
)
def test_any_name_is_stored_found_and_listed(session: Session, make: Make, name: str) -> None:
    customer = make.customer()
    make.users(customer, make.user("Ada"), make.user("?", display_name=name))
    rows = listing.list_users(session, customer.id, UserFilter()).items
    assert len(rows) == 2
    shown = listing.get_user(session, customer.id, 2).display_name
    assert len(shown) <= 400
    if shown:
        assert 2 in listing.matching(session, customer.id, UserFilter(query=shown[:50]))


def test_what_a_rolled_back_transaction_saw_is_forgotten(session: Session, make: Make) -> None:
    customer, sku = make.customer(), make.product()
    (user,) = make.users(customer, make.user("Ada"))
    held = (RemoteLicense(sku, True, (), (), None),)
    mirror.apply_answers(session, customer.id, [replace(user, licenses=held)], AT)
    assert listing.matching(session, customer.id, UserFilter(has=sku)) == BitMap([1])
    session.rollback()
    assert listing.matching(session, customer.id, UserFilter(has=sku)) == BitMap()
    mirror.apply_answers(session, customer.id, [replace(user, account_enabled=False)], AT)
    session.commit()
    assert listing.matching(session, customer.id, UserFilter(has=sku)) == BitMap()


def test_a_changed_set_handed_out_changes_nothing_for_others(session: Session, make: Make) -> None:
    customer, sku = make.customer(), make.product()
    make.users(customer, make.user("Ada", sku))
    for handed in (
        listing.living(session, customer.id),
        listing.matching(session, customer.id, UserFilter()),
        listing.matching(session, customer.id, UserFilter(has=sku)),
        listing.holders(session, customer.id, sku),
    ):
        handed.add(77)
    assert listing.living(session, customer.id) == BitMap([1])
    assert listing.matching(session, customer.id, UserFilter(has=sku)) == BitMap([1])
