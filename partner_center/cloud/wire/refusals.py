"""Error bodies and error texts.

Graph gives every licence error the one code Request_BadRequest and English text, so the text is all there
is to go by; the texts are those seen in the wild and in Microsoft's documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from partner_center.cloud.port import Reason

_LONGEST_TEXT = 2000
_GUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_ANY_ID = re.compile(_GUID)
_SKU_ID = re.compile(rf"\b(?:SKU|License)\b[\s:\[{{]{{0,4}}({_GUID})", re.IGNORECASE)
_PLANS = re.compile(r"service plan", re.IGNORECASE)

_TEXTS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), reason)
    for pattern, reason in (
        (r"does not have any available licenses|LicenseQuotaExceeded|CountViolation", Reason.NO_SEATS),
        (r"mutually exclusive|conflicting services|MutuallyExclusiveViolation", Reason.CONFLICT),
        (r"depends on the service plan|DependencyViolation", Reason.DEPENDENCY),
        (r"invalid usage location", Reason.LOCATION_MISSING),
        (r"ProhibitedInUsageLocation|(?:prohibited|not (?:allowed|available|offered|sold)) in (?:the |this )?"
         r"(?:user'?s? )?(?:usage location|country)", Reason.LOCATION_PROHIBITED),
        (r"proxyAddresses already exists|proxy address is already being used|UniquenessViolation"
         r"|property userPrincipalName already exists", Reason.ADDRESS_TAKEN),
        (r"inherited from a group membership", Reason.INHERITED),
        (r"does not correspond to a valid company license", Reason.NOT_OWNED),
        (r"does not have a corresponding license", Reason.NOT_HELD),
        (r"cannot be assigned to a user", Reason.NOT_ASSIGNABLE),
        (r"self-service", Reason.SELF_SERVICE),
        (r"insufficient privileges", Reason.NO_RIGHTS),
        (r"concurrent requests|ConcurrencyException", Reason.BUSY),
    )
)  # fmt: skip

_CODES: Final = {
    "Request_ResourceNotFound": Reason.USER_GONE,
    "Authorization_RequestDenied": Reason.NO_RIGHTS,
    "InvalidAuthenticationToken": Reason.TOKEN,
    "Directory_ConcurrencyViolation": Reason.BUSY,
    **dict.fromkeys(("invalid_client", "invalid_grant", "unauthorized_client"), Reason.TOKEN),
    # Partner Center's numbers (error-codes)
    "60012": Reason.NO_SEATS,
    "60002": Reason.USER_GONE,
    **dict.fromkeys(("2032", "20002", "900150", "900308", "900309"), Reason.NO_RIGHTS),
    **dict.fromkeys(("800001", "900316", "900329", "900420", "90000"), Reason.TOKEN),
    **dict.fromkeys(("800014", "800060", "800064", "800082", "900278"), Reason.BUSY),
}
_STATUSES: Final = {401: Reason.TOKEN, 403: Reason.NO_RIGHTS, 409: Reason.BUSY}


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error body, whatever its shape: Microsoft's code, its text and its own id of the request."""

    code: str
    message: str
    request_id: str | None = None


def read_trouble(body: Any) -> Trouble:
    """Graph's envelope, Partner Center's two shapes, the token endpoint's, or nothing at all."""
    if not isinstance(body, dict):
        return Trouble("", "")
    error = body.get("error")
    if isinstance(error, dict):
        inner = error.get("innerError") or error.get("innererror")
        request_id = inner.get("request-id") if isinstance(inner, dict) else None
        return Trouble(_text(error.get("code")), _text(error.get("message")), _text(request_id) or None)
    if isinstance(error, str):
        lines = _text(body.get("error_description")).splitlines()
        return Trouble(error, lines[0] if lines else "")
    code = body.get("code", body.get("statusCode"))
    return Trouble(_text(code), _text(body.get("description") or body.get("message")))


def reason_for(status: int, trouble: Trouble) -> Reason:
    """Our reason for an error answer: by its text, else by its code, else by its status, else OTHER."""
    for pattern, reason in _TEXTS:
        if pattern.search(trouble.message):
            return reason
    return _CODES.get(trouble.code) or _STATUSES.get(status, Reason.OTHER)


def named_ids(reason: Reason, message: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The SKU ids and the service plan ids that a text names, in its order."""
    if reason in (Reason.CONFLICT, Reason.DEPENDENCY):
        return (), _lower(_ANY_ID.findall(message))
    start = _PLANS.search(message)
    plans = _ANY_ID.findall(message, start.end()) if start else []
    return _lower(_SKU_ID.findall(message)), _lower(plans)


def _lower(ids: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found.lower() for found in ids))


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:_LONGEST_TEXT]
