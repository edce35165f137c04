"""`partner-center …` as typed: what is printed, and the exit code a script sees."""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from partner_center.audit import anchors
from partner_center.audit.models import AuditEntry
from partner_center.audit.service import Action, record
from partner_center.catalog.models import Product
from partner_center.changes.models import Change
from partner_center.cli import main
from partner_center.commands.audit import anchor_file
from partner_center.commands.service import takes_jobs
from partner_center.commands.workers import anchor_round
from partner_center.config import Config
from partner_center.jobs.context import JobContext
from partner_center.jobs.models import Job
from partner_center.jobs.queue import enqueue
from partner_center.shared import clock
from partner_center.staff import passwords
from partner_center.staff.queries import find_by_email
from tests.cast import Cast
from tests.conftest import rewritable
from tests.make import Make

Run = Callable[..., Result]
HEADER = (
    "Product_Display_Name,String_Id,GUID,Service_Plan_Name,Service_Plan_Id,"
    "Service_Plans_Included_Friendly_Names\n"
)
ROW = (
    "Office 365 E3,ENTERPRISEPACK,6fd2c87f-b296-42f0-b197-1e91e994b900,EXCHANGE_S_ENTERPRISE,"
    "efb87545-963c-4e0d-99df-69c6916d9eb0,Exchange Online (Plan 2)\n"
)


