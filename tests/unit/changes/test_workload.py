"""What is next, in which order, and when: decided without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from partner_center.catalog.rules import Rules
from partner_center.changes.dispatching import Hold, next_call
from partner_center.changes.items import Call, Entry, Item, is_so
from partner_center.changes.judging import Judgement, Then, judge_answer
from partner_center.changes.states import ItemState, Outcome, Step
from partner_center.changes.workload import Workload
from partner_center.cloud.port import Answer, LicenseRequest, Reason, RemoteLicense, RemoteUser, Verdict
from partner_center.licensing.deeds import Deed, DeedKind
from partner_center.licensing.holders import Context, OwnedPlan, OwnedProduct
from partner_center.licensing.seats import SeatLedger

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=30)
CONTEXT = Context(
    {
        "a": OwnedProduct("a", plans=(OwnedPlan("p", "P"),)),
        "b": OwnedProduct("b", plans=(OwnedPlan("q", "Q"),)),
    },
    Rules((), {}, {}),
)


def _item(*deeds: Deed, step: Step = Step.LICENSES, attempts: int = 0) -> Item:
    return Item(0, 1, "user", ItemState.WAITING, step, [Entry(deed) for deed in deeds], attempts=attempts)


def _give(sku: str = "a", off: tuple[str, ...] = ()) -> Deed:
    return Deed(DeedKind.ASSIGN, sku, off=off)


def _take(sku: str = "b") -> Deed:
    return Deed(DeedKind.REVOKE, sku)


def _call(item: Item) -> Call:
    return Call(item, tuple(item.next_entries))


def _failed(reason: Reason, **fields: object) -> Answer:
    return Answer(Verdict.FAILED, reason, "words", "req", **fields)  # type: ignore[arg-type]


def _ends(item: Item) -> list[tuple[Outcome | None, str | None]]:
    return [(entry.outcome, entry.reason) for entry in item.entries]


def test_all_of_a_user_is_one_request() -> None:
    item = _item(_give("a", ("p",)), _take("b"), Deed(DeedKind.PLANS, "c", off=("x", "y")))

    call = next_call(item, SeatLedger({"a": 1}, {}))

    assert isinstance(call, Call)
    assert call.license_request() == LicenseRequest("user", (("a", ("p",)), ("c", ("x", "y"))), ("b",))
    assert (item.state, item.reserved) == (ItemState.SENT, ("a",))


def test_an_outcome_is_for_ever() -> None:
    entry = Entry(_give())
    entry.close(Outcome.DONE)

    with pytest.raises(ValueError, match="for ever"):
        entry.close(Outcome.FAILED)


def test_a_location_that_failed_leaves_the_licences_alone() -> None:
    item = _item(Deed(DeedKind.LOCATION, location="NO"), _give(), step=Step.LOCATION)
    judge_answer(_call(item), _failed(Reason.OTHER), CONTEXT, NOW)

    assert next_call(item, SeatLedger({"a": 1}, {})) is Hold.NOTHING_LEFT
    assert _ends(item) == [(Outcome.FAILED, "other"), (Outcome.NOT_ATTEMPTED, "location_not_set")]


def test_who_can_get_a_part_gets_it_and_the_rest_is_said() -> None:
    item = _item(_give("a"), _give("b"))

    call = next_call(item, SeatLedger({"a": 1}, {}))

    assert isinstance(call, Call)
    assert [entry.deed.sku_id for entry in call.entries] == ["a"]
    assert _ends(item)[1] == (Outcome.NOT_ATTEMPTED, "no_seats")


def test_who_waits_for_one_licence_and_can_not_get_another_waits_for_the_one() -> None:
    item = _item(_give("a"), _give("b"))

    assert next_call(item, SeatLedger({}, {"a": 1})) is Hold.SEATS
    assert _ends(item) == [(None, None), (Outcome.NOT_ATTEMPTED, "no_seats")]


@pytest.mark.parametrize(
    ("deeds", "answer", "ends"),
    [
        # the text names the product
        (
            [_give("a"), _give("b")],
            _failed(Reason.NO_SEATS, skus=("b",)),
            [(None, None), (Outcome.FAILED, "no_seats")],
        ),
        # the text names a plan that only one of them has
        (
            [_give("a"), _give("b")],
            _failed(Reason.CONFLICT, plans=("q", "z")),
            [(None, None), (Outcome.FAILED, "conflict")],
        ),
        # nothing is named: each is asked for alone
        ([_give("a"), _give("b")], _failed(Reason.CONFLICT), [(None, None), (None, None)]),
        (
            [_give("a"), _give("z")],
            _failed(Reason.CONFLICT, plans=("unknown",)),
            [(None, None), (None, None)],
        ),
        # what concerns the user concerns everything
        ([_give("a"), _take("b")], _failed(Reason.USER_GONE), [(Outcome.FAILED, "user_gone")] * 2),
        (
            [_give("a"), _give("b")],
            _failed(Reason.LOCATION_MISSING),
            [(Outcome.FAILED, "location_missing")] * 2,
        ),
        # a swap is whole
        (
            [_give("a"), _take("b")],
            _failed(Reason.NO_SEATS),
            [(Outcome.FAILED, "no_seats"), (Outcome.NOT_ATTEMPTED, "kept_together")],
        ),
        ([_give("a"), _take("b")], _failed(Reason.OTHER), [(Outcome.FAILED, "other")] * 2),
        # nothing to take is no failure, and the swap goes on without it
        ([_give("a"), _take("b")], _failed(Reason.NOT_HELD), [(None, None), (Outcome.ALREADY_SO, None)]),
    ],
)
def test_the_blame_goes_to_what_microsoft_means(
    deeds: list[Deed], answer: Answer, ends: list[tuple[Outcome | None, str | None]]
) -> None:
    item = _item(*deeds)

    judge_answer(_call(item), answer, CONTEXT, NOW)

    assert _ends(item) == ends


@pytest.mark.parametrize(
    ("attempts", "ends", "evidence"), [(0, Outcome.ALREADY_SO, "req"), (1, Outcome.DONE, None)]
)
def test_who_holds_it_no_more_is_told_without_the_id_of_a_request_that_did_nothing(
    attempts: int, ends: Outcome, evidence: str | None
) -> None:
    item = _item(_take(), attempts=attempts)

    judge_answer(_call(item), _failed(Reason.NOT_HELD), CONTEXT, NOW)

    assert (item.entries[0].outcome, item.entries[0].request_id) == (ends, evidence)


def test_no_hint_means_one_product_a_call() -> None:
    item = _item(_give("a"), _give("b"))

    assert judge_answer(_call(item), _failed(Reason.CONFLICT), CONTEXT, NOW).then is Then.AGAIN
    assert (item.step, len(item.next_entries)) == (Step.SINGLY, 1)


def test_a_throttled_user_waits_a_little_where_microsoft_does_not_say_how_long() -> None:
    item = _item(_give())

    judgement = judge_answer(_call(item), Answer(Verdict.THROTTLED, Reason.BUSY), CONTEXT, NOW)

    assert judgement == Judgement(Then.LATER, NOW + timedelta(seconds=5))


def test_what_is_due_is_woken_and_what_is_paused_is_not() -> None:
    work = Workload([1, 2])
    work.postpone(3, LATER)
    work.note(_item(_give()), Judgement(Then.LOOK, LATER))
    work.pause(LATER)

    assert (work.take(5), work.take_lost(5), work.has_ready) == ([], [], False)
    assert work.next_due(NOW) == LATER
    work.wake(NOW)
    assert not work.has_ready
    work.wake(LATER)
    assert (work.take(5), len(work.take_lost(5))) == ([3, 1, 2], 1)
    assert work.next_due(LATER) is None


def test_a_pause_with_nothing_to_do_is_no_reason_to_come_back() -> None:
    work = Workload([])
    work.pause(LATER)

    assert work.next_due(NOW) is None


def test_what_is_ready_is_due_at_once() -> None:
    assert Workload([1]).next_due(NOW) == NOW


def test_those_who_wait_for_seats_go_first_when_one_comes() -> None:
    work = Workload([9])
    work.wait_for_seats(1)
    work.wait_for_seats(2)
    assert not work.only_waits_for_seats

    work.seats_came()

    assert work.take(5) == [1, 2, 9]
    work.wait_for_seats(1)
    assert work.only_waits_for_seats


def test_settled_users_are_no_more_work() -> None:
    work = Workload([])
    work.note(_item(_give()), Judgement(Then.SETTLED))

    assert not work.has_ready


def test_a_licence_is_as_wanted_when_it_is_direct_with_the_same_services_off() -> None:
    def user(*licenses: RemoteLicense) -> RemoteUser:
        return RemoteUser("user", "Ada", "ada@x", None, None, "NO", "Member", True, licenses)

    assert is_so(_give("a", ("p",)), user(RemoteLicense("a", True, (), ("p",), None)))
    assert not is_so(_give("a", ("p",)), user(RemoteLicense("a", True, (), (), None)))
    assert not is_so(_give("a"), user(RemoteLicense("a", False, ("g",), (), None)))
    assert is_so(_give("a", ("p",)), user(RemoteLicense("a", True, ("g",), (), None)))
    assert is_so(_take("a"), user(RemoteLicense("a", False, ("g",), (), None)))
    assert not is_so(_take("a"), user(RemoteLicense("a", True, (), (), None)))
    assert is_so(Deed(DeedKind.LOCATION, location="NO"), user())
