"""The look before something is decided: what changed just now, in at most three calls."""

from __future__ import annotations

from threading import Barrier

import pytest
from sqlalchemy.orm import Session, sessionmaker

from partner_center.cloud.errors import DeltaExpired, Unreachable
from partner_center.directory.models import SubscribedSku
from partner_center.directory.sync_quick import MOST_CALLS, Freshness, refresh_quick
from tests.make import Make, guid
from tests.unit.directory.sync_cloud import Scene


@pytest.fixture
def scene(sessions: sessionmaker[Session], make: Make) -> Scene:
    """One user, synced; 25 changes are a page."""
    scene = Scene.of(sessions, make, "Ada", page=25)
    scene.sync()
    scene.cloud.asked()
    return scene


def look(scene: Scene) -> tuple[Freshness, list[str]]:
    """What the look says, and the calls it took: the seats first, though they are read beside the users."""
    freshness = refresh_quick(scene.sessions, scene.cloud, scene.customer.id)
    calls = [what for what in scene.cloud.asked() if " from " not in what]
    return freshness, sorted(calls, key=lambda what: what != "skus")


def hire(scene: Scene, people: int) -> None:
    scene.join(*(f"New {number}" for number in range(people)))


def test_seats_and_changes_take_two_calls(scene: Scene) -> None:
    scene.tenant.skus = [scene.make.sku(guid("sku E3"), consumed=9)]
    hire(scene, 20)
    assert look(scene) == (Freshness.FRESH, ["skus", "changes"])
    assert scene.mirror.user_count == 21
    assert scene.session.get_one(SubscribedSku, (scene.customer.id, guid("sku E3"))).consumed == 9


def test_seats_and_users_are_asked_for_side_by_side(scene: Scene) -> None:
    both = Barrier(2, timeout=10)
    scene.cloud.on_call = lambda what, _id: both.wait() and None if what in {"skus", "changes"} else None
    assert look(scene)[0] is Freshness.FRESH


def test_a_second_page_is_the_third_call(scene: Scene) -> None:
    hire(scene, 30)
    assert look(scene) == (Freshness.FRESH, ["skus", "changes", "changes"])


def test_reading_incomplete_users_again_is_the_third_call(scene: Scene) -> None:
    scene.cloud.partial_deltas = True
    hire(scene, 20)
    assert look(scene) == (Freshness.FRESH, ["skus", "changes", "read"])
    assert scene.mirror.user_count == 21


@pytest.mark.parametrize(("changed", "partial"), [(60, False), (21, True), (40, True)])
def test_what_takes_more_calls_is_left_to_a_whole_sync(scene: Scene, changed: int, partial: bool) -> None:
    scene.cloud.partial_deltas = partial
    hire(scene, changed)
    freshness, calls = look(scene)
    assert freshness is Freshness.BEHIND
    assert len(calls) <= MOST_CALLS
    scene.sync()
    assert scene.mirror.user_count == changed + 1


def test_incomplete_users_on_a_second_page_are_left_to_a_whole_sync(scene: Scene) -> None:
    scene.cloud.page = 1
    hire(scene, 2)

    def leave_out(what: str, _tenant_id: str) -> None:
        scene.cloud.partial_deltas = what == "changes from 2" or scene.cloud.partial_deltas

    scene.cloud.on_call = leave_out
    assert look(scene) == (Freshness.BEHIND, ["skus", "changes", "changes"])
    assert scene.mirror.user_count == 2  # what could be told is stored


def test_a_save_under_way_is_not_undone(scene: Scene) -> None:
    scene.rename("Ada", to="Ada Berg")
    scene.cloud.on_call = lambda what, _id: what == "changes" and scene.save("Ada Berg", guid("sku E3"))
    assert look(scene)[0] is Freshness.BEHIND
    assert scene.skus_of("Ada Berg") == [guid("sku E3")]


def test_an_expired_delta_is_left_to_a_whole_sync(scene: Scene) -> None:
    scene.cloud.fail("changes", DeltaExpired())
    assert look(scene)[0] is Freshness.BEHIND
    assert scene.mirror.delta_link is None
    scene.cloud.heal()
    assert look(scene) == (Freshness.BEHIND, ["skus"])
    scene.sync()
    scene.cloud.asked()
    assert look(scene)[0] is Freshness.FRESH


def test_a_customer_never_synced_is_behind(sessions: sessionmaker[Session], make: Make) -> None:
    assert look(Scene.of(sessions, make, "Ada")) == (Freshness.BEHIND, ["skus"])


def test_when_the_seats_cannot_be_read_the_caller_is_told(scene: Scene) -> None:
    scene.cloud.fail("skus", Unreachable("Late."))
    with pytest.raises(Unreachable):
        look(scene)


def test_when_microsoft_cannot_be_asked_the_caller_is_told(scene: Scene) -> None:
    scene.cloud.fail("changes", Unreachable("Late."))
    with pytest.raises(Unreachable):
        look(scene)
