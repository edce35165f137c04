"""Telling workers that there is work. Only a hint: the job rows are the truth, polling finds them too."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy import event
from sqlalchemy.orm import Session

_PENDING = "jobs.enqueued"


class Waker(Protocol):
    """How idle workers wait and are woken."""

    @property
    def calls(self) -> int:
        """How often `wake` was called."""
        ...

    def wake(self) -> None:
        """There may be work now."""
        ...

    def wait(self, since: int, timeout: float) -> None:
        """Until `calls` is no longer `since`, or `timeout` seconds."""
        ...


class ThreadWaker:
    """Wakes the worker threads of this process. A call between looking and waiting is not lost."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._calls = 0

    @property
    def calls(self) -> int:
        """How often `wake` was called; read it before looking for work."""
        return self._calls

    def wake(self) -> None:
        """End everybody's waiting."""
        with self._changed:
            self._calls += 1
            self._changed.notify_all()

    def wait(self, since: int, timeout: float) -> None:
        """Return at once if `wake` was called after `since` was read, else when it is, or in `timeout` s."""
        with self._changed:
            self._changed.wait_for(lambda: self._calls != since, timeout)


def note_enqueued(session: Session) -> None:
    """Remember that this session's commit brings work."""
    session.info[_PENDING] = True


def wake_after_commit(sessions: Any, wake: Callable[[], None]) -> None:
    """Call `wake` after each commit that brings work, in a sessionmaker or scoped session."""

    @event.listens_for(sessions, "after_commit")
    def _committed(session: Session) -> None:
        if session.in_nested_transaction():  # a savepoint was released: nobody sees the job yet
            return
        if session.info.pop(_PENDING, False):
            wake()

    @event.listens_for(sessions, "after_rollback")
    def _rolled_back(session: Session) -> None:
        session.info.pop(_PENDING, None)
