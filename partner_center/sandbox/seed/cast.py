"""The people of one customer, before they are written."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from partner_center.sandbox.licensing import Held
from partner_center.sandbox.seed.catalogue import Company
from partner_center.sandbox.seed.people import DEPARTMENTS, TITLES, WELL_KNOWN, Names, box_name, mail_name

_SHARED = {
    "US": ("Accounts Payable", "Front Desk", "Careers", "Support", "Orders", "Info"),
    "TR": ("Muhasebe", "Bilgi", "Sipariş", "Destek", "İnsan Kaynakları", "Satın Alma"),
    "NO": ("Faktura", "Post", "Kundeservice", "Bestilling", "Resepsjon", "Jobb"),
    "SE": ("Faktura", "Info", "Kundtjänst", "Order", "Reception", "Jobb"),
}
_ROOMS = {"US": "Conference room", "TR": "Toplantı odası", "NO": "Møterom", "SE": "Konferensrum"}
_GUEST_HOSTS = ("gmail.com", "outlook.com", "halden-consulting.example", "karadeniz-audit.example")


@dataclass(slots=True)
class Person:
    """A user to be; `purpose` is user, shared or room."""

    id: str
    display_name: str
    upn: str
    mail: str | None
    location: str | None
    given_name: str | None = None
    surname: str | None = None
    department: str | None = None
    title: str | None = None
    kind: str = "Member"
    enabled: bool = True
    purpose: str = "user"
    deleted: bool = False
    held: list[Held] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)


def guid(dice: random.Random) -> str:
    """A GUID of RFC 4122, version 4, that the dice decide."""
    return str(uuid.UUID(int=dice.getrandbits(128), version=4))


def cast(company: Company, names: Names, dice: random.Random) -> list[Person]:
    """Everybody: members first, then guests, shared mailboxes, rooms, and those who were deleted."""
    members = company.users - company.guests - company.shared - company.rooms
    people = _members(company, names, dice, members + company.deleted)
    for person in people[members:]:
        person.deleted = True
    living, deleted = people[:members], people[members:]
    _trouble(company, living, dice)
    return [*living, *_guests(company, names, dice), *_mailboxes(company, dice), *deleted]


def _members(company: Company, names: Names, dice: random.Random, count: int) -> list[Person]:
    well_known = WELL_KNOWN[company.country] if count >= 10 else WELL_KNOWN[company.country][:1]
    drawn = [*well_known[:count], *(names.draw(dice) for _ in range(count - len(well_known)))]
    addresses = _addresses(company.domain)
    places = _places(company, dice)
    people = []
    for first, last in drawn:
        address = addresses(mail_name(first, last))
        people.append(
            Person(
                id=guid(dice),
                display_name=f"{first} {last}",
                upn=address,
                mail=address,
                location=next(places),
                given_name=first,
                surname=last,
                department=dice.choice(DEPARTMENTS[company.country]),
                title=dice.choice(TITLES[company.country]),
            )
        )
    return people


def _addresses(domain: str) -> Callable[[str], str]:
    """A function from a name to an address nobody has yet."""
    seen: dict[str, int] = {}

    def address(name: str) -> str:
        seen[name] = seen.get(name, 0) + 1
        return f"{name}@{domain}" if seen[name] == 1 else f"{name}{seen[name]}@{domain}"

    return address


def _places(company: Company, dice: random.Random) -> Iterator[str]:
    """Usage locations: home, and abroad for one in twelve where the customer has people there."""
    while True:
        abroad = company.abroad and dice.random() < 1 / 12
        yield dice.choice(company.abroad) if abroad else company.country


def _trouble(company: Company, people: Sequence[Person], dice: random.Random) -> None:
    """Some have no location, some are blocked; never the first three, whom the tours visit."""
    rest = list(people[3:])
    for person in dice.sample(rest, min(company.without_location, len(rest))):
        person.location = None
    for person in dice.sample(rest, min(company.blocked, len(rest))):
        person.enabled = False


def _guests(company: Company, names: Names, dice: random.Random) -> list[Person]:
    guests = []
    for number in range(company.guests):
        first, last = names.draw(dice)
        mail = f"{mail_name(first, last)}{number}@{dice.choice(_GUEST_HOSTS)}"
        upn = f"{mail.replace('@', '_')}#EXT#@{company.domain}"
        guests.append(Person(guid(dice), f"{first} {last}", upn, mail, None, first, last, kind="Guest"))
    return guests


def _mailboxes(company: Company, dice: random.Random) -> list[Person]:
    """Shared and room mailboxes: accounts nobody signs in to, mostly without a licence."""
    boxes = []
    for number in range(company.shared):
        names = _SHARED[company.country]
        name = names[number % len(names)] + (f" {number // len(names) + 1}" if number >= len(names) else "")
        boxes.append(_mailbox(company, name, "shared", dice))
    for number in range(company.rooms):
        boxes.append(_mailbox(company, f"{_ROOMS[company.country]} {number + 101}", "room", dice))
    return boxes


def _mailbox(company: Company, name: str, purpose: str, dice: random.Random) -> Person:
    address = f"{box_name(name)}@{company.domain}"
    location = company.country if purpose == "room" else None
    return Person(guid(dice), name, address, address, location, enabled=False, purpose=purpose)
