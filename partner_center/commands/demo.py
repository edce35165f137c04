"""The whole product on one machine with a made-up partner: what `partner-center demo` does."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from click import echo

from partner_center import schema
from partner_center.catalog.service import install_products
from partner_center.cloud.settings import CloudSettings
from partner_center.commands.console import Console, open_console
from partner_center.commands.data_folder import CONSOLE_DATABASE, forget, only_user_of
from partner_center.commands.progress import SyncBar
from partner_center.commands.sandbox_process import SandboxFiles, sandbox_process
from partner_center.commands.workers import working
from partner_center.config import Config, secret_from
from partner_center.directory.sync_all import sync_all
from partner_center.sandbox import demo_identity
from partner_center.serving import interruptible, listen, port_of, serve
from partner_center.staff.demo import DEMO_PASSWORD, DEMO_PEOPLE, install_demo_staff
from partner_center.web.journal import configure_logging

HOST = "127.0.0.1"


def run_demo(folder: Path, *, port: int, fresh: bool, max_users: int | None) -> None:
    """Serve until Ctrl-C or SIGTERM. What was done is kept in `folder`, unless `fresh` is asked for."""
    try:
        with interruptible(), ExitStack() as stack:
            listener = stack.enter_context(listen(HOST, port))
            stack.enter_context(only_user_of(folder))
            if fresh:
                forget(folder)
            log = stack.enter_context((folder / "console.log").open("a", encoding="utf-8"))
            configure_logging(stream=log)
            files = SandboxFiles(folder)
            if not files.data.exists():
                echo("Making up a partner with its customers (once)")
            sandbox = stack.enter_context(sandbox_process(files, max_users))
            console = prepare(demo_config(folder, port_of(listener), sandbox.url))
            sandbox.wait_until_ready()
            copy(console)
            stack.enter_context(working(console))
            echo(greeting(port_of(listener), folder))
            serve(console.app, listener)
    except KeyboardInterrupt:  # while it was still starting
        pass
    echo(f"\nStopped. What you did is kept in {folder}")


def demo_config(folder: Path, port: int, sandbox_url: str) -> Config:
    """Settings that are the demo's own: whatever the environment says of a real installation is not read."""
    return Config(
        demo=True,
        host=HOST,
        port=port,
        var_dir=folder,
        database_url=f"sqlite:///{folder / CONSOLE_DATABASE}",
        secret_key=secret_from(folder),
        secure_cookies=False,
        cloud=CloudSettings(
            login_url=f"{sandbox_url}/login",
            graph_url=f"{sandbox_url}/graph/v1.0",
            partner_center_url=f"{sandbox_url}/partnercenter/v1",
            partner_tenant_id=demo_identity.PARTNER_TENANT_ID,
            client_id=demo_identity.CLIENT_ID,
            client_secret=demo_identity.CLIENT_SECRET,
            refresh_token=demo_identity.REFRESH_TOKEN,
        ),
    )


def prepare(config: Config) -> Console:
    """The console with its tables, products and five sign-ins."""
    console = open_console(config)
    schema.upgrade(console.engine)
    with console.sessions.begin() as session:
        install_products(session)
        install_demo_staff(session)
    return console


def copy(console: Console) -> None:
    """Sync all customers: in full the first time, then only what has changed."""
    with SyncBar() as bar:
        sync_all(console.sessions, console.cloud, bar, console.config.sync_parallel)


def greeting(port: int, folder: Path) -> str:
    """What a newcomer needs to go on."""
    people = "\n".join(
        f"    {person.role.replace('_', ' ').capitalize():<22} {person.email}" for person in DEMO_PEOPLE
    )
    return (
        f"\n  Open http://{HOST}:{port}\n\n"
        f"  Sign in with a button there, or with the password {DEMO_PASSWORD} as one of these:\n\n"
        f"{people}\n\n"
        f"  THE SECOND FACTOR IS OFF: this is a demo. A real installation asks everybody for a code.\n\n"
        f"  Everything stays on this machine, in {folder}. Ctrl-C stops it."
    )
