"""**Manage licenses** in words: what the template prints, prepared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from partner_center.changes.matrix_values import Matrix
from partner_center.directory.listing import matching
from partner_center.directory.values import Kind, UserFilter
from partner_center.extensions import db
from partner_center.purchasing.service import may_buy
from partner_center.shared import clock
from partner_center.shared.ids import new_token
from partner_center.staff.permissions import Permission
from partner_center.web.chips import Chip, first_chips
from partner_center.web.form_keys import is_key
from partner_center.web.formats import number
from partner_center.web.gates import buyers, role_gate
from partner_center.web.locations import LocationPanel, location_panel
from partner_center.web.manage.desk import Desk
from partner_center.web.manage.filling import TemplatePart, template_part
from partner_center.web.manage.rows import ProductRow, product_row
from partner_center.web.wording import _, ngettext

CHIPS = 20
LISTED = 100
"""Names on a page of who has a product."""
HINT_FROM = 500
"""From here on the page says that groups do this better (decided for the screens: no cap, but a hint)."""
FRESH = timedelta(minutes=5)
"""A draft older than this is greeted with "Continue your change from …"."""


@dataclass(frozen=True, slots=True)
class ManagePage:
    """All that `manage/show.html` prints."""

    key: str
    version: int
    heading: str
    total: int
    chips: list[Chip]
    more: str
    vanished: str
    hint: str
    guests: str
    rows: list[ProductRow]
    location: LocationPanel
    summary: str
    save: str
    may_buy: bool
    buyers: str
    draft_from: datetime | None
    changed: bool
    templates: TemplatePart


def build(desk: Desk, matrix: Matrix, *, key: str = "") -> ManagePage:
    """The page for `matrix`; `key` is kept when a form is shown again, so that it still saves once."""
    total = len(desk.chosen.members)
    chips = first_chips(db.session(), desk.customer.id, desk.chosen.members, CHIPS)
    buyer = may_buy(desk.actor)
    return ManagePage(
        key=key if is_key(key) else new_token(),
        version=desk.chosen.version,
        heading=ngettext("%(count)s selected user", "%(count)s selected users", total, count=number(total)),
        total=total,
        chips=chips,
        more=_("+ %(more)s more", more=number(total - len(chips))) if total > len(chips) else "",
        vanished=_vanished(desk.chosen.vanished),
        hint=_hint(total),
        guests=_guests(desk),
        rows=[product_row(row) for row in matrix.rows],
        location=location_panel(desk.actor, desk.customer.id, matrix.location),
        summary=summary(matrix),
        save=_("Review changes…") if matrix.needs_review else _("Save"),
        may_buy=buyer,
        buyers="" if buyer else buyers(desk.customer.id),
        draft_from=_old(desk.drafted_at) if not matrix.unchanged_wish else None,
        changed=not matrix.unchanged_wish,
        templates=template_part(desk),
    )


def summary(matrix: Matrix) -> str:
    """`2 products changed · + 14 · − 14 · 1 problem`, or that nothing is changed."""
    if matrix.unchanged_wish:
        return _("Nothing changed yet.")
    parts = [ngettext("%(num)d product changed", "%(num)d products changed", matrix.changed)]
    if matrix.location.wish is not None:
        parts.append(_("usage location set"))
    for sign, count in (("+", matrix.gives), ("−", matrix.takes)):
        if count:
            parts.append(f"{sign} {number(count)}")
    if matrix.plan_changes:
        parts.append(
            ngettext("%(num)d service plan change", "%(num)d service plan changes", matrix.plan_changes)
        )
    if matrix.problems:
        parts.append(ngettext("%(num)d problem", "%(num)d problems", matrix.problems))
    if matrix.short:
        short = number(matrix.short)
        parts.append(
            ngettext("%(count)s license short", "%(count)s licenses short", matrix.short, count=short)
        )
    return " · ".join(parts)


def _vanished(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "%(num)d selected user no longer exists and was left out.",
        "%(num)d selected users no longer exist and were left out.",
        count,
    )


def _hint(total: int) -> str:
    return _("For this many users, licenses by group are easier to keep.") if total >= HINT_FROM else ""


def _guests(desk: Desk) -> str:
    """Why these users can't be saved for: guests among them, and roles that leave guests out."""
    if desk.actor.may(Permission.LICENSE_GUESTS):
        return ""
    found = matching(db.session(), desk.customer.id, UserFilter(kind=Kind.GUEST, only=desk.chosen.members))
    if not found:
        return ""
    words = ngettext(
        "%(count)s guest is selected.", "%(count)s guests are selected.", len(found), count=number(len(found))
    )
    return f"{words} {role_gate(Permission.LICENSE_GUESTS, desk.customer.id).sentence}"


def _old(at: datetime | None) -> datetime | None:
    return at if at is not None and clock.now() - at > FRESH else None
