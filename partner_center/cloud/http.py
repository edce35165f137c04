"""The one sender: every byte to Microsoft leaves here, and `requests` is imported nowhere else.

It knows which addresses may be called, how long to wait, what may be repeated, and that a token must fit
the tenant. It logs ids, never tokens, headers or bodies.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import default_user_agent
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError
from urllib3.util import Retry

from partner_center.cloud.errors import (
    AccessDenied,
    CloudError,
    DamagedAnswer,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unreachable,
    WrongTenant,
)
from partner_center.cloud.settings import CloudSettings
from partner_center.cloud.wire.refusals import read_trouble
from partner_center.cloud.wire.values import wait_seconds
from partner_center.shared import clock, ids
from partner_center.shared.metrics import CALLS, THROTTLED

log = logging.getLogger(__name__)

_GATEWAY = frozenset({500, 502, 504})
# Repeated blindly within one call: only what is safe to repeat, and connections that never came about.
_SAFE_TRIES = Retry(
    total=3, redirect=0, allowed_methods=None, status_forcelist=_GATEWAY, backoff_factor=0.2,
    raise_on_status=False, respect_retry_after_header=False,
)  # fmt: skip
_ONE_TRY = Retry(
    total=1, connect=1, read=False, redirect=0, status=0, other=0, backoff_factor=0.2,
    raise_on_status=False, respect_retry_after_header=False,
)  # fmt: skip
_KEPT_OPEN = timedelta(seconds=30)
"""How long an idle connection is used again. An older one may be dead without a word, a write lost on it."""


@dataclass(frozen=True, slots=True)
class Key:
    """An access token and the tenant it says it is for."""

    tenant_id: str | None
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `safe` means that sending it twice does no harm, whatever its method."""

    method: str
    url: str
    safe: bool
    body: Any = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """A 2xx answer: its JSON (None if it had none), its headers in any case, Microsoft's id of it."""

    status: int
    body: Any = field(repr=False)
    headers: Mapping[str, str]
    request_id: str | None


class Sender:
    """Sends requests to the addresses of its settings and to nobody else. Safe to use from threads."""

    def __init__(self, settings: CloudSettings) -> None:
        settings.check()
        self._origins = frozenset(_origin(url) for url in settings.urls)
        self._timeout = (settings.connect_timeout, settings.read_timeout)
        self._safe, self._unsafe = _Sessions(_SAFE_TRIES), _Sessions(_ONE_TRY)

    def send(self, request: Request, *, tenant_id: str, key: Key | None = None) -> Reply:
        """Send and return a 2xx answer.

        Raises WrongTenant before anything is sent; Throttled, Rejected or AccessDenied for what was
        answered; for no (or no intelligible) answer Unreachable or DamagedAnswer when nothing can have
        been changed, OutcomeUnknown otherwise.
        """
        if key is not None and key.tenant_id != tenant_id.lower():
            raise WrongTenant(tenant_id, key.tenant_id)
        if _origin(request.url) not in self._origins:
            raise CloudError("Stopped: an address that is not Microsoft's was about to be called.")
        call_id = ids.new_guid()
        answer = self._exchange(request, key, call_id)
        CALLS.labels(urlsplit(request.url).hostname, answer.status_code).inc()
        request_id = answer.headers.get("request-id") or answer.headers.get("MS-RequestId") or call_id
        log.debug(
            "%s %s in %s: %s after %.0f ms, request %s",
            request.method, urlsplit(request.url).path, tenant_id, answer.status_code,
            answer.elapsed.total_seconds() * 1000, request_id,
        )  # fmt: skip
        return _read(request, answer, request_id)

    def close(self) -> None:
        """Drop the connections that nobody uses just now."""
        self._safe.close()
        self._unsafe.close()

    def _exchange(self, request: Request, key: Key | None, call_id: str) -> requests.Response:
        headers = {"client-request-id": call_id, **request.headers}
        if key is not None:
            headers["Authorization"] = f"Bearer {key.value}"
        try:
            with (self._safe if request.safe else self._unsafe).one() as session:
                return session.request(
                    request.method, request.url, json=request.body, data=request.form, headers=headers,
                    timeout=self._timeout, allow_redirects=False,
                )  # fmt: skip
        except requests.RequestException as error:
            CALLS.labels(urlsplit(request.url).hostname, "lost").inc()
            log.warning("No answer to request %s: %s", call_id, type(error).__name__)
            if request.safe or _never_left(error):
                raise Unreachable("Microsoft did not answer in time.") from None
            raise OutcomeUnknown("Microsoft's answer was lost on the way.") from None


class _Sessions:
    """Open connections: one thread at a time has a session, and the next thread has it after that."""

    def __init__(self, tries: Retry) -> None:
        self._tries = tries
        self._idle: deque[tuple[requests.Session, datetime]] = deque()

    @contextmanager
    def one(self) -> Iterator[requests.Session]:
        """The session that was used last, or a new one."""
        session = self._recent() or _session(self._tries)
        try:
            yield session
        finally:
            self._idle.append((session, clock.now()))

    def close(self) -> None:
        """Drop those that nobody uses."""
        while taken := self._take():
            taken[0].close()

    def _recent(self) -> requests.Session | None:
        while taken := self._take():
            session, since = taken
            if clock.now() < since + _KEPT_OPEN:
                return session
            session.close()
        return None

    def _take(self) -> tuple[requests.Session, datetime] | None:
        try:
            return self._idle.pop()
        except IndexError:  # another thread was quicker
            return None


def _session(tries: Retry) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a .netrc entry would replace our Authorization header
    session.headers["Accept"] = "application/json"
    session.headers["User-Agent"] = f"partner-center {default_user_agent()}"
    adapter = HTTPAdapter(pool_connections=3, pool_maxsize=1, max_retries=tries)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _never_left(error: requests.RequestException) -> bool:
    """Whether the connection itself failed, so that nothing can have been done."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _read(request: Request, answer: requests.Response, request_id: str) -> Reply:
    body, is_json = _body(answer)
    status = answer.status_code
    if 200 <= status < 300 and is_json:
        return Reply(status, body, answer.headers, request_id)
    wait = wait_seconds(answer.headers.get("Retry-After"), clock.now())
    if status == 429 or (status == 503 and (request.safe or wait is not None)):
        THROTTLED.inc()
        raise Throttled(wait)
    if status >= 500 or status == 408 or 200 <= status < 300:
        if not request.safe:
            raise OutcomeUnknown("Microsoft's answer was lost on the way.")
        if status < 300:
            raise DamagedAnswer("Microsoft's answer could not be understood.")
        raise Unreachable("Microsoft has a fault at the moment.")
    trouble = read_trouble(body)
    refused = AccessDenied if status in (401, 403) else Rejected
    raise refused(status, trouble.code, trouble.message, trouble.request_id or request_id)


def _body(answer: requests.Response) -> tuple[Any, bool]:
    """The JSON, and whether it was JSON or nothing. Some of Partner Center's answers begin with a BOM."""
    if not answer.content.strip():
        return None, True
    try:
        return json.loads(answer.content.decode("utf-8-sig")), True
    except ValueError:
        return None, False
