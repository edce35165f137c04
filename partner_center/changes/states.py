"""The closed sets of words in the change tables. Pure."""

from __future__ import annotations

from enum import StrEnum


class ChangeState(StrEnum):
    """Where a change is.

    `planned` and `review_again` wait for a person: nothing has been sent. `review_again`: the users'
    licences or the free licences moved since the plan was shown.
    """

    PLANNED = "planned"
    REVIEW_AGAIN = "review_again"
    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    DISCARDED = "discarded"

    @property
    def is_open(self) -> bool:
        """Whether it may still be saved or discarded."""
        return self in (ChangeState.PLANNED, ChangeState.REVIEW_AGAIN)


LIVING = (ChangeState.WAITING, ChangeState.RUNNING)
"""Saved and not finished."""


class Order(StrEnum):
    """What a change under way has been told. `stop` stands above `pause`, and is not taken back."""

    GO = "go"
    PAUSE = "pause"
    STOP = "stop"


class ItemState(StrEnum):
    """Where one user of a change is. `sent`: a call was decided on and its answer is not stored."""

    WAITING = "waiting"
    SENT = "sent"
    SETTLED = "settled"


class Step(StrEnum):
    """What the next call for a user is. `singly`: one product a call, to find the one that fails."""

    LOCATION = "location"
    LICENSES = "licenses"
    SINGLY = "singly"


class Outcome(StrEnum):
    """How one requested thing ended. Exactly one of these, for ever."""

    DONE = "done"
    ALREADY_SO = "already_so"
    FAILED = "failed"
    NOT_ATTEMPTED = "not_attempted"
    UNKNOWN = "unknown"
