"""What a process remembers of the mirror."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Thread

from pyroaring import BitMap
from sqlalchemy.orm import Session, sessionmaker

from partner_center.cloud.port import RemoteLicense
from partner_center.directory import listing, mirror
from partner_center.directory.facets import facets
from partner_center.directory.shelf import Shelf, keep_apart, shelf_of
from partner_center.directory.values import UserFilter
from tests.make import Make

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_what_was_used_longest_ago_goes_first() -> None:
    shelf = Shelf(limit=10)
    shelf.put("a", 1, 4)
    shelf.put("b", 2, 4)
    assert shelf.find("a") == 1
    shelf.put("c", 3, 4)
    assert (shelf.find("a"), shelf.find("b"), shelf.find("c")) == (1, None, 3)
    assert shelf.cost == 8


def test_putting_again_replaces_and_does_not_count_twice() -> None:
    shelf = Shelf(limit=10)
    shelf.put("a", 1, 4)
    shelf.put("a", 2, 6)
    assert (shelf.find("a"), shelf.cost) == (2, 6)


def test_something_larger_than_the_shelf_stands_alone() -> None:
    shelf = Shelf(limit=10)
    shelf.put("a", 1, 4)
    shelf.put("b", 2, 99)
    assert (shelf.find("a"), shelf.find("b")) == (None, 2)


def test_settling_down_leaves_what_is_newer_below() -> None:
    @dataclass
    class Copies:
        version: int

    below = Shelf()
    above = Shelf(below=below)
    below.put("newer", Copies(3), 1)
    below.put("older", Copies(1), 1)
    for key in ("newer", "older", "other"):
        above.put(key, Copies(2), 1)
    above.settle_down()
    below.settle_down()
    assert [below.find(key).version for key in ("newer", "older", "other")] == [3, 2, 2]


def test_what_a_committed_transaction_worked_out_is_shared(
    session: Session, make: Make, sessions: sessionmaker[Session]
) -> None:
    customer, sku = make.customer(), make.product()
    make.users(customer, make.user("Ada", sku))
    with sessions() as worker:
        mirror.begin_full(worker, customer.id)
        shelf_of(worker).put("kept", 1, 1)
        worker.commit()
        mirror.begin_full(worker, customer.id)
        shelf_of(worker).put("lost", 1, 1)
        worker.rollback()
    assert (shelf_of(session).find("kept"), shelf_of(session).find("lost")) == (1, None)


def test_sessions_of_one_database_share_a_shelf_until_one_writes(
    session: Session, sessions: sessionmaker[Session]
) -> None:
    with sessions() as other:
        assert shelf_of(other) is shelf_of(session)
        other.connection()
        keep_apart(other)
        assert shelf_of(other) is not shelf_of(session)
        shelf_of(session).put("before", 1, 1)
        assert shelf_of(other).find("before") == 1
        shelf_of(other).put("within", 2, 1)
        assert shelf_of(session).find("within") is None
        other.rollback()
        assert shelf_of(other) is shelf_of(session)


def test_an_old_snapshot_keeps_reading_what_it_began_with(
    session: Session, make: Make, sessions: sessionmaker[Session]
) -> None:
    customer, sku = make.customer(), make.product()
    (user,) = make.users(customer, make.user("Ada"))
    view = facets(session, customer.id)

    def save() -> None:
        held = (RemoteLicense(sku, True, (), (), None),)
        with sessions() as worker:
            mirror.apply_answers(worker, customer.id, [replace(user, licenses=held)], AT)
            worker.commit()
            assert listing.holders(worker, customer.id, sku) == BitMap([1])

    saving = Thread(target=save)
    saving.start()
    saving.join()
    if session.get_bind().dialect.name == "sqlite":
        assert not view.held_by(sku)
        assert not listing.holders(session, customer.id, sku)
    session.rollback()
    assert listing.holders(session, customer.id, sku) == BitMap([1])


def test_many_readers_and_a_writer_agree_in_the_end(
    session: Session, make: Make, sessions: sessionmaker[Session]
) -> None:
    customer, sku = make.customer(), make.product()
    users = make.users(customer, *(make.user(f"User {index}") for index in range(12)))
    held = (RemoteLicense(sku, True, (), (), None),)
    troubles: list[str] = []

    def read() -> None:
        for _ in range(10):
            with Session(session.get_bind()) as reader:
                page = listing.list_users(reader, customer.id, UserFilter(has=sku))
                if len(page.items) != page.total:
                    troubles.append(str(page))

    readers = [Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for user in users:
        with sessions() as worker:
            mirror.apply_answers(worker, customer.id, [replace(user, licenses=held)], AT)
            worker.commit()
    for reader in readers:
        reader.join()
    assert troubles == []
    assert len(listing.matching(session, customer.id, UserFilter(has=sku))) == len(users)
