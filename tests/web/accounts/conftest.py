"""The plain customer behind the real sandbox, and an admin agent signed in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from partner_center.accounts.secrets import Keeper
from partner_center.web import waiting
from tests.page import PageClient
from tests.unit.accounts.desk import Desk, desk

__all__ = ["desk"]


@pytest.fixture
def site(desk: Desk, page: PageClient, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk with the console before it."""
    monkeypatch.setattr(waiting, "PATIENCE", timedelta(0))
    monkeypatch.setitem(app.extensions, "cloud", desk.cloud)
    desk.keeper = Keeper(app.extensions["vault"])
    page.sign_in(desk.member)
    return desk
