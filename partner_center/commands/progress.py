"""A progress bar for the sync: drawn over itself in a terminal, one line at the end elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from click import echo

from partner_center.directory.sync_all import SyncProgress
from partner_center.shared import clock

_WIDTH = 28


class SyncBar:
    """Shows how far a sync has got. May be told from several threads, one at a time."""

    def __init__(self) -> None:
        self._drawn = sys.stdout.isatty()
        self._last = SyncProgress(0, 0, 0)
        self._began = clock.now()

    def __enter__(self) -> Self:
        echo("Syncing customers and users" + (": asking for the list" if self._drawn else ""), nl=False)
        return self

    def __call__(self, progress: SyncProgress) -> None:
        self._last = progress
        if self._drawn:
            echo(f"\r\033[K{self._line()}", nl=False)

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            seconds = (clock.now() - self._began).total_seconds()
            last = self._last
            text = f"Synced {last.customers_done} customers with {last.users:,} users in {seconds:.1f} s."
            echo(f"\r\033[K{text}" if self._drawn else f"\n{text}")
        else:
            echo(err=True)

    def _line(self) -> str:
        done, total = self._last.customers_done, max(self._last.customers_total, 1)
        filled = _WIDTH * done // total
        bar = "█" * filled + "░" * (_WIDTH - filled)
        return f"Syncing {bar} {done} of {total} customers, {self._last.users:,} users"
