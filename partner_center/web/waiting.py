"""Letting a small job finish, so that its result is the first thing the reader sees."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from partner_center.extensions import db
from partner_center.shared import clock

PATIENCE = timedelta(seconds=2)
LOOK_EVERY = 0.05


def settle(is_over: Callable[[], bool], since: datetime | None) -> None:
    """Return when `is_over`, or PATIENCE after `since`: at once for anything that began earlier.

    Each look reads anew: the request's transaction would go on seeing its beginning.
    """
    if since is None:
        return
    while clock.now() < since + PATIENCE and not is_over():
        time.sleep(LOOK_EVERY)
        db.session.rollback()
