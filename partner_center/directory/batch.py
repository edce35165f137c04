"""What storing some users comes to: which rows, which texts, which moves between sets. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from partner_center.directory.facets import Place, keys_of_licenses, keys_of_place
from partner_center.directory.holdings import Licenses
from partner_center.directory.intake import Known, Told, light_columns, text_columns
from partner_center.directory.moves import Moves


class PlaceKeys:
    """The sets of each place, worked out once."""

    def __init__(self, licenses: Mapping[int, Licenses]) -> None:
        self._licenses = licenses
        self._keys: dict[Place, frozenset[str]] = {}
        self._held: dict[int, frozenset[str]] = {}

    def of(self, place: Place) -> frozenset[str]:
        """The sets in which a living user at `place` stands."""
        keys = self._keys.get(place)
        if keys is None:
            keys = self._keys[place] = self._of_holding(place.holding_id) | keys_of_place(place)
        return keys

    def _of_holding(self, holding_id: int) -> frozenset[str]:
        keys = self._held.get(holding_id)
        if keys is None:
            keys = self._held[holding_id] = keys_of_licenses(self._licenses[holding_id])
        return keys


@dataclass(slots=True)
class Batch:
    """Rows are columns by name.

    `renamed` have other texts, `changed` others of the light columns, `rehoused` (by holding id) nothing
    but other licences; `seen` were told again just as they are stored.
    """

    keys: PlaceKeys
    generation: int
    at: datetime
    moves: Moves = field(default_factory=Moves)
    inserts: list[dict[str, Any]] = field(default_factory=list)
    renamed: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    rehoused: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    seen: list[int] = field(default_factory=list)
    texts_in: list[tuple[int, str]] = field(default_factory=list)
    texts_out: list[tuple[int, str]] = field(default_factory=list)

    def welcome(self, number: int, user: Told) -> None:
        """A user that was never stored gets this number."""
        texts = text_columns(user)
        light = light_columns(user, self.generation, self.at)
        self.inserts.append({"number": number, "graph_id": user.graph_id} | light | texts)
        self.moves.move(number, after=self.keys.of(user.place))
        self.texts_in.append((number, texts["search_text"]))

    def compare(self, old: Known, user: Told) -> None:
        """A user that is stored is told again: alive, and maybe changed."""
        if not old.living or old.told != user:
            self._change(old, user)
        elif old.generation != self.generation:
            self.seen.append(old.number)

    def _change(self, old: Known, user: Told) -> None:
        before = self.keys.of(old.told.place) if old.living else frozenset()
        self.moves.move(old.number, before, self.keys.of(user.place))
        if old.living and old.told[:-1] == user[:-1]:
            self.rehoused[user.holding_id].append(old.number)
            return
        row = {"number": old.number} | light_columns(user, self.generation, self.at)
        if old.living and old.told.texts == user.texts:
            self.changed.append(row)
            return
        texts = text_columns(user)
        self.renamed.append(row | texts)
        if old.living:
            self.texts_out.append((old.number, old.search_text))
        self.texts_in.append((old.number, texts["search_text"]))
