"""The pages of the desks where changes are prepared: where to go on with one that is not saved yet."""

from __future__ import annotations

from typing import Any

from flask import url_for

from partner_center.directory.desks import RECLAIM, REMOVED, group_of, mode_of, product_of, user_of

_PAGES = {REMOVED: "cleanup.show_removed", RECLAIM: "cleanup.show_reclaim"}


def desk_url(customer_id: int, desk: str) -> str:
    """The desk itself, as it was left."""
    return _elsewhere(customer_id, desk) or url_for("manage.manage_licenses", customer_id=customer_id)


def product_url(customer_id: int, desk: str, sku_id: str) -> str:
    """The desk at one product; on **Manage licenses** at its row."""
    return _elsewhere(customer_id, desk, sku_id=sku_id) or url_for(
        "manage.manage_licenses", customer_id=customer_id, _anchor=f"p-{sku_id}"
    )


def plans_url(customer_id: int, desk: str, sku_id: str) -> str:
    """Where the services inside the product are turned on or off."""
    return _elsewhere(customer_id, desk, "apps", sku_id) or url_for(
        "manage.show_plans", customer_id=customer_id, sku_id=sku_id
    )


def location_url(customer_id: int, desk: str) -> str:
    """Where the usage location is set."""
    return _elsewhere(customer_id, desk, "location") or url_for(
        "manage.manage_licenses", customer_id=customer_id, _anchor="location"
    )


def _elsewhere(customer_id: int, desk: str, part: str = "", sku_id: str = "") -> str:
    """The page of a desk that is not the main one, with `part` of it open; empty for the main desk."""
    if mode_of(desk):
        anchor = f"p-{sku_id}" if sku_id else part or None
        return url_for("several.choose_products", customer_id=customer_id, mode=mode_of(desk), _anchor=anchor)
    number = user_of(desk)
    if number is not None:
        return _of_user(customer_id, number, part, sku_id)
    group_id = group_of(desk)
    if group_id is not None:
        return url_for("groups.show_group", customer_id=customer_id, group_id=group_id)
    if page := _PAGES.get(desk):
        return url_for(page, customer_id=customer_id)
    found = product_of(desk)
    return _of_product(customer_id, *found, part) if found else ""


def _of_user(customer_id: int, number: int, part: str, sku_id: str) -> str:
    """The person's page at a product of theirs, or at their usage location."""
    place: dict[str, Any] = {"open": sku_id} if part == "apps" else {}
    anchor = f"p-{sku_id}" if sku_id else part or "licenses"
    return url_for("users.show_user", customer_id=customer_id, number=number, _anchor=anchor, **place)


def _of_product(customer_id: int, sku_id: str, gives: bool, part: str) -> str:
    if not gives:
        return url_for("licenses.show_product", customer_id=customer_id, sku_id=sku_id, selected=1)
    place: dict[str, Any] = {"open": part, "_anchor": part} if part else {}
    return url_for("licenses.pick_people", customer_id=customer_id, sku_id=sku_id, **place)
