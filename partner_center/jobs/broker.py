"""Workers on many machines, woken through Celery. The only module that knows Celery and its brokers.

A message says "there may be work" and nothing else. Every worker process hears it and lets its idle threads
look into the job table, where the lease and the fence decide who has a job. So a lost message costs the
second until they look by themselves, a repeated one costs a look, and a broker that is down stops nobody.
"""

from __future__ import annotations

import socket
import threading
from typing import Any
from urllib.parse import urlsplit

import structlog
from celery import Celery, signals
from kombu import Exchange
from kombu.common import Broadcast

from partner_center.jobs.wakers import ThreadWaker

PATIENCE = 2.0
"""Seconds for a broker to answer; nobody who saves waits for it."""
_NAME = "partner-center"
_TASK = "partner_center.there_may_be_work"
_PORTS = {"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671}
_STALE = 60.0  # seconds after which whoever was to be woken has looked many times
log = structlog.get_logger(__name__)


class BrokerWaker(ThreadWaker):
    """Wakes the idle threads of this process at once, those of all others through the broker."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._celery = _celery(url)
        self._work = threading.Event()
        self._speaker: threading.Thread | None = None
        self._starting = threading.Lock()

    def wake(self) -> None:
        """End everybody's waiting. Returns at once, whatever the broker does."""
        super().wake()
        self._work.set()
        with self._starting:
            if self._speaker is None or not self._speaker.is_alive():  # a forked process has none
                self._speaker = threading.Thread(target=self._speak, name="broker", daemon=True)
                self._speaker.start()

    def hear(self) -> None:
        """A message came: end the waiting here."""
        super().wake()

    def _speak(self) -> None:
        """Tell the broker, once for all that happened since the last time."""
        while True:
            self._work.wait()
            self._work.clear()
            try:
                self._celery.send_task(_TASK, queue=_NAME, expires=_STALE, declare=[_exchange()], retry=False)
            except Exception as problem:  # of any kind of broker: the job rows are the truth
                log.warning("the broker was not reached", problem=type(problem).__name__)


def work_until_told(waker: BrokerWaker) -> None:
    """Be a Celery worker until SIGTERM or SIGINT: pass on what the broker says. Outlives its absence."""
    celery = waker._celery
    celery.task(name=_TASK)(waker.hear)
    celery.Worker(
        pool="solo",  # a task is one call that never waits; the jobs run in the worker's own threads
        concurrency=1,
        hostname=f"{_NAME}@{socket.gethostname()}",
        without_gossip=True,
        without_mingle=True,
        quiet=True,
    ).start()


def answers(url: str) -> bool:
    """Whether the broker takes connections now."""
    broker = urlsplit(url)
    try:
        address = broker.hostname or "localhost", broker.port or _PORTS[broker.scheme]
        socket.create_connection(address, PATIENCE).close()
    except OSError:
        return False
    return True


def _celery(url: str) -> Celery:
    celery = Celery(_NAME, broker=url, set_as_current=False)
    celery.conf.update(
        task_queues=[Broadcast(_NAME, exchange=_exchange())],
        task_default_queue=_NAME,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        broker_connection_timeout=PATIENCE,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=_transport_options(url),
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_proc_alive_timeout=PATIENCE,
    )
    return celery


def _exchange() -> Exchange:
    return Exchange(_NAME, type="fanout", durable=False, auto_delete=True)


def _transport_options(url: str) -> dict[str, Any]:
    if not url.startswith("redis"):
        return {}
    return {"socket_connect_timeout": PATIENCE, "socket_keepalive": True, "health_check_interval": 25}


def _keep_our_logging(**_told: Any) -> None:
    """Being connected is enough: Celery then leaves the log as it is."""


signals.setup_logging.connect(_keep_our_logging, weak=False)
