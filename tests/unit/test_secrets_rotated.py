"""`partner-center secrets rotate`: everything in the vault moves to the first key, and nothing is lost."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.audit.models import AuditEntry
from partner_center.cli import main
from partner_center.shared.vault import Vault, VaultError
from partner_center.staff.models import SecondFactor
from partner_center.staff.second_factor import binding_of
from tests.cast import Cast

OLD, NEW = "the-old-key-0123456789-abcdefghijklmnop", "another-key-9876543210-ponmlkjihgfedcba"


@pytest.fixture
def held(cast: Cast, session: Session) -> list[SecondFactor]:
    """Two people's keys, made with the old one; each is their own name."""
    rows = [
        SecondFactor(
            staff_id=member.id,
            secret=Vault([OLD]).encrypt(member.display_name, bound_to=binding_of(member.id)),
            last_step=0,
        )
        for member in (cast.admin, cast.sales)
    ]
    session.add_all(rows)
    session.commit()
    return rows


def rotate(database_url: str, monkeypatch: pytest.MonkeyPatch, *keys: str) -> Result:
    monkeypatch.setenv("PARTNER_CENTER_DATABASE_URL", database_url)
    monkeypatch.setenv("PARTNER_CENTER_SECRET_KEY", "s" + OLD)
    monkeypatch.setenv("PARTNER_CENTER_ENCRYPTION_KEY", " ".join(keys))
    monkeypatch.setattr("partner_center.commands.console.configure_logging", lambda *_: None)
    return CliRunner().invoke(main, ["secrets", "rotate"])


def test_every_secret_moves_to_the_first_key(
    held: list[SecondFactor],
    cast: Cast,
    session: Session,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended = rotate(database_url, monkeypatch, NEW, OLD)
    assert ended.exit_code == 0, ended.output
    assert "2 of 2 secrets were encrypted anew" in ended.output
    session.expire_all()
    new_alone = Vault([NEW])
    told = {new_alone.decrypt(row.secret, bound_to=binding_of(row.staff_id)) for row in held}
    assert told == {cast.admin.display_name, cast.sales.display_name}
    with pytest.raises(VaultError):
        Vault([OLD]).decrypt(held[0].secret, bound_to=binding_of(held[0].staff_id))
    with pytest.raises(VaultError):
        new_alone.decrypt(held[0].secret, bound_to=binding_of(held[1].staff_id))
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "secrets_rotated")).one()
    assert entry.details["anew"] == 2

    assert "0 of 2" in rotate(database_url, monkeypatch, NEW).output


def test_a_secret_whose_key_is_gone_stays_and_is_told(
    held: list[SecondFactor], session: Session, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [row.secret for row in held]
    ended = rotate(database_url, monkeypatch, NEW)
    assert ended.exit_code == 1
    assert "2 of 2 can't be read with the keys listed" in ended.output
    session.expire_all()
    assert [row.secret for row in held] == before
