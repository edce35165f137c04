"""What the forms about people send, read and judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from partner_center.customers.visibility import find_named, list_resellers
from partner_center.staff.actor import Actor
from partner_center.staff.roles import Role, Scope
from partner_center.staff.scopes import ScopeWish
from partner_center.web.problems import Problem
from partner_center.web.wording import _

LONGEST_NAME = 200
LONGEST_EMAIL = 320
LONGEST_LIST = 20_000
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form held, to be shown again."""

    email: str = ""
    name: str = ""
    roles: frozenset[Role] = frozenset()
    scope: str = Scope.ALL.value
    reseller: str = ""
    customers: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A form as understood. `wish` is None where it asks for customers that can't be found."""

    typed: Typed
    wish: ScopeWish | None
    problems: tuple[Problem, ...] = field(default=())


def read_roles(form: MultiDict[str, str]) -> frozenset[Role]:
    """The roles that are ticked; words that are no role are passed over."""
    known = {role.value: role for role in Role}
    return frozenset(known[word] for word in form.getlist("role") if word in known)


def read_scope(session: Session, actor: Actor, form: MultiDict[str, str]) -> Asked:
    """Which customers the form asks for; only what the actor sees can be asked for."""
    typed = _typed(form)
    if typed.scope == Scope.RESELLER and typed.reseller not in list_resellers(session, actor):
        return Asked(typed, None, (Problem(_("Choose a reseller from the list."), "reseller"),))
    if typed.scope != Scope.LISTED:
        wanted = Scope.RESELLER if typed.scope == Scope.RESELLER else Scope.ALL
        return Asked(typed, ScopeWish(wanted, typed.reseller if wanted is Scope.RESELLER else None))
    found, unclear = find_named(session, actor, typed.customers.split("\n") if typed.customers else ())
    if unclear:
        names = ", ".join(unclear[:MOST_NAMED])
        text = _("These lines name no customer you see, or several of them: %(lines)s.", lines=names)
        return Asked(typed, None, (Problem(text, "customers"),))
    return Asked(typed, ScopeWish(Scope.LISTED, None, frozenset(customer.id for customer in found)))


def read_invitation(session: Session, actor: Actor, form: MultiDict[str, str]) -> Asked:
    """A new person: what is wrong with the form comes with it."""
    asked = read_scope(session, actor, form)
    problems = [*_wrong_person(asked.typed), *asked.problems]
    return Asked(asked.typed, asked.wish, tuple(problems))


def _wrong_person(typed: Typed) -> list[Problem]:
    wrong = []
    if not typed.name:
        wrong.append(Problem(_("Enter the person's name."), "name"))
    local, at, domain = typed.email.partition("@")
    if not (local and at and domain) or "@" in domain or any(each.isspace() for each in typed.email):
        wrong.append(Problem(_("Enter an email address, such as name@example.com."), "email"))
    if not typed.roles:
        wrong.append(Problem(_("Choose at least one role."), "roles"))
    return wrong


def _typed(form: MultiDict[str, str]) -> Typed:
    lines = (line.strip() for line in form.get("customers", "")[:LONGEST_LIST].splitlines())
    scope = form.get("scope", "")
    return Typed(
        email=form.get("email", "").strip()[:LONGEST_EMAIL],
        name=form.get("name", "").strip()[:LONGEST_NAME],
        roles=read_roles(form),
        scope=scope if scope in {one.value for one in Scope} else Scope.LISTED.value,
        reseller=form.get("reseller", ""),
        customers="\n".join(line for line in lines if line),
    )


def typed_of(wish: ScopeWish, domains: Mapping[int, str]) -> Typed:
    """What the form about customers holds before anybody touches it."""
    return Typed(
        scope=wish.scope.value,
        reseller=wish.reseller or "",
        customers="\n".join(sorted(domains[number] for number in wish.customers if number in domains)),
    )
