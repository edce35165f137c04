"""The scene of these tests, with a helpdesk agent signed in and ways to save."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from partner_center.web import waiting
from tests.cast import Cast
from tests.make import Make
from tests.page import Page, PageClient
from tests.web.changes.scene import Scene, set_up

Submit = Callable[..., Page]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody works in the background here: waiting would only pass time."""
    monkeypatch.setattr(waiting, "PATIENCE", timedelta(0))


@pytest.fixture
def scene(
    make: Make,
    cast: Cast,
    page: PageClient,
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
) -> Scene:
    """Fjord, and a helpdesk agent signed in who has selected nobody yet."""
    scene = set_up(make.session, make, cast)
    monkeypatch.setitem(app.extensions, "cloud", scene.tenant)
    page.sign_in(cast.helpdesk)
    return scene


@pytest.fixture
def submit(page: PageClient, scene: Scene) -> Submit:
    """Select these users, set these radios on **Manage licenses** and press Save: the redirect."""

    def press(*numbers: int, member: object = None, **ops: str) -> Page:
        scene.select(member or scene.cast.helpdesk, *numbers)  # type: ignore[arg-type]
        form = page.get(scene.manage).form(scene.manage)
        skus = {"alpha": scene.alpha, "beta": scene.beta}
        radios = {f"op-{skus[name]}" if name in skus else name: value for name, value in ops.items()}
        return page.submit(form, go="save", **radios)

    return press
