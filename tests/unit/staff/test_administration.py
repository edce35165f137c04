"""Inviting and changing people: who may, whom, and what is never left undone or possible."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy.orm import Session, sessionmaker

from partner_center.customers.models import Customer
from partner_center.shared import clock
from partner_center.shared.errors import Forbidden, NotFound, Refusal
from partner_center.staff import administration, lockout
from partner_center.staff.actor import Actor, RoleForbids
from partner_center.staff.models import SecondFactor
from partner_center.staff.queries import actor_of
from partner_center.staff.roles import Role, Scope
from partner_center.staff.scopes import ScopeWish
from tests.make import Make
from tests.unit.staff.office import ALL, PASSWORD, G, H, Office, S, U

DEEDS = ["roles", "scope", "suspend", "reactivate", "link", "second factor"]


@pytest.mark.parametrize("deed", DEEDS)
def test_nobody_changes_themselves(office: Office, deed: str) -> None:
    for member in (office.chief, office.manager):
        with pytest.raises(Forbidden, match="your own access"):
            office.deeds(member, member)[deed]()
    assert office.entries() == []


@pytest.mark.parametrize("deed", DEEDS)
def test_only_who_manages_staff_changes_anybody(office: Office, make: Make, deed: str) -> None:
    for role in (Role.ADMIN_AGENT, H, S):
        with pytest.raises(RoleForbids):
            office.deeds(make.member(role), office.agent)[deed]()


@pytest.mark.parametrize("deed", DEEDS)
def test_a_global_admin_is_touched_by_global_admins_alone(office: Office, make: Make, deed: str) -> None:
    other = make.member(G, name="Other", password=PASSWORD)
    with pytest.raises(Forbidden, match="Only a global admin"):
        office.deeds(office.manager, other)[deed]()
    office.deeds(office.chief, other)[deed]()


def test_the_role_global_admin_is_given_by_global_admins_alone(office: Office) -> None:
    for give in (
        lambda actor: administration.change_roles(office.session, actor, office.agent.id, [H, G]),
        lambda actor: administration.invite(
            office.session, actor, email="new@p.example", name="New", roles=[G], wish=ALL
        ),
    ):
        with pytest.raises(Forbidden, match="Only a global admin"):
            give(actor_of(office.manager))
        give(actor_of(office.chief))


@pytest.mark.parametrize("deed", ["roles", "scope", "suspend"])
def test_the_last_global_admin_stays(office: Office, make: Make, deed: str) -> None:
    """Others who can't sign in, are suspended, or don't see all customers, can't mend what is set wrong."""
    make.member(G, name="Invited only")
    make.member(G, name="Sees few", password=PASSWORD, scope=Scope.LISTED)
    gone = make.member(G, name="Suspended", password=PASSWORD)
    gone.suspended_at = clock.now()
    narrow = make.member(G, name="Another who sees few", password=PASSWORD, scope=Scope.LISTED)
    office.session.commit()
    acting = Actor(narrow.id, narrow.email, narrow.display_name, frozenset({G}))
    deeds = {
        "roles": lambda: administration.change_roles(office.session, acting, office.chief.id, [H]),
        "scope": lambda: administration.change_scope(
            office.session, acting, office.chief.id, ScopeWish(Scope.LISTED)
        ),
        "suspend": lambda: administration.suspend(office.session, acting, office.chief.id),
    }
    with pytest.raises(Refusal, match="last global admin"):
        deeds[deed]()
    office.session.rollback()
    make.member(G, name="A second one", password=PASSWORD)
    deeds[deed]()


