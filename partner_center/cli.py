"""`partner-center`: one command for each thing an installation is asked to do.

Commands import what they need when they run, so that `--help` and the sandbox stay quick and small.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import click

from partner_center import __version__
from partner_center.cloud.errors import CloudError
from partner_center.commands.sandbox_faults import faults
from partner_center.config import Config, ConfigError
from partner_center.serving import PortTaken, listen
from partner_center.shared.errors import Refusal
from partner_center.staff.roles import Role

FOLDER = click.Path(file_okay=False, path_type=Path)
PORT = click.IntRange(0, 65535)
ROLE = click.Choice([role.value for role in Role])


class Taken(click.ClickException):
    """A port that can't be had."""

    exit_code = 2


class Sentences(click.Group):
    """Lets what a person has to mend leave as one sentence, with 2 where the call itself was wrong."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; no trace for what is no fault of the program."""
        try:
            return super().invoke(ctx)
        except (ConfigError, Refusal, CloudError) as problem:
            raise click.ClickException(str(problem)) from problem
        except PermissionError as problem:
            raise click.ClickException(f"{problem.filename} can't be used: {problem.strerror}.") from problem
        except PortTaken as problem:
            raise Taken(str(problem)) from problem


@click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="partner-center")
def main() -> None:
    """Licenses of a Microsoft partner's customers: see them, plan, save, read what happened.

    Settings come from the environment (PARTNER_CENTER_…); docs/deployment.md lists them.
    """


@main.command()
@click.option("--fresh", is_flag=True, help="Forget what earlier demos did.")
@click.option("--port", type=PORT, default=5000, show_default=True, help="0 takes a free one.")
@click.option("--data", type=FOLDER, help="Where to keep what is done.")
@click.option("--max-users", type=click.IntRange(1), help="Make up at most this many users a customer.")
def demo(fresh: bool, port: int, data: Path | None, max_users: int | None) -> None:
    """Run the whole product here, with a made-up partner."""
    from partner_center.commands.data_folder import default_folder
    from partner_center.commands.demo import run_demo

    run_demo((data or default_folder()).absolute(), port=port, fresh=fresh, max_users=max_users)


@main.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=PORT, help="Port to listen on.")
@click.option(
    "--workers/--no-workers", default=None, help="Run jobs in this process too; without a broker it does."
)
def serve(host: str | None, port: int | None, workers: bool | None) -> None:
    """Serve the console with waitress."""
    from partner_center.commands.service import run_server

    run_server(_config(host=host, port=port), workers=workers)


@main.command()
def worker() -> None:
    """Run jobs: saves, seat orders, syncs; with a broker as a Celery worker."""
    from partner_center.commands.service import run_worker

    run_worker(_config())


@main.group(invoke_without_command=True)
@click.option("--port", type=PORT, default=5050, show_default=True, help="On this machine only.")
@click.option("--data", type=click.Path(dir_okay=False, path_type=Path), help="The file with its state.")
@click.option("--fresh", is_flag=True, help="Make everything up anew.")
@click.option("--max-users", type=click.IntRange(1), help="Make up at most this many users a customer.")
@click.option("--while-stdin-open", is_flag=True, hidden=True)
def sandbox(port: int, data: Path | None, fresh: bool, max_users: int | None, while_stdin_open: bool) -> None:
    """Serve an emulator of Microsoft Graph and Partner Center."""
    if click.get_current_context().invoked_subcommand:
        return
    from partner_center.commands.data_folder import default_folder
    from partner_center.commands.sandbox_process import end_with_stdin
    from partner_center.sandbox import server

    listen("127.0.0.1", port).close()
    if while_stdin_open:
        end_with_stdin()
    file = data or default_folder() / "sandbox.sqlite"
    file.parent.mkdir(parents=True, exist_ok=True)
    server.main(port, file, fresh=fresh, max_users=max_users)


sandbox.add_command(faults)


@main.command()
def sync() -> None:
    """Copy customers, users and licenses from Microsoft now."""
    from partner_center.commands.service import run_sync

    run_sync(_config())


