"""What a change keeps: what was asked for whom, and once saved what each kind of user had. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyroaring import BitMap

from partner_center.changes.plan import Ask, Footing, LeftOut, PlannedKind
from partner_center.licensing.decide import Judged
from partner_center.licensing.deeds import Deed
from partner_center.licensing.holders import License
from partner_center.licensing.rules import Problem
from partner_center.licensing.values import Wish
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
            "before": licenses_json(each.kind.holder.licenses),
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


def licenses_json(licenses: Mapping[str, License]) -> list[dict[str, Any]]:
    """A user's licences as an item keeps them before and after."""
    return [
        {"sku": held.sku_id, "direct": held.direct, "groups": list(held.groups), "off": sorted(held.off)}
        for _, held in sorted(licenses.items())
    ]


def licenses_of(data: Iterable[Mapping[str, Any]]) -> dict[str, License]:
    """The inverse of `licenses_json`; it reads an item's licences afterwards just as well."""
    return {
        one["sku"]: License(one["sku"], one["direct"], tuple(one["groups"]), frozenset(one["off"]))
        for one in data
    }


def pack_asks(asks: Iterable[Ask]) -> list[dict[str, Any]]:
    """Plain values for the change's `asks` column."""
    return [
        {
            "wish": ask.wish.to_json(),
            "members": _pack(ask.members),
            "only_if": _footing_json(ask.only_if) if ask.only_if else None,
        }
        for ask in asks
    ]


def unpack_asks(data: Iterable[Mapping[str, Any]]) -> tuple[Ask, ...]:
    """The inverse of `pack_asks`. Raises MalformedWish for what this version does not understand."""
    return tuple(
        Ask(
            Wish.from_json(one["wish"]),
            _unpack(one["members"]),
            _footing(one["only_if"]) if one["only_if"] else None,
        )
        for one in data
    )


def pack_left_out(left_out: Iterable[LeftOut]) -> dict[str, str]:
    """Plain values for who was left out."""
    return {each.reason: _pack(each.members) for each in left_out}


def unpack_left_out(data: Mapping[str, str]) -> tuple[LeftOut, ...]:
    """The inverse of `pack_left_out`."""
    return tuple(LeftOut(reason, _unpack(text)) for reason, text in data.items())


def _footing_json(footing: Footing) -> dict[str, Any]:
    return {"licenses": licenses_json(footing.licenses), "location": footing.location}


def _footing(data: Mapping[str, Any]) -> Footing:
    return Footing(licenses_of(data["licenses"]), data["location"])


def _pack(members: BitMap) -> str:
    return base64.b64encode(bitmaps.dump(members)).decode("ascii")


def _unpack(text: str) -> BitMap:
    return bitmaps.load(base64.b64decode(text))
