"""What can go wrong on the way to Microsoft. Messages never hold a token, a secret or a body. Pure."""

from __future__ import annotations


class CloudError(Exception):
    """Anything that kept an answer from us; `str()` is a sentence a person may read."""


class Unreachable(CloudError):
    """No connection, or none in time, and nothing was changed by asking."""


class OutcomeUnknown(CloudError):
    """An unsafe call was sent and its answer was lost: it may or may not have been done."""


class Throttled(CloudError):
    """Microsoft asks to wait; `retry_after` is in seconds, None when it did not say how long."""

    def __init__(self, retry_after: float | None = None) -> None:
        super().__init__("Microsoft is busy and asked to wait.")
        self.retry_after = retry_after


class Rejected(CloudError):
    """Microsoft answered no. `code` and `message` are its own words."""

    def __init__(self, status: int, code: str, message: str, request_id: str | None = None) -> None:
        super().__init__(f"Microsoft refused ({status} {code}): {message}")
        self.status = status
        self.code = code
        self.message = message
        self.request_id = request_id


class AccessDenied(Rejected):
    """We may not do this in that tenant (401, 403, or no token for it): a state of the whole tenant."""


class DeltaExpired(CloudError):
    """A delta or page link is too old (410): everything must be read again."""

    def __init__(self) -> None:
        super().__init__("Microsoft no longer remembers what changed since the last sync.")


class DamagedAnswer(CloudError):
    """The answer to a safe call could not be understood."""


class WrongTenant(CloudError):
    """A token was about to be used in a tenant it was not made for. Nothing was sent."""

    def __init__(self, wanted: str, got: str | None) -> None:
        super().__init__(f"Stopped: a key for tenant {got or 'unknown'} was about to be used in {wanted}.")
        self.wanted = wanted
        self.got = got
