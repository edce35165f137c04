"""The pages of the desks where changes are prepared: where to go on with one that is not saved yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from partner_center.directory.desks import Kind, read_desk

APPS = "apps"
LOCATION = "location"


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place on a desk's page: a part of it to open, a product to stand at. `about` is what the desk is."""

    customer_id: int
    about: str
    part: str
    sku_id: str

    @property
    def anchor(self) -> str | None:
        """Where pages with a box for each product have it."""
        return f"p-{self.sku_id}" if self.sku_id else self.part or None


def desk_url(customer_id: int, desk: str) -> str:
    """The desk itself, as it was left."""
    return _url(customer_id, desk)


def product_url(customer_id: int, desk: str, sku_id: str) -> str:
    """The desk at one product."""
    return _url(customer_id, desk, sku_id=sku_id)


def plans_url(customer_id: int, desk: str, sku_id: str) -> str:
    """Where the services inside the product are turned on or off."""
    return _url(customer_id, desk, APPS, sku_id)


def location_url(customer_id: int, desk: str) -> str:
    """Where the usage location is set."""
    return _url(customer_id, desk, LOCATION)


def _url(customer_id: int, desk: str, part: str = "", sku_id: str = "") -> str:
    kind, about = read_desk(desk)
    return _PAGES[kind](_Spot(customer_id, about, part, sku_id))


def _main(spot: _Spot) -> str:
    if spot.part == APPS:
        return url_for("manage.show_plans", customer_id=spot.customer_id, sku_id=spot.sku_id)
    return url_for("manage.manage_licenses", customer_id=spot.customer_id, _anchor=spot.anchor)


def _several(spot: _Spot) -> str:
    return url_for(
        "several.choose_products", customer_id=spot.customer_id, mode=spot.about, _anchor=spot.anchor
    )


def _user(spot: _Spot) -> str:
    return url_for(
        "users.show_user",
        customer_id=spot.customer_id,
        number=spot.about,
        open=spot.sku_id if spot.part == APPS else None,
        _anchor=spot.anchor or "licenses",
    )


def _assign(spot: _Spot) -> str:
    part = spot.part or None
    return url_for(
        "licenses.pick_people", customer_id=spot.customer_id, sku_id=spot.about, open=part, _anchor=part
    )


def _whole(endpoint: str, about: str = "", **asked: Any) -> Callable[[_Spot], str]:
    """A page that has no part to open; `about` is the name of the argument that says what it is about."""

    def url(spot: _Spot) -> str:
        place: dict[str, Any] = {about: spot.about} if about else {}
        return url_for(endpoint, customer_id=spot.customer_id, **place, **asked)

    return url


_PAGES: Mapping[Kind, Callable[[_Spot], str]] = {
    Kind.MAIN: _main,
    Kind.ASSIGN: _assign,
    Kind.UNASSIGN: _whole("licenses.show_product", "sku_id", selected=1),
    Kind.USER: _user,
    Kind.SEVERAL: _several,
    Kind.NEW_USERS: _main,
    Kind.MOVE: _whole("groups.show_group", "group_id"),
    Kind.REMOVED: _whole("cleanup.show_removed"),
    Kind.RECLAIM: _whole("cleanup.show_reclaim"),
}
