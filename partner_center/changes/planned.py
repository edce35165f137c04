"""The review of a plan that waits for a person: made anew from the mirror at every look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.changes.clashes import clash_of
from partner_center.changes.heads import heads_of
from partner_center.changes.models import Change
from partner_center.changes.pins import unpack_asks
from partner_center.changes.plan import Expected, LeftOut, Plan, PlannedKind, ProductPlan
from partner_center.changes.shortages import offered, unserved_of
from partner_center.changes.situation import Names, look, names_for, plan_in
from partner_center.changes.states import ChangeState
from partner_center.changes.swapping import turned_on
from partner_center.changes.table import TableRow
from partner_center.changes.views import (
    DeedView,
    ExpectedView,
    LeftOutView,
    PlanUser,
    PlanView,
    SubstituteView,
    SwitchedOn,
    UnservedView,
)
from partner_center.customers.models import Customer
from partner_center.directory import listing
from partner_center.directory.rows import names_of
from partner_center.directory.values import UserRow
from partner_center.licensing.decide import Judged
from partner_center.licensing.deeds import DeedKind
from partner_center.licensing.reasons import fix_of
from partner_center.shared.names import sort_key
from partner_center.shared.page import Page, place
from partner_center.staff.actor import Actor

FIRST_NAMES = 20
AT_ONCE = 500


def plan_view(
    session: Session, actor: Actor, change: Change, *, language: str, page: int, size: int
) -> PlanView:
    """What the review shows; its `digest` is of exactly this."""
    desk = Desk(session, change, language)
    head = heads_of(session, actor, [change])[0]
    state = ChangeState(change.state)
    return PlanView(
        head=head,
        plan=desk.plan,
        digest=desk.plan.digest,
        products=desk.names.products,
        plans=desk.names.plans,
        promised=desk.promised,
        expected=tuple(desk.expected(each) for each in desk.plan.expected),
        left_out=tuple(left_out_view(session, change.customer_id, each) for each in desk.plan.left_out),
        unserved=tuple(desk.unserved(change)),
        substitutes={each.sku_id: desk.substitutes(each) for each in desk.plan.products if each.short},
        switched_on=desk.switched_on(),
        losses_first={loss: desk.first(users) for loss, users in desk.plan.losses.members.items()},
        users=desk.users(page, size),
        drifted=state is ChangeState.REVIEW_AGAIN or desk.plan.digest != change.digest,
        discarded=state is ChangeState.DISCARDED,
        can_save=state.is_open and head.mine and desk.plan.users > 0,
        can_discard=state.is_open and head.mine,
    )


def plan_rows(session: Session, customer: Customer, change: Change, language: str) -> Iterator[TableRow]:
    """The plan as a table, users by name."""
    desk = Desk(session, change, language)
    numbers = desk.in_order()
    for start in range(0, len(numbers), AT_ONCE):
        for user in listing.rows_of(session, customer.id, numbers[start : start + AT_ONCE]):
            for deed in desk.deeds(user.number):
                yield _row(change, customer, user, deed)
    for each in desk.plan.left_out:
        for name, address in names_of(session, customer.id, each.members).values():
            yield _left_out_row(change, customer, name, address, each.reason)


def left_out_view(session: Session, customer_id: int, left_out: LeftOut) -> LeftOutView:
    """Who is left out and why, with the first names."""
    first = list(left_out.members[:FIRST_NAMES])
    named = names_of(session, customer_id, first)
    return LeftOutView(
        left_out.reason, left_out.users, tuple(named[number][0] for number in first if number in named)
    )


class Desk:
    """One plan with the names of all it speaks of."""

    def __init__(self, session: Session, change: Change, language: str) -> None:
        self._session, self._customer_id, self._language = session, change.customer_id, language
        situation = self.situation = look(session, change.customer_id)
        self.asks = asks = unpack_asks(change.asks)
        self.plan: Plan = plan_in(session, change.customer_id, asks, situation)
        self.promised = {sku: stock.promised for sku, stock in situation.stock.items()}
        skus = {sku for each in self.plan.kinds for sku in each.kind.holder.licenses}
        skus |= {sku for ask in asks for sku in ask.wish.products}
        self._turned_on = turned_on(self.plan, situation.context)
        plans = _plans_named(self.plan).union(*(plans for _sku, plans in self._turned_on))
        self.names: Names = names_for(session, situation, skus=skus, plans=plans)

    def in_order(self) -> list[int]:
        """All users of the plan by name."""
        members = self.plan.members
        return listing.sorted_numbers(
            self._session, self._customer_id, members, self._language, limit=len(members)
        )

    def first(self, members: BitMap) -> tuple[str, ...]:
        """The first names of `members` by the alphabet."""
        numbers = listing.sorted_numbers(
            self._session, self._customer_id, members, self._language, limit=FIRST_NAMES
        )
        users = listing.rows_of(self._session, self._customer_id, numbers)
        return tuple(user.display_name for user in users)

    def expected(self, expected: Expected) -> ExpectedView:
        """One group of expected failures."""
        problem, first = expected.problem, self.first(expected.members)
        return ExpectedView(
            reason=str(expected.reason),
            fix=fix_of(expected.reason),
            sku_id=expected.sku_id,
            product=self.names.product(expected.sku_id),
            users=expected.users,
            first=first,
            more=expected.users - len(first),
            other_products=tuple(self.names.product(sku) for sku in problem.others),
            plan_names=tuple(self.names.plan(plan) for plan in problem.plans),
            countries=(problem.country,) if problem.country else (),
            clash=clash_of(problem, expected.sku_id, self.situation, self.names),
        )

    def substitutes(self, product: ProductPlan) -> tuple[SubstituteView, ...]:
        """What can be given to those who would go without, best first."""
        found = offered(product, self.plan, self.asks, self.situation)
        skus, plans = [one.sku_id for one in found], {plan for one in found for plan in one.more}
        names = names_for(self._session, self.situation, skus=skus, plans=plans)
        return tuple(
            SubstituteView(
                one.sku_id,
                names.product(one.sku_id),
                one.available,
                tuple(sorted(names.plan(plan) for plan in one.more)),
            )
            for one in found
        )

    def unserved(self, change: Change) -> Iterator[UnservedView]:
        """Who was decided to go without."""
        for sku_id, members in unserved_of(change).items():
            if members:
                yield UnservedView(self.names.product(sku_id), len(members), self.first(members))

    def switched_on(self) -> tuple[SwitchedOn, ...]:
        """What swaps turn on, most users first."""
        views = (
            SwitchedOn(self.names.product(sku), tuple(sorted(map(self.names.plan, plans))), users)
            for (sku, plans), users in self._turned_on.most_common()
        )
        return tuple(views)

    def users(self, page: int, size: int) -> Page[PlanUser]:
        """One page of the plan user by user."""
        members = self.plan.members
        number = place(page, size, len(members))
        numbers = listing.sorted_numbers(
            self._session, self._customer_id, members, self._language, start=(number - 1) * size, limit=size
        )
        rows = listing.rows_of(self._session, self._customer_id, numbers)
        return Page([self._user(row) for row in rows], number, size, len(members), page)

    def deeds(self, number: int) -> list[DeedView]:
        """What is planned for one user."""
        return [self._deed(judged) for judged in self._kind_of(number).judged]

    def _kind_of(self, number: int) -> PlannedKind:
        return next(each for each in self.plan.kinds if number in each.kind.members)

    def _user(self, row: UserRow) -> PlanUser:
        kind = self._kind_of(row.number)
        now = set(kind.kind.holder.licenses)
        return PlanUser(
            number=row.number,
            display_name=row.display_name,
            user_principal_name=row.upn,
            deeds=tuple(self.deeds(row.number)),
            now=self._sorted(now),
            after=self._sorted(_after(now, kind.judged)),
        )

    def _sorted(self, skus: Iterable[str]) -> tuple[str, ...]:
        found = [self.names.product(sku) for sku in skus]
        return tuple(sorted(found, key=lambda name: sort_key(name, self._language)))

    def _deed(self, judged: Judged) -> DeedView:
        deed = judged.deed
        off = deed.turned_off if deed.kind is DeedKind.PLANS else () if deed.already else deed.off
        return DeedView(
            sku_id=deed.sku_id,
            product=self.names.product(deed.sku_id),
            kind=deed.kind,
            already=deed.already,
            by_group=deed.by_group,
            reason=str(judged.problem.reason) if judged.problem else None,
            on_names=tuple(self.names.plan(plan) for plan in deed.turned_on),
            off_names=tuple(self.names.plan(plan) for plan in off),
            location=deed.location,
        )


def _after(now: set[str], judged: Iterable[Judged]) -> set[str]:
    going = [each.deed for each in judged if each.goes]
    given = {deed.sku_id for deed in going if deed.kind is DeedKind.ASSIGN}
    taken = {deed.sku_id for deed in going if deed.kind is DeedKind.REVOKE and not deed.by_group}
    return (now | given) - taken


def _plans_named(plan: Plan) -> set[str]:
    named = {p for each in plan.expected for p in each.problem.plans}
    for kind in plan.kinds:
        for judged in kind.judged:
            named.update(judged.deed.off, judged.deed.turned_on, judged.deed.turned_off)
    return named


def _row(change: Change, customer: Customer, user: UserRow, deed: DeedView) -> TableRow:
    return TableRow(
        ref=change.ref,
        time_utc=None,
        customer=customer.name,
        domain=customer.domain,
        user=user.display_name,
        upn=user.upn,
        product=deed.product,
        sku=deed.sku_id,
        action=deed.kind.value,
        plans_changed=switched(deed.on_names, deed.off_names) or (deed.location or ""),
        status="already_so" if deed.already else "expected_to_fail" if deed.reason else "planned",
        reason_code=deed.reason or "",
        microsoft_text="",
        request_id="",
    )


def _left_out_row(change: Change, customer: Customer, name: str, address: str, reason: str) -> TableRow:
    return TableRow(
        ref=change.ref,
        time_utc=None,
        customer=customer.name,
        domain=customer.domain,
        user=name,
        upn=address,
        product="",
        sku="",
        action="",
        plans_changed="",
        status="left_out",
        reason_code=reason,
        microsoft_text="",
        request_id="",
    )


def switched(on_names: Iterable[str], off_names: Iterable[str]) -> str:
    """`on: A, B; off: C`, for a cell."""
    on, off = ", ".join(on_names), ", ".join(off_names)
    return "; ".join(part for part in (f"on: {on}" if on else "", f"off: {off}" if off else "") if part)
