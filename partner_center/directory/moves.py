"""Users on their way from set to set: gathered, then written to the facets together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.directory.facets import FacetSet
from partner_center.directory.models import Facet
from partner_center.directory.rowsets import upsert
from partner_center.shared.bitmaps import dump

_NOWHERE: frozenset[str] = frozenset()


class Moves:
    """What one transaction does to the sets of a customer."""

    def __init__(self) -> None:
        self._added: defaultdict[str, list[int]] = defaultdict(list)
        self._removed: defaultdict[str, list[int]] = defaultdict(list)
        self._steps: dict[tuple[frozenset[str], frozenset[str]], tuple[list[str], list[str]]] = {}

    def move(self, number: int, before: frozenset[str] = _NOWHERE, after: frozenset[str] = _NOWHERE) -> None:
        """The user stood in the sets `before` and now stands in the sets `after`."""
        step = self._steps.get((before, after))
        if step is None:
            step = self._steps[before, after] = (list(before - after), list(after - before))
        for key in step[0]:
            self._removed[key].append(number)
        for key in step[1]:
            self._added[key].append(number)

    def put(self, key: str, numbers: Iterable[int]) -> None:
        """These stand in the set `key` now."""
        self._added[key].extend(numbers)

    def take(self, key: str, numbers: Iterable[int]) -> None:
        """These no longer stand in the set `key`."""
        self._removed[key].extend(numbers)

    def write(self, session: Session, view: FacetSet, version: int) -> None:
        """Store the sets that are not what they were in `view`, as of `version`."""
        before = view.many(self._added.keys() | self._removed.keys())
        after = {
            key: (members - BitMap(self._removed.get(key, ()))) | BitMap(self._added.get(key, ()))
            for key, members in before.items()
        }
        moved = {key: members for key, members in after.items() if members != before[key]}
        write_sets(session, view.customer_id, moved, version)


def write_sets(session: Session, customer_id: int, sets: dict[str, BitMap], version: int) -> None:
    """Store whole sets. One that has become empty stays as an empty row: copies have to hear of it."""
    upsert(
        session,
        Facet,
        [
            {
                "customer_id": customer_id,
                "key": key,
                "version": version,
                "size": len(members),
                "members": dump(members),
            }
            for key, members in sets.items()
        ],
    )
