"""POST /$batch: up to twenty requests in one, each with its own answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partner_center.sandbox.calls import Call, Reply, graph_error, split_url

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 20


def run_batch(call: Call, answer: Callable[[Call], Reply]) -> Reply:
    """The answers, in the order asked. One that depends on a failed one says 424 and is not tried."""
    steps = _steps(call)
    known = {step["id"].lower(): step for step in steps}
    answers: dict[str, dict[str, Any]] = {}
    for step in steps:
        _run(step, known, answers, call, answer)
    return Reply(200, {"responses": [answers[step["id"].lower()] for step in steps]})


def _steps(call: Call) -> list[dict[str, Any]]:
    steps = call.fields().get("requests")
    if not isinstance(steps, list) or not steps:
        raise _bad("Invalid batch payload format.")
    if len(steps) > MOST:
        raise _bad(f"Number of batch request steps exceeds the maximum value of {MOST}.")
    seen: set[str] = set()
    for step in steps:
        if not _well_formed(step):
            raise _bad("Invalid batch payload format.")
        if step["id"].lower() in seen:
            raise _bad(f"Duplicate request id '{step['id'][:40]}' in the batch.")
        seen.add(step["id"].lower())
    return steps


def _well_formed(step: object) -> bool:
    if not isinstance(step, dict):
        return False
    texts = all(isinstance(step.get(key), str) for key in ("id", "method", "url"))
    needs = step.get("dependsOn") or step.get("depends_on") or []
    return texts and isinstance(step.get("headers") or {}, dict) and isinstance(needs, list)


def _bad(message: str) -> Exception:
    return graph_error(400, "BadRequest", message)


def _run(
    step: dict[str, Any],
    known: dict[str, dict[str, Any]],
    answers: dict[str, dict[str, Any]],
    call: Call,
    answer: Callable[[Call], Reply],
) -> None:
    """Run a step after those it depends on; a circle or an unknown id counts as failed."""
    key = step["id"].lower()
    if key in answers:
        return
    answers[key] = {"id": step["id"], "status": 424}  # stands while its own circle is walked
    for needed in _needs(step):
        if needed in known:
            _run(known[needed], known, answers, call, answer)
        if answers.get(needed, {"status": 424})["status"] >= 400:
            answers[key] = _failed_dependency(step)
            return
    reply = answer(_inner(step, call))
    headers = {name: value for name, value in reply.headers.items() if name in _KEPT}
    answers[key] = {"id": step["id"], "status": reply.status, "headers": headers}
    if reply.body is not None:
        answers[key]["body"] = reply.body


_KEPT = {
    "Content-Type",
    "Retry-After",
    "Location",
    "request-id",
    "x-ms-resource-unit",
    "x-ms-throttle-scope",
    "x-ms-throttle-information",
}


def _needs(step: dict[str, Any]) -> list[str]:
    """Ids a step waits for; msgraph-core sends `depends_on`."""
    needs = step.get("dependsOn") or step.get("depends_on") or []
    return [str(need).lower() for need in needs]


def _failed_dependency(step: dict[str, Any]) -> dict[str, Any]:
    error = {"code": "FailedDependency", "message": "The dependent request failed."}
    return {
        "id": step["id"],
        "status": 424,
        "headers": {"Content-Type": "application/json"},
        "body": {"error": error},
    }


def _inner(step: dict[str, Any], outer: Call) -> Call:
    """The step as a call; absolute, version-prefixed and slashless addresses are all seen in the wild."""
    path, query, raw = split_url(step["url"])
    for prefix in ("/graph/v1.0", "/v1.0"):
        if path.startswith(prefix + "/"):
            path = path.removeprefix(prefix)
            break
    headers = {name.lower(): str(value) for name, value in (step.get("headers") or {}).items()}
    return Call(
        method=step["method"].upper(),
        path="/" + path.lstrip("/"),
        query=query,
        headers=headers,
        body=step.get("body"),
        base=outer.base,
        token=outer.token,
        outer_id=outer.outer_id,
        raw_query=raw,
    )
