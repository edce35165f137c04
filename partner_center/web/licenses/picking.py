"""Where people are picked who shall get a product: who is picked, which services are off, the location."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from partner_center.changes.draft import get_draft, set_draft
from partner_center.changes.matrix import matrix
from partner_center.changes.matrix_values import Matrix, MatrixRow
from partner_center.changes.planning import everybody
from partner_center.changes.service_plans import PlansView, plans_view
from partner_center.changes.situation import look, plan_in
from partner_center.directory import listing, selection
from partner_center.directory.desks import assign_desk
from partner_center.directory.selection import Chosen
from partner_center.directory.values import UserFilter
from partner_center.licensing.values import Op, PlanMode, ProductWish, Wish
from partner_center.shared.errors import NotFound
from partner_center.staff.actor import Actor
from partner_center.web import formats
from partner_center.web.language import current_language
from partner_center.web.lists import ListAddress
from partner_center.web.locations import with_location
from partner_center.web.problems import Problem
from partner_center.web.wording import ngettext


@dataclass(frozen=True, slots=True)
class PickingDesk:
    """Where one product is given. Who has it already can't be picked, and drops out when they get it."""

    session: Session
    actor: Actor
    customer_id: int
    sku_id: str

    @property
    def name(self) -> str:
        """Its name among the desks."""
        return assign_desk(self.sku_id)

    @property
    def holders(self) -> BitMap:
        """Who has it, by whatever way."""
        return listing.holders(self.session, self.customer_id, self.sku_id)

    def chosen(self) -> Chosen:
        """Who was picked, with those who have got it meanwhile."""
        return selection.get_selection(self.session, self.actor, self.customer_id, desk=self.name)

    def members(self) -> BitMap:
        """Who is picked and still lacks it."""
        return self.chosen().members - self.holders

    def add(self, numbers: BitMap, source: str | None = None) -> None:
        """Pick these, but for those who have it."""
        self._change(numbers - self.holders, BitMap(), source)

    def remove(self, numbers: BitMap) -> None:
        """Let these go."""
        self._change(BitMap(), numbers, None)

    def clear(self) -> None:
        """Let all go; `undo` brings them back."""
        selection.clear(self.session, self.actor, self.customer_id, desk=self.name)

    def undo(self) -> None:
        """Take back the clearing."""
        selection.undo(self.session, self.actor, self.customer_id, desk=self.name)

    def wish(self) -> Wish:
        """What is laid out here: the product for all who are picked, with the services that shall be off."""
        drafted = get_draft(self.session, self.actor, self.customer_id, desk=self.name).wish
        plans = drafted.product(self.sku_id).plans
        return drafted.with_product(self.sku_id, ProductWish(Op.ASSIGN, plans))

    def keep(self, wish: Wish) -> None:
        """Keep what is set, for the next page and for another day. Raises Forbidden and Refusal."""
        set_draft(self.session, self.actor, self.customer_id, wish, desk=self.name)

    def matrix(self, wish: Wish) -> Matrix:
        """The engine's figures over who is picked."""
        who, language = self.members(), current_language()
        return matrix(self.session, self.actor, self.customer_id, who, wish, language=language)

    def plans(self, wish: Wish) -> PlansView:
        """The services inside the product. Raises NotFound."""
        return plans_view(
            self.session,
            self.actor,
            self.customer_id,
            BitMap(),
            wish,
            sku_id=self.sku_id,
            language=current_language(),
        )

    def hindered(self, reason: str) -> BitMap:
        """Those picked for whom it is expected to fail for `reason`."""
        asks = everybody(self.wish(), self.members())
        plan = plan_in(self.session, self.customer_id, asks, look(self.session, self.customer_id))
        found = (one.members for one in plan.expected if one.sku_id == self.sku_id and one.reason == reason)
        return BitMap.union(BitMap(), *found)

    def matching(self, search: str) -> BitMap:
        """Who matches and lacks it. Raises Refusal for a search that is too long."""
        wanted = UserFilter(query=search, lacks=self.sku_id)
        return listing.matching(self.session, self.customer_id, wanted)

    def address(self, search: str) -> ListAddress:
        """Its page with the matches of `search` on it."""
        place = {"customer_id": self.customer_id, "sku_id": self.sku_id}
        return ListAddress("licenses.pick_people", place, {"q": search})

    def add_all_words(self, count: int) -> str:
        """The button that picks all who match."""
        return ngettext("Add %(n)s who lacks it", "Add all %(n)s who lack it", count, n=formats.number(count))

    def _change(self, add: BitMap, remove: BitMap, source: str | None) -> None:
        """Only what differs is a change: one that changes nothing would end an undo."""
        members = self.chosen().members
        if add - members or remove & members:
            place = self.session, self.actor, self.customer_id
            selection.change(*place, add=add, remove=remove, source=source, desk=self.name)


def row_of(figures: Matrix, sku_id: str) -> MatrixRow:
    """The product's own row. Raises NotFound."""
    for row in figures.rows:
        if row.sku_id == sku_id:
            return row
    raise NotFound("This customer does not have that product.")


def read_wish(form: MultiDict[str, str], view: PlansView, kept: Wish) -> tuple[Wish, tuple[Problem, ...]]:
    """`kept` with what the form says of services and location; a form without them leaves both.

    Services are boxes: ticked is on, as every service is unless somebody clears it.
    """
    wish, problems = kept, list[Problem]()
    if "apps" in form:
        plans: Mapping[str, PlanMode] = {
            row.plan_id: PlanMode.OFF
            for row in view.rows
            if row.switchable and f"app-{row.plan_id}" not in form
        }
        wish = wish.with_product(view.sku_id, ProductWish(Op.ASSIGN, plans))
    if "location-scope" in form:
        wish, problems = with_location(form, wish)
    return wish, tuple(problems)
