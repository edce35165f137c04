"""For tests of pages."""

from __future__ import annotations

import pytest

from partner_center.config import Config
from tests.conftest import Apps
from tests.web.probe import ProbeApp


@pytest.fixture
def probe(apps: Apps, config: Config, monkeypatch: pytest.MonkeyPatch) -> ProbeApp:
    """Builds apps with extra views."""
    return ProbeApp(apps, config, monkeypatch)
