"""What is ordered of a group, and where an order is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

Licenses = Mapping[str, frozenset[str]]
"""What a group hands out: SKU ids with the plans it has off."""


class GroupDeed(StrEnum):
    """What an order does."""

    ASSIGN = "assign"
    REMOVE = "remove"
    REPROCESS = "reprocess"


class GroupOrderState(StrEnum):
    """`sent`: Microsoft was asked and its answer is not stored. `processing`: it has said that it will, and
    what became of it is not known. `partly`: it is known, and not everybody was served."""

    WAITING = "waiting"
    SENT = "sent"
    PROCESSING = "processing"
    DONE = "done"
    PARTLY = "partly"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self not in (GroupOrderState.WAITING, GroupOrderState.SENT, GroupOrderState.PROCESSING)


@dataclass(frozen=True, slots=True)
class GroupWish:
    """One product that a group shall hand out, with plans off, or hand out no more."""

    deed: GroupDeed
    sku_id: str
    off: frozenset[str] = frozenset()

    def after(self, before: Licenses) -> dict[str, frozenset[str]]:
        """What the group hands out when the wish is done."""
        rest = {sku_id: off for sku_id, off in before.items() if sku_id != self.sku_id}
        return rest | ({self.sku_id: self.off} if self.deed is GroupDeed.ASSIGN else {})

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        return {"deed": self.deed.value, "sku": self.sku_id, "off": sorted(self.off)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(GroupDeed(data["deed"]), data["sku"], frozenset(data["off"]))


def pack_licenses(licenses: Licenses) -> list[dict[str, Any]]:
    """Plain values for a JSON column."""
    return [{"sku": sku_id, "off": sorted(off)} for sku_id, off in sorted(licenses.items())]


def unpack_licenses(data: list[dict[str, Any]]) -> dict[str, frozenset[str]]:
    """The inverse of `pack_licenses`."""
    return {one["sku"]: frozenset(one["off"]) for one in data}
