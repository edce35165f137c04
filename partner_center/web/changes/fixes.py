"""The link or button beside a failure that mends it, if the reader may press it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for

from partner_center.licensing.reasons import Fix
from partner_center.purchasing.service import may_buy
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission
from partner_center.web import desks
from partner_center.web.formats import number
from partner_center.web.gates import buyers, role_gate
from partner_center.web.wording import _


@dataclass(frozen=True, slots=True)
class Place:
    """Where the failure stands: whose page, which change, and the desk where it was prepared."""

    actor: Actor
    customer_id: int
    ref: str
    desk: str


@dataclass(frozen=True, slots=True)
class FixLink:
    """A link with its label; `sentence` instead where somebody else has to do it."""

    label: str = ""
    href: str = ""
    sentence: str = ""


def fix_in_plan(fix: Fix, place: Place, sku_id: str, short: int) -> FixLink:
    """What mends an expected failure before anything is saved: a place at the desk it came from."""
    if fix is Fix.BUY:
        return buy_link(place, sku_id, short)
    if fix is Fix.SET_LOCATION:
        return _location_link(place)
    if fix is Fix.REVIEW_PLANS:
        return FixLink(_("View service plans"), desks.plans_url(place.customer_id, place.desk, sku_id))
    if fix is Fix.TAKE_OVER:
        href = url_for("licenses.confirm_takeover", customer_id=place.customer_id, sku_id=sku_id)
        return FixLink(_("Take over"), href)
    if fix in (Fix.REVOKE_OTHER, Fix.REPLAN):
        return FixLink(_("Change this product"), desks.product_url(place.customer_id, place.desk, sku_id))
    return FixLink()


def buy_link(place: Place, sku_id: str, short: int) -> FixLink:
    """To the purchase, and back to this change; for others, who can buy."""
    if not may_buy(place.actor):
        return FixLink(sentence=buyers(place.customer_id))
    back = url_for("changes.show_change", customer_id=place.customer_id, ref=place.ref)
    asked: dict[str, Any] = {"sku": sku_id, "add": max(short, 1), "return": back}
    href = url_for("purchases.start_order", customer_id=place.customer_id, **asked)
    return FixLink(_("Buy %(count)s more", count=number(max(short, 1))), href)


def selecting_label(fix: Fix, actor: Actor) -> str:
    """The button that selects the users of a failure and leads to **Manage licenses**."""
    if fix is Fix.SET_LOCATION and actor.may(Permission.SET_USAGE_LOCATION):
        return _("Select these users and set their location")
    if fix is Fix.REVIEW_PLANS:
        return _("Select these users and view service plans")
    return _("Select these users")


def _location_link(place: Place) -> FixLink:
    if not place.actor.may(Permission.SET_USAGE_LOCATION):
        return FixLink(sentence=role_gate(Permission.SET_USAGE_LOCATION, place.customer_id).sentence)
    return FixLink(_("Set the usage location"), desks.location_url(place.customer_id, place.desk))
