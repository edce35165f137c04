"""**Evidence** on the result page: two files that stay, their hashes, and who took them."""

from __future__ import annotations

import hashlib
import json

import pytest
from sqlalchemy import select

from partner_center.audit.models import AuditEntry
from partner_center.changes import evidence
from tests.page import Page, PageClient
from tests.web.changes.conftest import Submit
from tests.web.changes.scene import ZOE, Scene
from tests.web.changes.test_result import save_and_work


@pytest.fixture
def address(page: PageClient, scene: Scene, submit: Submit) -> str:
    sent = submit(ZOE, alpha="assign")
    save_and_work(page, scene, sent)
    return sent.location


def linked(shown: Page, name: str) -> str:
    """The address of the page's one link to that file."""
    (address,) = [a.attrs["href"] for a in shown.all("a") if a.attrs["href"].endswith(name)]
    return address


def test_the_page_shows_the_hash_of_what_it_links(page: PageClient, address: str) -> None:
    shown = page.get(address)
    table = page.client.get(linked(shown, "evidence.csv"))
    assert hashlib.sha256(table.get_data()).hexdigest() in shown.one("section", id="evidence").text
    assert table.headers["Content-Disposition"].endswith('-evidence.csv"')
    document = page.client.get(linked(shown, "evidence.json"))
    told = json.loads(document.get_data())
    assert told["sha256"] in shown.one("section", id="evidence").text
    assert told["csv_sha256"] == hashlib.sha256(table.get_data()).hexdigest()
    assert document.mimetype == "application/json"


def test_the_bytes_are_the_same_in_every_language(page: PageClient, scene: Scene, address: str) -> None:
    first = page.client.get(f"{address}/evidence.csv").get_data()
    scene.cast.helpdesk.language = "tr"
    scene.session.commit()
    assert page.client.get(f"{address}/evidence.csv").get_data() == first


def test_every_download_is_in_the_audit(page: PageClient, scene: Scene, address: str) -> None:
    for name in ("evidence.csv", "evidence.json", "result.csv", "plan.csv"):
        page.client.get(f"{address}/{name}")
    scene.session.rollback()
    entries = scene.session.scalars(select(AuditEntry).where(AuditEntry.action == "change_exported")).all()
    assert [entry.details["file"] for entry in entries] == [
        "evidence.csv",
        "evidence.json",
        "result.csv",
        "plan.csv",
    ]
    assert {(entry.actor_name, entry.subject) for entry in entries} == {
        ("Håkon Helpdesk", address.rpartition("/")[2])
    }


def test_before_the_end_there_is_none(page: PageClient, submit: Submit, scene: Scene) -> None:
    sent = submit(ZOE, alpha="assign")
    page.get(f"{sent.location}/evidence.json", 409, headers={"Accept": "text/html"})
    exported = select(AuditEntry).where(AuditEntry.action == "change_exported")
    assert scene.session.scalars(exported).all() == []


def test_a_big_change_says_that_it_is_being_made(
    page: PageClient, scene: Scene, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "AT_ONCE", 0)
    shown = save_and_work(page, scene, submit(ZOE, alpha="assign"))
    assert "is being made. Open the page again in a minute." in shown.one("section", id="evidence").text


def test_other_kinds_and_other_methods_are_not_there(page: PageClient, address: str) -> None:
    page.get(f"{address}/evidence.exe", 404)
    page.post(f"{address}/evidence.csv", {}, 405)


def test_a_stranger_finds_nothing(page: PageClient, scene: Scene, address: str) -> None:
    page.sign_in(scene.cast.stranger)
    page.get(f"{address}/evidence.csv", 404)
