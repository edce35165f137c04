"""A new member of staff, where no demo is: invited, a password, an app, and then two customers alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import ROOT, Demo
from tests.browser.person import Person
from tests.servers import free_port


@pytest.fixture
def strict(demo: Demo) -> Iterator[str]:
    """`partner-center serve` beside the demo, on its database; here everybody proves themselves twice."""
    port = free_port()
    settings = {
        "PARTNER_CENTER_SECRET_KEY": "a key for this journey alone, 0123456789 abcdef",
        "PARTNER_CENTER_DATABASE_URL": f"sqlite:///{demo.folder / 'console.db'}",
        "PARTNER_CENTER_VAR_DIR": str(demo.folder / "strict"),
        "PARTNER_CENTER_SECURE_COOKIES": "no",
    }
    command = [sys.executable, "-m", "partner_center", "serve", "--port", str(port), "--no-workers"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | settings)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(port)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def test_s6_1_a_new_person_sets_up_a_second_factor_and_sees_two_customers(
    chromium: Browser, demo: Demo, person: Person, strict: str
) -> None:
    name = "Twice with script" if person.script else "Twice without script"
    email = f"{name.replace(' ', '.')}@partner.example".lower()
    person.signs_in("users")
    domains = person.domains[:2]
    link = person.invites(name, email, domains).replace(demo.url, strict)
    page = person.page

    context = chromium.new_context(base_url=strict, java_script_enabled=person.script, locale="en-US")
    new = Person(context, strict, person.script)
    new.accepts(link).gives_password(email)
    assert new.h1 == "Set up your second factor"
    assert new.page.get_by_role("img", name="QR code for your authenticator app").is_visible()
    key = new.page.locator("#key").inner_text().replace(" ", "")
    new.page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(key).now())
    new.presses("Confirm")
    codes = [line.inner_text() for line in new.page.locator("#codes li").all()]
    assert len(set(codes)) == 10
    with new.page.expect_download() as file:
        new.page.get_by_role("link", name="Download as text").click()
    assert set(codes) <= set(file.value.path().read_text().splitlines())
    new.follows("Go on")
    assert new.domains == domains

    new.page.goto("/settings")
    new.page.locator("header summary").click()
    new.presses("Sign out")
    new.gives_password(email)
    assert new.h1 == "Enter your code"
    new.page.get_by_role("textbox", name="Code").fill(codes[0])
    new.presses("Sign in")
    assert new.domains == domains
    new.page.goto("/staff")
    assert "They can: Grace Miller, Ulla Østby." in new.text

    page.goto(f"/audit?person={email}")
    told = [one.inner_text() for one in page.locator("tbody th .strong").all()]
    assert told[-4:] == ["Signed out", "Signed in", "Set up a second factor", "Set a password"]
    context.close()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail("the console did not start")
