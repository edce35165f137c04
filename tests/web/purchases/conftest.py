"""The scene of these tests, with a sales agent signed in and Partner Center at hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from partner_center.web import waiting
from tests.cast import Cast
from tests.make import Make
from tests.page import PageClient
from tests.web.changes.scene import Scene, set_up


@pytest.fixture
def scene(make: Make, cast: Cast, page: PageClient, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Fjord, and a sales agent signed in."""
    monkeypatch.setattr(waiting, "PATIENCE", timedelta(0))
    scene = set_up(make.session, make, cast)
    monkeypatch.setitem(app.extensions, "cloud", scene.tenant)
    page.sign_in(cast.sales)
    return scene
