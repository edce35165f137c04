"""Groups that hand out licences, as last seen: what each gives, who is in it, whom it could not serve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.cloud.port import RemoteGroup
from partner_center.directory.entitlements import group_row
from partner_center.directory.facets import ALL, facets
from partner_center.directory.holders import groups_of
from partner_center.directory.locking import lock_mirror
from partner_center.directory.models import DirectoryGroup, GroupMembership
from partner_center.directory.rows import numbers_of
from partner_center.directory.values import troubles_of
from partner_center.shared import bitmaps
from partner_center.shared.errors import NotFound
from partner_center.shared.names import sort_key


@dataclass(frozen=True, slots=True)
class LicenseGroup:
    """A group. `licenses` are SKU ids with the plans each has off; `read_at` is None until members were read.

    Of its `members`, `failed` lack a licence because it could not be given, and of `pending` Microsoft does
    not tell yet that it tried.
    """

    graph_id: str
    name: str
    licenses: tuple[tuple[str, frozenset[str]], ...]
    processing: bool
    members: BitMap
    failed: BitMap
    pending: BitMap
    read_at: datetime | None

    @property
    def sku_ids(self) -> frozenset[str]:
        """What it hands out."""
        return frozenset(sku_id for sku_id, _ in self.licenses)


def list_groups(session: Session, customer_id: int, language: str = "en") -> list[LicenseGroup]:
    """All groups of the customer by name, in the language's alphabet."""
    groups = _groups(session, customer_id)
    return sorted(groups, key=lambda group: (sort_key(group.name, language), group.graph_id))


def get_group(session: Session, customer_id: int, group_id: str) -> LicenseGroup:
    """One group. Raises NotFound for one the customer does not have, or that hands out nothing."""
    for group in _groups(session, customer_id, group_id):
        return group
    raise NotFound("This customer has no such group with licenses.")


def store_group(session: Session, customer_id: int, group: RemoteGroup) -> None:
    """One group as just read; one that hands out nothing any more goes."""
    lock_mirror(session, customer_id).version += 1
    if group.licenses:
        session.merge(DirectoryGroup(customer_id=customer_id, **group_row(group)))
    elif (row := session.get(DirectoryGroup, (customer_id, group.graph_id))) is not None:
        session.delete(row)
    session.flush()


def store_members(
    session: Session, customer_id: int, group_id: str, graph_ids: Sequence[str], at: datetime
) -> None:
    """Who is in a group, all of them; who is not known here yet comes with the next sync."""
    mirror = lock_mirror(session, customer_id)
    if session.get(DirectoryGroup, (customer_id, group_id)) is None:
        return  # it has gone, or hands out nothing any more
    members = bitmaps.dump(BitMap(numbers_of(session, customer_id, graph_ids).values()))
    stored = session.get(GroupMembership, (customer_id, group_id))
    if stored is None:
        stored = GroupMembership(customer_id=customer_id, graph_id=group_id, members=b"")
        session.add(stored)
    if stored.members != members:
        mirror.version += 1
    stored.members, stored.read_at = members, at
    session.flush()


def _groups(session: Session, customer_id: int, only: str | None = None) -> Iterator[LicenseGroup]:
    wanted = select(DirectoryGroup).where(DirectoryGroup.customer_id == customer_id)
    if only is not None:
        wanted = wanted.where(DirectoryGroup.graph_id == only)
    memberships = {
        row.graph_id: row
        for row in session.scalars(select(GroupMembership).where(GroupMembership.customer_id == customer_id))
    }
    living = facets(session, customer_id).get(ALL)
    for row in session.scalars(wanted.execution_options(populate_existing=True)):
        membership = memberships.get(row.graph_id)
        members = bitmaps.load(membership.members) & living if membership else BitMap()
        given = tuple((one["sku"], frozenset(one["off"])) for one in row.licenses)
        failed, pending = _states(session, customer_id, row.graph_id, members, {sku for sku, _ in given})
        read_at = membership.read_at if membership else None
        yield LicenseGroup(
            row.graph_id, row.display_name, given, row.processing, members, failed, pending, read_at
        )


def _states(
    session: Session, customer_id: int, group_id: str, members: BitMap, skus: set[str]
) -> tuple[BitMap, BitMap]:
    failed, pending = BitMap(), BitMap()
    for kind in groups_of(session, customer_id, members):
        troubles = troubles_of(kind.licenses, group_id)
        told = {one.sku_id for one in kind.licenses if group_id in one.groups} | troubles.keys()
        if troubles:
            failed |= kind.members
        elif skus - told:
            pending |= kind.members
    return failed, pending
