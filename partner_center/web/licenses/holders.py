"""Who has a product: a page of holders, which of them are ticked, and the deeds of its buttons."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import flash
from pyroaring import BitMap
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from partner_center.directory import listing, selection
from partner_center.directory.desks import unassign_desk
from partner_center.directory.selection import Chosen
from partner_center.directory.values import Source, UserFilter
from partner_center.licensing.values import Op, ProductWish, Wish
from partner_center.shared.page import last_page
from partner_center.staff.actor import Actor
from partner_center.web import arguments, formats
from partner_center.web.lists import ListAddress, step
from partner_center.web.ticks import Ticks, read_ticks
from partner_center.web.wording import ngettext


@dataclass(frozen=True, slots=True)
class HoldersQuery:
    """What was asked of the list of holders."""

    search: str = ""
    source: Source = Source.ANY
    selected: bool = False
    page: int = 1
    size: int = arguments.SIZES[0]

    @property
    def is_filtered(self) -> bool:
        """Whether any holder may be hidden."""
        return bool(self.search) or self.source is not Source.ANY or self.selected


@dataclass(frozen=True, slots=True)
class HoldersDesk:
    """Where licences of one product are taken from people. Only who has it directly can be ticked."""

    session: Session
    actor: Actor
    customer_id: int
    sku_id: str

    @property
    def name(self) -> str:
        """Its name among the desks."""
        return unassign_desk(self.sku_id)

    @property
    def direct(self) -> BitMap:
        """Who can lose it here: what a group gives, only the group can take."""
        return listing.holders(self.session, self.customer_id, self.sku_id, Source.DIRECT)

    @property
    def everybody(self) -> BitMap:
        """Who has it, by whatever way."""
        return listing.holders(self.session, self.customer_id, self.sku_id)

    def chosen(self) -> Chosen:
        """Who is ticked, with those who have lost it meanwhile."""
        return selection.get_selection(self.session, self.actor, self.customer_id, desk=self.name)

    def members(self) -> BitMap:
        """Who is ticked and still has it directly."""
        return self.chosen().members & self.direct

    def matching(self, query: HoldersQuery) -> BitMap:
        """The holders that pass. Raises Refusal for a search that is too long."""
        wanted = UserFilter(
            query=query.search,
            has=self.sku_id,
            source=query.source,
            only=self.members() if query.selected else None,
        )
        return listing.matching(self.session, self.customer_id, wanted)

    def change(self, ticks: Ticks) -> None:
        """Store ticks. Only what differs is a change: one that changes nothing would end an undo."""
        members, add = self.chosen().members, ticks.add & self.direct
        if add - members or ticks.remove & members:
            place = self.session, self.actor, self.customer_id
            selection.change(*place, add=add, remove=ticks.remove, desk=self.name)

    def select_all(self, query: HoldersQuery) -> None:
        """Tick everybody who passes and can be ticked."""
        found = self.matching(query) & self.direct
        place = self.session, self.actor, self.customer_id
        selection.change(*place, add=found, source="filter?" + urlencode(to_args(query)), desk=self.name)
        count = formats.number(len(found))
        flash(ngettext("%(n)s user is selected.", "%(n)s users are selected.", len(found), n=count), "ok")

    def clear(self, _query: HoldersQuery) -> None:
        """Untick everybody."""
        selection.clear(self.session, self.actor, self.customer_id, desk=self.name)

    def undo(self, _query: HoldersQuery) -> None:
        """Take back the clearing."""
        selection.undo(self.session, self.actor, self.customer_id, desk=self.name)


def read_query(args: MultiDict[str, str]) -> HoldersQuery:
    """The query of an address or a form; junk falls back to what is shown by default."""
    return HoldersQuery(
        search=arguments.text(args, "q"),
        source=arguments.one_of(args, "source", Source.ANY),
        selected=args.get("selected") == "1",
        page=arguments.page_number(args),
        size=arguments.page_size(args),
    )


def to_args(query: HoldersQuery) -> dict[str, str]:
    """The arguments that `read_query` reads, without those that are default."""
    asked = {
        "q": query.search,
        "source": "" if query.source is Source.ANY else query.source.value,
        "selected": "1" if query.selected else "",
        "size": "" if query.size == arguments.SIZES[0] else str(query.size),
    }
    return {name: value for name, value in asked.items() if value}


def wish_to_unassign(sku_id: str) -> Wish:
    """What **Unassign licenses** asks."""
    return Wish().with_product(sku_id, ProductWish(Op.REVOKE))


def store(desk: HoldersDesk, form: MultiDict[str, str]) -> str:
    """Store the ticks of the page, do what the pressed button says, and return the address to go to."""
    desk.change(read_ticks(form))
    query, go = read_query(form), form.get("go", "stay")
    deeds = {"all": desk.select_all, "clear": desk.clear, "undo": desk.undo}
    if deed := deeds.get(go):
        deed(query)
    if go == "selected":
        return _address(desk, HoldersQuery(selected=True, size=query.size))
    if go == "stay" and form.get("to"):
        go = "goto"  # Enter in the page number's field presses the form's first button
    last = last_page(len(desk.matching(query)), query.size)
    return _address(desk, query, step(query.page, last, go, form.get("to", "")))


def nobody_address(desk: HoldersDesk, query: HoldersQuery) -> str:
    """The page again, where it says that somebody has to be ticked."""
    return _address(desk, query, query.page, nobody="1")


def list_address(desk: HoldersDesk, query: HoldersQuery) -> ListAddress:
    """Addresses of this list."""
    place = {"customer_id": desk.customer_id, "sku_id": desk.sku_id}
    return ListAddress("licenses.show_product", place, to_args(query))


def _address(desk: HoldersDesk, query: HoldersQuery, page: int = 1, **more: str) -> str:
    return list_address(desk, query)(page=page, **(more or {"_anchor": "list"}))
