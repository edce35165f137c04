"""Kept pieces: never anybody else's token, ticks, name or language, and never older than the copy."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from partner_center.catalog.models import Product
from partner_center.cloud.port import RemoteUser
from partner_center.directory import mirror
from partner_center.directory.models import Mirror
from partner_center.shared import clock
from partner_center.web.drawn import filled, gap, kept
from tests.cast import Cast
from tests.make import Make
from tests.page import Page, PageClient


@pytest.fixture
def path(page: PageClient, cast: Cast, make: Make) -> str:
    sku = make.product("E3")
    make.users(cast.fjord, make.user("Ada", sku), make.user("Bo"))
    make.skus(cast.fjord, make.sku(sku))
    page.sign_in(cast.admin)
    return f"/customers/{cast.fjord.id}/users"


def ticked(shown: Page) -> list[str]:
    return [box.attrs["value"] for box in shown.all("input", name="u") if "checked" in box.attrs]


def tokens(shown: Page) -> set[str]:
    return {field.attrs["value"] for field in shown.all("input", name="csrf_token")}


def test_each_session_gets_its_own_token_in_every_form(
    page: PageClient, app: Flask, path: str, cast: Cast
) -> None:
    mine, theirs = page.get(path), PageClient(app).sign_in(cast.helpdesk).get(path)
    assert mine.all("form", method="post")
    assert not tokens(mine) & tokens(theirs)
    for shown in (mine, theirs):
        assert len({token.split(".")[0] for token in tokens(shown)}) == 1


def test_each_sees_their_own_name_and_ticks(page: PageClient, app: Flask, path: str, cast: Cast) -> None:
    page.submit(page.get(path).form("/users/selection"), button="Keep ticks", u=["1"])
    other = PageClient(app).sign_in(cast.helpdesk)
    other.submit(other.get(path).form("/users/selection"), button="Keep ticks", u=["2"])
    mine, theirs = page.get(path), other.get(path)
    assert (ticked(mine), ticked(theirs)) == (["1"], ["2"])
    assert "Deniz Admin" in mine.one("header").text
    assert "Håkon Helpdesk" in theirs.one("header").text
    assert "Deniz Admin" not in theirs.html


def test_forms_of_the_frame_lead_back_to_the_page_they_stand_on(page: PageClient, path: str) -> None:
    page.get(path)
    shown = page.get(f"{path}?q=%22%3Cb%3E")
    back = {
        field.attrs["value"] for field in shown.all("input") if field.attrs.get("name") in {"next", "return"}
    }
    assert back == {f"{path}?q=%22%3Cb%3E"}


def test_a_change_of_the_copy_is_seen_at_once(page: PageClient, path: str, cast: Cast, make: Make) -> None:
    assert "Ada" in page.get(path).text
    renamed = make.user("Grace")
    mirror.begin_full(make.session, cast.fjord.id)
    store(make.session, cast.fjord.id, renamed)
    assert "Grace" in page.get(path).text


def store(session: Session, customer_id: int, user: RemoteUser) -> None:
    generation = session.get_one(Mirror, customer_id).generation
    mirror.store_users(session, customer_id, [user], generation, clock.now())
    session.commit()


def test_a_products_new_name_is_seen_a_minute_later(page: PageClient, path: str, session: Session) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        assert "Office 365 E3" in page.get(path).text
        session.query(Product).update({Product.name: "Renamed product"})
        session.commit()
        now.shift(timedelta(minutes=1))
        assert "Renamed product" in page.get(path).text


def test_each_language_has_pieces_of_its_own(page: PageClient, path: str) -> None:
    assert page.get(path).one("html").attrs["lang"] == "en"
    page.submit(page.get(path).one("form", action="/settings"), language="tr", theme="dark")
    shown = page.get(path)
    assert shown.one("html").attrs["lang"] == "tr"
    assert shown.one("select", id="menu-language").one("option", selected="").attrs["value"] == "tr"


def test_each_language_has_its_own_order(page: PageClient, path: str, cast: Cast, make: Make) -> None:
    make.users(cast.fjord, make.user("Aase"), make.user("Bo"))
    orders = []
    for language in ("en", "nb"):
        page.submit(page.get(path).one("form", action="/settings"), language=language)
        orders.append([name.text for name in page.get(path).all("a", class_="person-name")])
    assert orders == [["Aase", "Bo"], ["Bo", "Aase"]]


def test_what_fills_a_gap_is_escaped(app: Flask) -> None:
    with app.test_request_context("/"):
        template = app.jinja_env.from_string("{% call kept('x') %}<i>{{ gap('a') }}</i>{% endcall %}")
        piece = kept("y", caller=lambda: app.jinja_env.filters["forceescape"]("<i>") + gap("a"))
        assert str(filled(piece, a="<b>")) == "&lt;i&gt;&lt;b&gt;"
        assert template.render() == f"<i>{gap('a')}</i>"
