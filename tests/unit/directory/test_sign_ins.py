"""When people last signed in, and what mailboxes there are: read once a day, never in the way of the sync."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session, sessionmaker

from partner_center.cloud.errors import AccessDenied, CloudError, Unreachable
from partner_center.cloud.port import NOT_PREMIUM, RemoteMailbox, SignIn
from partner_center.directory import mailboxes, sign_ins
from partner_center.directory.models import Mirror
from partner_center.shared import clock
from tests.make import Make
from tests.unit.directory.sync_cloud import Scene


@pytest.fixture
def scene(sessions: sessionmaker[Session], make: Make) -> Scene:
    return Scene.of(sessions, make)


def tell(scene: Scene, make: Make, *days: int) -> list[str]:
    """Users who signed in so many days ago; their ids."""
    users = [make.user(f"User {number}") for number in range(len(days))]
    scene.tenant.put(*users)
    now = clock.now()
    scene.tenant.sign_ins = [
        SignIn(user.graph_id, now - timedelta(days=500), now - timedelta(days=count))
        for user, count in zip(users, days, strict=True)
    ]
    return [user.graph_id for user in users]


def away(scene: Scene, days: int) -> set[int]:
    with scene.sessions() as session:
        return set(sign_ins.away_since(session, scene.customer.id, clock.now() - timedelta(days=days)))


def kept(scene: Scene) -> Mirror:
    with scene.sessions() as session:
        return session.get_one(Mirror, scene.customer.id)


def test_a_sync_tells_who_has_been_away(scene: Scene, make: Make) -> None:
    tell(scene, make, 10, 40, 100)
    scene.sync()
    assert [len(away(scene, days)) for days in (5, 30, 90, 120)] == [3, 2, 1, 0]


def test_it_is_asked_once_a_day_and_whoever_is_gone_is_forgotten(scene: Scene, make: Make) -> None:
    ids = tell(scene, make, 10, 40)
    scene.sync()
    scene.sync()
    assert scene.cloud.asked().count("sign-ins") == 1
    scene.tenant.sign_ins = [replace(scene.tenant.sign_ins[0], at=clock.now())]
    with time_machine.travel(clock.now() + timedelta(hours=21)):
        scene.sync()
        with scene.sessions() as session:
            told = sign_ins.last_sign_ins(session, scene.customer.id, ids)
        assert set(told) == {ids[0]}
        assert away(scene, 5) == set()


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (AccessDenied(403, NOT_PREMIUM, "no premium"), "not_premium"),
        (AccessDenied(403, "Authorization_RequestDenied", "no"), "no_rights"),
        (Unreachable("no line"), "other"),
    ],
)
def test_trouble_is_kept_in_a_word_stops_nothing_and_is_asked_again(
    scene: Scene, make: Make, error: CloudError, trouble: str
) -> None:
    tell(scene, make, 40)
    scene.cloud.fail("sign-ins", error)
    scene.sync()
    assert kept(scene).sign_ins_trouble == trouble
    assert kept(scene).synced_at
    assert kept(scene).error is None
    scene.cloud.heal()
    later = timedelta(hours=21 if trouble == "not_premium" else 0)
    with time_machine.travel(clock.now() + later):
        scene.sync()
        assert kept(scene).sign_ins_trouble is None
        assert len(away(scene, 30)) == 1


def test_a_tenant_without_premium_is_not_asked_at_every_sync(scene: Scene) -> None:
    scene.cloud.fail("sign-ins", AccessDenied(403, NOT_PREMIUM, "no premium"))
    scene.sync()
    scene.sync()
    assert scene.cloud.asked().count("sign-ins") == 1


def test_mailboxes_are_read_beside_and_forgotten_with_their_users(scene: Scene, make: Make) -> None:
    room, person = make.user("Room"), make.user("Ada")
    scene.tenant.put(room, person)
    scene.tenant.mailboxes = [
        RemoteMailbox(room.user_principal_name, "Room", 7),
        RemoteMailbox(person.user_principal_name, "User", 9),
    ]
    scene.sync()
    with scene.sessions() as session:
        (found,) = mailboxes.nobodys_own(session, scene.customer.id)
    assert (found.user.display_name, found.kind, found.used_bytes) == ("Room", "room", 7)
    scene.tenant.mailboxes = []
    with time_machine.travel(clock.now() + timedelta(hours=21)):
        scene.sync()
    with scene.sessions() as session:
        assert mailboxes.nobodys_own(session, scene.customer.id) == []


def test_trouble_with_mailboxes_is_kept_in_a_word(scene: Scene, make: Make) -> None:
    tell(scene, make, 40)
    scene.cloud.fail("mailboxes", AccessDenied(403, "S2SUnauthorized", "no"))
    scene.sync()
    assert kept(scene).mailboxes_trouble == "no_rights"
    assert len(away(scene, 30)) == 1
