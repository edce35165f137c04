"""An installation at work: serving pages, running jobs, syncing once."""

from __future__ import annotations

import threading
from contextlib import ExitStack

from click import ClickException, echo
from click.exceptions import Exit
from sqlalchemy import select

from partner_center import schema
from partner_center.commands.console import Console, follow_database, open_console
from partner_center.commands.progress import SyncBar
from partner_center.commands.workers import working
from partner_center.config import Config
from partner_center.customers.models import Customer
from partner_center.directory.sync_all import sync_all
from partner_center.serving import interruptible, listen, port_of, serve
from partner_center.web.journal import configure_logging


def open_for_serving(config: Config) -> Console:
    """The console, with a line on standard error for everything it does."""
    configure_logging()
    console = open_current(config)
    follow_database(console)
    return console


def open_current(config: Config) -> Console:
    """The console, if its database has this version's tables."""
    console = open_console(config)
    if not schema.is_current(console.engine):
        raise ClickException("The database has another version's tables. Run: partner-center migrate")
    return console


def takes_jobs(config: Config, asked: bool | None) -> bool:
    """Whether a serving process runs jobs too: as asked, else where no broker is set."""
    return not config.broker_url if asked is None else asked


def run_server(config: Config, *, workers: bool | None = None) -> None:
    """Serve until Ctrl-C or SIGTERM; `workers` as in `takes_jobs`."""
    with interruptible(), ExitStack() as stack:
        listener = stack.enter_context(listen(config.host, config.port))
        console = open_for_serving(config.with_port(port_of(listener)))
        if takes_jobs(config, workers):
            stack.enter_context(working(console))
        echo(f"Serving on http://{config.host}:{console.config.port}")
        serve(console.app, listener)


def run_worker(config: Config) -> None:
    """Run jobs until Ctrl-C or SIGTERM; each then ends at its next checkpoint.

    With a broker this process is a Celery worker, woken by whoever saves, on whatever machine.
    """
    console = open_for_serving(config)
    try:
        with interruptible(), working(console):
            echo("Working")
            if config.broker_url:
                from partner_center.jobs.broker import work_until_told  # noqa: PLC0415 - an extra

                work_until_told(console.app.extensions["waker"])
            else:
                threading.Event().wait()
    except KeyboardInterrupt:
        pass
    echo("Stopped.")


def run_sync(config: Config) -> None:
    """Sync all customers here and now; names those that could not be read and ends with 1 then."""
    console = open_current(config)
    with SyncBar() as bar:
        report = sync_all(console.sessions, console.cloud, bar, config.sync_parallel)
    if report.troubles:
        with console.sessions.begin() as session:
            named = select(Customer.name, Customer.id).where(Customer.id.in_(report.troubles))
            for name, customer_id in session.execute(named.order_by(Customer.name)):
                echo(f"{name}: {report.troubles[customer_id]}", err=True)
        raise Exit(1)
