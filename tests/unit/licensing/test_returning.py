"""Which data waits for a licence, and the wish that brings it back."""

from __future__ import annotations

from partner_center.catalog.rules import Rules
from partner_center.licensing.holders import Context, License, OwnedPlan, OwnedProduct
from partner_center.licensing.losses import Loss
from partner_center.licensing.returning import waiting
from partner_center.licensing.values import Op, PlanMode, ProductWish

MAIL, FILES, OFFICE, KIOSK, DRAWING = "mail", "files", "office", "kiosk", "drawing"


def product(sku_id: str, **plans: str) -> OwnedProduct:
    return OwnedProduct(sku_id, plans=tuple(OwnedPlan(plan, name) for plan, name in plans.items()))


CONTEXT = Context(
    {
        "E3": product(
            "E3", mail="EXCHANGE_S_ENTERPRISE", files="SHAREPOINTENTERPRISE", office="OFFICESUBSCRIPTION"
        ),
        "F1": product("F1", kiosk="EXCHANGE_S_DESKLESS"),
        "VISIO": product("VISIO", drawing="VISIO_WEB"),
    },
    Rules((), {}, {}),
)


def held(*skus: str, off: tuple[str, ...] = ()) -> dict[str, License]:
    return {sku: License(sku, direct=True, off=frozenset(off)) for sku in skus}


def test_a_license_taken_with_its_mailbox_comes_back_with_the_same_services_off() -> None:
    found = waiting(held("E3", "VISIO", off=(OFFICE,)), held("VISIO"), held("VISIO"), CONTEXT)
    assert found
    assert found.kinds == {Loss.MAILBOX, Loss.ONEDRIVE}
    assert found.sku_ids == ("E3",)
    assert found.wish.product("E3") == ProductWish(Op.ASSIGN, {OFFICE: PlanMode.OFF})


def test_a_service_that_was_switched_off_is_switched_on_again() -> None:
    found = waiting(held("E3"), held("E3", off=(MAIL,)), held("E3", off=(MAIL, OFFICE)), CONTEXT)
    assert found
    assert found.kinds == {Loss.MAILBOX}
    assert found.wish.product("E3") == ProductWish(plans={MAIL: PlanMode.ON}), (
        "Office is none of its business"
    )


def test_what_another_license_kept_was_never_lost() -> None:
    found = waiting(held("E3", "F1"), held("F1"), held("F1"), CONTEXT)
    assert found
    assert found.kinds == {Loss.ONEDRIVE}, "F1 has a mailbox as well"


def test_what_has_come_back_by_any_product_waits_no_more() -> None:
    found = waiting(held("E3"), {}, held("F1"), CONTEXT)
    assert found
    assert found.kinds == {Loss.ONEDRIVE}
    assert waiting(held("F1"), {}, held("E3"), CONTEXT) is None


def test_no_data_no_waiting() -> None:
    assert waiting(held("VISIO"), {}, {}, CONTEXT) is None
    assert waiting(held("E3", off=(MAIL, FILES)), {}, {}, CONTEXT) is None
    assert waiting(held("GONE"), {}, {}, CONTEXT) is None, "what is in it is not known any more"
