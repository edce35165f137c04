"""An app with views made for one test, behind the real edge."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue

from partner_center import app as wiring
from partner_center.config import Config
from tests.conftest import Apps


class ProbeApp:
    """Builds the product's app with one more area."""

    def __init__(self, apps: Apps, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
        self._apps = apps
        self._config = config
        self._monkeypatch = monkeypatch

    def build(self, *blueprints: Blueprint) -> Flask:
        """The app, with these areas added."""
        areas = (*wiring.AREAS, *(SimpleNamespace(blueprint=blueprint) for blueprint in blueprints))
        self._monkeypatch.setattr(wiring, "AREAS", areas)
        return self._apps.open(self._config)


def plain(words: str, status: int = 200) -> ResponseReturnValue:
    """An answer that is no page, so that nobody looks for its heading."""
    return words, status, {"Content-Type": "text/plain"}
