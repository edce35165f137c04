"""The list of groups, in words."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from partner_center.directory.groups import LicenseGroup, list_groups
from partner_center.directory.owned import sku_names
from partner_center.web import formats
from partner_center.web.tags import Tag
from partner_center.web.wording import _, ngettext


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A row of the list. `errors` is empty where every member has what the group gives."""

    graph_id: str
    name: str
    licenses: tuple[str, ...]
    members: str
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class GroupsPage:
    """All that `groups/list.html` prints."""

    caption: str
    rows: tuple[GroupLine, ...]


def groups_page(session: Session, customer_id: int, language: str) -> GroupsPage:
    """Every group that hands out licences."""
    groups = list_groups(session, customer_id, language)
    names = sku_names(session, customer_id, {sku for group in groups for sku in group.sku_ids})
    count = len(groups)
    return GroupsPage(
        caption=ngettext("%(n)s group", "%(n)s groups", count, n=formats.number(count)),
        rows=tuple(_line(group, names) for group in groups),
    )


def members_words(group: LicenseGroup) -> str:
    """How many members; nothing is said of a group whose members were not read yet."""
    if group.read_at is None:
        return _("Members not read yet")
    count = len(group.members)
    return ngettext("%(n)s member", "%(n)s members", count, n=formats.number(count))


def group_tags(group: LicenseGroup) -> tuple[Tag, ...]:
    """What is wrong with a group, or under way."""
    failed, pending, total = len(group.failed), len(group.pending), formats.number(len(group.members))
    errors = ngettext(
        "%(n)s of %(total)s members has an error",
        "%(n)s of %(total)s members have an error",
        failed,
        n=formats.number(failed),
        total=total,
    )
    waiting = _("%(n)s of %(total)s members not worked off yet", n=formats.number(pending), total=total)
    tags = [
        (failed > 0, Tag(errors, "err")),
        (pending > 0, Tag(waiting, "info")),
        (group.processing and not pending, Tag(_("Microsoft is working on it"), "info")),
        (group.read_at is not None and not group.members, Tag(_("No members"), "info")),
    ]
    return tuple(tag for on, tag in tags if on)


def _line(group: LicenseGroup, names: dict[str, str]) -> GroupLine:
    return GroupLine(
        graph_id=group.graph_id,
        name=group.name,
        licenses=tuple(sorted(_license(names.get(sku_id, sku_id), off) for sku_id, off in group.licenses)),
        members=members_words(group),
        tags=group_tags(group),
    )


def _license(name: str, off: frozenset[str]) -> str:
    if not off:
        return name
    count = ngettext("%(n)s service off", "%(n)s services off", len(off), n=formats.number(len(off)))
    return f"{name} ({count})"
