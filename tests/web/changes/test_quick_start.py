"""The quick-start message after assigning, to copy or to send (S5.8)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.make import guid
from tests.page import Page, PageClient
from tests.web.changes.conftest import Submit
from tests.web.changes.scene import ANNA, ASE, BO, ZOE, Scene

PLANS = ("EXCHANGE_S_STANDARD", "OFFICESUBSCRIPTION", "TEAMS1")


@pytest.fixture
def given(page: PageClient, scene: Scene, submit: Submit) -> Page:
    """The result of giving Alpha, a suite with mail, Office and Teams, to Åse and Zoe."""
    plans = tuple(
        {"id": guid(name), "name": name, "applies_to": "User", "status": "Success"} for name in PLANS
    )
    scene.tenant.stock[scene.alpha] = replace(scene.tenant.stock[scene.alpha], plans=plans)
    scene.sync()
    place = {"location-scope": "missing", "location-value": "NO"}
    sent = submit(ASE, ZOE, alpha="assign", **place)
    scene.work()
    return page.follow(sent)


def test_s5_8_the_result_leads_to_a_message_by_the_plans_of_the_product(
    page: PageClient, scene: Scene, given: Page
) -> None:
    shown = page.get(given.link("Quick-start message"))
    assert shown.h1 == "Quick-start message"
    assert "Alpha Suite 2 users got it" in shown.text
    body = shown.one("textarea", id=f"t-{scene.alpha}").text
    for words in ("Install Office", "up to five computers", "Mail on your phone", "Meet and chat in Teams"):
        assert words in body
    assert "OneDrive" not in body, "the product has none"
    addresses = shown.one("textarea", id=f"a-{scene.alpha}").text
    assert addresses.count("@") == 2


def test_s5_8_it_can_be_sent_with_the_people_in_blind_copy(page: PageClient, given: Page) -> None:
    shown = page.get(given.link("Quick-start message"))
    sent = urlsplit(shown.link("Open in mail program — Alpha Suite"))
    assert sent.scheme == "mailto"
    asked = parse_qs(sent.query)
    assert asked["subject"] == ["You have a new license: Alpha Suite"]
    assert len(asked["bcc"][0].split(",")) == 2
    assert "Install Outlook" in asked["body"][0]
    assert "\r\n" in asked["body"][0]


@pytest.mark.parametrize(
    ("language", "words"),
    [("tr", "Merhaba,"), ("nb", "Hei!"), ("sv", "Hej!"), ("en", "Hello,"), ("xx", "Hello,")],
)
def test_s5_8_it_is_in_the_language_of_those_who_get_it(
    page: PageClient, scene: Scene, given: Page, language: str, words: str
) -> None:
    shown = page.get(f"{given.link('Quick-start message')}?language={language}")
    assert words in shown.one("textarea", id=f"t-{scene.alpha}").text
    assert shown.h1 == "Quick-start message", "the page itself stays in the reader's own"


def test_a_change_that_gave_nothing_has_no_message(page: PageClient, scene: Scene, submit: Submit) -> None:
    sent = page.submit(page.follow(submit(ANNA, BO, beta="revoke")).form("/save"))
    scene.work()
    result = page.follow(sent)
    assert "Quick-start message" not in result.text
    assert "There is nothing to tell." in page.get(f"{sent.location}/quick-start").text


def test_of_an_unfinished_change_there_is_none_yet(page: PageClient, submit: Submit) -> None:
    sent = submit(ANNA, BO, beta="revoke")
    assert "This change is not finished." in page.get(f"{sent.location}/quick-start", 409).text
