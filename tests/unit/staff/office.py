"""A global admin, a user management admin, and a helpdesk agent whom they change."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.audit.models import AuditEntry
from partner_center.staff import administration
from partner_center.staff.models import StaffMember
from partner_center.staff.queries import actor_of
from partner_center.staff.roles import Role, Scope
from partner_center.staff.scopes import ScopeWish
from tests.make import Make

ALL = ScopeWish(Scope.ALL)
PASSWORD = "a password of some length"
G, H, S, U = Role.GLOBAL_ADMIN, Role.HELPDESK_AGENT, Role.SALES_AGENT, Role.USER_MANAGEMENT_ADMIN


class Office:
    """A global admin, a user management admin, and a helpdesk agent whom they change."""

    def __init__(self, session: Session, make: Make) -> None:
        self.session = session
        self.chief = make.member(G, name="Grace", password=PASSWORD)
        self.manager = make.member(U, name="Ulla", password=PASSWORD)
        self.agent = make.member(H, name="Håkon", password=PASSWORD)

    def deeds(self, by: StaffMember, whom: StaffMember) -> dict[str, Callable[[], object]]:
        """Everything that can be done to a person."""
        actor, session, id_ = actor_of(by), self.session, whom.id
        return {
            "roles": lambda: administration.change_roles(session, actor, id_, [H, S]),
            "scope": lambda: administration.change_scope(session, actor, id_, ScopeWish(Scope.LISTED)),
            "suspend": lambda: administration.suspend(session, actor, id_),
            "reactivate": lambda: administration.reactivate(session, actor, id_),
            "second factor": lambda: administration.reset_second_factor(session, actor, id_),
            "link": lambda: administration.renew_link(session, actor, id_),
        }

    def entries(self) -> list[AuditEntry]:
        self.session.commit()
        return list(self.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
