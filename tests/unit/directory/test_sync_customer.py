"""One customer's sync: everything once, then what changed, from wherever it was stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from partner_center.cloud.errors import (
    AccessDenied,
    CloudError,
    DamagedAnswer,
    DeltaExpired,
    Throttled,
    Unreachable,
)
from partner_center.cloud.port import RemoteGroup, RemoteSubscription, RemoteTerm
from partner_center.directory import mirror, sync_troubles
from partner_center.directory.models import DirectoryGroup, Mirror, SubscribedSku, TenantSubscription
from partner_center.directory.sync import MOST_LOOKS, sync_customer
from partner_center.directory.sync_troubles import sentence_for
from partner_center.shared.errors import NotFound
from tests.make import Make, guid
from tests.unit.directory.sync_cloud import Scene

NOON = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
SHUT = AccessDenied(403, "Authorization_RequestDenied", "Insufficient privileges.")
PRODUCTS = ["skus", "subscriptions", "terms", "groups"]


class Killed(BaseException):
    """The process ended here."""


@pytest.fixture
def scene(sessions: sessionmaker[Session], make: Make) -> Scene:
    """Five users: three pages."""
    return Scene.of(sessions, make, "Ada", "Bo", "Cem", "Dag", "Eva")


def test_the_first_sync_reads_everything(scene: Scene) -> None:
    sku_id = guid("sku E3")
    scene.tenant.skus = [scene.make.sku(sku_id, enabled=10, consumed=4)]
    scene.tenant.subscriptions = [RemoteSubscription(guid("s"), sku_id, "Enabled", 10, False, False, None)]
    scene.tenant.groups = [RemoteGroup(guid("g"), "Sales licenses")]
    with time_machine.travel(NOON, tick=False):
        assert scene.sync() == 5
    assert scene.names == ["Ada", "Bo", "Cem", "Dag", "Eva"]
    assert scene.session.get_one(SubscribedSku, (scene.customer.id, sku_id)).consumed == 4
    assert scene.session.scalars(select(TenantSubscription.total_licenses)).all() == [10]
    assert scene.session.scalars(select(DirectoryGroup.display_name)).all() == ["Sales licenses"]
    kept = scene.mirror
    assert (kept.synced_at, kept.tried_at, kept.error, kept.user_count) == (NOON, NOON, None, 5)
    assert (kept.delta_link, kept.resume_link, kept.resume_delta_link) == ("5", None, None)


def test_terms_of_subscriptions_come_from_partner_center_and_stay_when_it_is_silent(scene: Scene) -> None:
    scene.tenant.subscriptions = [
        RemoteSubscription(guid("s"), guid("sku"), "Enabled", 10, False, False, None)
    ]
    scene.tenant.terms = [RemoteTerm(guid("s"), "P1Y", True)]
    scene.sync()
    terms = select(TenantSubscription.term, TenantSubscription.auto_renew)
    assert scene.session.execute(terms).all() == [("P1Y", True)]
    scene.cloud.fail("terms", Unreachable("no way"))
    scene.sync()
    scene.cloud.heal()
    assert scene.session.execute(terms).all() == [("P1Y", True)]
    scene.tenant.terms = []
    scene.sync()
    scene.session.rollback()
    assert scene.session.execute(terms).all() == [(None, None)]


def test_the_link_to_later_changes_is_taken_before_the_first_page(scene: Scene) -> None:
    scene.sync()
    assert scene.links() == ["link", "users from 0", "users from 2", "users from 4"]


def test_what_changes_while_everything_is_read_comes_with_the_next_sync(scene: Scene) -> None:
    scene.cloud.on_call = lambda what, _id: what == "users from 4" and scene.rename("Ada", to="Ada Late")
    scene.sync()
    assert "Ada" in scene.names
    scene.sync()
    assert "Ada Late" in scene.names


def test_later_syncs_read_only_what_changed(scene: Scene) -> None:
    scene.sync()
    scene.cloud.asked()
    scene.rename("Ada", to="Ada Berg")
    scene.join("Fia")
    scene.leave("Bo")
    with time_machine.travel(NOON, tick=False):
        scene.sync()
    assert scene.cloud.asked() == [*PRODUCTS, "changes from 5", "changes", "changes from 7", "changes"]
    assert scene.names == ["Ada Berg", "Cem", "Dag", "Eva", "Fia"]
    kept = scene.mirror
    assert (kept.delta_link, kept.synced_at, kept.user_count) == ("8", NOON, 5)


def test_changed_users_told_without_their_licenses_are_read_again(scene: Scene) -> None:
    scene.sync()
    scene.rename("Ada", to="Ada Berg")
    scene.leave("Bo")
    scene.cloud.partial_deltas = True
    scene.cloud.asked()
    scene.sync()
    assert scene.cloud.asked() == [*PRODUCTS, "changes from 5", "changes", "read"]
    assert scene.names == ["Ada Berg", "Cem", "Dag", "Eva"]


@pytest.mark.parametrize("stored", [True, False], ids=["after the page was stored", "before it was stored"])
def test_a_sync_killed_between_pages_goes_on_where_it_was(scene: Scene, stored: bool) -> None:
    def die_at_four(session: Session, users: int) -> None:
        if users < 4 or stored:
            session.commit()
        if users >= 4:
            raise Killed

    with pytest.raises(Killed):
        scene.sync(die_at_four)
    kept = scene.mirror
    assert (kept.delta_link, kept.resume_link, kept.synced_at) == (None, "4" if stored else "2", None)
    assert len(scene.names) == (4 if stored else 2)
    scene.cloud.asked()
    scene.sync()
    assert scene.links() == (["users from 4"] if stored else ["users from 2", "users from 4"])
    assert scene.names == ["Ada", "Bo", "Cem", "Dag", "Eva"]
    assert scene.mirror.delta_link == "5"


def test_a_sync_killed_before_its_first_page_begins_anew(scene: Scene) -> None:
    scene.cloud.fail("users", Killed())
    with pytest.raises(Killed):
        scene.sync()
    scene.cloud.heal()
    scene.sync()
    assert len(scene.names) == 5


def test_a_delta_killed_between_pages_goes_on_where_it_was(scene: Scene) -> None:
    with time_machine.travel(NOON, tick=False):
        scene.sync()
    scene.join("Fia", "Gry", "Hal")
    scene.cloud.fail("changes", Killed(), after=1)
    with pytest.raises(Killed):
        scene.sync()
    kept = scene.mirror
    assert (kept.delta_link, kept.synced_at) == ("7", NOON)  # two more users, yet no younger copy
    scene.cloud.heal()
    scene.cloud.asked()
    scene.sync()
    assert scene.links() == ["changes from 7"]
    assert scene.names[-3:] == ["Fia", "Gry", "Hal"]


def test_an_expired_delta_starts_a_full_sync_by_itself(scene: Scene) -> None:
    scene.sync()
    scene.leave("Ada")  # and the delta has forgotten it
    scene.join("Fia")
    scene.tenant.oldest_change = 7
    scene.cloud.asked()
    scene.sync()
    assert scene.links() == ["changes from 5", "link", "users from 0", "users from 2", "users from 4"]
    assert scene.names == ["Bo", "Cem", "Dag", "Eva", "Fia"]
    assert scene.mirror.error is None


def test_a_page_link_too_old_starts_a_full_sync_by_itself(scene: Scene) -> None:
    scene.cloud.fail("users", Killed(), after=1)
    with pytest.raises(Killed):
        scene.sync()
    scene.cloud.heal()
    scene.cloud.fail("users from 2", DeltaExpired())
    scene.cloud.on_call = lambda what, _id: what == "link" and scene.cloud.heal()
    scene.sync()
    assert len(scene.names) == 5


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (SHUT, sync_troubles.NO_ACCESS),
        (Throttled(7), sync_troubles.BUSY),
        (Unreachable("x"), sync_troubles.UNREACHABLE),
        (DamagedAnswer("x"), sync_troubles.UNUSABLE),
    ],
)
def test_a_failed_sync_keeps_the_copy_and_says_why(scene: Scene, error: CloudError, sentence: str) -> None:
    with time_machine.travel(NOON, tick=False):
        scene.sync()
    scene.cloud.fail("changes", error)
    later = NOON + timedelta(hours=1)
    with time_machine.travel(later, tick=False), pytest.raises(type(error)):
        scene.sync()
    kept = scene.mirror
    assert (kept.error, kept.synced_at, kept.tried_at) == (sentence, NOON, later)
    assert len(scene.names) == 5
    scene.cloud.heal()
    scene.sync()
    assert scene.mirror.error is None


def test_sentences_are_short_and_all_listed() -> None:
    assert sentence_for(ValueError("x")) == sync_troubles.OUR_FAULT
    for text in sync_troubles.SENTENCES:
        assert all(len(sentence.split()) <= 15 for sentence in text.split(". "))


def test_names_of_groups_are_worth_no_failure(scene: Scene) -> None:
    scene.tenant.groups = [RemoteGroup(guid("g"), "Sales licenses")]
    scene.sync()
    scene.cloud.fail("groups", SHUT)
    scene.sync()
    assert scene.mirror.error is None
    assert scene.session.scalars(select(DirectoryGroup.display_name)).all() == ["Sales licenses"]


def test_a_sync_that_is_overtaken_leaves_the_field(scene: Scene) -> None:
    def overtake(what: str, _tenant_id: str) -> None:
        if what == "users from 2":
            with scene.sessions() as other:
                mirror.begin_full(other, scene.customer.id)
                other.commit()

    scene.cloud.on_call = overtake
    scene.sync()
    kept = scene.mirror
    assert (len(scene.names), kept.error, kept.synced_at) == (2, None, None)


def test_a_sync_that_another_one_finished_leaves_the_field(scene: Scene) -> None:
    scene.cloud.fail("users", Killed(), after=1)
    with pytest.raises(Killed):
        scene.sync()
    scene.cloud.heal()
    finished: list[str] = []

    def finish_first(what: str, _tenant_id: str) -> None:
        if what == "users from 2" and not finished:
            finished.append(what)
            scene.sync()

    scene.cloud.on_call = finish_first
    scene.sync()
    kept = scene.mirror
    assert (kept.delta_link, kept.resume_link, kept.user_count) == ("5", None, 5)


def test_what_a_save_tells_is_not_undone_by_a_page_asked_for_before(scene: Scene) -> None:
    scene.sync()
    scene.rename("Ada", to="Ada Berg")
    scene.cloud.asked()

    def save_meanwhile(what: str, _tenant_id: str) -> None:
        if what == "changes from 5":  # the page on its way shows Ada without the license
            scene.save("Ada Berg", guid("sku E3"))
        if what == "read":
            scene.give("Ada Berg", guid("sku E3"))

    scene.cloud.on_call = save_meanwhile
    scene.sync()
    assert "read" in scene.cloud.asked()
    assert "Ada Berg" in scene.names
    assert scene.skus_of("Ada Berg") == [guid("sku E3")]


def test_looking_again_has_an_end(scene: Scene) -> None:
    scene.sync()
    scene.rename("Ada", to="Ada Berg")
    scene.cloud.asked()
    sku_ids = [guid(f"sku {number}") for number in range(10)]
    scene.cloud.on_call = lambda what, _id: (
        what in ("changes", "read") and scene.save("Ada Berg", sku_ids.pop())
    )
    scene.sync()
    assert scene.cloud.asked().count("read") == MOST_LOOKS
    assert scene.mirror.delta_link == "6"


def test_no_transaction_is_open_while_microsoft_is_asked(scene: Scene, engine: Engine) -> None:
    open_at: dict[str, int] = {}
    out = engine.pool.checkedout  # type: ignore[attr-defined]
    scene.cloud.on_call = lambda what, _tenant_id: open_at.update({what: out()})
    scene.cloud.partial_deltas = True
    scene.session.rollback()
    for _again in range(2):
        scene.sync()
        scene.rename("Ada", to="Ada")
    assert {"users", "changes", "read", "skus", "link"} < open_at.keys()
    assert set(open_at.values()) == {0}


def test_an_unknown_customer_is_not_asked_for(scene: Scene) -> None:
    with pytest.raises(NotFound):
        sync_customer(scene.sessions, scene.cloud, 404_404)
    assert scene.cloud.asked() == []
    assert scene.session.scalars(select(Mirror)).all() == []
