"""A browser without script that talks to a web process over HTTP, and presses Save more than once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import requests
from werkzeug.datastructures import MultiDict

from partner_center.app import create_app
from partner_center.extensions import db
from partner_center.staff import sessions
from tests.faults.nursery import config_from
from tests.faults.processes import PATIENCE, free_port
from tests.faults.rig import Rig
from tests.faults.tampering import Failpoint, Life
from tests.make import FROM_HERE
from tests.markup import parse
from tests.page import filled

BROWSER = "Mozilla/5.0 (gate)"
Form = MultiDict[str, str]


@dataclass
class Visitor:
    """The rig's person in a browser; the web process behind the address may be another one each time."""

    rig: Rig
    port: int = field(default_factory=free_port)
    controls: tuple[str, ...] = ()
    pid: int = 0
    _cookie: str = ""

    def __post_init__(self) -> None:
        self._cookie = _signed_in(self.rig)

    def open_site(self, failpoint: Failpoint | None = None) -> None:
        """Start a web process; return when it answers."""
        life = Life(serve_on=self.port, failpoint=failpoint, controls=self.controls)
        self.pid = self.rig.workers.start(life)
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                self._ask("GET", "/up")
            except requests.ConnectionError:
                assert time.monotonic() < give_up, "the site does not open"
                time.sleep(0.05)
            else:
                return

    def form(self, path: str, form_id: str) -> Form:
        """The form of a page as it stands there."""
        page = self._ask("GET", path)
        assert page.status_code == 200, (path, page.status_code, page.text[:500])
        root, _ = parse(page.text)
        return filled(root.one("form", id=form_id))

    def send(self, path: str, form: Mapping[str, str]) -> requests.Response | None:
        """The answer to the form, not followed; None where the connection ended without one."""
        try:
            return self._ask("POST", path, form)
        except requests.ConnectionError:
            return None

    def get(self, path: str) -> requests.Response:
        """A page."""
        return self._ask("GET", path)

    def _ask(self, method: str, path: str, form: Mapping[str, str] | None = None) -> requests.Response:
        data = None if form is None else list(MultiDict(form).items(multi=True))
        return requests.request(
            method,
            f"http://127.0.0.1:{self.port}{path}",
            data=data,
            headers={"Cookie": self._cookie, "User-Agent": BROWSER},
            allow_redirects=False,
            timeout=PATIENCE,
        )


def _signed_in(rig: Rig) -> str:
    """The cookie of a session; the sign-in page has tests of its own."""
    app = create_app(config_from({**rig.config_json, "cloud": dict(rig.config_json["cloud"])}))
    with app.app_context():
        key = sessions.start(db.session(), rig.actor.id, FROM_HERE)
        db.session.commit()
    client = app.test_client()
    with client.session_transaction() as session:
        session["browser"] = hashlib.sha256(BROWSER.encode()).hexdigest()[:32]
        session["_user_id"] = key
        session["_fresh"] = True
        session["csrf_token"] = "0" * 40
    cookie = client.get_cookie("session")
    assert cookie
    return f"session={cookie.value}"