@main.command()
@click.option("--check", "only_check", is_flag=True, help="Compare migrations with the models instead.")
def migrate(only_check: bool) -> None:
    """Bring the database's tables to this version."""
    from partner_center import schema
    from partner_center.commands.console import open_console
    from partner_center.commands.database import check_drift

    if only_check:
        check_drift()
        click.echo("Migrations and models agree.")
    else:
        schema.upgrade(open_console(_config()).engine)
        click.echo("The database has the tables of this version.")


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the SQLite database to FILE, while the console runs."""
    from partner_center.commands.backup import run_backup

    run_backup(_config(), file)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Put a backup in the database's place; the console must be stopped."""
    from partner_center.commands.backup import run_restore

    run_restore(_config(), file)


@main.command()
def check() -> None:
    """Say whether configuration, database, copies and jobs are as they should be."""
    from partner_center.commands.check import run_check

    if not run_check(_config()):
        raise click.exceptions.Exit(1)


@main.group()
def products() -> None:
    """Product and service plan names."""


@products.command("import")
@click.argument("file", type=click.File("rb"))
def import_products(file: BinaryIO) -> None:
    """Read Microsoft's table "Product names and service plan identifiers" (CSV) from FILE, - for stdin."""
    from partner_center.commands.products import run_import

    run_import(_config(), file)


@main.group()
def staff() -> None:
    """The people who sign in."""


@staff.command("add")
@click.argument("email")
@click.option("--name", required=True, help="As others see it.")
@click.option("--role", "roles", type=ROLE, multiple=True, required=True, help="May be repeated.")
def add_staff(email: str, name: str, roles: tuple[str, ...]) -> None:
    """Add a person. The password is asked for, or read from standard input."""
    from partner_center.commands.staff import add

    add(_config(), email=email, name=name, roles=[Role(role) for role in roles])


@staff.command("invite")
@click.argument("email")
@click.option("--name", required=True, help="As others see it.")
@click.option("--role", "roles", type=ROLE, multiple=True, required=True, help="May be repeated.")
def invite_staff(email: str, name: str, roles: tuple[str, ...]) -> None:
    """Add a person and print the link with which they set their password; the first one on a new console."""
    from partner_center.commands.staff import invite

    invite(_config(), email=email, name=name, roles=[Role(role) for role in roles])


@staff.command("reset-second-factor")
@click.argument("email")
def reset_staff_second_factor(email: str) -> None:
    """Forget a person's authenticator app and recovery codes; it ends their sessions."""
    from partner_center.commands.staff import reset_second_factor

    reset_second_factor(_config(), email=email)


@staff.command("list")
def list_staff() -> None:
    """Show everybody with their roles."""
    from partner_center.commands.staff import show

    show(_config())


@staff.command("password")
@click.argument("email")
def set_staff_password(email: str) -> None:
    """Set a new password; it ends the person's sessions."""
    from partner_center.commands.staff import change_password

    change_password(_config(), email=email)


@main.group("secrets")
def vault() -> None:
    """What is encrypted in the database."""


@vault.command("rotate")
def rotate_secrets() -> None:
    """Encrypt everything with the key that PARTNER_CENTER_ENCRYPTION_KEY lists first."""
    from partner_center.commands.secrets import rotate

    rotate(_config())


@main.group()
def audit() -> None:
    """What happened here, and whether the log of it is whole."""


@audit.command("verify")
@click.option("--anchors", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Their file.")
@click.option("--anchor", "noted", multiple=True, help="A line that `audit anchor` printed. May be repeated.")
def verify_audit(anchors: Path | None, noted: tuple[str, ...]) -> None:
    """Name every entry that was altered, removed, put in or moved. Ends with 1 when there is one."""
    from partner_center.commands.audit import run_verify

    if not run_verify(_config(), file=anchors, noted=noted):
        raise click.exceptions.Exit(1)


@audit.command("anchor")
def anchor_audit() -> None:
    """Print the end of the log: kept elsewhere, it proves later that nothing before it was changed."""
    from partner_center.commands.audit import run_anchor

    run_anchor(_config())


def application() -> Any:
    """For a WSGI server: `gunicorn 'partner_center.cli:application()'`; jobs need `partner-center worker`."""
    from partner_center.commands.service import open_for_serving

    return open_for_serving(_config()).app


def _config(**given: Any) -> Config:
    """The environment's settings, overruled by what was given on the command line."""
    return Config.from_environment(**{name: value for name, value in given.items() if value is not None})
