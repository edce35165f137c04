"""Users as lists and their own page show them: names of products and groups put in, states in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy.orm import Session

from partner_center.cloud.port import GROUP_TROUBLES, Reason
from partner_center.directory.owned import GroupName, group_names, sku_names
from partner_center.directory.values import HeldLicense, UserRow
from partner_center.shared.names import sort_key
from partner_center.web import formats
from partner_center.web.reasons import wording
from partner_center.web.tags import Tag
from partner_center.web.wording import _, ngettext

FIRST = 2
_KEPT_KEYS = 4096
_key_of = lru_cache(_KEPT_KEYS)(sort_key)
"""Names of products come again on each page; keys of people's names would only fill the memory."""


@dataclass(frozen=True, slots=True)
class LicenseLine:
    """A licence of a user. `note` tells what is special about it; empty for a plain direct one.

    `groups` give it, `failed` could not, and `why` is the first reason.
    """

    name: str
    by_group: bool
    note: str
    off: tuple[str, ...] = ()
    direct: bool = True
    groups: tuple[GroupName, ...] = ()
    off_note: str = ""
    failed: tuple[GroupName, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class UserLine:
    """A row of a list. `licenses` are sorted by name; a list shows the `first` and how many `more`.

    `select` and `of_whom` are the words of the row's box and of its list of licences.
    """

    number: int
    name: str
    address: str
    department: str
    location: str
    location_missing: bool
    states: tuple[Tag, ...]
    licenses: tuple[LicenseLine, ...]
    first: tuple[LicenseLine, ...]
    more: int
    select: str
    of_whom: str


def user_lines(
    session: Session,
    customer_id: int,
    rows: Sequence[UserRow],
    language: str,
    known: Mapping[str, str] = MappingProxyType({}),
) -> list[UserLine]:
    """One line for each row, in the same order; two queries however many rows. `known` SKUs need none."""
    holdings = {row.holding_id: row.licenses for row in rows}
    held = [license_ for licenses in holdings.values() for license_ in licenses]
    unknown = {license_.sku_id for license_ in held} - known.keys()
    products = {**known, **sku_names(session, customer_id, unknown)} if unknown else known
    groups = group_names(session, customer_id, groups_in(held))
    lines = {
        holding_id: sorted_licenses(licenses, products, groups, language)
        for holding_id, licenses in holdings.items()
    }
    codes = {row.usage_location for row in rows if row.usage_location}
    words = _Words(
        select=_("Select %(name)s"),
        of_whom=_("Licenses of %(name)s"),
        places={code: formats.location_name(code) for code in codes},
    )
    return [_line(row, lines[row.holding_id], words) for row in rows]


def sorted_licenses(
    licenses: Iterable[HeldLicense],
    products: Mapping[str, str],
    groups: Mapping[str, str],
    language: str,
    plans: Mapping[str, str] | None = None,
) -> tuple[LicenseLine, ...]:
    """The lines of a user's licences by name."""
    lines = (license_line(license_, products, groups, plans) for license_ in licenses)
    return tuple(sorted(lines, key=lambda line: _key_of(line.name, language)))


def problem_tags(row: UserRow) -> tuple[Tag, ...]:
    """What may block a later change of this user's licences."""
    by_group = sum(1 for license_ in row.licenses if license_.groups)
    tags = [
        (row.usage_location is None, Tag(_("Location missing"), "warn")),
        (row.guest, Tag(_("Guest"), "info")),
        (not row.enabled, Tag(_("Sign-in blocked"), "info")),
        (
            bool(by_group),
            Tag(ngettext("%(n)s license by group", "%(n)s licenses by group", by_group, n=by_group), "info"),
        ),
        (any(license_.error for license_ in row.licenses), Tag(_("Group license in error"), "err")),
    ]
    return tuple(tag for on, tag in tags if on)


def license_line(
    license_: HeldLicense,
    products: Mapping[str, str],
    groups: Mapping[str, str],
    plans: Mapping[str, str] | None = None,
) -> LicenseLine:
    """A licence with its product's and its groups' names; plans that are off by name, if given."""
    notes = []
    given, failed = (
        _named(license_.groups, groups),
        _named((group for group, _why in license_.failed), groups),
    )
    why = wording(GROUP_TROUBLES.get(license_.error or "", Reason.OTHER)).title if license_.error else ""
    off_note = ""
    if given:
        names = ", ".join(group.name for group in given)
        notes.append(
            _("directly and by group %(groups)s", groups=names)
            if license_.direct
            else _("by group %(groups)s", groups=names)
        )
    if license_.off:
        off = len(license_.off)
        off_note = ngettext("%(n)s service off", "%(n)s services off", off, n=formats.number(off))
        notes.append(off_note)
    if license_.error:
        names = ", ".join(group.name for group in failed) or _("unknown group")
        notes.append(_("not given by group %(groups)s: %(why)s", groups=names, why=why))
    return LicenseLine(
        name=products.get(license_.sku_id, license_.sku_id),
        by_group=bool(license_.groups),
        note=", ".join(notes),
        off=tuple((plans or {}).get(plan, plan) for plan in license_.off),
        direct=license_.direct,
        groups=given,
        off_note=off_note,
        failed=failed,
        why=why,
    )


def groups_in(licenses: Iterable[HeldLicense]) -> set[str]:
    """The groups that give any of them, or could not."""
    return {
        group
        for license_ in licenses
        for group in (*license_.groups, *(failed for failed, _error in license_.failed))
    }


def _named(group_ids: Iterable[str], names: Mapping[str, str]) -> tuple[GroupName, ...]:
    return tuple(
        GroupName(group if group in names else "", names.get(group, _("unknown group")))
        for group in group_ids
    )


class _Words(NamedTuple):
    """What every row of a list says, looked up once."""

    select: str
    of_whom: str
    places: Mapping[str, str]


def _line(row: UserRow, licenses: tuple[LicenseLine, ...], words: _Words) -> UserLine:
    name = {"name": row.display_name}
    return UserLine(
        number=row.number,
        name=row.display_name,
        address=row.upn,
        department=row.department or "",
        location=words.places.get(row.usage_location or "", ""),
        location_missing=row.usage_location is None,
        states=_states(row) if row.guest or not row.enabled else (),
        licenses=licenses,
        first=licenses[:FIRST],
        more=max(0, len(licenses) - FIRST),
        select=words.select % name,
        of_whom=words.of_whom % name,
    )


def _states(row: UserRow) -> tuple[Tag, ...]:
    tags = []
    if row.guest:
        tags.append(Tag(_("Guest"), "info"))
    if not row.enabled:
        tags.append(Tag(_("Sign-in blocked"), "warn"))
    return tuple(tags)
