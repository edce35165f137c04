"""`$batch`: up to twenty requests in one, each with an answer of its own (json-batching)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from partner_center.cloud.errors import AccessDenied, DamagedAnswer, Rejected, Throttled
from partner_center.cloud.port import (
    Answer,
    GroupRequest,
    LicenseRequest,
    LocationRequest,
    Reason,
    RemoteUser,
    Verdict,
)
from partner_center.cloud.wire.refusals import Trouble, named_ids, read_trouble, reason_for
from partner_center.cloud.wire.users import SELECTED, find_user, read_user
from partner_center.cloud.wire.values import understood, wait_seconds

UNKNOWN = Answer(Verdict.UNKNOWN, Reason.BUSY)

_NOT_DONE = frozenset({424, 429, 503})  # 424: what it depended on failed, or the batch was throttled
_LOST = frozenset({408, 500, 502, 504})
_BUSY_FOR_A_DAY = "900278"  # Partner Center: another change is pending, "try after 24 hours"


@dataclass(frozen=True, slots=True)
class ItemReply:
    """One answer inside a batch; header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


def assign_body(request: LicenseRequest | GroupRequest) -> dict[str, Any]:
    """The body of assignLicense: both lists must be there, even empty."""
    return {
        "addLicenses": [{"skuId": sku_id, "disabledPlans": list(off)} for sku_id, off in request.add],
        "removeLicenses": list(request.remove),
    }


def license_item(request: LicenseRequest) -> dict[str, Any]:
    """assignLicense of a user."""
    return item("POST", f"/users/{quote(request.graph_id)}/assignLicense", assign_body(request))


def location_item(request: LocationRequest) -> dict[str, Any]:
    """PATCH of one property."""
    return item("PATCH", f"/users/{quote(request.graph_id)}", {"usageLocation": request.usage_location})


def user_item(graph_id: str) -> dict[str, Any]:
    """GET of one user with all we keep."""
    return {"method": "GET", "url": f"/users/{quote(graph_id)}?$select={SELECTED}"}


def item(method: str, url: str, body: dict[str, Any]) -> dict[str, Any]:
    """A request inside a batch, with a body."""
    return {"method": method, "url": url, "headers": {"Content-Type": "application/json"}, "body": body}


def batch_body(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The body of the POST; ids are 1, 2, 3 … in the order given."""
    return {"requests": [{"id": str(place), **item} for place, item in enumerate(items, start=1)]}


def read_batch(body: Any, count: int) -> list[ItemReply | None]:
    """The answers in the order asked, whatever order they came in; None for one missing or told twice."""
    responses = body.get("responses") if isinstance(body, dict) else None
    found: dict[str, list[Any]] = {}
    for response in responses if isinstance(responses, list) else ():
        if isinstance(response, dict):
            found.setdefault(str(response.get("id")), []).append(response)
    return [_read_reply(found.get(str(place), [])) for place in range(1, count + 1)]


def _read_reply(responses: list[dict[str, Any]]) -> ItemReply | None:
    if len(responses) != 1 or not isinstance(responses[0].get("status"), int):
        return None
    headers = responses[0].get("headers")
    pairs = headers.items() if isinstance(headers, dict) else ()
    named = {str(name).lower(): str(value) for name, value in pairs}
    return ItemReply(responses[0]["status"], named, responses[0].get("body"))


def read_user_reply(reply: ItemReply | None, now: datetime) -> RemoteUser | None:
    """The user of one GET, None for one that is gone. Raises for every other answer."""
    if reply is not None and reply.status == 200:
        with understood("users"):
            return read_user(reply.body)
    answer = refused_item(reply, now)
    if answer.reason is Reason.USER_GONE:
        return None
    if answer.verdict is Verdict.THROTTLED:
        raise Throttled(answer.retry_after)
    if reply is None or answer.verdict is Verdict.UNKNOWN:
        raise DamagedAnswer("Microsoft left a user out of its answer.")
    trouble = read_trouble(reply.body)
    refused = AccessDenied if reply.status in (401, 403) else Rejected
    raise refused(reply.status, trouble.code, trouble.message, answer.request_id)


def license_answer(reply: ItemReply | None, graph_id: str, now: datetime) -> Answer:
    """What became of one assignLicense. Done only if the answer is that user: a 200 with junk is unknown."""
    if reply is None or reply.status != 200:
        return refused_item(reply, now)
    try:
        user = find_user(reply.body, graph_id)
    except DamagedAnswer:
        return UNKNOWN
    return Answer(Verdict.DONE, request_id=reply.headers.get("request-id"), user=user)


def plain_answer(reply: ItemReply | None, now: datetime) -> Answer:
    """What became of a PATCH, DELETE or restore: done by 204 without a body, or 200 without a refusal."""
    if reply is None or reply.status not in (200, 204) or read_trouble(reply.body) != Trouble("", ""):
        return refused_item(reply, now)
    return Answer(Verdict.DONE, request_id=reply.headers.get("request-id"))


def refused_item(reply: ItemReply | None, now: datetime) -> Answer:
    """The answer for a request inside a batch that was not done, or of which that is not known."""
    if reply is None or reply.status in _LOST or not 400 <= reply.status < 600:
        return UNKNOWN
    trouble = read_trouble(reply.body)
    request_id = trouble.request_id or reply.headers.get("request-id")
    wait = wait_seconds(reply.headers.get("retry-after"), now)
    answer = refusal(reply.status, trouble, request_id=request_id, retry_after=wait)
    if reply.status == 404 and answer.reason is Reason.OTHER:
        return replace(answer, reason=Reason.USER_GONE)
    return answer


def refusal(
    status: int, trouble: Trouble, *, request_id: str | None = None, retry_after: float | None = None
) -> Answer:
    """The answer for an error status of one request: throttled where asking again is right, else failed."""
    reason = Reason.BUSY if status in _NOT_DONE else reason_for(status, trouble)
    skus, plans = named_ids(reason, trouble.message)
    is_worth_repeating = reason is Reason.BUSY and trouble.code != _BUSY_FOR_A_DAY
    return Answer(
        Verdict.THROTTLED if is_worth_repeating else Verdict.FAILED,
        reason,
        trouble.message or None,
        request_id,
        retry_after=retry_after,
        skus=skus,
        plans=plans,
    )
