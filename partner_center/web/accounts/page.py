"""What the pages of users' accounts show, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy.orm import Session

from partner_center.accounts.models import AccountItem, AccountOrder
from partner_center.accounts.queries import items_of
from partner_center.accounts.states import Deed, ItemState
from partner_center.cloud.port import DeletedUser, Reason
from partner_center.directory import listing
from partner_center.directory.owned import list_products, sku_names
from partner_center.directory.values import UserRow
from partner_center.licensing.reasons import OwnReason
from partner_center.shared import clock
from partner_center.shared.names import sort_key
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission
from partner_center.web.accounts.forms import Typed
from partner_center.web.formats import number
from partner_center.web.language import current_language
from partner_center.web.locations import Country, list_countries
from partner_center.web.reasons import wording
from partner_center.web.tags import Tag
from partner_center.web.wording import _, ngettext

KEPT_DAYS = 30
"""Deleted users can be restored for so long (directory-deleteditems-restore)."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What is said before the last button."""

    title: str
    who: tuple[tuple[str, str], ...]
    numbers: str
    sentences: tuple[str, ...]
    button: str
    danger: bool


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One user of an order. `href` leads to their page while they have one."""

    name: str
    address: str
    href: str
    tag: Tag
    text: str
    said: str


@dataclass(frozen=True, slots=True)
class OrderPage:
    """An order as it stands. `change` leads to the license change that came of it."""

    heading: str
    finished: bool
    staff_name: str
    lines: tuple[OrderLine, ...]
    secrets: bool
    change: str
    trouble: str


@dataclass(frozen=True, slots=True)
class DeletedLine:
    """Somebody in the bin."""

    graph_id: str
    name: str
    address: str
    left: str
    soon: bool


@dataclass(frozen=True, slots=True)
class ProductBox:
    """A product that a new user can get."""

    sku_id: str
    name: str
    free: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class NewForm:
    """The form for a new user. No products for who may not assign any."""

    typed: Typed
    domains: tuple[str, ...]
    countries: tuple[Country, ...]
    products: tuple[ProductBox, ...]


def title_of(deed: Deed) -> str:
    """The deed as a page's title."""
    return {
        Deed.CREATE: _("Add a user"),
        Deed.BLOCK: _("Block sign-in"),
        Deed.ALLOW: _("Allow sign-in"),
        Deed.PASSWORD: _("Reset password"),
        Deed.DELETE: _("Delete users"),
        Deed.RESTORE: _("Restore users"),
    }[deed]


def confirmation(deed: Deed, rows: Sequence[UserRow]) -> Confirmation:
    """What `deed` means for these users."""
    return Confirmation(
        title=title_of(deed) if deed is not Deed.DELETE else _delete_words(len(rows)),
        who=tuple((row.display_name, row.upn) for row in rows),
        numbers=",".join(str(row.number) for row in rows),
        sentences=_meaning(deed, rows),
        button=title_of(deed) if deed is not Deed.DELETE else _delete_words(len(rows)),
        danger=deed in (Deed.DELETE, Deed.BLOCK),
    )


def order_page(session: Session, actor: Actor, order: AccountOrder) -> OrderPage:
    """The order's page for `actor`."""
    items = items_of(session, order.id)
    deed = Deed(order.deed)
    made = listing.numbers_of(session, order.customer_id, [one.graph_id for one in items if one.graph_id])
    names = sku_names(session, order.customer_id, {sku for one in items for sku in one.lost})
    tellable = any(one.secret and one.state == ItemState.DONE for one in items)
    ref = order.change_ref
    return OrderPage(
        heading=_heading(deed, items, finished=order.finished_at is not None),
        finished=order.finished_at is not None,
        staff_name=order.staff_name,
        lines=tuple(_line(order, deed, one, made, names) for one in items),
        secrets=tellable and order.finished_at is not None and order.staff_id == actor.id,
        change=url_for("changes.show_change", customer_id=order.customer_id, ref=ref) if ref else "",
        trouble=_(order.trouble) if order.trouble else "",
    )


def deleted_lines(gone: Iterable[DeletedUser], language: str) -> list[DeletedLine]:
    """Those in the bin, by name, with the whole days that are left."""
    ordered = sorted(gone, key=lambda one: sort_key(one.display_name, language))
    return [_deleted_line(one) for one in ordered]


def new_form(
    session: Session, actor: Actor, customer_id: int, typed: Typed, domains: tuple[str, ...]
) -> NewForm:
    """The form as it was typed."""
    owned = list_products(session, customer_id, current_language()) if _may_assign(actor) else []
    return NewForm(
        typed=typed,
        domains=domains,
        countries=list_countries(),
        products=tuple(
            ProductBox(
                one.sku_id,
                one.name,
                _(
                    "%(free)s of %(total)s available",
                    free=number(max(one.available, 0)),
                    total=number(one.purchased),
                ),
                one.sku_id in typed.products,
            )
            for one in owned
            if one.for_people and one.purchased
        ),
    )


