"""Who holds what, and what the customer owns: the facts the rules look at. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from partner_center.catalog.rules import Rules

_NOT_ASSIGNABLE_NOW = frozenset({"Suspended", "LockedOut", "Deleted"})


@dataclass(frozen=True, slots=True)
class License:
    """One product a user holds: from the partner's own hand, through groups, or both.

    `off` are the plans switched off in effect (off in every source of the licence), `direct_only` those that
    are on in the direct assignment alone: lost if only the groups are left.
    """

    sku_id: str
    direct: bool
    groups: tuple[str, ...] = ()
    off: frozenset[str] = frozenset()
    direct_only: frozenset[str] = frozenset()

    @property
    def only_by_group(self) -> bool:
        """Whether nothing can be taken from the person: a group gives it."""
        return not self.direct


@dataclass(frozen=True, slots=True)
class Holder:
    """What all users of one kind have in common: exactly these licences, this location."""

    licenses: Mapping[str, License] = field(default_factory=dict)
    location: str | None = None
    guest: bool = False


@dataclass(frozen=True, slots=True)
class OwnedPlan:
    """A service plan inside an owned product, as Microsoft lists it for this customer."""

    plan_id: str
    name: str
    applies_to: str = "User"
    status: str = "Success"

    @property
    def switchable(self) -> bool:
        """Whether it can be switched per user (not of company scope, not waiting for activation)."""
        return self.applies_to == "User" and self.status != "PendingActivation"


@dataclass(frozen=True, slots=True)
class OwnedProduct:
    """A product the customer owns. `status` is Microsoft's capabilityStatus.

    `self_service`: every subscription of it was bought by a user of the organization.
    """

    sku_id: str
    applies_to: str = "User"
    status: str = "Enabled"
    self_service: bool = False
    plans: tuple[OwnedPlan, ...] = ()

    @property
    def plan_ids(self) -> frozenset[str]:
        """Ids of all its plans."""
        return frozenset(plan.plan_id for plan in self.plans)

    @property
    def personal_plan_ids(self) -> frozenset[str]:
        """Ids of the plans for a person; those for the whole organization are in force whoever holds it."""
        return frozenset(plan.plan_id for plan in self.plans if plan.applies_to == "User")

    @property
    def switchable(self) -> tuple[OwnedPlan, ...]:
        """The plans that can be switched per user."""
        return tuple(plan for plan in self.plans if plan.switchable)

    @property
    def is_suspended(self) -> bool:
        """Whether it can't be given to anybody until it is renewed."""
        return self.status in _NOT_ASSIGNABLE_NOW


@dataclass(frozen=True, slots=True)
class Context:
    """What the rules need beside the holder: the customer's products and the rules between plans.

    `plan_names` are Microsoft's part names of all plans in those products, by id.
    """

    products: Mapping[str, OwnedProduct]
    rules: Rules
    plan_names: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = {plan.plan_id: plan.name for owned in self.products.values() for plan in owned.plans}
        object.__setattr__(self, "plan_names", names)

    def enabled(self, sku_id: str, off: frozenset[str]) -> frozenset[str]:
        """The plans of a licence that are on; none for a product that is no longer listed."""
        product = self.products.get(sku_id)
        return product.plan_ids - off if product else frozenset()
