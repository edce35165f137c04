"""What may be done to a subscription, and Microsoft's codes for what may not. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from partner_center.sandbox.calls import partner_error

BUSINESS = frozenset({"O365_BUSINESS_ESSENTIALS", "O365_BUSINESS_PREMIUM", "SPB", "O365_BUSINESS"})
MOST_OF_BUSINESS = 300
"""Microsoft's cap on its small-business products."""
MOST = 100_000


@dataclass(frozen=True, slots=True)
class Change:
    """Seats before and after, status and name asked for; how many may be given back, and be had at most."""

    old: int
    new: int
    status: str
    name: str | None
    returnable: int
    most: int


def most_seats(part_number: str) -> int:
    """Seats one subscription of the product may have."""
    return MOST_OF_BUSINESS if part_number in BUSINESS else MOST


def check_change(change: Change, status: str, *, trial: bool) -> None:
    """Refuse what Microsoft refuses; codes from its table of error codes."""
    if not isinstance(change.new, int) or isinstance(change.new, bool):
        raise partner_error(400, 800002, "The quantity is not valid.")
    if not isinstance(change.name, str | None):
        raise partner_error(400, 800002, "The friendly name is not valid.")
    if status == "deleted":
        raise partner_error(400, 2011, "The subscription is deleted; it can't be updated.")
    if change.new != change.old:
        _check_quantity(change, status, trial=trial)
    if change.status == status:
        return
    if change.status not in ("active", "suspended", "deleted"):
        raise partner_error(400, 800002, "The status is not valid.")
    if change.status == "deleted" and change.returnable < change.old:
        raise partner_error(400, 900117, "The 7-day cancellation window has passed.")


def _check_quantity(change: Change, status: str, *, trial: bool) -> None:
    if status == "suspended":
        raise partner_error(400, 2001, "The quantity can't be changed while the subscription is suspended.")
    if trial or status != "active":
        raise partner_error(400, 800095, "The quantity of this subscription can't be updated.")
    if not 1 <= change.new <= change.most:
        raise partner_error(400, 2002, f"The quantity must be between 1 and {change.most}.")
    if change.old - change.new > change.returnable:
        raise partner_error(400, 800090, "The quantity can't be decreased outside the 7-day window.")