def _may_assign(actor: Actor) -> bool:
    return actor.may(Permission.ASSIGN_LICENSES)


def _delete_words(count: int) -> str:
    return ngettext("Delete %(n)s user", "Delete %(n)s users", count, n=number(count))


def _meaning(deed: Deed, rows: Sequence[UserRow]) -> tuple[str, ...]:
    if deed is Deed.BLOCK:
        return (
            _("Nobody can sign in with this account any more. What is open now may work for up to an hour."),
            _("Licenses and data stay as they are."),
        )
    if deed is Deed.ALLOW:
        return (_("This account can sign in again, with the password it had."),)
    if deed is Deed.PASSWORD:
        return (
            _("The present password stops working."),
            _("You get a temporary one to pass on. It must be changed at the next sign-in."),
        )
    licenses = sum(len(row.held) for row in rows)
    return (
        _("Nobody can sign in with a deleted account."),
        ngettext(
            "%(n)s license is free for others at once.",
            "%(n)s licenses are free for others at once.",
            licenses,
            n=number(licenses),
        ),
        _("For 30 days they can be restored, with mailbox and files. After that all is gone for good."),
    )


def _heading(deed: Deed, items: Sequence[AccountItem], *, finished: bool) -> str:
    total = len(items)
    if not finished:
        over = sum(ItemState(one.state).is_final for one in items)
        return _("Working: %(done)s of %(total)s", done=number(over), total=number(total))
    good = sum(one.state in (ItemState.DONE, ItemState.ALREADY) for one in items)
    if deed is Deed.CREATE:
        good = sum(one.state == ItemState.DONE for one in items)
    values = {"done": number(good), "total": number(total)}
    return {
        Deed.CREATE: _("Users added: %(done)s of %(total)s", **values),
        Deed.BLOCK: _("Sign-in blocked: %(done)s of %(total)s", **values),
        Deed.ALLOW: _("Sign-in allowed: %(done)s of %(total)s", **values),
        Deed.PASSWORD: _("Passwords reset: %(done)s of %(total)s", **values),
        Deed.DELETE: _("Users deleted: %(done)s of %(total)s", **values),
        Deed.RESTORE: _("Users restored: %(done)s of %(total)s", **values),
    }[deed]


def _line(
    order: AccountOrder, deed: Deed, item: AccountItem, numbers: dict[str, int], names: dict[str, str]
) -> OrderLine:
    place = numbers.get(item.graph_id or "")
    text = _why(item) if item.state == ItemState.FAILED else _aside(deed, item, names)
    return OrderLine(
        name=item.display_name,
        address=item.address,
        href=url_for("users.show_user", customer_id=order.customer_id, number=place) if place else "",
        tag=_tag(ItemState(item.state)),
        text=text,
        said=item.message or "",
    )


def _why(item: AccountItem) -> str:
    if item.reason in (Reason.NO_RIGHTS, OwnReason.ACCESS_LOST):
        return _("Our access lacks the User Administrator role. Ask the customer to approve it.")
    said = wording(item.reason)
    return f"{said.title}. {said.advice}"


def _aside(deed: Deed, item: AccountItem, names: dict[str, str]) -> str:
    if item.state == ItemState.UNKNOWN:
        return _("Microsoft's answer was lost. Refresh the customer, then look at this user.")
    if item.state == ItemState.ALREADY and deed is Deed.CREATE:
        return _("Somebody had this address already. Nobody was made.")
    if item.lost:
        lost = ", ".join(names.get(sku, sku) for sku in item.lost)
        return _("No seat was free for: %(products)s. Buy more, then assign it again.", products=lost)
    return ""


def _tag(state: ItemState) -> Tag:
    return {
        ItemState.WAITING: Tag(_("Waiting"), "info"),
        ItemState.SENT: Tag(_("Waiting"), "info"),
        ItemState.DONE: Tag(_("Done"), "ok"),
        ItemState.ALREADY: Tag(_("Was so already"), "info"),
        ItemState.FAILED: Tag(_("Failed"), "err"),
        ItemState.UNKNOWN: Tag(_("Not known yet"), "warn"),
    }[state]


def _deleted_line(one: DeletedUser) -> DeletedLine:
    if one.deleted_at is None:
        return DeletedLine(one.graph_id, one.display_name, one.user_principal_name, "", False)
    left = max(KEPT_DAYS - (clock.now() - one.deleted_at).days, 0)
    words = ngettext("%(num)d day left of 30", "%(num)d days left of 30", left)
    return DeletedLine(one.graph_id, one.display_name, one.user_principal_name, words, left <= 7)
