"""Steps of signing in where the second factor is asked for."""

from __future__ import annotations

from datetime import timedelta

import pyotp

from partner_center.shared import clock
from tests.page import Page, PageClient

PASSWORD = "several words that are long"


def code_of(key: str, after: timedelta = timedelta(0)) -> str:
    """What the app shows."""
    return pyotp.TOTP(key.replace(" ", "")).at(clock.now() + after)


def give_password(page: PageClient, email: str, password: str = PASSWORD, status: int = 303) -> Page:
    """Send the sign-in form."""
    return page.submit(page.get("/sign-in").form("/sign-in"), status, email=email, password=password)


def enrol(page: PageClient, email: str) -> tuple[str, list[str]]:
    """Set up an app as at a first sign-in; its key and the recovery codes."""
    give_password(page, email)
    shown = page.get("/sign-in/set-up")
    key = shown.one("p", id="key").text
    done = page.submit(shown.form("/sign-in/set-up"), 200, code=code_of(key))
    return key, [line.text for line in done.one("ol", id="codes").all("li")]


def give_code(page: PageClient, code: str, status: int = 303) -> Page:
    """Send the form for a code."""
    return page.submit(page.get("/sign-in/code").form("/sign-in/code"), status, code=code)