@pytest.fixture
def run(
    database_url: str, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """Call the command line against the tests' database."""
    monkeypatch.setenv("PARTNER_CENTER_DATABASE_URL", database_url)
    monkeypatch.setenv("PARTNER_CENTER_SECRET_KEY", "a key for tests alone, 0123456789 abcdefghijklmnop")
    monkeypatch.setenv("PARTNER_CENTER_VAR_DIR", str(tmp_path))
    # the log belongs to the process, and this one goes on with other tests
    for command in ("console", "service", "demo"):
        monkeypatch.setattr(f"partner_center.commands.{command}.configure_logging", lambda *_: None)
    logging.disable(logging.INFO)

    def call(*arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(main, list(arguments), input=typed)

    yield call
    logging.disable(logging.NOTSET)


def test_help_names_every_command(run: Run) -> None:
    said = run("--help").output
    for command in [
        "demo",
        "serve",
        "worker",
        "sandbox",
        "sync",
        "migrate",
        "check",
        "products",
        "staff",
        "backup",
        "restore",
    ]:
        assert f"\n  {command} " in said


def test_an_unsafe_setting_is_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNER_CENTER_SECRET_KEY", "short")
    ended = run("staff", "list")
    assert ended.exit_code == 1
    assert ended.output.startswith("Error: Set PARTNER_CENTER_SECRET_KEY to at least 32 random characters")
    assert ended.output.count("\n") == 1


@pytest.mark.parametrize("command", ["serve", "demo", "sandbox"])
def test_a_taken_port_is_one_sentence_and_exit_code_two(run: Run, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = run(command, "--port", str(port))
    assert ended.exit_code == 2
    assert ended.output.startswith(f"Error: Port {port} is taken by another program. Choose another one")
    assert ended.output.count("\n") == 1


def test_serving_an_older_database_says_what_to_run(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PARTNER_CENTER_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    ended = run("serve", "--port", "0")
    assert ended.exit_code == 1
    assert "partner-center migrate" in ended.output
    assert run("migrate").output == "The database has the tables of this version.\n"


def test_the_first_command_makes_the_folder_of_its_database(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PARTNER_CENTER_DATABASE_URL", f"sqlite:///{tmp_path / 'new' / 'var' / 'console.db'}")
    assert run("migrate").exit_code == 0


@pytest.mark.parametrize(
    ("broker", "asked", "takes"),
    [("", None, True), ("redis://x", None, False), ("redis://x", True, True), ("", False, False)],
)
def test_with_a_broker_serving_leaves_the_jobs_to_the_workers(
    config: Config, broker: str, asked: bool | None, takes: bool
) -> None:
    assert takes_jobs(replace(config, broker_url=broker), asked) is takes


def test_models_and_migrations_agree(run: Run) -> None:
    assert run("migrate", "--check").output == "Migrations and models agree.\n"


def test_a_product_table_is_imported(run: Run, session: Session, tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text(HEADER + ROW, "utf-8-sig")
    ended = run("products", "import", str(file))
    assert ended.exception is None, repr(ended.exception)
    assert ended.output == "Read 1 products and 1 service plans: 1 new products, 0 renamed.\n"
    assert session.scalars(select(Product.name)).all() == ["Office 365 E3"]


def test_a_damaged_product_table_names_the_line_and_imports_nothing(
    run: Run, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "products.csv"
    file.write_text(HEADER + ROW + "Cut off,HERE\n", "utf-8")
    ended = run("products", "import", str(file))
    assert ended.exit_code == 1
    assert ended.output.startswith("Error: Line 3: ")
    assert "Traceback" not in ended.output
    assert session.scalars(select(Product.name)).all() == []


def test_a_person_is_added_with_a_password_from_standard_input(run: Run, session: Session) -> None:
    typed = "a long enough password\n"
    ended = run("staff", "add", "Ada@partner.example", "--name", "Ada", "--role", "sales_agent", typed=typed)
    assert ended.exit_code == 0, ended.output
    member = find_by_email(session, "ada@partner.example")
    assert member
    assert passwords.matches(member.password_hash, "a long enough password")
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.actor_id, entry.actor_name) == ("staff_added", None, "command line")
    assert "password" not in str(entry.details)
    assert run("staff", "list").output == "ada@partner.example\tAda\tsales_agent\n"


def test_the_same_person_twice_is_refused_in_a_sentence(run: Run) -> None:
    add = ("staff", "add", "ada@partner.example", "--name", "Ada", "--role", "sales_agent")
    run(*add, typed="a long enough password\n")
    again = run(*add, typed="a long enough password\n")
    assert again.exit_code == 1
    assert again.output.startswith("Error: This email address already belongs to")


def test_a_new_password_replaces_the_old_one_and_ends_the_sessions(run: Run, session: Session) -> None:
    run(
        "staff",
        "add",
        "ada@partner.example",
        "--name",
        "Ada",
        "--role",
        "sales_agent",
        typed="the first password\n",
    )
    member = find_by_email(session, "ada@partner.example")
    assert member
    make = Make(session)
    key = make.signed_in(member)
    assert make.is_signed_in(key)
    session.rollback()
    assert run("staff", "password", "ada@partner.example", typed="the second password\n").exit_code == 0
    session.refresh(member)
    assert passwords.matches(member.password_hash, "the second password")
    assert not make.is_signed_in(key)


def test_a_short_password_and_an_unknown_address_are_refused(run: Run) -> None:
    add = ("staff", "add", "ada@partner.example", "--name", "Ada", "--role", "sales_agent")
    assert run(*add, typed="short\n").exit_code == 1
    unknown = run("staff", "password", "nobody@partner.example", typed="a long enough password\n")
    assert unknown.exit_code == 1
    assert "Nobody signs in as nobody@partner.example" in unknown.output


def test_faults_of_a_sandbox_that_does_not_run_are_one_sentence(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    ended = run("sandbox", "faults", "--port", str(port), "list")
    assert ended.exit_code == 1
    assert ended.output == (
        f"Error: No sandbox answers on port {port}. Give --port, or start one: partner-center sandbox\n"
    )


def test_check_names_what_waits_for_a_worker(run: Run, session: Session, make: Make) -> None:
    job = enqueue(session, "change", {}, run_after=clock.now() - timedelta(hours=1))
    session.commit()
    ended = run("check")
    assert ended.exit_code == 1
    assert "WRONG  Jobs: 1 wait for a worker; run: partner-center worker" in ended.output
    session.delete(session.get_one(Job, job.id))
    session.commit()
    assert "ok     Jobs: none stuck" in run("check").output


def test_check_names_a_change_whose_rows_contradict_each_other(
    run: Run, session: Session, make: Make, cast: Cast
) -> None:
    change = Change(
        ref="CH-LOST", customer_id=make.customer("Contoso").id, staff_id=cast.admin.id, staff_name="Deniz",
        state="running", idempotency_key="k", asks=[], plan={"summary": {"asked": 1}}, digest="",
        members=b"", groups=[], user_total=1, created_at=clock.now(),
    )  # fmt: skip
    session.add(change)
    session.commit()
    ended = run("check")
    assert ended.exit_code == 1
    assert "WRONG  Changes: not so in 1: a change that waits or runs has a job" in ended.output
    assert "(CH-LOST)" in ended.output
    change.state = "discarded"
    session.commit()
    assert "ok     Changes: add up" in run("check").output


def test_check_says_when_microsoft_is_not_set_up_and_the_database_is_old(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PARTNER_CENTER_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    ended = run("check")
    assert ended.exit_code == 1
    assert "WRONG  Microsoft: no access is set up" in ended.output
    assert "WRONG  Database: has another version's tables; run: partner-center migrate" in ended.output


def test_a_sync_that_reaches_nobody_is_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    for name in ("GRAPH", "LOGIN", "PARTNER_CENTER"):
        monkeypatch.setenv(f"PARTNER_CENTER_{name}_URL", f"{address}/{name.lower()}")
    ended = run("sync")
    assert ended.exit_code == 1
    assert "Traceback" not in ended.output
    assert "Error: Microsoft" in ended.output


def test_a_sync_without_access_to_microsoft_says_what_to_set(run: Run) -> None:
    ended = run("sync")
    assert ended.exit_code == 1
    assert "PARTNER_CENTER_CLIENT_SECRET" in ended.output


def test_the_audit_is_verified_and_what_was_done_to_it_is_named(
    run: Run, session: Session, engine: Engine, tmp_path: Path
) -> None:
    for number in range(3):
        record(session, None, Action.SYNC_REQUESTED, subject=f"n{number}")
    session.commit()
    noted = run("audit", "anchor").stdout.strip()
    assert re.fullmatch(r"3:[0-9a-f]{64}", noted)
    ended = run("audit", "verify")
    assert ended.exit_code == 0, ended.output
    assert ended.output == f"3 entries checked, the last is {noted}\n1 anchors checked, up to entry 3.\n"
    with engine.begin() as connection, rewritable(connection):
        connection.execute(text("DELETE FROM audit_entry WHERE id > 1"))
        connection.execute(text("UPDATE audit_entry SET subject = 'other'"))
    ended = run("audit", "verify", "--anchor", noted)
    assert ended.exit_code == 1
    assert "WRONG  Entry 1 does not say what it said when it was written.\n" in ended.output
    assert "WRONG  Entries 2 to 3 are missing: they were anchored" in ended.output


def test_without_an_anchor_the_audit_says_what_it_can_not_see(run: Run, session: Session) -> None:
    record(session, None, Action.SYNC_REQUESTED)
    session.commit()
    ended = run("audit", "verify")
    assert ended.exit_code == 0
    assert "entries cut off at the end, or a log written anew, would not be seen" in ended.output


def test_anchors_that_were_changed_or_noted_wrong_are_named(
    run: Run, session: Session, tmp_path: Path
) -> None:
    record(session, None, Action.SYNC_REQUESTED)
    session.commit()
    run("audit", "anchor")
    file = tmp_path / "audit-anchors.jsonl"
    file.write_text(file.read_text().replace('"entry": 1', '"entry": 2'))
    ended = run("audit", "verify", "--anchors", str(file))
    assert ended.exit_code == 1
    assert f"WRONG  Line 1 of {file} was changed, or made with another secret key." in ended.output
    assert run("audit", "verify", "--anchor", "nonsense").exit_code == 2


def test_workers_keep_an_anchor_of_what_is_new_and_log_it(
    database_url: str, session: Session, sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    config = Config(database_url=database_url, secret_key="s" * 40, var_dir=tmp_path)
    context = JobContext(1, "anchor-round", {}, 1, 1, 0, sessions)
    anchor_round(config, context)
    assert not anchor_file(config).exists(), "nothing happened yet"
    for _ in range(2):
        record(session, None, Action.SYNC_REQUESTED)
        session.commit()
        for _again in range(2):
            answer = anchor_round(config, context)
            assert answer.run_after - clock.now() <= timedelta(seconds=60)
    kept = [anchor.number for anchor in anchors.read(anchor_file(config)) if anchor]
    assert kept == [1, 2]
