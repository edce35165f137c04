"""Refusals whose sentence a person may read. The web layer gives each its status."""

from __future__ import annotations


class Refusal(Exception):
    """What was asked can't be done; `str(refusal)` says what, why and what to do."""

    status = 422


class NotFound(Refusal):
    """It does not exist, or not for this actor: the two look the same."""

    status = 404


class Forbidden(Refusal):
    """The actor's role does not allow it."""

    status = 403


class Conflict(Refusal):
    """The world has moved since the page was made."""

    status = 409


class Unavailable(Refusal):
    """Microsoft can't be reached or is busy; nothing was lost."""

    status = 503
