"""The emulator as one thing: its rows, its switches and what it keeps only while it runs."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from partner_center.catalog.rules import Rules, load_rules
from partner_center.catalog.seed import SeedProduct, load_products
from partner_center.sandbox.calls import graph_error
from partner_center.sandbox.faults.board import FaultBoard
from partner_center.sandbox.quota import WriteQuota
from partner_center.sandbox.storage import State


@dataclass(slots=True)
class Switches:
    """What a test or a bench may turn. Seconds and milliseconds of real time."""

    latency_ms: float = 0.0
    seat_delay_s: float = 0.0
    group_delay_s: float = 2.0
    legacy_exclusions: bool = False


@dataclass(slots=True)
class World:
    """Everything a handler may use."""

    state: State
    switches: Switches = field(default_factory=Switches)
    quota: WriteQuota = field(default_factory=WriteQuota)
    faults: FaultBoard = field(default_factory=FaultBoard)
    requests: Counter[str] = field(default_factory=Counter)
    strays: list[dict[str, Any]] = field(default_factory=list)
    products: Mapping[str, SeedProduct] = field(
        default_factory=lambda: {product.sku_id: product for product in load_products()}
    )
    _busy: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def rules(self) -> Rules:
        """The rules between plans that are in force."""
        return load_rules(stacking=not self.switches.legacy_exclusions)

    def count(self, name: str) -> None:
        """Remember one HTTP call."""
        with self._lock:
            self.requests[name] += 1

    def claim(self, user: str, outer: str) -> None:
        """Mark a user as being changed by the HTTP call `outer`; another one's claim is a 409.

        Real tenants answer so when two calls change one user at the same moment.
        """
        with self._lock:
            owner = self._busy.setdefault(user, outer)
        if owner != outer:
            text = "Error due to concurrent requests being made to the tenant. Please wait briefly and retry."
            raise graph_error(409, "Directory_ConcurrencyViolation", text, {"Retry-After": "1"})

    @contextmanager
    def answering(self, outer: str) -> Iterator[None]:
        """Around one HTTP call: its latency is slept here, holding no lock, then its users are let go."""
        started = time.monotonic()
        try:
            yield
            rest = self.switches.latency_ms / 1000 - (time.monotonic() - started)
            if rest > 0:
                time.sleep(rest)
        finally:
            with self._lock:
                for user in [user for user, owner in self._busy.items() if owner == outer]:
                    del self._busy[user]

    def turn(self, wanted: Mapping[str, Any]) -> None:
        """Set switches by name; ValueError for an unknown one or a value of the wrong kind."""
        for name, value in wanted.items():
            if name == "quota":
                self.quota.scale = None if value == "off" else float(value)
                self.quota.reset()
            elif name == "quota_clock_scale":
                self.quota.clock_scale = float(value)
            elif name in {"latency_ms", "seat_delay_s", "group_delay_s"}:
                setattr(self.switches, name, float(value))
            elif name == "legacy_exclusions":
                self.switches.legacy_exclusions = bool(value)
            else:
                raise ValueError(f"there is no switch {name!r}")

    def shown(self) -> dict[str, Any]:
        """All switches as they are."""
        return {
            "latency_ms": self.switches.latency_ms,
            "seat_delay_s": self.switches.seat_delay_s,
            "group_delay_s": self.switches.group_delay_s,
            "legacy_exclusions": self.switches.legacy_exclusions,
            "quota": "off" if self.quota.scale is None else self.quota.scale,
            "quota_clock_scale": self.quota.clock_scale,
        }
