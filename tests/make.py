"""Factories. Each takes only what the test is about, and commits.

Customer ids never repeat within a run, so nothing that a process remembers of one test can meet another.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import count

from sqlalchemy.orm import Session

from partner_center.catalog.models import Product
from partner_center.cloud.port import RemoteLicense, RemoteSku, RemoteUser
from partner_center.customers.models import Customer
from partner_center.directory import mirror
from partner_center.shared import clock
from partner_center.shared.names import fold
from partner_center.staff import service as staff
from partner_center.staff import sessions
from partner_center.staff.models import StaffMember
from partner_center.staff.queries import find_profile
from partner_center.staff.roles import Role, Scope

FROM_HERE = sessions.Browser("127.0.0.1", "Firefox, Linux")
LIMITS = sessions.Limits(idle=timedelta(hours=2), absolute=timedelta(hours=12))

_ids = count(1)
LICENSE_ADMIN = "4d6ac14f-3453-41d0-bef9-a3e0c569773a"
"""Entra's role template License Administrator."""


def guid(word: str) -> str:
    """The same GUID for the same word, so that a test can name it twice."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, word))


class Make:
    """What tests need in the database."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def member(
        self,
        *roles: Role,
        name: str = "Somebody",
        password: str | None = None,
        scope: Scope = Scope.ALL,
        reseller: str | None = None,
        customers: Iterable[Customer] = (),
        email: str | None = None,
    ) -> StaffMember:
        """A member of staff, helpdesk agent unless told otherwise."""
        member = staff.add_member(
            self.session,
            email=email or f"{name.lower().replace(' ', '.')}.{next(_ids)}@partner.example",
            name=name,
            roles=roles or (Role.HELPDESK_AGENT,),
            password=password,
            scope=scope,
            reseller=reseller,
            customers=[customer.id for customer in customers],
        )
        self.session.commit()
        return member

    def signed_in(self, member: StaffMember) -> str:
        """The key of a new session of the member's."""
        key = sessions.start(self.session, member.id, FROM_HERE)
        self.session.commit()
        return key

    def is_signed_in(self, key: str) -> bool:
        """Whether the session is still good."""
        return find_profile(self.session, key, LIMITS) is not None

    def customer(
        self,
        name: str = "Contoso",
        *,
        domain: str | None = None,
        reseller: str | None = None,
        access_roles: Sequence[str] = (LICENSE_ADMIN,),
        access_state: str = "active",
    ) -> Customer:
        """A customer that lets us write licences, not synced yet."""
        number = next(_ids)
        domain = domain or f"{fold(name).replace(' ', '')}{number}.example"
        customer = Customer(
            id=number,
            tenant_id=guid(f"tenant {number}"),
            name=name,
            domain=domain,
            country="US",
            reseller=reseller,
            search_text=fold(f"{name} {domain}"),
            access_state=access_state,
            access_name="Licences",
            access_roles=list(access_roles),
        )
        self.session.add(customer)
        self.session.commit()
        return customer

    def product(self, word: str = "E3", name: str | None = None) -> str:
        """A product of the catalogue; its sku_id."""
        sku_id = guid(f"sku {word}")
        name = name or f"Office 365 {word}"
        self.session.merge(Product(sku_id=sku_id, part_number=word.upper(), name=name))
        self.session.commit()
        return sku_id

    def user(self, name: str = "Ada Lovelace", *skus: str, **fields: object) -> RemoteUser:
        """A user as Microsoft tells of them, holding `skus` directly. Not stored."""
        number = next(_ids)
        local = "".join(c for c in fold(name).replace(" ", ".") if c.isascii()) or "user"
        told: dict[str, object] = {
            "graph_id": guid(f"user {number}"),
            "display_name": name,
            "user_principal_name": f"{local}.{number}@contoso.example",
            "mail": None,
            "department": None,
            "usage_location": "US",
            "user_type": "Member",
            "account_enabled": True,
            "licenses": tuple(
                RemoteLicense(sku_id=sku, direct=True, groups=(), off=(), error=None) for sku in skus
            ),
        }
        return RemoteUser(**(told | fields))  # type: ignore[arg-type]

    def users(self, customer: Customer, *users: RemoteUser) -> list[RemoteUser]:
        """Make the customer's mirror hold exactly `users`, numbered from 1 in this order."""
        at = clock.now()
        generation = mirror.begin_full(self.session, customer.id)
        mirror.store_users(self.session, customer.id, users, generation, at)
        mirror.finish_full(self.session, customer.id, generation, at)
        self.session.commit()
        return list(users)

    def sku(self, sku_id: str, *, enabled: int = 10, consumed: int = 0, **fields: object) -> RemoteSku:
        """What the customer owns of a product, as Microsoft tells of it. Not stored."""
        told: dict[str, object] = {
            "sku_id": sku_id,
            "part_number": "PART",
            "applies_to": "User",
            "capability_status": "Enabled",
            "enabled": enabled,
            "warning": 0,
            "suspended": 0,
            "locked_out": 0,
            "consumed": consumed,
            "plans": (),
        }
        return RemoteSku(**(told | fields))  # type: ignore[arg-type]

    def skus(self, customer: Customer, *skus: RemoteSku) -> None:
        """Make the customer own exactly `skus`."""
        mirror.store_skus(self.session, customer.id, skus)
        self.session.commit()
