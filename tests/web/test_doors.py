"""Who gets through which door, asked of every address that the running app has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Blueprint, Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.audit.models import AuditEntry
from partner_center.staff import service, sessions
from partner_center.staff.models import StaffMember
from partner_center.staff.permissions import Permission
from partner_center.staff.roles import Role
from partner_center.web import guards
from partner_center.web.guards import UnguardedView, public, requires, signed_in
from tests.cast import Cast
from tests.make import Make
from tests.page import PageClient
from tests.web.probe import ProbeApp, plain
from tests.web.routing import READING, fill, routes

ROUTES = Path(__file__).parent / "routes.txt"


def test_every_address_is_listed_so_that_none_comes_or_goes_unnoticed(app: Flask) -> None:
    now = {f"{method:7}{rule.rule}  {rule.endpoint}" for rule, method in routes(app) if method != "HEAD"}
    listed = set(ROUTES.read_text(encoding="utf-8").splitlines())
    assert now == listed, f"review these and bring {ROUTES.name} up to date: {sorted(now ^ listed)}"


def test_numbers_in_addresses_are_typed(app: Flask) -> None:
    for rule, _method in routes(app):
        for name, converter in rule._converters.items():
            if name in {"customer_id", "staff_id", "number"}:
                assert type(converter).__name__ == "IntegerConverter", f"{rule.rule}: <int:{name}>"


def test_addresses_are_kebab_case_without_a_slash_at_the_end(app: Flask) -> None:
    for rule, _method in routes(app):
        fixed = [part for part in rule.rule.split("/") if "<" not in part]
        assert all(part == part.lower() and "_" not in part for part in fixed), rule.rule
        assert rule.rule == "/" or not rule.rule.endswith("/"), rule.rule


def test_an_app_with_an_unmarked_view_refuses_to_start(probe: ProbeApp) -> None:
    blueprint = Blueprint("bare", __name__)
    blueprint.get("/export/all")(lambda: plain("everything"))
    with pytest.raises(UnguardedView, match=r"bare\."):
        probe.build(blueprint)


def test_a_view_that_lost_its_mark_is_closed(probe: ProbeApp, cast: Cast) -> None:
    blueprint = Blueprint("lost", __name__)
    view = signed_in(lambda: plain("everything"))
    blueprint.add_url_rule("/lost", "lost", view)
    page = PageClient(probe.build(blueprint)).sign_in(cast.admin)
    page.get("/lost")
    delattr(view, guards._MARK)
    page.get("/lost", status=500)


def test_a_permission_must_be_named() -> None:
    with pytest.raises(ValueError, match="signed_in"):
        requires()


def test_strangers_find_no_customers_page_by_any_method(
    app: Flask, page: PageClient, cast: Cast, session: Session
) -> None:
    page.sign_in(cast.stranger)
    headers = {"X-CSRFToken": page.token()}
    open_doors = []
    doors = [(rule, method) for rule, method in routes(app) if "customer_id" in rule.arguments]
    for rule, method in doors:
        for customer_id in (cast.fjord.id, 999_999_999):
            path = fill(rule, customer_id=customer_id)
            answer = page.client.open(path, method=method, headers=headers)
            if answer.status_code != 404 or cast.fjord.name in answer.get_data(as_text=True):
                open_doors.append((method, path, answer.status_code))
    assert not open_doors
    refused = session.scalars(select(AuditEntry).where(AuditEntry.action == "refused")).all()
    assert len(refused) == 2 * len(doors), "each knock is kept"


def test_customers_pages_are_not_404_for_those_who_may_see_them(
    app: Flask, page: PageClient, cast: Cast
) -> None:
    """The control of the test above: an app that answers 404 to everything would pass it."""
    page.sign_in(cast.admin)
    plain = [rule for rule, method in routes(app) if rule.arguments == {"customer_id"} and method == "GET"]
    for rule in plain:
        answer = page.client.get(fill(rule, customer_id=cast.fjord.id))
        assert answer.status_code in {200, 303, 503}, rule.rule  # 503: these tests have no Microsoft


def test_an_unknown_and_a_foreign_customer_look_the_same(app: Flask, page: PageClient, cast: Cast) -> None:
    page.sign_in(cast.stranger)
    for rule, method in routes(app):
        if rule.arguments == {"customer_id"} and method == "GET":
            bodies = [
                page.client.get(fill(rule, customer_id=number)).get_data(as_text=True).split("<main")[-1]
                for number in (cast.fjord.id, 999_999_999)
            ]
            without_reference = [re.split("Reference|request_id", body)[0] for body in bodies]
            assert without_reference[0] == without_reference[1]


def test_nothing_is_changed_without_a_csrf_token(app: Flask, page: PageClient, cast: Cast) -> None:
    page.sign_in(cast.admin)
    unsafe = [(rule, method) for rule, method in routes(app) if method not in READING]
    assert unsafe
    for rule, method in unsafe:
        path = fill(rule, customer_id=cast.fjord.id)
        assert page.client.open(path, method=method).status_code == 400, path
        forged = {"X-CSRFToken": page.token()[:-3] + "abc"}
        assert page.client.open(path, method=method, headers=forged).status_code == 400, path


def test_people_not_signed_in_are_sent_to_sign_in_and_back(app: Flask, page: PageClient, cast: Cast) -> None:
    for rule, method in routes(app):
        access = guards.access_of(app.view_functions[rule.endpoint])
        assert access is not None
        if access.public:
            continue
        path = fill(rule, customer_id=cast.fjord.id)
        answer = page.client.open(path, method=method, headers={"X-CSRFToken": page.token()})
        if path.endswith(".json"):
            assert answer.status_code == 401, path
        else:
            assert answer.status_code == 303, path
            assert answer.location.startswith("/sign-in"), path
            assert ("next=" in answer.location) == (method in READING), path


def test_scripts_are_told_that_they_are_signed_out(page: PageClient) -> None:
    answer = page.client.get("/settings", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.get_json()["error"] == "You are signed out. Sign in again."


@pytest.mark.parametrize("who", ["suspended", "signed_out_everywhere", "gone"])
def test_sessions_end_at_once(who: str, page: PageClient, cast: Cast, make: Make, session: Session) -> None:
    page.sign_in(cast.helpdesk).get("/settings")
    member = session.get_one(StaffMember, cast.helpdesk.id)
    match who:
        case "suspended":
            service.suspend(session, member)
        case "signed_out_everywhere":
            sessions.end_all(session, member.id)
        case "gone":
            session.delete(member)
    session.commit()
    assert page.get("/settings", status=303).location.startswith("/sign-in")


def test_a_session_carried_to_another_browser_is_worth_nothing(page: PageClient, cast: Cast) -> None:
    page.sign_in(cast.helpdesk).get("/settings")
    page.get("/settings", status=303, headers={"User-Agent": "thief"})


def test_a_missing_permission_is_named_with_who_can_help_and_kept(
    probe: ProbeApp, cast: Cast, session: Session
) -> None:
    blueprint = Blueprint("buying", __name__)
    blueprint.get("/buy")(requires(Permission.BUY_SEATS)(lambda: plain("bought")))
    page = PageClient(probe.build(blueprint))
    page.sign_in(cast.sales).get("/buy")
    refused = page.sign_in(cast.helpdesk).get("/buy", status=403)
    assert "Your role does not allow this: Buy licenses." in refused.text
    who = "Deniz Admin, Grace Global, Sara Sales, Stian Stranger"
    assert f"They can: {who}. Ask one of them." in refused.text
    assert refused.link("Who can do this?") == "/settings/who-can?can=seats:buy"
    entry = session.scalars(select(AuditEntry)).one()
    assert entry.details["permission"] == "seats:buy"
    assert (entry.action, entry.actor_id, entry.subject) == ("refused", cast.helpdesk.id, "/buy")


def test_a_role_taken_away_is_gone_at_the_next_request(probe: ProbeApp, make: Make, session: Session) -> None:
    blueprint = Blueprint("buying", __name__)
    blueprint.get("/buy")(requires(Permission.BUY_SEATS)(lambda: plain("bought")))
    member = make.member(Role.SALES_AGENT)
    page = PageClient(probe.build(blueprint)).sign_in(member)
    page.get("/buy")
    member.roles.clear()
    session.commit()
    page.get("/buy", status=403)


def test_public_views_are_few_and_known(app: Flask) -> None:
    access = {name: guards.access_of(view) for name, view in app.view_functions.items()}
    assert {name for name, mark in access.items() if mark and mark.public} == {
        "static",
        "bootstrap.static",
        "auth.sign_in",
        "auth.check_sign_in",
        "auth.try_as",
        "auth.choose_language",
        "auth.show_invitation",
        "auth.accept_invitation",
        "health.metrics",
        "health.ready",
        "health.up",
        "style_guide.show",
    }


def test_marks_do_not_change_what_a_view_answers() -> None:
    assert public(lambda: "here")() == "here"
