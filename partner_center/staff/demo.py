"""The demo's five sign-ins, one for each role."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from partner_center.staff.queries import find_by_email
from partner_center.staff.roles import Role
from partner_center.staff.service import add_member

DEMO_PASSWORD = "try-the-console"  # noqa: S105 - printed at start; the demo listens on loopback only


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Someone to try the console as."""

    email: str
    name: str
    role: Role


DEMO_PEOPLE = (
    DemoPerson("admin.agent@partner.example", "Deniz Aydın", Role.ADMIN_AGENT),
    DemoPerson("global.admin@partner.example", "Grace Miller", Role.GLOBAL_ADMIN),
    DemoPerson("helpdesk.agent@partner.example", "Håkon Berg", Role.HELPDESK_AGENT),
    DemoPerson("sales.agent@partner.example", "Sara Öberg", Role.SALES_AGENT),
    DemoPerson("user.admin@partner.example", "Ulla Østby", Role.USER_MANAGEMENT_ADMIN),
)


def install_demo_staff(session: Session) -> None:
    """Add those of the five who are missing. May be called at every start."""
    for person in DEMO_PEOPLE:
        if find_by_email(session, person.email) is None:
            add_member(
                session,
                email=person.email,
                name=person.name,
                roles=[person.role],
                password=DEMO_PASSWORD,
            )
