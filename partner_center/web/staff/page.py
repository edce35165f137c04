"""What the pages about people show, made ready for their templates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from partner_center.customers.visibility import domains_of, list_resellers
from partner_center.shared.page import Page
from partner_center.staff.actor import Actor
from partner_center.staff.administration import held_by, why_not
from partner_center.staff.models import StaffMember
from partner_center.staff.permissions import Permission
from partner_center.staff.queries import list_staff
from partner_center.staff.roles import Role, Scope
from partner_center.staff.scopes import ScopeWish
from partner_center.staff.second_factor import is_set_up
from partner_center.web import arguments, formats
from partner_center.web.lists import ListAddress, Pager, clamped_words, pager_of
from partner_center.web.role_names import role_list, role_name
from partner_center.web.staff.forms import Typed, typed_of
from partner_center.web.tags import Tag
from partner_center.web.wording import _, ngettext


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A row of the list."""

    id: int
    name: str
    email: str
    roles: str
    customers: str
    state: Tag


@dataclass(frozen=True, slots=True)
class StaffPage:
    """The list of people."""

    search: str
    caption: str
    notice: str
    rows: tuple[PersonLine, ...]
    pager: Pager
    address: ListAddress


@dataclass(frozen=True, slots=True)
class Choice:
    """A role to tick."""

    value: str
    text: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class ScopeChoices:
    """What can be asked for of customers, and what is."""

    typed: Typed
    resellers: tuple[str, ...]
    only_all: bool


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person. `closed` says why the reader can't change them."""

    line: PersonLine
    created_at: datetime
    suspended: bool
    second_factor: bool
    closed: str
    roles: tuple[Choice, ...]
    scope: ScopeChoices
    activity: str


def staff_page(session: Session, args: MultiDict[str, str]) -> StaffPage:
    """What the address asks of the list; reads only."""
    search = arguments.text(args, "q")
    page = list_staff(session, query=search, page=arguments.page_number(args), size=arguments.page_size(args))
    return StaffPage(
        search=search,
        caption=_caption(page),
        notice=clamped_words(page),
        rows=tuple(_line(member) for member in page.items),
        pager=pager_of(page),
        address=ListAddress("staff.list_people", {}, {"q": search, "size": args.get("size", "")}),
    )


def person_page(
    session: Session, actor: Actor, member: StaffMember, typed: Typed | None = None
) -> PersonPage:
    """One person as they are; `typed` is what was sent and could not be kept."""
    wish = ScopeWish.of(member)
    as_stored = typed_of(wish, domains_of(session, actor, wish.customers))
    return PersonPage(
        line=_line(member),
        created_at=member.created_at,
        suspended=member.suspended_at is not None,
        second_factor=is_set_up(session, member.id),
        closed=_(text) if (text := why_not(session, actor, member)) else "",
        roles=role_choices(actor, held_by(member)),
        scope=scope_choices(session, actor, typed or as_stored),
        activity=member.email if actor.may(Permission.VIEW_AUDIT) else "",
    )


def role_choices(actor: Actor, ticked: Iterable[Role]) -> tuple[Choice, ...]:
    """The roles that the actor may give."""
    held = set(ticked)
    offered = [role for role in Role if role is not Role.GLOBAL_ADMIN or role in actor.roles]
    return tuple(Choice(role.value, role_name(role), role in held) for role in offered)


def scope_choices(session: Session, actor: Actor, typed: Typed) -> ScopeChoices:
    """What the actor may give of customers."""
    return ScopeChoices(typed, tuple(list_resellers(session, actor)), actor.scope is Scope.ALL)


def scope_words(wish: ScopeWish) -> str:
    """Which customers somebody sees, in words."""
    if wish.scope is Scope.ALL:
        return _("All customers")
    if wish.scope is Scope.RESELLER:
        return _("Customers of %(reseller)s", reseller=wish.reseller)
    count = len(wish.customers)
    return ngettext("%(n)s customer", "%(n)s customers", count, n=formats.number(count))


def state_tag(member: StaffMember) -> Tag:
    """Whether the person can sign in."""
    if member.suspended_at is not None:
        return Tag(_("Suspended"), "err")
    if member.password_hash is None:
        return Tag(_("Invited"), "warn")
    return Tag(_("Active"), "ok")


def _line(member: StaffMember) -> PersonLine:
    return PersonLine(
        id=member.id,
        name=member.display_name,
        email=member.email,
        roles=role_list(held_by(member)),
        customers=scope_words(ScopeWish.of(member)),
        state=state_tag(member),
    )


def _caption(page: Page[StaffMember]) -> str:
    words = ngettext("%(n)s person", "%(n)s people", page.total, n=formats.number(page.total))
    if page.last == 1:
        return words
    number, last = formats.number(page.number), formats.number(page.last)
    return _("%(people)s, page %(page)s of %(pages)s", people=words, page=number, pages=last)
