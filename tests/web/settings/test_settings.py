"""One's own language and theme."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.audit.models import AuditEntry
from tests.cast import Cast
from tests.page import PageClient


def test_settings_are_kept_shown_and_noted(page: PageClient, cast: Cast, session: Session) -> None:
    page.sign_in(cast.helpdesk)
    form = page.get("/settings").one("main").one("form", action="/settings")
    saved = page.follow(page.submit(form, language="sv", theme="dark"))
    html = saved.one("html")
    assert (html.attrs["lang"], html.attrs["data-theme"]) == ("sv", "dark")
    main = saved.one("main")
    assert main.one("option", selected="").attrs["value"] == "sv"
    assert main.one("input", name="theme", checked="").attrs["value"] == "dark"
    entry = session.scalars(select(AuditEntry)).one()
    assert entry.details == {"language": "sv", "theme": "dark"}


def test_the_browsers_language_can_be_had_back(page: PageClient, cast: Cast) -> None:
    page.sign_in(cast.helpdesk)
    page.post("/settings", {"language": "sv", "theme": "system"})
    page.post("/settings", {"language": "browser", "theme": "system"})
    turkish = {"Accept-Language": "tr"}
    assert page.get("/settings", headers=turkish).one("html").attrs["lang"] == "tr"


def test_the_menu_returns_to_the_page_it_was_used_on(page: PageClient, cast: Cast) -> None:
    page.sign_in(cast.helpdesk)
    sent = {"language": "en", "theme": "light", "next": "/settings?here=1"}
    assert page.post("/settings", sent).location == "/settings?here=1"
    assert page.post("/settings", {**sent, "next": "//evil.example"}).location == "/settings"


@pytest.mark.parametrize(
    "sent", [{}, {"language": "xx", "theme": "dark"}, {"language": "en", "theme": "neon"}]
)
def test_what_is_not_offered_is_refused_and_nothing_changes(
    page: PageClient, cast: Cast, session: Session, sent: dict[str, str]
) -> None:
    page.sign_in(cast.helpdesk)
    page.post("/settings", sent, status=422)
    session.refresh(cast.helpdesk)
    assert (cast.helpdesk.language, cast.helpdesk.theme) == (None, "system")