def test_two_global_admins_who_strip_each_other_at_once_leave_one(
    office: Office, make: Make, sessions: sessionmaker[Session]
) -> None:
    second = make.member(G, name="Second", password=PASSWORD)
    actors = {one.id: actor_of(one) for one in (office.chief, second)}
    office.session.rollback()
    met = threading.Barrier(2)
    refused: list[Exception] = []

    def strip(by: int, whom: int) -> None:
        met.wait(30)
        try:
            with sessions.begin() as session:
                administration.change_roles(session, actors[by], whom, [H])
        except Refusal as problem:
            refused.append(problem)

    pairs = [(office.chief.id, second.id), (second.id, office.chief.id)]
    threads = [threading.Thread(target=strip, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(refused) == 1
    office.session.rollback()
    left = [one for one in (office.chief, second) if G in administration.held_by(one)]
    assert len(left) == 1


def test_without_the_lock_on_global_admins_none_would_be_left(
    office: Office, make: Make, sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above, where two can write at once."""
    if sessions.kw["bind"].dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    monkeypatch.setattr(lockout, "lock_global_admins", lambda _session: None)
    second = make.member(G, name="Second", password=PASSWORD)
    actors = {one.id: actor_of(one) for one in (office.chief, second)}
    office.session.rollback()
    with sessions() as one, sessions() as other:
        administration.change_roles(one, actors[office.chief.id], second.id, [H])
        administration.change_roles(other, actors[second.id], office.chief.id, [H])
        one.commit()
        other.commit()
    office.session.rollback()
    assert not any(G in administration.held_by(one) for one in (office.chief, second))


@pytest.mark.parametrize("deed", ["roles", "scope", "suspend", "reactivate", "second factor"])
def test_a_change_ends_the_persons_sessions_and_is_audited_once(
    office: Office, make: Make, deed: str
) -> None:
    key = make.signed_in(office.agent)
    assert make.is_signed_in(key)
    if deed == "reactivate":
        office.agent.suspended_at = clock.now()
        office.session.commit()
    office.session.add(SecondFactor(staff_id=office.agent.id, secret="x", last_step=0))
    office.deeds(office.manager, office.agent)[deed]()
    (entry,) = office.entries()
    if deed != "suspend":
        office.agent.suspended_at = None
    assert not make.is_signed_in(key)
    assert (entry.actor_id, entry.subject) == (office.manager.id, office.agent.email)


def test_the_audit_says_what_was_before_and_after(office: Office, make: Make) -> None:
    fjord = make.customer("Fjord")
    office.deeds(office.manager, office.agent)["roles"]()
    wish = ScopeWish(Scope.LISTED, None, frozenset({fjord.id}))
    administration.change_scope(office.session, actor_of(office.manager), office.agent.id, wish)
    roles, scope = office.entries()
    assert roles.details == {"before": ["helpdesk_agent"], "after": ["helpdesk_agent", "sales_agent"]}
    assert scope.details["before"] == {"scope": "all"}
    assert scope.details["after"] == {"scope": "listed", "customers": [fjord.id]}


def test_what_is_so_already_is_no_deed(office: Office, make: Make) -> None:
    key, actor = make.signed_in(office.agent), actor_of(office.manager)
    administration.change_roles(office.session, actor, office.agent.id, [H])
    administration.change_scope(office.session, actor, office.agent.id, ALL)
    administration.reactivate(office.session, actor, office.agent.id)
    assert office.entries() == []
    assert make.is_signed_in(key)


def test_a_person_needs_a_role_and_a_reseller_its_name(office: Office) -> None:
    actor = actor_of(office.manager)
    with pytest.raises(Refusal, match="at least one role"):
        administration.change_roles(office.session, actor, office.agent.id, [])
    with pytest.raises(Refusal, match="Choose the reseller"):
        administration.change_scope(office.session, actor, office.agent.id, ScopeWish(Scope.RESELLER))
    with pytest.raises(NotFound):
        administration.suspend(office.session, actor, 999_999)


class Shops:
    """Three customers; two of them come by one reseller."""

    def __init__(self, make: Make) -> None:
        self.north = (
            make.customer("North One", reseller="North"),
            make.customer("North Two", reseller="North"),
        )
        self.south = make.customer("South", reseller="South")


def listed(*customers: Customer) -> ScopeWish:
    return ScopeWish(Scope.LISTED, None, frozenset(customer.id for customer in customers))


def test_nobody_hands_out_customers_they_do_not_see(office: Office, make: Make) -> None:
    shops = Shops(make)
    by_reseller = make.member(U, scope=Scope.RESELLER, reseller="North")
    by_list = make.member(U, scope=Scope.LISTED, customers=[shops.north[0]])
    new = make.member(H, scope=Scope.LISTED)
    north, south = ScopeWish(Scope.RESELLER, "North"), ScopeWish(Scope.RESELLER, "South")
    for manager, allowed, refused in (
        (by_reseller, [north, listed(*shops.north), listed()], [ALL, south, listed(shops.south)]),
        (
            by_list,
            [listed(shops.north[0]), listed()],
            [ALL, north, listed(*shops.north), listed(shops.south)],
        ),
    ):
        for wish in refused:
            with pytest.raises(Forbidden, match="sees customers that you don't see"):
                administration.change_scope(office.session, actor_of(manager), new.id, wish)
        for wish in allowed:
            administration.change_scope(office.session, actor_of(manager), new.id, wish)
            assert ScopeWish.of(new) == wish


@pytest.mark.parametrize("deed", DEEDS)
def test_nobody_changes_a_person_who_sees_more(office: Office, make: Make, deed: str) -> None:
    few = make.member(U, scope=Scope.RESELLER, reseller="North")
    with pytest.raises(Forbidden, match="sees customers that you don't see"):
        office.deeds(few, office.agent)[deed]()
