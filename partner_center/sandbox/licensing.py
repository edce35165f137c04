"""Microsoft's rules for who may hold which licences. Pure: no rows, no clock, no web.

Sources: Microsoft's documentation and error texts seen in the wild. Texts marked "ours" are not known
from Microsoft; they say the same thing in its manner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from partner_center.catalog.rules import Rules
from partner_center.catalog.seed import SeedProduct

NONE = "None"


@dataclass(frozen=True, slots=True)
class Held:
    """One entry of a user's licenseAssignmentStates; `group` is None where assigned directly."""

    sku: str
    group: str | None
    off: tuple[str, ...]
    error: str
    at: str

    @property
    def active(self) -> bool:
        return self.error == NONE


@dataclass(frozen=True, slots=True)
class Wish:
    """The body of one assignLicense: SKUs with the plans to switch off, and SKUs to take away."""

    add: tuple[tuple[str, tuple[str, ...]], ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shop:
    """What a decision needs to know of the tenant.

    `free` tells the seats left of a SKU; `address_taken` whether another mailbox has this user's address.
    """

    products: Mapping[str, SeedProduct]
    owned: frozenset[str]
    self_service: frozenset[str]
    rules: Rules
    free: Callable[[str], int]
    address_taken: Callable[[], bool]
    location: str | None


class Violation(Exception):
    """A rule is broken. `kind` is Microsoft's name for it in licenseAssignmentStates.error.

    `blamed` are the SKUs or plans at fault.
    """

    def __init__(self, kind: str, message: str, *blamed: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.blamed = frozenset(blamed)


def taken(held: Iterable[Held]) -> frozenset[str]:
    """SKUs of which the holder uses a seat: one each, however often it was assigned."""
    return frozenset(entry.sku for entry in held if entry.active)


def switched_off(held: Sequence[Held], sku: str) -> frozenset[str]:
    """Plans of the SKU that no assignment of it leaves on."""
    offs = [frozenset(entry.off) for entry in held if entry.sku == sku and entry.active]
    return frozenset.intersection(*offs) if offs else frozenset()


def enabled_plans(held: Sequence[Held], products: Mapping[str, SeedProduct]) -> frozenset[str]:
    """Every plan the holder can use."""
    found: set[str] = set()
    for sku in taken(held) & products.keys():
        found |= {plan.plan_id for plan in products[sku].plans} - switched_off(held, sku)
    return frozenset(found)


def assign(held: Sequence[Held], wish: Wish, shop: Shop, at: str) -> tuple[Held, ...]:
    """The holder's entries after the wish, all of it or a `Violation`."""
    _check_shape(wish)
    for sku, off in wish.add:
        _check_addable(sku, off, shop)
    for sku in wish.remove:
        _check_removable(sku, held, shop)
    if wish.add and shop.location is None:
        raise Violation("Other", "License assignment cannot be done for user with invalid usage location.")
    replaced = {sku for sku, _ in wish.add} | set(wish.remove)
    kept = [entry for entry in held if entry.group is not None or entry.sku not in replaced]
    given = [Held(sku, None, tuple(sorted(off)), NONE, at) for sku, off in wish.add]
    after = tuple(kept + given)
    check_state(held, after, shop)
    return after


def inherit(
    held: Sequence[Held],
    groups: Sequence[tuple[str, Sequence[tuple[str, tuple[str, ...]]]]],
    shop: Shop,
    at: str,
) -> tuple[tuple[Held, ...], tuple[Violation, ...]]:
    """The holder's entries when exactly `groups` hand out licences, and what went wrong.

    If one product of a group can't be given, none of that group's is: the others say `Other`.
    """
    problems: list[Violation] = []
    after = tuple(entry for entry in held if entry.group is None)
    for group, licenses in groups:
        fresh = tuple(Held(sku, group, tuple(sorted(off)), NONE, at) for sku, off in licenses)
        before = {(entry.sku, entry.off): entry for entry in held if entry.group == group and entry.active}
        fresh = tuple(before.get((entry.sku, entry.off), entry) for entry in fresh)
        try:
            check_state(held, after + fresh, shop)
        except Violation as problem:
            problems.append(problem)
            fresh = tuple(
                replace(entry, at=at, error=problem.kind if _blames(problem, entry.sku, shop) else "Other")
                for entry in fresh
            )
        after += fresh
    return after, tuple(problems)


def check_state(before: Sequence[Held], after: Sequence[Held], shop: Shop) -> None:
    """Whether a user may go from `before` to `after`; only what gets worse is a violation."""
    old, new = enabled_plans(before, shop.products), enabled_plans(after, shop.products)
    known = set(shop.rules.conflicts(old))
    for clash in shop.rules.conflicts(new):
        if clash not in known:
            raise _exclusive(clash)
    unmet = {plan for plan, _ in shop.rules.unmet(old)}
    for plan, needs in shop.rules.unmet(new):
        if plan not in unmet:
            raise _dependent(plan, needs)
    fresh = taken(after) - taken(before)
    for plan in shop.rules.forbidden((new - old) | fresh, shop.location):
        raise _prohibited(plan, shop.location)
    for sku in sorted(fresh):
        if shop.free(sku) < 1:
            raise _no_seat(sku)
    if has_mailbox(new) and not has_mailbox(old) and shop.address_taken():
        text = "Another object with the same value for property proxyAddresses already exists."
        raise Violation("UniquenessViolation", text)


MAILBOX_PLANS = frozenset(
    {
        "9aaf7827-d63c-4b61-89c3-182f06f82e5c",  # EXCHANGE_S_STANDARD
        "efb87545-963c-4e0d-99df-69c6916d9eb0",  # EXCHANGE_S_ENTERPRISE
        "4a82b400-a79f-41a4-b4e2-e94f5787b113",  # EXCHANGE_S_DESKLESS
    }
)


def has_mailbox(plans: frozenset[str]) -> bool:
    """Whether one of the plans comes with a mailbox, and so with an address of its own."""
    return bool(plans & MAILBOX_PLANS)


def _check_shape(wish: Wish) -> None:
    if not wish.add and not wish.remove:
        raise Violation("Other", "No license changes provided")
    named = [sku for sku, _ in wish.add] + list(wish.remove)
    for sku in named:
        if named.count(sku) > 1:  # ours
            raise Violation("Other", f"License {sku} is named more than once in the request.")


def _check_addable(sku: str, off: Sequence[str], shop: Shop) -> None:
    if sku not in shop.owned or sku not in shop.products:
        raise Violation("Other", f"License {sku} does not correspond to a valid company License.")
    product = shop.products[sku]
    if product.applies_to == "Company":
        raise Violation("Other", f"License {sku} cannot be assigned to a user.")
    _check_ours(sku, shop)
    inside = {plan.plan_id for plan in product.plans}
    for plan in off:
        if plan not in inside:  # ours
            text = f"The service plan {plan} does not belong to the subscription with SKU {sku}."
            raise Violation("Other", text)


def _check_removable(sku: str, held: Sequence[Held], shop: Shop) -> None:
    entries = [entry for entry in held if entry.sku == sku]
    if not entries:
        raise Violation("Other", "User does not have a corresponding license.")
    if all(entry.group is not None for entry in entries):
        text = (
            "User license is inherited from a group membership and it cannot be removed directly "
            "from the user."
        )
        raise Violation("Other", text)
    _check_ours(sku, shop)


def _check_ours(sku: str, shop: Shop) -> None:
    if sku in shop.self_service:  # ours
        text = (
            f"License {sku} belongs to a self-service purchase and cannot be assigned or removed by an "
            "administrator until the subscription is taken over."
        )
        raise Violation("Other", text)


def _exclusive(plans: Sequence[str]) -> Violation:
    text = f"License assignment failed because service plans {', '.join(plans)} are mutually exclusive."
    return Violation("MutuallyExclusiveViolation", text, *plans)


def _dependent(plan: str, needs: Iterable[str]) -> Violation:
    text = (
        f"License assignment failed because service plan {plan} depends on the service plan(s) "
        f"{', '.join(sorted(needs))}"
    )
    return Violation("DependencyViolation", text, plan)


def _prohibited(plan: str, country: str | None) -> Violation:  # ours
    text = (
        f"License assignment failed because service plan {plan} is not available in usage location {country}."
    )
    return Violation("ProhibitedInUsageLocationViolation", text, plan)


def _no_seat(sku: str) -> Violation:
    text = f"Subscription with SKU {sku} does not have any available licenses."
    return Violation("CountViolation", text, sku)


def _blames(problem: Violation, sku: str, shop: Shop) -> bool:
    """Whether the SKU or one of its plans is at fault; a taken address is every SKU's."""
    product = shop.products.get(sku)
    parts = {plan.plan_id for plan in product.plans} if product else set()
    return not problem.blamed or bool(problem.blamed & (parts | {sku}))
