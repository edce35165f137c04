"""In which order users were selected: a list of sets, each the users that were added at once. Pure."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence

from pyroaring import BitMap

from partner_center.shared.bitmaps import dump, load

MOST = 1_000
"""So many additions are told apart; the last one takes up what comes after."""


def record_pick(picks: Sequence[str], added: BitMap, removed: BitMap) -> list[str]:
    """The list after some were added and others removed. Who comes back later stands at the end."""
    sets = read_picks(picks)
    if removed:
        sets = [left for one in sets if (left := one - removed)]
    if added and len(sets) >= MOST:
        sets[-1] = sets[-1] | added
    elif added:
        sets.append(added)
    return [b64encode(dump(one)).decode() for one in sets]


def read_picks(picks: Iterable[str]) -> list[BitMap]:
    """The sets, the first added first."""
    return [load(b64decode(one)) for one in picks]
