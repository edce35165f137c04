"""What a saved change keeps of its plan: for each kind of user what they had and what was decided. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyroaring import BitMap

from partner_center.changes.plan import PlannedKind
from partner_center.changes.planning import Scope
from partner_center.licensing.decide import Judged
from partner_center.licensing.deeds import Deed
from partner_center.licensing.holders import Holder
from partner_center.licensing.rules import Problem
from partner_center.shared import bitmaps


@dataclass(frozen=True, slots=True)
class Pin:
    """Users of one kind: `before` is their licence list as it is stored with each, `judged` their fate."""

    members: BitMap
    before: tuple[dict[str, Any], ...]
    location: str | None
    judged: tuple[Judged, ...]


def pin(kinds: Iterable[PlannedKind]) -> list[dict[str, Any]]:
    """Plain values for the change's `groups` column."""
    return [
        {
            "holding": each.kind.holding_id,
            "location": each.kind.holder.location,
            "guest": each.kind.holder.guest,
            "members": _pack(each.kind.members),
            "before": licenses_json(each.kind.holder),
            "deeds": [[j.deed.to_json(), j.problem.to_json() if j.problem else None] for j in each.judged],
        }
        for each in kinds
    ]


def unpin(groups: Iterable[Mapping[str, Any]]) -> tuple[Pin, ...]:
    """The inverse of `pin`."""
    return tuple(
        Pin(
            members=_unpack(group["members"]),
            before=tuple(group["before"]),
            location=group["location"],
            judged=tuple(
                Judged(Deed.from_json(deed), Problem.from_json(problem) if problem else None)
                for deed, problem in group["deeds"]
            ),
        )
        for group in groups
    )


def licenses_json(holder: Holder) -> list[dict[str, Any]]:
    """A user's licences as an item keeps them before and after."""
    return [
        {"sku": held.sku_id, "direct": held.direct, "groups": list(held.groups), "off": sorted(held.off)}
        for _, held in sorted(holder.licenses.items())
    ]


def pack_scope(scope: Scope) -> dict[str, str]:
    """Plain values for a scope."""
    return {sku_id: _pack(members) for sku_id, members in scope.items()}


def unpack_scope(data: Mapping[str, str]) -> dict[str, BitMap]:
    """The inverse of `pack_scope`."""
    return {sku_id: _unpack(text) for sku_id, text in data.items()}


def _pack(members: BitMap) -> str:
    return base64.b64encode(bitmaps.dump(members)).decode("ascii")


def _unpack(text: str) -> BitMap:
    return bitmaps.load(base64.b64decode(text))
