"""Users by their addresses: userPrincipalName first, mail for the rest; letters A to Z in any case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pyroaring import BitMap
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from partner_center.directory.models import DirectoryUser
from partner_center.shared.names import ascii_lower, clean

_AT_ONCE = 1_000
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class AddressMatch:
    """Whom a list of addresses names. `unknown` and `duplicates` are as they were written, each once."""

    found: BitMap
    unknown: tuple[str, ...]
    duplicates: tuple[str, ...]


def find_by_addresses(session: Session, customer_id: int, addresses: Iterable[str]) -> AddressMatch:
    """The living users with these addresses. An address that several users have as mail names all of them."""
    written: dict[str, str] = {}
    duplicates: dict[str, str] = {}
    for address in addresses:
        key = ascii_lower(clean(address, _LONGEST))
        if key in written:
            duplicates.setdefault(key, written[key])
        elif key:
            written[key] = address
    users = _find(session, customer_id, DirectoryUser.upn_key, list(written))
    users |= _find(session, customer_id, DirectoryUser.mail_key, [key for key in written if key not in users])
    return AddressMatch(
        found=BitMap([number for numbers in users.values() for number in numbers]),
        unknown=tuple(address for key, address in written.items() if key not in users),
        duplicates=tuple(duplicates.values()),
    )


def _find(
    session: Session,
    customer_id: int,
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    keys: Sequence[str],
) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    compared: ColumnElement[Any] = column.expression
    for start in range(0, len(keys), _AT_ONCE):
        rows = session.execute(
            select(compared, DirectoryUser.number).where(
                DirectoryUser.customer_id == customer_id,
                compared.in_(keys[start : start + _AT_ONCE]),
                DirectoryUser.deleted_at.is_(None),
            )
        )
        for key, number in rows:
            found[str(key)].append(number)
    return dict(found)
