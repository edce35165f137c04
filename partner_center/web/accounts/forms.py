"""What is typed of a new user."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from partner_center.accounts.secrets import is_strong
from partner_center.accounts.service import Person
from partner_center.cloud.port import RemoteOrganization
from partner_center.directory import listing
from partner_center.directory.owned import assignable_names
from partner_center.web.locations import is_country
from partner_center.web.problems import Problem
from partner_center.web.wording import _

LONGEST_KEY = 64
LONGEST_NAME = 256
_LONGEST_ADDRESS = 113  # userPrincipalName: 64 before the @ and 48 behind it (user resource)
_LOCAL = re.compile(r"[A-Za-z0-9'_~!#^-]+(\.[A-Za-z0-9'_~!#^-]+)*")


@dataclass(frozen=True, slots=True)
class Typed:
    """As sent, trimmed. An empty `password` means one made by us."""

    name: str
    local: str
    domain: str
    location: str
    own: bool
    password: str
    products: tuple[str, ...]

    @property
    def address(self) -> str:
        """The userPrincipalName."""
        return f"{self.local}@{self.domain}"

    def person(self, secret: str) -> Person:
        """Whom to make."""
        return Person(self.name, self.address, usage_location=self.location, secret=secret)


def blank(organization: RemoteOrganization) -> Typed:
    """Nothing typed; the location only where the customer itself has a default one."""
    location = organization.default_location or ""
    return Typed("", "", organization.domains[0] if organization.domains else "", location, False, "", ())


def read_new(form: MultiDict[str, str]) -> Typed:
    """From the form."""
    own = form.get("way") == "own"
    return Typed(
        name=form.get("name", "").strip(),
        local=form.get("local", "").strip(),
        domain=form.get("domain", "").strip().lower(),
        location=form.get("location", ""),
        own=own,
        password=form.get("password", "") if own else "",
        products=tuple(dict.fromkeys(form.getlist("product"))),
    )


def problems_of(
    session: Session, customer_id: int, typed: Typed, domains: tuple[str, ...]
) -> tuple[Problem, ...]:
    """What keeps the user from being made, in the order of the form."""
    found = []
    if not 0 < len(typed.name) <= LONGEST_NAME or not typed.name.isprintable():
        found.append(Problem(_("Enter a display name of at most 256 characters."), "name"))
    if not _LOCAL.fullmatch(typed.local) or len(typed.local) > 64 or len(typed.address) > _LONGEST_ADDRESS:
        found.append(Problem(_("Enter a user name of letters, digits, dots and hyphens."), "local"))
    elif listing.find_by_addresses(session, customer_id, [typed.address]).found:
        found.append(Problem(_("Somebody has this address already. Choose another user name."), "local"))
    if typed.domain not in domains:
        found.append(Problem(_("Choose one of the customer's domains."), "domain"))
    if not is_country(typed.location):
        found.append(
            Problem(_("Choose a usage location. Licenses can't be assigned without one."), "location")
        )
    if typed.own and not is_strong(typed.password):
        text = _(
            "Enter a password of 8 to 256 characters with three of: capitals, small letters, digits, signs."
        )
        found.append(Problem(text, "password"))
    if set(typed.products) - assignable_names(session, customer_id).keys():
        found.append(Problem(_("This customer does not have one of the products. Open the page again.")))
    return tuple(found)
