"""How many licences, on which subscription; where to go back to."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from partner_center.purchasing.queries import Growable, Growth
from partner_center.purchasing.service import MOST
from partner_center.web.addresses import safe_path
from partner_center.web.problems import Problem
from partner_center.web.wording import _

LONGEST_KEY = 64


@dataclass(frozen=True, slots=True)
class Asked:
    """A wanted purchase as far as it is known. `add` is None where it is not a number that can be bought."""

    sku_id: str
    typed: str
    add: int | None
    subscription_id: str
    back: str
    confirmed: bool


def read_order(values: MultiDict[str, str]) -> Asked:
    """From an address or a form; a `return` that leaves the site is dropped."""
    typed = values.get("add", "1").strip()[:12]
    number = int(typed) if typed.isascii() and typed.isdigit() else 0
    return Asked(
        sku_id=values.get("sku", "")[:64],
        typed=typed,
        add=number if 1 <= number <= MOST else None,
        subscription_id=values.get("subscription", "")[:64],
        back=safe_path(values.get("return")) or "",
        confirmed="confirm" in values,
    )


def chosen(asked: Asked, growth: Growth) -> Growable | None:
    """The subscription that shall grow: the one named, or the only one there is."""
    if len(growth.subscriptions) == 1 and not asked.subscription_id:
        return growth.subscriptions[0]
    found = [each for each in growth.subscriptions if each.subscription_id == asked.subscription_id]
    return found[0] if found else None


def problems_of(asked: Asked, growth: Growth) -> tuple[Problem, ...]:
    """What keeps the order from being confirmed."""
    problems = []
    if growth.subscriptions and chosen(asked, growth) is None:
        problems.append(Problem(_("Choose the subscription that shall grow."), "subscription"))
    if asked.add is None:
        problems.append(Problem(_("Enter a number from 1 to 100,000."), "add"))
    return tuple(problems)
