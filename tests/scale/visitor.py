"""Somebody with a browser without script who uses whichever web server the proxy gives them."""

from __future__ import annotations

import re

import pyotp
import requests

from tests.markup import Element, parse
from tests.page import filled
from tests.scale.estate import PASSWORD

_RECOVERY: dict[str, list[str]] = {}
"""By email, for whoever signs in again: a code of the app is taken once."""


class Visitor:
    """Signed in at the first server. The cookie is good at every one of them."""

    def __init__(self, web: list[str], email: str) -> None:
        self._web, self._next = web, 0
        self._browser = requests.Session()
        self._browser.headers["User-Agent"] = "Mozilla/5.0 (tests)"
        form = self.form(self.open("/sign-in"), "/sign-in")
        leads = self.send("/sign-in", filled(form).to_dict() | {"email": email, "password": PASSWORD})
        if "/sign-in/set-up" in leads:
            _RECOVERY[email] = self._set_up()
        else:
            form = self.form(self.open("/sign-in/code"), "/sign-in/code")
            self.send("/sign-in/code", filled(form).to_dict() | {"code": _RECOVERY[email].pop()})

    def _set_up(self) -> list[str]:
        """Set up an authenticator app, as at the first sign-in; the recovery codes."""
        page = self.open("/sign-in/set-up")
        code = pyotp.TOTP(page.one("p", id="key").text.replace(" ", "")).now()
        fields = filled(self.form(page, "/sign-in/set-up")).to_dict() | {"code": code}
        answer = self._browser.post(self._server() + "/sign-in/set-up", fields, timeout=60)
        return [line.text for line in parse(answer.text)[0].one("ol", id="codes").all("li")]

    def open(self, path: str) -> Element:
        """The page of this address, from the next server."""
        answer = self._browser.get(self._server() + path, timeout=60)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
        return parse(answer.text)[0]

    def send(self, path: str, fields: dict[str, str]) -> str:
        """Send a form to the next server; where it leads."""
        answer = self._browser.post(self._server() + path, fields, timeout=60, allow_redirects=False)
        said = " ".join(part.text for part in parse(answer.text)[0].all("main"))
        assert answer.status_code == 303, f"{path}: {answer.status_code} {said[:1500]}"
        return answer.headers["Location"]

    def form(self, page: Element, action: str) -> Element:
        """The form of a page that goes to this address."""
        return next(one for one in page.all("form") if one.attrs.get("action", "").split("?")[0] == action)

    def give(self, customer_id: int, skus: list[str]) -> str:
        """Give the first of these products that is offered to all users of a customer, through review where
        it is asked for. The change's reference."""
        users, manage = f"/customers/{customer_id}/users", f"/customers/{customer_id}/manage"
        ticks = filled(self.form(self.open(users), f"{users}/selection")).to_dict()
        self.send(f"{users}/selection", ticks | {"go": "all"})
        page = self.form(self.open(manage), manage)
        offered = {radio.attrs["name"] for radio in page.all("input", type="radio", value="assign")}
        product = next(f"op-{sku}" for sku in skus if f"op-{sku}" in offered)
        saved = self.send(manage, filled(page).to_dict() | {product: "assign", "go": "save"})
        found = re.search(r"/changes/(CH-[A-Z0-9]+)", saved)
        assert found, saved
        change = f"/customers/{customer_id}/changes/{found[1]}"
        for _look in range(2):  # what is decided of a shortage is shown once more
            for review in self.open(change).all("form", action=f"{change}/save"):
                firsts = review.all("input", type="radio", value="first")
                short = {radio.attrs["name"]: "first" for radio in firsts}
                self.send(f"{change}/save", filled(review).to_dict() | short | {"skip_expected": "y"})
        return found[1]

    def _server(self) -> str:
        self._next += 1
        return self._web[self._next % len(self._web)]
