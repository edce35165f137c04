"""A plan's numbers add up, and its digest moves exactly when what it says does."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from partner_center.catalog.rules import Rules
from partner_center.changes import planning
from partner_center.changes.pins import pack_asks, pin, unpack_asks, unpin
from partner_center.changes.plan import Ask, Footing, Kind, Plan, ReviewReason
from partner_center.changes.planning import make_plan
from partner_center.licensing.holders import Context, Holder, License, OwnedPlan, OwnedProduct
from partner_center.licensing.values import (
    LOCATION,
    LocationScope,
    LocationWish,
    Op,
    PlanMode,
    ProductWish,
    Wish,
)
from tests.make import guid

A, B = guid("A"), guid("B")
MAIL, CHAT = guid("mail"), guid("chat")
PRODUCTS = {
    A: OwnedProduct(A, plans=(OwnedPlan(MAIL, "EXCHANGE_S_STANDARD"), OwnedPlan(CHAT, "CHAT"))),
    B: OwnedProduct(B, status="Suspended"),
}
CONTEXT = Context(PRODUCTS, Rules((), {}, {}))
TODAY = date(2026, 11, 22)


def _kind(members: BitMap, *licenses: License, location: str | None = "NO") -> Kind:
    return Kind(1, Holder({one.sku_id: one for one in licenses}, location), members)


def _plan(kinds: list[Kind], wish: Wish, available: int = 100) -> Plan:
    everyone = BitMap.union(BitMap(), *(kind.members for kind in kinds))
    return _plan_of(kinds, [Ask(wish, everyone)], available)


def _plan_of(kinds: list[Kind], asks: list[Ask], available: int = 100) -> Plan:
    return make_plan(kinds, asks, CONTEXT, {A: available, B: available}, today=TODAY)


licenses = st.builds(
    License,
    st.sampled_from([A, B]),
    direct=st.booleans(),
    groups=st.sampled_from([(), ("g",)]),
    off=st.sampled_from([frozenset(), frozenset({MAIL})]),
).filter(lambda one: one.direct or one.groups)
product_wishes = st.builds(
    ProductWish,
    st.sampled_from(Op),
    st.dictionaries(st.sampled_from([MAIL, CHAT]), st.sampled_from(PlanMode)),
)
wishes = st.builds(
    Wish,
    st.dictionaries(st.sampled_from([A, B]), product_wishes),
    st.none() | st.builds(LocationWish, st.just("SE"), st.sampled_from(LocationScope)),
)


@st.composite
def kinds(draw: st.DrawFn) -> list[Kind]:
    found, first = [], 1
    for _ in range(draw(st.integers(1, 4))):
        size = draw(st.integers(1, 30))
        members = BitMap(range(first, first + size))
        first += size
        location = draw(st.sampled_from(["NO", None]))
        found.append(_kind(members, *draw(st.lists(licenses, max_size=2)), location=location))
    return found


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(kinds=kinds(), wish=wishes, available=st.integers(-3, 60))
def test_what_is_asked_is_the_sum_of_its_parts(kinds: list[Kind], wish: Wish, available: int) -> None:
    plan = _plan(kinds, wish, available)

    judged = sum(len(each.kind.members) * len(each.judged) for each in plan.kinds)
    assert plan.asked == judged
    assert plan.users == sum(len(kind.members) for kind in kinds)
    assert sum(each.users for each in plan.expected) == plan.expected_failures
    for product in plan.products:
        assert 0 <= product.served <= product.need
        assert product.need == product.give
        if product.short:
            assert product.served + product.short >= product.need
    assert plan.needs_review == bool(plan.reasons)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(kinds=kinds(), wish=wishes)
def test_what_is_pinned_comes_back_as_it_was(kinds: list[Kind], wish: Wish) -> None:
    plan = _plan(kinds, wish)

    pins = unpin(pin(plan.kinds))

    assert [each.judged for each in pins] == [each.judged for each in plan.kinds]
    assert [each.members for each in pins] == [each.kind.members for each in plan.kinds]
    assert [each.location for each in pins] == [each.kind.holder.location for each in plan.kinds]


def test_the_digest_does_not_care_how_users_are_grouped() -> None:
    whole = _plan([_kind(BitMap([1, 2, 3]))], Wish({A: ProductWish(Op.ASSIGN)}))
    parted = _plan([_kind(BitMap([3])), _kind(BitMap([1, 2]))], Wish({A: ProductWish(Op.ASSIGN)}))

    assert whole.digest == parted.digest


def test_the_digest_moves_with_users_fates_and_shortages() -> None:
    wish = Wish({A: ProductWish(Op.ASSIGN)})
    base = _plan([_kind(BitMap([1, 2]))], wish, available=2)

    others = [
        _plan([_kind(BitMap([1, 3]))], wish, available=2),
        _plan([_kind(BitMap([1, 2]), location=None)], wish, available=2),
        _plan([_kind(BitMap([1, 2]))], wish, available=1),
        _plan([_kind(BitMap([1, 2]))], Wish({A: ProductWish(Op.ASSIGN, {MAIL: PlanMode.OFF})}), available=2),
    ]

    assert len({base.digest, *(other.digest for other in others)}) == 5
    assert _plan([_kind(BitMap([1, 2]))], wish, available=50).digest == base.digest


def test_each_user_is_judged_by_what_is_asked_for_them() -> None:
    both = Wish({A: ProductWish(Op.ASSIGN), B: ProductWish(Op.REVOKE)}, LocationWish("SE", LocationScope.ALL))
    asks = [
        Ask(both, BitMap([2])),
        Ask(both.only({A, B}), BitMap([1])),
        Ask(both.only({B, LOCATION}), BitMap([3])),
        Ask(Wish({B: ProductWish(Op.LEAVE, {CHAT: PlanMode.OFF})}), BitMap([4])),
    ]

    plan = _plan_of([_kind(BitMap([1, 2, 3, 4]), License(B, direct=True))], asks)

    asked = {
        number: sorted(judged.deed.sku_id for judged in each.judged)
        for each in plan.kinds
        for number in each.kind.members
    }
    assert asked == {1: sorted([A, B]), 2: sorted([LOCATION, A, B]), 3: sorted([LOCATION, B]), 4: [B]}
    assert (plan.users, plan.to_assign, plan.to_revoke, plan.locations) == (4, 2, 3, 2)
    assert list(unpack_asks(pack_asks(asks))) == asks


def test_many_asks_divide_users_as_few_do(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = [_kind(BitMap(range(first, first + 7)), location="NO") for first in range(1, 43, 7)]
    asks = [
        Ask(
            Wish({A: ProductWish(Op.ASSIGN)}, LocationWish("SE", LocationScope.ALL)), BitMap(range(n, 60, 11))
        )
        for n in range(1, 11)
    ]
    many = _plan_of(kinds, asks)
    monkeypatch.setattr(planning, "FEW_ASKS", 100)
    few = _plan_of(kinds, asks)

    assert len(asks) < 100
    assert (many.digest, many.members, many.left_out) == (few.digest, few.members, few.left_out)
    assert many.users == len(many.members) > 0


def test_countries_are_told_apart() -> None:
    asks = [
        Ask(Wish(location=LocationWish(country, LocationScope.ALL)), BitMap([number]))
        for number, country in enumerate(("SE", "NO", "TR"))
    ]

    plan = _plan_of([_kind(BitMap([0, 1, 2]), location="NO")], asks)

    assert [(each.value, each.users, each.already) for each in plan.places] == [
        ("NO", 0, 1),
        ("SE", 1, 0),
        ("TR", 1, 0),
    ]


@pytest.mark.parametrize(
    ("now", "location", "fits"),
    [
        ([License(A, direct=True, groups=("y", "x"), off=frozenset({MAIL}))], "SE", True),
        ([License(A, direct=True, groups=("x",), off=frozenset({MAIL}))], "SE", False),
        ([License(A, direct=True, groups=("x", "y"))], "SE", False),
        ([License(A, direct=True, groups=("x", "y"), off=frozenset({MAIL}))], "NO", False),
        ([], "SE", False),
    ],
)
def test_who_no_longer_stands_as_the_ask_wants_is_left_out(
    now: list[License], location: str, fits: bool
) -> None:
    left = {A: License(A, direct=True, groups=("x", "y"), off=frozenset({MAIL}))}
    ask = Ask(Wish({A: ProductWish(Op.REVOKE)}), BitMap([1, 9]), Footing(left, "SE"))

    plan = _plan_of([_kind(BitMap([1, 2]), *now, location=location)], [ask])

    assert plan.users == int(fits)
    gone = ("user_gone", BitMap([9]))
    assert [(each.reason, each.members) for each in plan.left_out] == [("changed", BitMap([1]))] * (
        not fits
    ) + [gone]
    assert unpack_asks(pack_asks([ask])) == (ask,)


def test_the_digest_moves_when_somebody_is_left_out() -> None:
    ask = Ask(Wish({A: ProductWish(Op.ASSIGN)}), BitMap([1, 2]), Footing({}))
    whole = _plan_of([_kind(BitMap([1])), _kind(BitMap([2]))], [ask])
    without = _plan_of([_kind(BitMap([1])), _kind(BitMap([2]), License(B, direct=True))], [ask])
    gone = _plan_of([_kind(BitMap([1]))], [ask])

    assert len({whole.digest, without.digest, gone.digest}) == 3


def test_freed_licences_count_before_more_are_needed() -> None:
    plan = _plan(
        [_kind(BitMap([1]), License(A, direct=True))], Wish({A: ProductWish(Op.REVOKE)}), available=-2
    )

    assert (plan.products[0].freed, plan.products[0].after, plan.products[0].short) == (1, -1, 0)


def test_a_plan_says_what_it_says_in_one_line_of_numbers() -> None:
    plan = _plan(
        [_kind(BitMap([1, 2]), License(A, direct=True)), _kind(BitMap([3]))],
        Wish({A: ProductWish(Op.REVOKE)}, LocationWish("SE")),
    )

    summary = plan.summary()
    assert summary["to_revoke"] == 2
    assert summary["unchanged"] == 1
    assert summary["mailbox"] == 2
    assert summary["deleted_on"] == "2026-12-22"
    assert summary["reasons"] == [ReviewReason.REVOKES]
    assert plan.locations == 0
    assert _plan([_kind(BitMap([3]))], Wish({A: ProductWish(Op.REVOKE)})).summary()["deleted_on"] is None
