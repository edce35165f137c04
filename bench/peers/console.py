"""The console over a bench database: a WSGI app for gunicorn. Environment: `BENCH_DATABASE`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from flask import Flask

from partner_center.app import create_app as create_console
from partner_center.config import Config
from partner_center.shared.ids import new_token


def create_app() -> Flask:
    """The app; anybody may sign in as one of the demo's people."""
    return create_console(
        Config(
            database_url=f"sqlite:///{os.environ['BENCH_DATABASE']}",
            secret_key=new_token() + new_token(),
            demo=True,
            var_dir=Path(tempfile.gettempdir()),
            secure_cookies=False,
        )
    )
