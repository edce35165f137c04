"""**Why can't I?** The three gates a deed may be stopped at, each with who can open it.

The role here, the customers one may see, and what the customer grants. Pages and refusals take their
sentences from here alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask import url_for

from partner_center.customers.access import Access, AccessVerdict
from partner_center.customers.visibility import who_can
from partner_center.extensions import db
from partner_center.shared.errors import Refusal
from partner_center.staff.actor import Actor, RoleForbids
from partner_center.staff.permissions import Permission, roles_with
from partner_center.staff.queries import list_overrides
from partner_center.staff.roles import Role
from partner_center.web.formats import number
from partner_center.web.permission_names import permission_name
from partner_center.web.role_names import role_list
from partner_center.web.wording import _

MOST_NAMES = 5


class Gate(StrEnum):
    """What stands between a person and a deed."""

    ROLE = "role"
    SCOPE = "scope"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Closed:
    """A gate that is closed: its name, why, who can help, and where more is said."""

    gate: Gate
    title: str
    why: str
    who: str
    more: str = ""

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        return f"{self.why} {self.who}".strip()


def role_gate(permission: Permission, customer_id: int | None = None) -> Closed:
    """None of the person's roles grants `permission`: who can do it, for that customer."""
    people = who_can(db.session(), permission, customer_id)
    return Closed(
        gate=Gate.ROLE,
        title=_("Your role here"),
        why=_("Your role does not allow this: %(deed)s.", deed=permission_name(permission)),
        who=_they_can(people) or _("Nobody else can. A global admin can change what roles may do."),
        more=url_for("settings.show_who_can", can=permission.value, customer=customer_id),
    )


def scope_gate() -> Closed:
    """The person does not see the customer, or there is none: which of the two is never said."""
    people = _names(who_can(db.session(), Permission.MANAGE_STAFF))
    return Closed(
        gate=Gate.SCOPE,
        title=_("The customers you see"),
        why=_("This customer does not exist, or you may not see it."),
        who=_("They decide which customers you see: %(people)s.", people=people) if people else "",
    )


def customer_gate(verdict: AccessVerdict, customer_id: int) -> Closed | None:
    """What the customer grants does not allow changes; None where it does."""
    if verdict.may_write:
        return None
    asking = [one for one in who_can(db.session(), Permission.VIEW_CUSTOMERS, customer_id) if _asks(one)]
    why = (
        _("The customer gives us no admin access now. Nothing can be changed. Ask them to approve it.")
        if verdict.access is Access.NONE
        else _("Our access lacks the License Administrator role. Ask the customer to approve it.")
    )
    who = _("They can send the customer a new request: %(people)s.", people=_names(asking)) if asking else ""
    return Closed(Gate.CUSTOMER, _("The customer's access"), why, who)


def roles_that_can(permission: Permission) -> str:
    """The roles that grant `permission` now, with commas."""
    return role_list(roles_with(permission, list_overrides(db.session())))


def buyers(customer_id: int) -> str:
    """Who can buy for this customer, as a sentence."""
    return role_gate(Permission.BUY_SEATS, customer_id).who


def sentence_of(refusal: Refusal, customer_id: int | None = None) -> str:
    """The refusal in the language of the page; of a closed gate, with who can help."""
    if isinstance(refusal, RoleForbids):
        return role_gate(refusal.permission, customer_id).sentence
    return _(str(refusal)) if str(refusal) else ""


def _they_can(people: Sequence[Actor]) -> str:
    return _("They can: %(people)s. Ask one of them.", people=_names(people)) if people else ""


def _names(people: Sequence[Actor]) -> str:
    shown = [person.name for person in people[:MOST_NAMES]]
    rest = len(people) - len(shown)
    if rest:
        shown.append(_("%(count)s more", count=number(rest)))
    return ", ".join(shown)


def _asks(person: Actor) -> bool:
    """Requesting admin privileges is an admin agent's task (Microsoft: obtain GDAP permissions)."""
    return Role.ADMIN_AGENT in person.roles
