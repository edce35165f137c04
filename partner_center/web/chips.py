"""The first of the people who are selected, each as a chip that can be taken out."""

from __future__ import annotations

from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.directory import listing
from partner_center.web.language import current_language
from partner_center.web.wording import _


@dataclass(frozen=True, slots=True)
class Chip:
    """One selected user. `warn` says what is missing."""

    number: int
    name: str
    warn: str


def first_chips(session: Session, customer_id: int, members: BitMap, limit: int) -> list[Chip]:
    """At most `limit` of them, by name."""
    numbers = listing.sorted_numbers(session, customer_id, members, current_language(), limit=limit)
    missing = _("usage location is missing")
    return [
        Chip(row.number, row.display_name, "" if row.usage_location else missing)
        for row in listing.rows_of(session, customer_id, numbers)
    ]
