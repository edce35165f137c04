"""Undo leads back: whatever a wish did, its inverse leaves users as they were."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from partner_center.catalog.rules import Rules
from partner_center.licensing.decide import decide
from partner_center.licensing.deeds import Deed, DeedKind
from partner_center.licensing.holders import Context, Holder, License, OwnedPlan, OwnedProduct
from partner_center.licensing.inverse import inverse
from partner_center.licensing.values import LocationScope, LocationWish, Op, PlanMode, ProductWish, Wish
from tests.make import guid

A, B, C = guid("A"), guid("B"), guid("C")
PLANS = {sku: [guid(f"{sku} {name}") for name in ("mail", "chat", "files")] for sku in (A, B, C)}
CONTEXT = Context(
    {sku: OwnedProduct(sku, plans=tuple(OwnedPlan(p, p) for p in plans)) for sku, plans in PLANS.items()},
    Rules((), {}, {}),
)

skus = st.sampled_from([A, B, C])


@st.composite
def holders(draw: st.DrawFn) -> Holder:
    held = draw(st.sets(skus))
    licenses = {
        sku: License(sku, direct=True, off=frozenset(draw(st.sets(st.sampled_from(PLANS[sku])))))
        for sku in held
    }
    return Holder(licenses, draw(st.sampled_from(["NO", "SE"])))


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    products = {
        sku: ProductWish(
            draw(st.sampled_from(Op)),
            draw(st.dictionaries(st.sampled_from(PLANS[sku]), st.sampled_from(PlanMode))),
        )
        for sku in draw(st.sets(skus))
    }
    places = st.builds(LocationWish, st.sampled_from(["NO", "TR"]), st.sampled_from(LocationScope))
    return Wish(products, draw(st.none() | places))


def carried_out(holder: Holder, deeds: tuple[Deed, ...]) -> Holder:
    """What Microsoft makes of it."""
    licenses, location = dict(holder.licenses), holder.location
    for deed in deeds:
        match deed.kind:
            case DeedKind.LOCATION:
                location = deed.location
            case DeedKind.REVOKE:
                del licenses[deed.sku_id]
            case _:
                licenses[deed.sku_id] = License(deed.sku_id, direct=True, off=frozenset(deed.off))
    return Holder(licenses, location)


def way_back(before: Holder, deeds: tuple[Deed, ...], now: Holder) -> tuple[Deed, ...]:
    return decide(now, inverse(deeds, before.licenses, before.location), CONTEXT).goes


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(before=holders(), wish=wishes(), data=st.data())
def test_what_was_done_is_undone_whole_or_in_part(before: Holder, wish: Wish, data: st.DataObject) -> None:
    planned = decide(before, wish, CONTEXT).goes
    done = tuple(deed for deed in planned if data.draw(st.booleans()))
    assume(done)
    after = carried_out(before, done)

    back = way_back(before, done, after)

    assert carried_out(after, back) == before
    again = way_back(after, back, before)
    assert carried_out(before, again) == after, "an undo is undone like anything else"
