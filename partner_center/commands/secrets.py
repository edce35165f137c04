"""Secrets at rest, from the command line: encrypting them anew with the key that is listed first."""

from __future__ import annotations

from collections.abc import Iterator

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.accounts.models import AccountItem
from partner_center.accounts.secrets import binding_of
from partner_center.audit.service import Action, record
from partner_center.commands.console import open_console
from partner_center.commands.staff import ACTOR_NAME
from partner_center.config import Config
from partner_center.shared.vault import Binding, Vault, VaultError
from partner_center.staff import second_factor
from partner_center.staff.models import SecondFactor


def rotate(config: Config) -> None:
    """Encrypt every secret with the first key. One whose key is not listed stays as it is, and is told."""
    vault = Vault(config.encryption_keys)
    anew, unreadable, all_of_them = 0, 0, 0
    with open_console(config).sessions.begin() as session:
        for row, bound_to in _secrets(session):
            all_of_them += 1
            if row.secret is None or vault.is_current(row.secret):
                continue
            try:
                row.secret = vault.encrypt(vault.decrypt(row.secret, bound_to=bound_to), bound_to=bound_to)
            except VaultError:
                unreadable += 1
            else:
                anew += 1
        told = {"all": all_of_them, "anew": anew, "unreadable": unreadable}
        record(session, None, Action.SECRETS_ROTATED, subject=vault.current, actor_name=ACTOR_NAME, **told)
    click.echo(f"{anew} of {all_of_them} secrets were encrypted anew; the others had the first key already.")
    if unreadable:
        raise click.ClickException(
            f"{unreadable} of {all_of_them} can't be read with the keys listed. "
            "Add the key they were made with to PARTNER_CENTER_ENCRYPTION_KEY, then run this again."
        )


def _secrets(session: Session) -> Iterator[tuple[SecondFactor | AccountItem, Binding]]:
    """Every row that holds a secret, and what it is bound to."""
    for app in session.scalars(select(SecondFactor).with_for_update()):
        yield app, second_factor.binding_of(app.staff_id)
    for item in session.scalars(select(AccountItem).where(AccountItem.secret.is_not(None)).with_for_update()):
        yield item, binding_of(item.address)
