"""The console as the commands need it: the application, its database, and the door to Microsoft."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog
from click import ClickException, get_current_context
from flask import Flask
from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session, sessionmaker

from partner_center.app import create_app
from partner_center.cloud.port import Cloud
from partner_center.config import Config
from partner_center.extensions import db
from partner_center.jobs.context import job_sessions
from partner_center.shared import clock
from partner_center.shared.orm import database_time
from partner_center.web.journal import configure_logging

WRONG = timedelta(seconds=5)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Console:
    """One process's view of an installation."""

    config: Config
    app: Flask
    engine: Engine
    sessions: sessionmaker[Session]

    @property
    def cloud(self) -> Cloud:
        """The door to Microsoft; a sentence where none is set up."""
        cloud: Cloud | None = self.app.extensions["cloud"]
        if cloud is None:
            raise ClickException(
                "No access to Microsoft is set up. Set PARTNER_CENTER_PARTNER_TENANT_ID, "
                "PARTNER_CENTER_CLIENT_ID and PARTNER_CENTER_CLIENT_SECRET (docs/deployment.md), "
                "or try: partner-center demo"
            )
        return cloud


def follow_database(console: Console) -> None:
    """Go by the database's clock, as every process of the installation does. Says so where ours was wrong."""
    behind = clock.follow(database_time(console.engine))
    if abs(behind) > WRONG:
        log.warning(
            "this machine's clock is wrong; the database's is followed", seconds_behind=behind.total_seconds()
        )


def open_console(config: Config) -> Console:
    """The application of `config`, with sessions that take SQLite's write lock at once.

    Unless the caller has set up a log, only what went wrong is logged: most commands say all else themselves.
    """
    if not structlog.is_configured():
        configure_logging(logging.WARNING)
    _make_folder(config)
    app = create_app(config)
    with app.app_context():
        engine = db.engine
    if command := get_current_context(silent=True):
        command.call_on_close(engine.dispose)
    return Console(config, app, engine, job_sessions(engine))


def _make_folder(config: Config) -> None:
    """SQLite makes its file itself, but no folder for it."""
    url = make_url(config.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
