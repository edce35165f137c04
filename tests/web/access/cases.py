"""The matrix: every route, method, role and relation to the customer, and the request that each case sends.

What is expected stands in `table.txt`, written by hand from what the roles may do, never from the code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from partner_center import schema
from partner_center.accounts.models import AccountOrder
from partner_center.changes import service
from partner_center.changes.models import LicenseTemplate
from partner_center.cloud.port import RemoteGroup
from partner_center.customers.models import Customer
from partner_center.directory import mirror
from partner_center.groups.models import GroupOrder
from partner_center.licensing.values import Op, ProductWish, Wish
from partner_center.purchasing.models import SeatOrder
from partner_center.shared import bitmaps, clock
from partner_center.staff import service as staff
from partner_center.staff.invitations import new_link
from partner_center.staff.models import StaffMember
from partner_center.staff.queries import actor_of
from partner_center.staff.role_table import edition
from partner_center.staff.roles import Role, Scope
from tests.make import Make, guid
from tests.web.changes.scene import SALES_GROUP, Scene
from tests.web.routing import fill

TABLE = Path(__file__).parent / "table.txt"
FOREIGN_GROUP = guid("group of another customer")
ROLES = (*Role, None)
"""The five roles, and somebody who has none."""
EVERY_ROW = [
    (table.name, str(select(table).order_by(*table.primary_key).compile()))
    for table in schema.metadata().sorted_tables
    if table.name not in ("audit_entry", "staff_tries")
]
"""Of each table, the statement that reads it."""


class Relation(StrEnum):
    """What the address is to who opens it. `bound` people see Fjord alone."""

    OWN = "own"
    BOUND = "bound"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"
    CHILD = "child of a foreign one"
    SIGNED_OUT = "signed out"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Row:
    """What is expected of one route and method: by role, by somebody without one, by a stranger."""

    by_role: tuple[str, ...]
    out: str
    child: str


@dataclass(frozen=True, slots=True)
class Case:
    """One request. `role` None has no role."""

    relation: Relation
    role: Role | None
    expected: str


def read_table() -> dict[tuple[str, str], Row]:
    """(method, path) → what is expected; a row twice is an error."""
    rows: dict[tuple[str, str], Row] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        method, path, *cells = line.split()
        path = path.replace(",", ", ")  # the one address with a space in it
        assert (method, path) not in rows, f"{method} {path} stands there twice"
        assert len(cells) == len(ROLES) + 2, line
        rows[method, path] = Row(tuple(cells[: len(ROLES)]), cells[-2], cells[-1])
    return rows


def cases_of(rule: str, row: Row) -> Iterator[Case]:
    """Refused ones first: what is allowed may change what the others find."""
    allowed = []
    of_customer = "<int:customer_id>" in rule
    yield from (Case(one, None, row.out) for one in (Relation.SIGNED_OUT, Relation.SUSPENDED))
    for role, cell in zip(ROLES, row.by_role, strict=True):
        if of_customer:
            yield Case(Relation.FOREIGN, role, "404")
            yield Case(Relation.UNKNOWN, role, "404")
        if row.child != ".":
            yield Case(Relation.CHILD, role, cell if cell == "403" else row.child)
        own = [Case(Relation.OWN, role, cell), *([Case(Relation.BOUND, role, cell)] if of_customer else [])]
        if cell == "403":
            yield from own
        else:
            allowed += own
    yield from allowed


def is_refusal(expected: str) -> bool:
    """Whether the answer says that nothing was done."""
    return expected == "in" or expected.startswith("4") or expected.startswith("5")


class Stage:
    """Fjord with everything a route can name, Anatolia with things of its own, and people of every role."""

    def __init__(self, scene: Scene, make: Make) -> None:
        self.scene, self.session = scene, make.session
        self._seen: tuple[int, str] | None = None
        self.anatolia = scene.cast.anatolia
        self.foreign_sku = make.product("Foreign")
        make.users(self.anatolia, *(make.user(f"Foreign {n}", self.foreign_sku) for n in range(9)))
        make.skus(self.anatolia, make.sku(self.foreign_sku, consumed=9))
        self.free = {role: self._member(make, role) for role in ROLES}
        self.bound = {role: self._member(make, role, scene.cast.fjord) for role in ROLES}
        self.target = make.member(Role.HELPDESK_AGENT, name="Target", scope=Scope.LISTED)
        self.suspended = make.member(Role.GLOBAL_ADMIN, name="Gone")
        staff.suspend(self.session, self.suspended)
        self.token = new_link(self.session, self.target)
        self.session.commit()
        self.refs = {member.id: self._planned(member) for member in self._planners()}
        self.foreign_ref = self._planned(self.free[Role.GLOBAL_ADMIN], self.anatolia, self.foreign_sku)
        foreign = RemoteGroup(FOREIGN_GROUP, "Foreign group", ((self.foreign_sku, ()),))
        mirror.store_groups(self.session, self.anatolia.id, [foreign])
        self.orders = self._ordered("OR-OURS", scene.cast.fjord), self._ordered("OR-THEIRS", self.anatolia)
        self.account_orders = (
            self._asked_for("US-OURS", scene.cast.fjord),
            self._asked_for("US-THEIRS", self.anatolia),
        )
        self.group_orders = (
            self._group_ordered("GR-OURS", scene.cast.fjord),
            self._group_ordered("GR-THEIRS", self.anatolia),
        )
        for member in (*self.free.values(), *self.bound.values()):
            if member.roles:
                scene.select(member, 1, 2)
        self.templates = self._make_templates()
        for row in list(self.session):  # what storing groups forgot would be read in the midst of a case
            self.session.refresh(row)
        self.session.commit()

    def member(self, case: Case) -> StaffMember | None:
        """Who sends the case's request."""
        if case.relation is Relation.SIGNED_OUT:
            return None
        if case.relation is Relation.SUSPENDED:
            return self.suspended
        return (self.free if case.relation is Relation.OWN else self.bound)[case.role]

    def address(self, rule: Rule, case: Case) -> str:
        """The rule filled in for the case."""
        customer = {
            Relation.FOREIGN: self.anatolia.id,
            Relation.UNKNOWN: 999_999_999,
        }.get(case.relation, self.scene.customer_id)
        child = case.relation in (Relation.CHILD, Relation.FOREIGN)
        member = self.member(case)
        orders = {"purchases": self.orders, "accounts": self.account_orders, "groups": self.group_orders}
        planned = self.refs.get(member.id if member else 0, self._any_ref()), self.foreign_ref
        ours, theirs = orders.get(rule.endpoint.partition(".")[0], planned)
        path = fill(
            rule,
            customer_id=customer,
            ref=theirs if child else ours,
            number=9 if child else 1,
            sku_id=self.foreign_sku if child else self.scene.alpha,
            group_id=FOREIGN_GROUP if child else SALES_GROUP,
            staff_id=self.target.id,
            template_id=self._template(rule, member, child=child),
            token=self.token,
        )
        asks = {"purchases.start_order", "groups.review_order", "groups.choose_move"}
        return path + (f"?deed=remove&sku={self.scene.alpha}" if rule.endpoint in asks else "")

    def sent(self, endpoint: str, case: Case) -> dict[str, Any]:
        """The form that a person would send there."""
        word = f"{case.relation.value}.{case.role}".replace(" ", "-")
        sold = self.scene.tenant.sold[0].subscription_id
        forms: dict[str, dict[str, Any]] = {
            "auth.choose_language": {"language": "sv", "next": "/up"},
            "settings.save_settings": {"language": "en", "theme": "dark"},
            "settings.save_roles": {"do": "restore", "seen": edition(())},
            "staff.invite_person": {"name": "New", "email": f"{word}@new.example", "role": "helpdesk_agent"}
            | {"scope": "all"},
            "staff.save_roles": {"role": ["helpdesk_agent", "sales_agent"]},
            "staff.save_customers": {"scope": "listed", "customers": self.scene.cast.fjord.domain},
            "purchases.place_order": {"sku": self.scene.alpha, "subscription": sold, "add": "1", "key": word},
            "groups.place_order": {"deed": "remove", "sku": self.scene.alpha, "key": word},
            "groups.reprocess_members": {"member": "all", "key": word},
            "groups.move_members": {"sku": self.scene.alpha, "key": word},
            "license_templates.partner_edit": {"name": f"T {word}", "p": self.scene.alpha},
            "license_templates.customer_edit": {"name": f"T {word}", "p": self.scene.alpha},
            "users.store_selection": {"go": "stay", "page_numbers": "1"},
            "manage.press_button": {"go": "stay"},
        }
        return forms.get(endpoint, {})

    def settle_orders(self) -> None:
        """Let nobody's order stand in the way of the next."""
        self.session.execute(update(SeatOrder).values(state="done", finished_at=clock.now()))
        self.session.commit()

    def fingerprint(self, watch: Connection) -> str:
        """All rows of all tables in a few letters; but the audit and the tries, where refusals are noted.

        `watch` is the same each time.

        SQLite tells a connection whether any other has committed since it asked last; only then is there
        something to read.
        https://www.sqlite.org/pragma.html#pragma_data_version
        """
        watch.rollback()
        version = 0
        if watch.dialect.name == "sqlite":
            version = watch.exec_driver_sql("PRAGMA data_version").scalar_one()
            if self._seen and self._seen[0] == version:
                return self._seen[1]
        digest = hashlib.sha256()
        for name, wanted in EVERY_ROW:
            rows = watch.exec_driver_sql(wanted).all()
            digest.update(f"{name}{rows!r}".encode("utf-8", "replace"))
        watch.rollback()
        self._seen = version, digest.hexdigest()[:16]
        return self._seen[1]

    def _member(self, make: Make, role: Role | None, *seen: Customer) -> StaffMember:
        name = f"{'Bound' if seen else 'Free'} {role.value if role else 'nobody'}"
        member = make.member(
            role or Role.SALES_AGENT,
            name=name.replace("_", " "),
            scope=Scope.LISTED if seen else Scope.ALL,
            customers=seen,
        )
        if role is None:
            member.roles.clear()
            make.session.commit()
        return member

    def _group_ordered(self, ref: str, customer: Customer) -> str:
        order = GroupOrder(
            ref=ref, customer_id=customer.id, staff_id=self.target.id, staff_name="Target",
            idempotency_key=ref, group_id=SALES_GROUP, group_name="Sales", deed="reprocess",
            members=bitmaps.dump(BitMap()), state="done", created_at=clock.now(),
            finished_at=clock.now(),
        )  # fmt: skip
        self.session.add(order)
        self.session.commit()
        return ref

    def _template(self, rule: Rule, member: StaffMember | None, *, child: bool) -> int:
        """One that nobody else deletes; with `child` another place's."""
        ours = self.scene.customer_id if "customer_id" in rule.arguments else None
        whose = self.anatolia.id if child else ours
        key = whose, member.id if member else 0
        return self.templates.get(key, self.templates[whose, 0])

    def _make_templates(self) -> dict[tuple[int | None, int], int]:
        """One for each planner and one more, at each place: by place and planner, its id."""
        rows = {
            (whose, member): LicenseTemplate(
                customer_id=whose,
                name=f"Template {member}",
                wish=Wish(
                    {self.foreign_sku if whose else self.scene.alpha: ProductWish(Op.ASSIGN)}
                ).to_json(),
                changed_by="Free",
                changed_at=clock.now(),
            )
            for whose in (None, self.scene.customer_id, self.anatolia.id)
            for member in (0, *(one.id for one in self._planners()))
        }
        self.session.add_all(rows.values())
        self.session.commit()
        return {key: row.id for key, row in rows.items()}

    def _planners(self) -> list[StaffMember]:
        return [one for one in (*self.free.values(), *self.bound.values()) if one.roles]

    def _planned(self, member: StaffMember, customer: Customer | None = None, sku: str = "") -> str:
        wish = Wish({sku or self.scene.alpha: ProductWish(Op.REVOKE)})
        where = customer or self.scene.cast.fjord
        key = f"plan-{member.id}-{where.id}"
        change = service.submit(self.session, actor_of(member), where.id, BitMap([1, 2]), wish, key=key)
        self.session.commit()
        return change.ref

    def _asked_for(self, ref: str, customer: Customer) -> str:
        made = AccountOrder(
            ref=ref,
            customer_id=customer.id,
            staff_id=self.target.id,
            staff_name="Target",
            idempotency_key=ref,
            deed="block",
            language="en",
            products=[],
            created_at=clock.now(),
            finished_at=clock.now(),
        )
        self.session.add(made)
        self.session.commit()
        return ref

    def _any_ref(self) -> str:
        return next(iter(self.refs.values()))

    def _ordered(self, ref: str, customer: Customer) -> str:
        member = self.free[Role.GLOBAL_ADMIN]
        self.session.add(
            SeatOrder(
                ref=ref,
                customer_id=customer.id,
                staff_id=member.id,
                staff_name=member.display_name,
                idempotency_key=ref,
                sku_id=self.scene.alpha,
                subscription_id="s",
                subscription_name="Alpha",
                quantity_before=1,
                quantity_after=2,
                state="done",
                ms_request_id="m",
                return_to="",
                created_at=clock.now(),
                finished_at=clock.now(),
            )
        )
        self.session.commit()
        return ref


def of_session(session: Session) -> Engine:
    """The engine behind a test's session."""
    bind = session.get_bind()
    assert isinstance(bind, Engine)
    return bind
