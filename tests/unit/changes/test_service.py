"""Submitting, saving, discarding: what is stored, and what is refused in whose words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pyroaring import BitMap
from sqlalchemy import func, select

from partner_center.audit.models import AuditEntry
from partner_center.changes import queries, service
from partner_center.changes.draft import get_draft, set_draft
from partner_center.changes.models import Change
from partner_center.changes.plan import ReviewReason
from partner_center.changes.service import SaveResult
from partner_center.changes.shortages import Choice, Way
from partner_center.jobs.models import Job
from partner_center.licensing.values import LocationWish, Op, PlanMode, ProductWish, Wish
from partner_center.shared import clock
from partner_center.shared.errors import Conflict, Forbidden, NotFound, Refusal
from partner_center.staff.actor import RoleForbids
from partner_center.staff.permissions import Override, Permission
from partner_center.staff.queries import actor_of
from partner_center.staff.roles import Role
from tests.cast import Cast
from tests.make import Make, guid
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.stage import E3, EXO, FLOW, TEAMS, VISIO, Stage, assign, held, revoke, sku


@pytest.fixture
def stage(make: Make, stage_of: StageOf) -> Stage:
    return stage_of(
        [make.user("Ada", E3), make.user("Bob"), make.user("Cem", usage_location=None)],
        [sku(E3, enabled=3), sku(VISIO), sku(FLOW)],
    )


def test_a_second_click_saves_once(stage: Stage) -> None:
    first = stage.submit(assign(FLOW), BitMap([2]))
    second = stage.submit(assign(FLOW), BitMap([2]))

    assert first.ref == second.ref
    assert stage.session.scalar(select(func.count()).select_from(Change)) == 1
    assert stage.session.scalar(select(func.count()).select_from(Job)) == 1


def test_the_key_of_a_saved_change_can_not_be_used_for_another(stage: Stage) -> None:
    change = stage.submit(assign(FLOW), BitMap([2]))

    with pytest.raises(Conflict, match=change.ref):
        stage.submit(assign(VISIO), BitMap([2]))


def test_a_plan_that_was_not_saved_is_made_anew_by_the_same_form(stage: Stage) -> None:
    first = stage.submit(revoke(E3))

    second = stage.submit(assign(FLOW), BitMap([2]))

    assert (second.ref, second.state) == (first.ref, "waiting")


def test_someone_elses_key_is_no_key(stage: Stage, cast: Cast) -> None:
    stage.submit(revoke(E3))
    stage.actor = actor_of(cast.global_admin)

    with pytest.raises(Conflict):
        stage.submit(revoke(E3))


@pytest.mark.parametrize(
    ("wish", "members", "reason"),
    [
        (revoke(E3), [1], ReviewReason.REVOKES),
        (assign(FLOW), [3], ReviewReason.EXPECTED),
        (Wish({E3: ProductWish(Op.LEAVE, {TEAMS: PlanMode.OFF})}), [1], ReviewReason.PLANS_OFF),
    ],
)
def test_what_is_risky_is_shown_before_it_is_saved(
    stage: Stage, wish: Wish, members: list[int], reason: ReviewReason
) -> None:
    change = stage.submit(wish, BitMap(members))

    assert change.state == "planned"
    assert stage.plan(change).plan.reasons == (reason,)
    assert stage.session.scalar(select(func.count()).select_from(Job)) == 0


def test_a_shortage_is_shown_before_it_is_saved(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada"), make.user("Bob")], [sku(E3, enabled=1)])

    view = stage.plan(stage.submit(assign(E3)))

    product = view.plan.products[0]
    assert view.plan.reasons == (ReviewReason.SHORT,)
    assert (product.need, product.available, product.short, product.served) == (2, 1, 1, 1)


@pytest.mark.parametrize(("count", "state"), [(20, "waiting"), (21, "planned")])
def test_more_than_twenty_users_are_shown_first(
    make: Make, stage_of: StageOf, count: int, state: str
) -> None:
    stage = stage_of([make.user(f"User {n}") for n in range(count)], [sku(E3)])

    assert stage.submit(assign(E3)).state == state


def test_new_licences_with_services_off_take_nothing_away(stage: Stage) -> None:
    assert stage.submit(assign(E3, off=[TEAMS]), BitMap([2])).state == "waiting"


def test_the_review_says_what_is_lost_and_until_when(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada", E3), make.user("Bob", E3, VISIO)], [sku(E3), sku(VISIO)])

    view = stage.plan(stage.submit(revoke(E3)))

    losses = view.plan.losses
    assert (losses.mailbox, losses.no_license_left, losses.onedrive, losses.office) == (2, 1, 0, 0)
    assert losses.deleted_on == clock.now().date() + timedelta(days=30)
    assert {loss.value: names for loss, names in view.losses_first.items()} == {
        "inactive_mailbox": ("Ada", "Bob"),
        "mailbox": ("Ada", "Bob"),
        "last_license": ("Ada",),
    }


def test_the_plan_says_user_by_user_what_will_be(make: Make, stage_of: StageOf) -> None:
    stage = stage_of(
        [make.user("Ada", E3), make.user("Bob", E3, VISIO), make.user("Cem")], [sku(E3), sku(VISIO)]
    )
    wish = revoke(E3).with_product(VISIO, ProductWish(Op.ASSIGN))

    view = stage.plan(stage.submit(wish))

    e3, visio = view.products[E3], view.products[VISIO]
    ada, bob, cem = view.users.items
    assert (ada.now, ada.after) == ((e3,), (visio,))
    assert (bob.now, bob.after) == (tuple(sorted((e3, visio))), (visio,))
    assert (cem.now, cem.after) == ((), (visio,))
    assert {deed.already for deed in bob.deeds if deed.sku_id == VISIO} == {True}
    plan = view.plan
    assert (plan.to_assign, plan.to_revoke, plan.unchanged, plan.asked) == (2, 2, 2, 6)


def test_a_plan_is_saved_only_as_it_was_shown(stage: Stage) -> None:
    change = stage.submit(revoke(E3))
    ada = next(user for user in stage.cloud.users_by_id.values() if user.display_name == "Ada")
    shown = stage.plan(change).digest
    stage.tell(replace(ada, licenses=()))

    result = service.save(stage.session, stage.actor, stage.customer.id, change.ref, digest=shown)
    stage.session.commit()

    assert (result, change.state) == (SaveResult.REVIEW_AGAIN, "review_again")
    again = stage.plan(change)
    assert again.drifted
    assert (again.plan.to_revoke, again.plan.unchanged) == (0, 3)
    assert stage.save(change) is SaveResult.SAVED


def test_what_does_not_touch_the_plan_does_not_stop_it(stage: Stage) -> None:
    change = stage.submit(revoke(E3))
    bob = next(user for user in stage.cloud.users_by_id.values() if user.display_name == "Bob")
    shown = stage.plan(change).digest
    stage.tell(replace(bob, licenses=(held(VISIO),)))

    result = service.save(stage.session, stage.actor, stage.customer.id, change.ref, digest=shown)

    assert result is SaveResult.SAVED


def test_a_reviewed_plan_is_saved_once(stage: Stage) -> None:
    change = stage.submit(revoke(E3))
    digest = stage.plan(change).digest

    assert stage.save(change) is SaveResult.SAVED
    again = service.save(stage.session, stage.actor, stage.customer.id, change.ref, digest=digest)

    assert again is SaveResult.ALREADY
    assert stage.session.scalar(select(func.count()).select_from(Job)) == 1


def test_a_note_is_kept_with_the_change(stage: Stage) -> None:
    change = stage.submit(revoke(E3))

    stage.save(change, note="Ticket 4711" + "!" * 600)

    assert change.note.startswith("Ticket 4711")
    assert len(change.note) == 500


def test_a_product_can_be_left_out_in_the_review_and_the_rest_is_shown(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada"), make.user("Bob")], [sku(E3, enabled=1), sku(FLOW)])
    change = stage.submit(assign(E3, FLOW))

    assert stage.save(change, choices={E3: Choice(Way.OUT)}) is SaveResult.REVIEW_AGAIN
    assert [product.sku_id for product in stage.plan(change).plan.products] == [FLOW]
    with pytest.raises(Refusal, match="Nothing is left"):
        stage.save(change, choices={FLOW: Choice(Way.OUT)})
    assert stage.save(change) is SaveResult.SAVED


def test_a_discarded_plan_can_not_be_saved(stage: Stage) -> None:
    change = stage.submit(revoke(E3))
    digest = stage.plan(change).digest
    service.discard(stage.session, stage.actor, stage.customer.id, change.ref)
    service.discard(stage.session, stage.actor, stage.customer.id, change.ref)

    assert stage.plan(change).discarded
    with pytest.raises(Conflict, match="discarded"):
        service.save(stage.session, stage.actor, stage.customer.id, change.ref, digest=digest)
    stage.session.commit()
    entries = stage.session.scalars(select(AuditEntry.action).where(AuditEntry.subject == change.ref)).all()
    assert entries == ["change_discarded"]


def test_a_saved_change_can_not_be_discarded(stage: Stage) -> None:
    change = stage.submit(assign(FLOW), BitMap([2]))

    with pytest.raises(Conflict, match="saved already"):
        service.discard(stage.session, stage.actor, stage.customer.id, change.ref)


def test_someone_elses_plan_can_be_read_but_not_saved(stage: Stage, cast: Cast) -> None:
    change = stage.submit(revoke(E3))
    digest = stage.plan(change).digest
    other = actor_of(cast.global_admin)

    view = queries.change_view(stage.session, other, stage.customer.id, change.ref)
    assert not view.can_save  # type: ignore[union-attr]
    with pytest.raises(Forbidden, match="Deniz Admin"):
        service.save(stage.session, other, stage.customer.id, change.ref, digest=digest)
    with pytest.raises(Forbidden):
        service.discard(stage.session, other, stage.customer.id, change.ref)


def test_a_stranger_finds_nothing(stage: Stage, cast: Cast) -> None:
    change = stage.submit(revoke(E3))
    stranger = actor_of(cast.stranger)

    for ask in (service.discard, service.mark_seen, queries.change_view, queries.progress):
        with pytest.raises(NotFound):
            ask(stage.session, stranger, stage.customer.id, change.ref)
    with pytest.raises(NotFound):
        queries.list_changes(stage.session, stranger, stage.customer.id)
    with pytest.raises(NotFound):
        queries.progress(stage.session, stage.actor, cast.fjord.id, change.ref)


def test_a_role_that_sets_no_locations_is_refused(stage: Stage, cast: Cast) -> None:
    stage.actor = actor_of(cast.sales)

    with pytest.raises(RoleForbids) as refused:
        stage.submit(Wish(location=LocationWish("NO")))
    assert refused.value.permission is Permission.SET_USAGE_LOCATION


def test_a_role_that_gives_but_does_not_take_is_refused_the_taking(stage: Stage, cast: Cast) -> None:
    cell = Override(Role.ADMIN_AGENT, Permission.REVOKE_LICENSES, False)
    stage.actor = replace(actor_of(cast.admin), overrides=frozenset({cell}))

    assert stage.submit(assign(E3))
    with pytest.raises(RoleForbids) as refused:
        stage.submit(revoke(E3))
    assert refused.value.permission is Permission.REVOKE_LICENSES


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"access_state": "expired"}, "ended"), ({"access_roles": []}, "read-only")],
)
def test_a_customer_that_lets_us_not_write_is_told_before_anything_is_sent(
    stage: Stage, fields: dict[str, object], words: str
) -> None:
    change = stage.submit(revoke(E3))
    for name, value in fields.items():
        setattr(stage.customer, name, value)
    stage.session.commit()

    with pytest.raises(Forbidden, match=words):
        stage.submit(assign(FLOW), BitMap([2]), key="other")
    with pytest.raises(Forbidden, match=words):
        stage.save(change)


@pytest.mark.parametrize(
    "wish",
    [
        assign(guid("sku nobody sells")),
        Wish({E3: ProductWish(Op.ASSIGN, {guid("plan of another product"): PlanMode.OFF})}),
    ],
)
def test_products_and_plans_the_customer_does_not_have_are_refused(stage: Stage, wish: Wish) -> None:
    with pytest.raises(Refusal, match="Open the page again"):
        stage.submit(wish)
    with pytest.raises(Refusal, match="Open the page again"):
        set_draft(stage.session, stage.actor, stage.customer.id, wish)


def test_nothing_and_nobody_are_refused_in_words(stage: Stage) -> None:
    with pytest.raises(Refusal, match="not changed anything"):
        stage.submit(Wish())
    with pytest.raises(Refusal, match="at least one user"):
        stage.submit(assign(FLOW), BitMap())
    with pytest.raises(Conflict, match="exists any more"):
        stage.submit(assign(FLOW), BitMap([4711]))


def test_saving_clears_the_draft_and_planning_keeps_it(stage: Stage) -> None:
    wish = revoke(E3)
    set_draft(stage.session, stage.actor, stage.customer.id, wish)
    change = stage.submit(wish)
    assert get_draft(stage.session, stage.actor, stage.customer.id).wish == wish

    stage.save(change)

    assert get_draft(stage.session, stage.actor, stage.customer.id).wish.is_empty


def test_the_list_tells_newest_first_and_unseen_results_are_counted(stage: Stage) -> None:
    done = stage.submit_and_save(assign(FLOW), BitMap([2]))
    stage.run()
    planned = stage.submit(revoke(E3), key="plan")

    rows = queries.list_changes(stage.session, stage.actor, stage.customer.id)

    assert [row.head.ref for row in rows.items] == [planned.ref, done.ref]
    assert [row.sums.done if row.sums else None for row in rows.items] == [None, 1]
    assert queries.count_unseen(stage.session, stage.actor) == 1
    service.mark_seen(stage.session, stage.actor, stage.customer.id, done.ref)
    service.mark_seen(stage.session, stage.actor, stage.customer.id, done.ref)
    assert queries.count_unseen(stage.session, stage.actor) == 0
    assert stage.result(done).head.seen


def test_service_plans_off_are_named_in_the_plan(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada", E3), make.user("Bob")], [sku(E3)])
    wish = Wish({E3: ProductWish(Op.ASSIGN, {EXO: PlanMode.OFF})})

    view = stage.plan(stage.submit(wish))

    assert view.plan.products[0].plans_off == ((EXO, 1),)
    assert view.plans[EXO] == "EXCHANGE_S_ENTERPRISE"
    assert [deed.off_names for user in view.users.items for deed in user.deeds] == [
        ("EXCHANGE_S_ENTERPRISE",)
    ] * 2
