"""One user as their page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from partner_center.catalog.names import plan_names
from partner_center.directory import listing
from partner_center.directory.owned import group_names, sku_names
from partner_center.web import formats
from partner_center.web.user_lines import LicenseLine, groups_in, sorted_licenses


@dataclass(frozen=True, slots=True)
class Profile:
    """A user with everything named. `licenses` are sorted by name."""

    number: int
    name: str
    address: str
    mail: str
    department: str
    location: str
    guest: bool
    enabled: bool
    licenses: tuple[LicenseLine, ...]


def profile_of(session: Session, customer_id: int, number: int, language: str) -> Profile:
    """The user of that number; NotFound where the customer has none."""
    row = listing.get_user(session, customer_id, number)
    products = sku_names(session, customer_id, [license_.sku_id for license_ in row.licenses])
    groups = group_names(session, customer_id, groups_in(row.licenses))
    plans = plan_names(session, [plan for license_ in row.licenses for plan in license_.off])
    return Profile(
        number=row.number,
        name=row.display_name,
        address=row.upn,
        mail=row.mail or "",
        department=row.department or "",
        location=formats.location_name(row.usage_location) if row.usage_location else "",
        guest=row.guest,
        enabled=row.enabled,
        licenses=sorted_licenses(row.licenses, products, groups, language, plans),
    )
