"""Where a seat order is. Pure."""

from __future__ import annotations

from enum import StrEnum


class OrderState(StrEnum):
    """`sent`: Partner Center was asked and its answer is not stored; `unknown`: it never became known."""

    WAITING = "waiting"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self in (OrderState.DONE, OrderState.FAILED, OrderState.UNKNOWN)
