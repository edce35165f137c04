"""What **Manage product licenses** stands on: the selected users, the mode, which products are ticked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.changes.draft import get_draft, set_draft
from partner_center.changes.matrix import matrix
from partner_center.changes.matrix_values import Matrix
from partner_center.changes.plan import Ask, Kind, Plan
from partner_center.changes.situation import Situation, kinds_of, look, plan_in
from partner_center.changes.swapping import Staying, asks_for, staying_of
from partner_center.directory import listing, selection
from partner_center.directory.desks import several_desk
from partner_center.directory.selection import Chosen
from partner_center.directory.values import UserFilter
from partner_center.licensing.swaps import Mode
from partner_center.licensing.values import PlanMode, Wish
from partner_center.staff.actor import Actor
from partner_center.web import formats
from partner_center.web.language import current_language
from partner_center.web.lists import ListAddress
from partner_center.web.wording import ngettext


@dataclass(frozen=True)
class SeveralDesk:
    """One mode's page. The people are those selected for the main job; each mode has a draft of its own."""

    session: Session
    actor: Actor
    customer_id: int
    mode: Mode

    @property
    def name(self) -> str:
        """Its name among the desks."""
        return several_desk(self.mode)

    @property
    def holders(self) -> BitMap:
        """Nobody: everyone can be picked here, whatever they have."""
        return BitMap()

    @cached_property
    def situation(self) -> Situation:
        """The customer's products, read once."""
        return look(self.session, self.customer_id)

    def chosen(self) -> Chosen:
        """Who is selected."""
        return selection.get_selection(self.session, self.actor, self.customer_id)

    def members(self) -> BitMap:
        """The same as numbers."""
        return self.chosen().members

    def change(
        self, *, add: BitMap | None = None, remove: BitMap | None = None, source: str | None = None
    ) -> None:
        """Only what differs is a change: one that changes nothing would end an undo."""
        members, add, remove = self.members(), add or BitMap(), remove or BitMap()
        if add - members or remove & members:
            place = self.session, self.actor, self.customer_id
            selection.change(*place, add=add, remove=remove, source=source)

    def clear(self) -> None:
        """Let all go; `undo` brings them back."""
        selection.clear(self.session, self.actor, self.customer_id)

    def undo(self) -> None:
        """Take back the clearing."""
        selection.undo(self.session, self.actor, self.customer_id)

    def wish(self) -> Wish:
        """The products that are ticked, each with the services that shall be off, and the location."""
        return get_draft(self.session, self.actor, self.customer_id, desk=self.name).wish

    def keep(self, wish: Wish) -> None:
        """Keep what is set. Raises Forbidden and Refusal."""
        set_draft(self.session, self.actor, self.customer_id, wish, desk=self.name)

    def matrix(self, wish: Wish) -> Matrix:
        """How many of them have each product, and how many licences are left."""
        place = self.session, self.actor, self.customer_id
        return matrix(*place, self.members(), wish, language=current_language())

    @cached_property
    def kinds(self) -> list[Kind]:
        """The selected users by what they have."""
        return kinds_of(self.session, self.customer_id, self.members())

    def asks(self, wish: Wish) -> tuple[Ask, ...]:
        """What is asked for whom."""
        chosen = {sku: one.plans_with(PlanMode.OFF) for sku, one in wish.products.items()}
        return asks_for(self.kinds, chosen, self.mode, self.situation.context, wish.location)

    def plan(self, wish: Wish) -> Plan | None:
        """What saving would do; None where nothing is asked for anybody."""
        asks = self.asks(wish)
        return plan_in(self.session, self.customer_id, asks, self.situation) if asks else None

    def staying(self, wish: Wish) -> tuple[Staying, ...]:
        """What can't be taken from them."""
        chosen = dict.fromkeys(wish.products, frozenset[str]())
        return () if self.mode is Mode.MORE else staying_of(self.kinds, chosen, self.situation.context)

    def matching(self, search: str) -> BitMap:
        """Who matches. Raises Refusal for a search that is too long."""
        return listing.matching(self.session, self.customer_id, UserFilter(query=search))

    def address(self, search: str) -> ListAddress:
        """Its page with the matches of `search` on it."""
        asked = {"mode": self.mode.value, "q": search}
        return ListAddress("several.choose_products", {"customer_id": self.customer_id}, asked)

    def add_all_words(self, count: int) -> str:
        """The button that selects all who match."""
        return ngettext("Add %(n)s who matches", "Add all %(n)s who match", count, n=formats.number(count))
