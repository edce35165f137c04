"""The people of the tests: one for each role, one who may see no customer, one who is suspended.

Fjord and Anatolia are customers that everybody but the stranger sees. The stranger has every role, so that
only the customer's door can stop them.
"""

from __future__ import annotations

from dataclasses import dataclass

from partner_center.customers.models import Customer
from partner_center.staff import service
from partner_center.staff.models import StaffMember
from partner_center.staff.roles import Role, Scope
from tests.make import Make


@dataclass(frozen=True, slots=True)
class Cast:
    """Rows, so that a test can change them; `page.sign_in` takes a member."""

    admin: StaffMember
    global_admin: StaffMember
    helpdesk: StaffMember
    sales: StaffMember
    user_admin: StaffMember
    stranger: StaffMember
    suspended: StaffMember
    fjord: Customer
    anatolia: Customer

    @property
    def everybody(self) -> tuple[StaffMember, ...]:
        """One for each role."""
        return self.admin, self.global_admin, self.helpdesk, self.sales, self.user_admin


def assemble(make: Make) -> Cast:
    """Put everybody into the database."""
    suspended = make.member(Role.GLOBAL_ADMIN, name="Suspended Person")
    service.suspend(make.session, suspended)
    make.session.commit()
    return Cast(
        admin=make.member(Role.ADMIN_AGENT, name="Deniz Admin"),
        global_admin=make.member(Role.GLOBAL_ADMIN, name="Grace Global"),
        helpdesk=make.member(Role.HELPDESK_AGENT, name="Håkon Helpdesk"),
        sales=make.member(Role.SALES_AGENT, name="Sara Sales"),
        user_admin=make.member(Role.USER_MANAGEMENT_ADMIN, name="Ulla Users"),
        stranger=make.member(*Role, name="Stian Stranger", scope=Scope.LISTED),
        suspended=suspended,
        fjord=make.customer("Fjord Seafood"),
        anatolia=make.customer("Anadolu Tekstil"),
    )
