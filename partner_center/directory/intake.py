"""Users as Microsoft tells them, on their way into rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from partner_center.cloud.port import RemoteLicense, RemoteUser
from partner_center.directory.facets import Place
from partner_center.directory.holdings import Licenses, held_licenses, intern_holdings
from partner_center.shared.names import LANGUAGES, ascii_lower, clean, fold, sort_key

GUEST_TYPE = "guest"


class Told(NamedTuple):
    """A user as it will be stored, but for the keys made of its texts."""

    graph_id: str
    name: str
    upn: str
    mail: str | None
    department: str | None
    location: str | None
    user_type: str
    enabled: bool
    holding_id: int

    @property
    def texts(self) -> tuple[str, str, str | None, str | None]:
        """All that is searched and sorted by."""
        return self[1:5]

    @property
    def place(self) -> Place:
        """Where the user belongs."""
        return Place(self.holding_id, self.location, is_guest(self.user_type), not self.enabled)


class Known(NamedTuple):
    """A user as it is stored."""

    told: Told
    number: int
    search_text: str
    generation: int
    living: bool


@lru_cache(maxsize=64)
def is_guest(user_type: str) -> bool:
    """Graph's userType is `Member` or `Guest`; old users may have none and are members."""
    return user_type.casefold() == GUEST_TYPE


def tell(
    session: Session, customer_id: int, users: Iterable[RemoteUser], known: Mapping[str, Known]
) -> tuple[list[Told], dict[int, Licenses]]:
    """Users as they will be stored, and the licences of their holdings, which are stored already."""
    seen: dict[tuple[RemoteLicense, ...], int] = {}
    placed = [(user, seen.setdefault(user.licenses, len(seen))) for user in users]
    sets = [held_licenses(licenses) for licenses in seen]
    ids = intern_holdings(session, customer_id, sets)
    of_place = [ids[licenses] for licenses in sets]
    told = [_told(user, of_place[place], known.get(user.graph_id)) for user, place in placed]
    return told, {id_: licenses for licenses, id_ in ids.items()}


def text_columns(told: Told) -> dict[str, Any]:
    """What is searched, sorted and compared of a user."""
    upn_key, mail_key = ascii_lower(told.upn), ascii_lower(told.mail or "")
    parts = dict.fromkeys(part for part in told.texts if part)
    columns: dict[str, Any] = {
        "display_name": told.name,
        "user_principal_name": told.upn,
        "upn_key": upn_key,
        "mail": told.mail,
        "mail_key": mail_key if mail_key and mail_key != upn_key else None,
        "department": told.department,
        "search_text": fold(" ".join(parts)),
        "deleted_at": None,
    }
    return columns | {f"sort_{language}": sort_key(told.name or told.upn, language) for language in LANGUAGES}


def light_columns(told: Told, generation: int, at: datetime) -> dict[str, Any]:
    """What changes without anybody being found or sorted otherwise."""
    return {
        "usage_location": told.location,
        "user_type": told.user_type,
        "account_enabled": told.enabled,
        "holding_id": told.holding_id,
        "generation": generation,
        "changed_at": at,
    }


def _told(user: RemoteUser, holding_id: int, known: Known | None) -> Told:
    told = Told(
        user.graph_id,
        user.display_name,
        user.user_principal_name,
        user.mail,
        user.department,
        user.usage_location,
        user.user_type,
        user.account_enabled,
        holding_id,
    )
    if known is not None and told[:-1] == known.told[:-1]:
        return told  # most are told as they are stored: their texts are clean
    return told._replace(
        name=clean(user.display_name, 400),
        upn=clean(user.user_principal_name, 400),
        mail=clean(user.mail or "", 400) or None,
        department=clean(user.department or "", 200) or None,
        location=clean(user.usage_location or "", 2).upper() or None,
        user_type=clean(user.user_type, 20) or "Member",
    )
