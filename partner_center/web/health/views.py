"""`/up`, `/up/ready` and `/metrics`: for machines, in plain text, with nobody's name."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from werkzeug.exceptions import NotFound

from partner_center.config import is_loopback
from partner_center.extensions import db
from partner_center.web.guards import public
from partner_center.web.health.figures import figures
from partner_center.web.health.readiness import look
from partner_center.web.request import config

blueprint = Blueprint("health", __name__)
_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


@blueprint.get("/up")
@public
def up() -> ResponseReturnValue:
    """The word `up`: the process serves. Whoever gets no answer starts it again."""
    return "up\n", _PLAIN


@blueprint.get("/up/ready")
@public
def ready() -> ResponseReturnValue:
    """A line for each thing it needs; 503 where one is missing without which nobody can be served."""
    parts = list(look(config()))
    text = "".join(f"{part.name} {part.words}\n" for part in parts)
    fit = all(part.is_good for part in parts if part.essential)
    return text, 200 if fit else 503, _PLAIN


@blueprint.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """Everything that is counted, for Prometheus; others find no such page."""
    if not _may_read():
        raise NotFound
    asked = CollectorRegistry()
    asked.register(_Figures())
    return generate_latest(_counted()) + generate_latest(asked), {"Content-Type": CONTENT_TYPE_LATEST}


def _counted() -> CollectorRegistry:
    """What this process counted; with PROMETHEUS_MULTIPROC_DIR what all that share the folder did."""
    together = CollectorRegistry()
    try:
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    except ValueError:  # the library's own setting is not set
        return REGISTRY
    return together


class _Figures(Collector):
    """Asks the database when it is asked."""

    def collect(self) -> Iterable[Metric]:
        return figures(db.session())


def _may_read() -> bool:
    """Who has the token; or, without one set, a program on this machine that no proxy speaks for."""
    token = config().metrics_token
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    forwarded = any(name in request.headers for name in _FORWARDED)
    return is_loopback(request.remote_addr or "") and not forwarded and not config().proxies
