"""Whether this process can do its work: what a load balancer asks before it sends somebody here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from partner_center import schema
from partner_center.config import Config
from partner_center.extensions import db


@dataclass(frozen=True, slots=True)
class Part:
    """One thing it needs. Without an `essential` one nobody should be sent here."""

    name: str
    is_good: bool
    words: str
    essential: bool = True


def look(config: Config) -> Iterator[Part]:
    """Each part in turn. Says nothing about Microsoft: its trouble is no reason to stop showing copies."""
    try:
        db.session.execute(select(1))
        current = schema.is_current(db.engine)
    except SQLAlchemyError:
        yield Part("database", False, "does not answer")
    else:
        yield Part("database", True, "answers")
        yield Part(
            "migrations", current, "are all there" if current else "are missing: partner-center migrate"
        )
    if config.broker_url:
        from partner_center.jobs import broker  # noqa: PLC0415 - an extra

        away = "is away; workers look for work every second by themselves"
        answers = broker.answers(config.broker_url)
        yield Part("broker", answers, "answers" if answers else away, essential=False)
