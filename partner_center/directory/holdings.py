"""Sets of licences, each stored once per customer. Rows never change and are never deleted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from partner_center.cloud.port import RemoteLicense
from partner_center.directory.models import Holding
from partner_center.directory.rowsets import table_of
from partner_center.directory.shelf import shelf_of
from partner_center.directory.values import HeldLicense

Licenses = tuple[HeldLicense, ...]

_AT_ONCE = 500
_COST = 600  # bytes, about, of a set of two licences


def held_licenses(licenses: Iterable[RemoteLicense]) -> Licenses:
    """Microsoft's answer as we keep it: sorted, so that equal sets are equal values."""
    return tuple(
        HeldLicense(
            one.sku_id,
            one.direct,
            tuple(sorted(one.groups)),
            tuple(sorted(one.off)),
            one.error,
            tuple(sorted(one.failed)),
            tuple(sorted(one.direct_only)),
        )
        for one in sorted(licenses, key=lambda one: one.sku_id)
    )


def digest_of(licenses: Licenses) -> str:
    """What tells two sets apart: SHA-256 of their canonical JSON."""
    data = json.dumps([one.to_json() for one in licenses], separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(data.encode()).hexdigest()


def intern_holdings(session: Session, customer_id: int, wanted: Iterable[Licenses]) -> dict[Licenses, int]:
    """The id of each set, stored where it is new. The caller holds the mirror's lock."""
    digests = {digest_of(licenses): licenses for licenses in wanted}
    ids = _ids_of(session, customer_id, list(digests))
    new: list[dict[str, Any]] = [
        {
            "customer_id": customer_id,
            "digest": digest,
            "licenses": [one.to_json() for one in licenses],
        }
        for digest, licenses in digests.items()
        if digest not in ids
    ]
    if new:
        table = table_of(Holding)
        stored = session.execute(insert(table).returning(table.c.digest, table.c.id), new)
        ids.update((digest, id_) for digest, id_ in stored)
    return {licenses: ids[digest] for digest, licenses in digests.items()}


def licenses_of(session: Session, customer_id: int, holding_ids: Iterable[int]) -> Mapping[int, Licenses]:
    """Licences by holding id: of these, which must exist, and maybe of others. Mostly from memory."""
    shelf, key = shelf_of(session), ("holdings", customer_id)
    known: dict[int, Licenses] = shelf.find(key) or {}
    missing = [id_ for id_ in set(holding_ids) if id_ not in known]
    if missing:
        known = known | _read(session, customer_id, missing)  # others read the old one meanwhile
        shelf.put(key, known, _COST * len(known))
    return known


def _read(session: Session, customer_id: int, ids: Sequence[int]) -> dict[int, Licenses]:
    found: dict[int, Licenses] = {}
    for start in range(0, len(ids), _AT_ONCE):
        rows = session.execute(
            select(Holding.id, Holding.licenses).where(
                Holding.customer_id == customer_id, Holding.id.in_(ids[start : start + _AT_ONCE])
            )
        )
        found.update((id_, tuple(HeldLicense.from_json(one) for one in stored)) for id_, stored in rows)
    return found


def _ids_of(session: Session, customer_id: int, digests: Sequence[str]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for start in range(0, len(digests), _AT_ONCE):
        rows = session.execute(
            select(Holding.digest, Holding.id).where(
                Holding.customer_id == customer_id,
                Holding.digest.in_(digests[start : start + _AT_ONCE]),
            )
        )
        ids.update((digest, id_) for digest, id_ in rows)
    return ids
