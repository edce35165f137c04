"""**Manage licenses**: per product how many of the chosen have it, what is left, what a wish would do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.changes.clashes import clash_of
from partner_center.changes.matrix_values import (
    LocationSummary,
    Matrix,
    MatrixRow,
    PlanCounts,
    Predicted,
)
from partner_center.changes.plan import Expected, Plan
from partner_center.changes.planning import everybody, make_plan
from partner_center.changes.situation import Names, Situation, kinds_of, look, names_for
from partner_center.cloud.port import Reason
from partner_center.customers.queries import get_customer
from partner_center.directory import listing
from partner_center.directory.facets import LOCATIONS, NO_LOCATION, facets, off_prefix
from partner_center.directory.owned import GroupName, group_names
from partner_center.directory.values import Tally
from partner_center.licensing.holders import OwnedProduct
from partner_center.licensing.reasons import OwnReason, fix_of
from partner_center.licensing.seats import SeatMath
from partner_center.licensing.states import offered_ops, result_state, tri_state
from partner_center.licensing.values import Op, Wish
from partner_center.shared import clock
from partner_center.shared.names import sort_key
from partner_center.staff.actor import Actor

FIRST_NAMES = 5
OFF = "off:"
_NOBODY = Tally(0, 0, 0)


def matrix(
    session: Session,
    actor: Actor,
    customer_id: int,
    chosen: BitMap,
    wish: Wish,
    *,
    language: str = "en",
) -> Matrix:
    """The page for `chosen` with `wish` set; counts come from sets, so a million users cost what ten do."""
    get_customer(session, actor, customer_id)
    situation = look(session, customer_id)
    desk = _Desk(session, customer_id, chosen, wish, situation=situation, language=language)
    rows = sorted((desk.row(product) for product in desk.products()), key=desk.order)
    plan = desk.plan
    return Matrix(
        rows=tuple(rows),
        selected=len(chosen),
        changed=len(wish.products),
        gives=plan.to_assign if plan else 0,
        takes=plan.to_revoke if plan else 0,
        plan_changes=plan.plan_changes if plan else 0,
        problems=plan.expected_failures if plan else 0,
        short=sum(row.short for row in rows),
        needs_review=plan.needs_review if plan else False,
        reasons=plan.reasons if plan else (),
        location=desk.location(),
        unchanged_wish=wish.is_empty,
    )


class _Desk:
    """What all rows of one page share; read once."""

    def __init__(
        self,
        session: Session,
        customer_id: int,
        chosen: BitMap,
        wish: Wish,
        *,
        situation: Situation,
        language: str,
    ) -> None:
        self.session, self.customer_id, self.chosen = session, customer_id, chosen
        self.wish, self.situation, self.language = wish, situation, language
        self.facets = facets(session, customer_id)
        self.off = self.facets.under(OFF)
        self.tally: Mapping[str, Tally] = listing.tally(session, customer_id, chosen)
        self.plan: Plan | None = None if wish.is_empty else self._plan()
        self.names: Names = names_for(session, situation, skus=self.tally, plans=self._plans_named())

    def products(self) -> list[OwnedProduct]:
        """What the customer owns, and what somebody chosen still holds of former products."""
        owned = self.situation.context.products
        former = [OwnedProduct(sku) for sku in self.tally if sku not in owned]
        return [*owned.values(), *former]

    def order(self, row: MatrixRow) -> tuple[bool, str, str]:
        """Held by any first, then by name; a wish never moves a row."""
        return row.have == 0, sort_key(row.name, self.language), row.sku_id

    def row(self, product: OwnedProduct) -> MatrixRow:
        """One product's row."""
        sku_id, selected = product.sku_id, len(self.chosen)
        tally, wish = self.tally.get(sku_id, _NOBODY), self.wish.product(product.sku_id)
        only_by_group = tally.have - tally.direct
        stock = self.situation.stock.get(sku_id)
        seats = SeatMath(
            stock.available if stock else 0,
            need=selected - tally.have if wish.op is Op.ASSIGN else 0,
            freed=tally.have - tally.by_group if wish.op is Op.REVOKE else 0,
        )
        reason = why_not(product) if stock else Reason.NOT_OWNED
        return MatrixRow(
            sku_id=sku_id,
            part_number=stock.part_number if stock else sku_id,
            name=self.names.product(sku_id),
            state=tri_state(selected, tally.have),
            result=result_state(selected, tally.have, only_by_group, wish.op),
            selected=selected,
            have=tally.have,
            only_by_group=only_by_group,
            groups=self._groups(sku_id) if tally.by_group else (),
            purchased=stock.purchased if stock else 0,
            available=seats.available,
            promised=stock.promised if stock else 0,
            assignable=reason is None,
            why_not=reason,
            wish=wish,
            offered=self._offered(tally, reason),
            give=selected - tally.have,
            take=tally.direct,
            need=seats.need,
            freed=seats.freed,
            after=seats.after,
            short=seats.short,
            plans=self._plan_counts(product, tally.have + seats.need),
            plans_changed=len(wish.plans),
            predicted=tuple(self._predicted(sku_id)),
        )

    def _offered(self, tally: Tally, reason: str | None) -> tuple[Op, ...]:
        """What a user of the organization bought can't even be taken, until it is taken over (S2.7)."""
        if reason == Reason.SELF_SERVICE:
            return (Op.LEAVE,)
        only_by_group = tally.have - tally.direct
        return offered_ops(len(self.chosen), tally.have, only_by_group, assignable=reason is None)

    def location(self) -> LocationSummary:
        """Where the chosen users are."""
        counts = {
            key: self.chosen.intersection_cardinality(members)
            for key, members in self.facets.under(LOCATIONS).items()
        }
        missing = counts.pop(NO_LOCATION, 0)
        found = [(key.removeprefix(LOCATIONS), count) for key, count in counts.items() if count]
        countries = sorted(found, key=lambda pair: (-pair[1], pair[0]))
        return LocationSummary(missing, self.wish.location, tuple(countries))

    def _plan(self) -> Plan:
        kinds = kinds_of(self.session, self.customer_id, self.chosen)
        context, available = self.situation.context, self.situation.available
        return make_plan(
            kinds, everybody(self.wish, self.chosen), context, available, today=clock.now().date()
        )

    def _plans_named(self) -> set[str]:
        return {plan for expected in self._all_expected() for plan in expected.problem.plans}

    def _all_expected(self) -> Sequence[Expected]:
        return self.plan.expected if self.plan else ()

    def _predicted(self, sku_id: str) -> list[Predicted]:
        return [
            Predicted(
                reason=each.reason,
                fix=fix_of(each.reason),
                users=each.users,
                first=self._first_names(each.members),
                other_sku_id=each.problem.others[0] if each.problem.others else None,
                other_name=self.names.product(each.problem.others[0]) if each.problem.others else None,
                plan_names=tuple(self.names.plan(plan) for plan in each.problem.plans),
                countries=(each.problem.country,) if each.problem.country else (),
                clash=clash_of(each.problem, sku_id, self.situation, self.names),
            )
            for each in self._all_expected()
            if each.sku_id == sku_id
        ]

    def _first_names(self, members: BitMap) -> tuple[str, ...]:
        numbers = listing.sorted_numbers(
            self.session, self.customer_id, members, self.language, limit=FIRST_NAMES
        )
        return tuple(user.display_name for user in listing.rows_of(self.session, self.customer_id, numbers))

    def _plan_counts(self, product: OwnedProduct, holders: int) -> PlanCounts:
        prefix, total = off_prefix(product.sku_id), len(product.plans)
        counts = [
            self.chosen.intersection_cardinality(members)
            for key, members in self.off.items()
            if key.startswith(prefix) and key.removeprefix(prefix) in product.plan_ids
        ]
        known = [count for count in counts if count]
        all_off = sum(count == holders for count in known)
        return PlanCounts(total, total - len(known), all_off, len(known) - all_off)

    @cached_property
    def _groups_of_sku(self) -> Mapping[str, frozenset[str]]:
        """The groups through which anybody chosen holds each product: one reading for all rows."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for kind in listing.groups_of(self.session, self.customer_id, self.chosen):
            for license_ in kind.licenses:
                found[license_.sku_id].update(license_.groups)
        return {sku_id: frozenset(groups) for sku_id, groups in found.items()}

    @cached_property
    def _names_of_groups(self) -> Mapping[str, str]:
        return group_names(self.session, self.customer_id, frozenset().union(*self._groups_of_sku.values()))

    def _groups(self, sku_id: str) -> tuple[GroupName, ...]:
        known = self._names_of_groups
        found = [
            GroupName(group if group in known else "", known.get(group, group))
            for group in self._groups_of_sku[sku_id]
        ]
        return tuple(sorted(found, key=lambda group: sort_key(group.name, self.language)))


def why_not(product: OwnedProduct) -> str | None:
    """Why nobody can be given the product now, if so."""
    if product.applies_to == "Company":
        return OwnReason.COMPANY_SCOPE
    if product.self_service:
        return Reason.SELF_SERVICE
    return OwnReason.SUSPENDED if product.is_suspended else None
