"""What becomes of an order for users: once, truly told, and seen in the copy at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from partner_center.accounts import runner, service
from partner_center.accounts.models import AccountItem
from partner_center.accounts.service import Person
from partner_center.accounts.states import Deed
from partner_center.audit.models import AuditEntry
from partner_center.changes.models import Change
from partner_center.cloud.port import Answer, Reason, Verdict
from partner_center.directory.models import SubscribedSku
from partner_center.directory.sync import sync_customer
from partner_center.shared import clock
from partner_center.shared.errors import Conflict, Forbidden
from partner_center.staff.actor import RoleForbids
from tests.cast import Cast
from tests.unit.accounts.desk import Desk
from tests.unit.sandbox.asking import sku

LICENSE_ADMIN = "4d6ac14f-3453-41d0-bef9-a3e0c569773a"
WRITERS = "9360feb5-f418-4baa-8175-e2a00bac4301"


class Losing:
    """The door to Microsoft, where the first answers to what it does are lost on the way back."""

    def __init__(self, cloud: Any, name: str, losses: int = 1) -> None:
        self._cloud, self._name, self.losses = cloud, name, losses
        self.sent = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._cloud, name)
        return self._lose(found) if name == self._name else found

    def _lose(self, really: Any) -> Any:
        def send(tenant_id: str, asked: Sequence[Any]) -> list[Answer]:
            self.sent += 1
            answers = really(tenant_id, asked)
            if self.losses:
                self.losses -= 1
                return [Answer(Verdict.UNKNOWN, Reason.BUSY)] * len(answers)
            return list(answers)

        return send


def test_a_new_user_is_in_the_list_at_once_with_the_license_on_its_way(desk: Desk) -> None:
    product = sku("POWER_BI_PRO")
    order = desk.order(Deed.CREATE, desk.new(), products=(product,))
    desk.run()
    assert desk.states(order) == ["done"]
    row = desk.row(desk.number_of("ada@plain.no"))
    assert (row.display_name, row.usage_location, row.enabled) == ("Ada Berg", "NO", True)
    assert [one.sku_id for one in row.held] == [product]
    desk.session.refresh(order)
    assert desk.session.scalars(select(Change.ref)).all() == [order.change_ref]


def test_a_lost_answer_makes_nobody_twice(desk: Desk) -> None:
    lossy = Losing(desk.cloud, "create_users")
    order = desk.order(Deed.CREATE, desk.new())
    desk.run(lossy)
    assert desk.states(order) == ["done"]
    assert lossy.sent == 1, "looked up, not sent again"
    assert desk.living() == 11


def test_an_address_that_was_taken_is_told_as_taken(desk: Desk) -> None:
    order = desk.order(Deed.CREATE, desk.new(address="user3@plain.no"))
    desk.run()
    assert desk.states(order) == ["already"]
    assert desk.living() == 10


def test_a_foreign_domain_fails_with_what_microsoft_said(desk: Desk) -> None:
    order = desk.order(
        Deed.CREATE, desk.new(address="ada@elsewhere.example"), desk.new(address="bo@plain.no")
    )
    desk.run()
    assert desk.states(order) == ["failed", "done"]
    assert "verified domain names" in (desk.items(order)[0].message or "")


def test_the_same_form_sent_twice_is_one_order(desk: Desk) -> None:
    first, second = (desk.order(Deed.CREATE, desk.new()) for _ in range(2))
    assert first.id == second.id
    with pytest.raises(Conflict):
        desk.order(Deed.DELETE, Person.of(desk.row(1)))


def test_passwords_are_told_once_to_who_asked_and_then_forgotten(desk: Desk, cast: Cast) -> None:
    order = desk.order(Deed.CREATE, desk.new())
    with pytest.raises(Conflict):
        service.take_passwords(desk.session, desk.actor, desk.customer.id, order.ref, desk.keeper)
    desk.run()
    [item] = desk.items(order)
    assert item.secret
    assert "efgh" not in item.secret, "sealed"
    desk.member, asker = cast.global_admin, desk.member
    with pytest.raises(Forbidden):
        service.take_passwords(desk.session, desk.actor, desk.customer.id, order.ref, desk.keeper)
    desk.member = asker
    [(_item, password)] = service.take_passwords(
        desk.session, desk.actor, desk.customer.id, order.ref, desk.keeper
    )
    assert password == "Abcd-efgh-jk23"
    with pytest.raises(Conflict):
        service.take_passwords(desk.session, desk.actor, desk.customer.id, order.ref, desk.keeper)
    desk.session.commit()
    assert desk.session.scalars(select(AccountItem.secret)).all() == [None]


def test_an_hour_after_the_end_passwords_are_gone_unseen(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.order(Deed.PASSWORD, Person.of(desk.row(1), desk.keeper.seal("Abcd-efgh-jk23", desk.row(1).upn)))
    desk.run()
    assert desk.session.scalars(select(AccountItem.secret)).one()
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + runner.KEPT_FOR + timedelta(seconds=1))
    desk.run()
    assert desk.session.scalars(select(AccountItem.secret)).one() is None


def test_blocked_and_allowed_again_as_the_copy_and_microsoft_tell(desk: Desk) -> None:
    for deed, enabled in ((Deed.BLOCK, False), (Deed.ALLOW, True)):
        desk.order(deed, Person.of(desk.row(2)), key=deed.value)
        desk.run()
        row = desk.row(2)
        assert row.enabled is enabled
        told = desk.cloud.read_users(desk.customer.tenant_id, [row.graph_id])[row.graph_id]
        assert told is not None
        assert told.account_enabled is enabled


def test_a_deleted_user_frees_the_seat_and_comes_back_with_it(desk: Desk) -> None:
    person, product = Person.of(desk.row(1)), sku("ENTERPRISEPACK")
    desk.asking.assign(person.graph_id or "", "ENTERPRISEPACK")
    refresh(desk)
    assert consumed(desk, product) == 1
    gone = desk.order(Deed.DELETE, person, key="delete")
    desk.run()
    assert desk.states(gone) == ["done"]
    assert (desk.living(), consumed(desk, product)) == (9, 0)
    [kept] = desk.cloud.deleted_users(desk.customer.tenant_id)
    back = desk.order(
        Deed.RESTORE, Person(kept.display_name, kept.user_principal_name, kept.graph_id), key="restore"
    )
    desk.run()
    assert desk.states(back) == ["done"]
    assert desk.items(back)[0].lost == []
    assert (desk.living(), consumed(desk, product)) == (10, 1)
    assert [one.sku_id for one in desk.row(1).held] == [product], "with the number of before"


def test_a_license_whose_seat_was_taken_meanwhile_is_named(desk: Desk) -> None:
    person, other, product = Person.of(desk.row(1)), desk.row(2), sku("VISIOCLIENT")
    desk.asking.assign(person.graph_id or "", "VISIOCLIENT")
    refresh(desk)
    desk.order(Deed.DELETE, person, key="delete")
    desk.run()
    desk.asking.assign(other.graph_id, "VISIOCLIENT")
    back = desk.order(Deed.RESTORE, person, key="restore")
    desk.run()
    assert desk.states(back) == ["done"]
    assert desk.items(back)[0].lost == [product]


@pytest.mark.parametrize(("deed", "name"), [(Deed.DELETE, "delete_users"), (Deed.RESTORE, "restore_users")])
def test_a_lost_answer_is_looked_up(desk: Desk, deed: Deed, name: str) -> None:
    person = Person.of(desk.row(1))
    if deed is Deed.RESTORE:
        desk.order(Deed.DELETE, person, key="before")
        desk.run()
    lossy = Losing(desk.cloud, name)
    order = desk.order(deed, person, key="lost")
    desk.run(lossy)
    assert desk.states(order) == ["done"]
    assert lossy.sent == 1


def test_somebody_deleted_elsewhere_is_told_as_gone_already(desk: Desk) -> None:
    person = Person.of(desk.row(1))
    desk.asking.control("edit", tenant=desk.customer.tenant_id, do="delete_user", user=person.graph_id)
    order = desk.order(Deed.DELETE, person)
    desk.run()
    assert desk.states(order) == ["already"]
    assert desk.living() == 9


def test_the_role_here_and_the_role_there_are_both_asked(desk: Desk, cast: Cast) -> None:
    person = Person.of(desk.row(1))
    desk.member, admin = cast.helpdesk, desk.member
    with pytest.raises(RoleForbids):
        desk.order(Deed.BLOCK, person)
    desk.session.rollback()
    desk.member = admin
    desk.customer.access_roles = [LICENSE_ADMIN]
    with pytest.raises(Forbidden):
        desk.order(Deed.BLOCK, person)
    desk.customer.access_roles = [WRITERS]
    with pytest.raises(Forbidden):
        desk.order(Deed.DELETE, person)
    desk.order(Deed.BLOCK, person)


def test_the_role_is_asked_again_before_anything_is_sent(desk: Desk) -> None:
    order = desk.order(Deed.DELETE, Person.of(desk.row(1)))
    desk.customer.access_roles = [LICENSE_ADMIN]
    desk.session.commit()
    desk.run()
    assert desk.states(order) == ["failed"]
    assert desk.living() == 10


def test_the_audit_tells_who_was_asked_for_and_what_came_of_it(desk: Desk) -> None:
    desk.order(Deed.CREATE, desk.new(address="user3@plain.no"), desk.new())
    desk.run()
    told = {entry.action: entry for entry in desk.session.scalars(select(AuditEntry))}
    assert told["users_ordered"].details["who"] == ["user3@plain.no", "ada@plain.no"]
    assert told["users_order_finished"].details["users"] == {"requested": 2, "already": 1, "done": 1}
    assert "efgh" not in str([entry.details for entry in told.values()])


def refresh(desk: Desk) -> None:
    """Read the customer anew."""
    sync_customer(desk.sessions, desk.cloud, desk.customer.id)
    desk.session.rollback()


def consumed(desk: Desk, sku_id: str) -> int:
    """Seats taken, as the copy has it."""
    desk.session.rollback()
    wanted = SubscribedSku.customer_id == desk.customer.id, SubscribedSku.sku_id == sku_id
    return desk.session.scalars(select(SubscribedSku.consumed).where(*wanted)).one()
