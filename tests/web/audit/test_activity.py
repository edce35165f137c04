"""**Activity**: who sees whose entries, of which customers, found by what, and taken away as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.audit.models import AuditEntry
from partner_center.audit.service import Action, record
from partner_center.audit.verify import Walk
from partner_center.staff.models import StaffMember
from partner_center.staff.queries import actor_of
from partner_center.staff.roles import Role, Scope
from tests.cast import Cast
from tests.make import Make
from tests.page import Page, PageClient

TODAY = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon() -> Iterable[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


def did(
    session: Session, member: StaffMember, action: Action, customer_id: int | None = None, **told: object
) -> None:
    record(session, actor_of(member), action, customer_id=customer_id, **told)  # type: ignore[arg-type]
    session.commit()


@pytest.fixture
def log(session: Session, cast: Cast) -> Session:
    """Five deeds of three people for two customers."""
    did(session, cast.helpdesk, Action.CHANGE_SAVED, cast.fjord.id, subject="CH-AAAA")
    did(session, cast.helpdesk, Action.SYNC_REQUESTED, cast.anatolia.id)
    did(session, cast.sales, Action.SEATS_ORDERED, cast.fjord.id, subject="OR-BBBB", before=5, after=8)
    did(session, cast.admin, Action.SETTINGS_CHANGED, theme="dark")
    record(session, None, Action.SIGN_IN_REFUSED, subject="nobody@partner.example", reason="wrong")
    session.commit()
    return session


def deeds(page: Page) -> list[str]:
    """What the rows say was done, and the reference."""
    return [
        " ".join(
            part.text for part in row.one("th").all("span", "a", "bdi") if "visually" not in str(part.attrs)
        )
        for row in page.all("tr")
        if any(above.tag == "tbody" for above in row.ancestors)
    ]


ALL = [
    "Sign-in refused nobody@partner.example wrong",
    "Changed own settings dark",
    "Ordered licenses OR-BBBB 5 8",
    "Asked for a refresh",
    "Saved a license change CH-AAAA",
]


@pytest.mark.parametrize("who", ["admin", "global_admin", "user_admin"])
def test_three_roles_see_what_everybody_did(page: PageClient, cast: Cast, log: Session, who: str) -> None:
    shown = page.sign_in(getattr(cast, who)).get("/audit")
    assert deeds(shown) == ALL
    assert "What everybody did here." in shown.text
    assert shown.one("caption").text == "5 entries"


def test_the_others_see_what_they_did_themselves(page: PageClient, cast: Cast, log: Session) -> None:
    shown = page.sign_in(cast.helpdesk).get("/audit")
    assert deeds(shown) == ALL[3:]
    assert "What you did here." in shown.text
    assert not shown.all("input", name="person")
    assert deeds(page.get("/audit?person=sara")) == ALL[3:], "there is nobody else to ask for"
    assert deeds(page.sign_in(cast.sales).get("/audit")) == [ALL[2]]


def test_people_with_fewer_customers_see_nothing_of_the_others(
    page: PageClient, cast: Cast, log: Session, make: Make
) -> None:
    few = make.member(Role.ADMIN_AGENT, scope=Scope.LISTED, customers=[cast.anatolia])
    page.sign_in(few)
    assert deeds(page.get("/audit")) == [ALL[0], ALL[1], ALL[3]]
    assert page.get("/audit?customer=fjord").one("main").all("table") == []
    assert "Fjord" not in page.get("/audit").html
    assert "CH-AAAA" not in table_text(page, "/audit.csv")
    page.get(f"/customers/{cast.fjord.id}/activity", 404)
    page.get(f"/customers/{cast.fjord.id}/activity.csv", 404)


def test_ones_own_deeds_for_a_customer_that_one_may_see_no_more_are_gone_too(
    page: PageClient, cast: Cast, log: Session
) -> None:
    cast.helpdesk.scope = Scope.LISTED
    log.commit()
    assert page.sign_in(cast.helpdesk).get("/audit").one("main").all("table") == []


def test_a_customers_activity_is_that_customers_alone(page: PageClient, cast: Cast, log: Session) -> None:
    shown = page.sign_in(cast.admin).get(f"/customers/{cast.fjord.id}/activity")
    assert deeds(shown) == [ALL[2], ALL[4]]
    assert deeds(page.get(f"/customers/{cast.fjord.id}/activity?customer=anadolu")) == [ALL[2], ALL[4]]
    assert deeds(page.sign_in(cast.sales).get(f"/customers/{cast.fjord.id}/activity")) == [ALL[2]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("customer=FJORD", [2, 4]),
        ("customer=nobody", []),
        ("person=sara", [2]),
        ("person=håkon+partner.example", [3, 4]),
        ("action=settings_changed", [1]),
        ("action=nonsense", [0, 1, 2, 3, 4]),
        ("result=refused", [0]),
        ("result=done&person=hakon&customer=fjord", [4]),
        ("from=2026-11-25&to=2026-11-25", [0, 1, 2, 3, 4]),
        ("from=2026-11-26", []),
        ("to=2026-11-24", []),
        ("from=9999-12-31&to=9999-12-31", []),
        ("from=0001-01-01&to=yesterday", [0, 1, 2, 3, 4]),
    ],
)
def test_filters_find_what_they_say(
    page: PageClient, cast: Cast, log: Session, query: str, expected: list[int]
) -> None:
    found = deeds(page.sign_in(cast.admin).get(f"/audit?{query}"))
    assert found == [ALL[number] for number in expected]


def test_the_last_thirty_days_are_shown_and_older_ones_on_request(
    page: PageClient, cast: Cast, session: Session
) -> None:
    for days in (0, 29, 31):
        with time_machine.travel(TODAY - timedelta(days=days), tick=False):
            did(session, cast.admin, Action.SIGNED_IN, subject=f"{days} days ago")
    page.sign_in(cast.admin)
    shown = page.get("/audit")
    assert len(deeds(shown)) == 2
    assert shown.one("input", id="f-from").attrs["value"] == "2026-10-26"
    assert len(deeds(page.get("/audit?from="))) == 3


def test_pages_keep_the_filters(page: PageClient, cast: Cast, session: Session) -> None:
    for number in range(60):
        record(session, actor_of(cast.admin), Action.SIGNED_IN, subject=f"n{number}")
        record(session, actor_of(cast.admin), Action.SIGNED_OUT, subject=f"n{number}")
    session.commit()
    page.sign_in(cast.admin)
    shown = page.get("/audit?action=signed_in&from=")
    assert shown.one("caption").text == "60 entries, page 1 of 3"
    last = page.get(shown.link("Last"))
    assert [deed.split()[-1] for deed in deeds(last)] == [f"n{number}" for number in range(9, -1, -1)]
    assert last.one("option", selected="", value="signed_in")
    assert "There is no page 9" in page.get("/audit?page=9").text


def test_an_entry_leads_to_what_it_is_about(page: PageClient, cast: Cast, log: Session) -> None:
    shown = page.sign_in(cast.admin).get("/audit")
    assert shown.link("CH-AAAA") == f"/customers/{cast.fjord.id}/changes/CH-AAAA"
    assert shown.link("OR-BBBB") == f"/customers/{cast.fjord.id}/purchases/OR-BBBB"
    assert shown.link("Fjord Seafood") == f"/customers/{cast.fjord.id}"


def test_names_from_outside_are_text_and_nothing_else(page: PageClient, cast: Cast, session: Session) -> None:
    evil = "<script>alert(1)</script>"
    did(session, cast.admin, Action.CHANGE_SAVED, cast.fjord.id, subject=evil, reason=evil, other=[evil])
    shown = page.sign_in(cast.admin).get("/audit")
    assert evil in shown.text
    assert evil not in shown.html


def test_a_scope_is_told_by_names_and_what_one_may_not_see_by_its_number_alone(
    page: PageClient, cast: Cast, session: Session, make: Make
) -> None:
    after = {"scope": "listed", "customers": [cast.fjord.id, cast.anatolia.id]}
    did(session, cast.global_admin, Action.STAFF_SCOPE_CHANGED, before={"scope": "all"}, after=after)
    shown = page.sign_in(cast.admin).get("/audit")
    assert "All customers" in shown.text
    assert "Anadolu Tekstil, Fjord Seafood" in shown.text
    few = make.member(Role.ADMIN_AGENT, scope=Scope.LISTED, customers=[cast.anatolia])
    assert "Anadolu Tekstil, 1 more" in page.sign_in(few).get("/audit").text


WHATEVER = [None, True, 0, -1.5, "", "sales_agent", "seats:buy", [], [1, "a"], ["x"], {}, {"a": {}}]
SCOPES = [{"scope": "listed", "customers": [3, "x", None]}, {"scope": "reseller", "reseller": None}]


@pytest.mark.parametrize("value", [*WHATEVER, *SCOPES, WHATEVER, {"x": WHATEVER}])
def test_whatever_an_entry_holds_it_can_be_shown(
    page: PageClient, cast: Cast, session: Session, value: object
) -> None:
    for action in Action:
        did(session, cast.admin, action, cast.fjord.id, subject="s", value=value)
    page.sign_in(cast.admin).get("/audit?size=100")
    assert len(table(page, "/audit.csv")) == len(Action) + 2


def table_text(page: PageClient, path: str) -> str:
    answer = page.client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="activity.csv"'
    return answer.get_data(as_text=True).removeprefix("\ufeff")


def table(page: PageClient, path: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(table_text(page, path)), delimiter=delimiter))


def test_the_table_has_every_entry_of_the_question_and_its_hash(
    page: PageClient, cast: Cast, log: Session
) -> None:
    rows = table(page.sign_in(cast.admin), f"/customers/{cast.fjord.id}/activity.csv")
    assert [row[0] for row in rows] == ["entry", "6", "3", "1"], "its own download is in it"
    assert rows[3][1:8] == [
        "2026-11-25T12:00:00Z",
        "Håkon Helpdesk",
        "change_saved",
        "Fjord Seafood",
        "CH-AAAA",
        "done",
        "{}",
    ]
    assert rows[3][9] == log.get_one(AuditEntry, 1).hash
    assert [row[0] for row in table(page, "/audit.csv?result=refused")] == ["entry", "5"]


def test_others_take_away_their_own_entries(page: PageClient, cast: Cast, log: Session) -> None:
    rows = table(page.sign_in(cast.sales), "/audit.csv?person=hakon")
    assert {row[2] for row in rows} == {"person", "Sara Sales"}
    assert [row[3] for row in rows] == ["action", "exported", "seats_ordered"]


def test_no_cell_of_the_table_is_a_formula(page: PageClient, cast: Cast, session: Session) -> None:
    cast.admin.display_name = "=HYPERLINK(1)"
    did(session, cast.admin, Action.CHANGE_SAVED, cast.fjord.id, subject="\t@SUM(1)", note="+1")
    rows = table(page.sign_in(cast.admin), "/audit.csv")
    assert rows[2][2] == "'=HYPERLINK(1)"
    assert rows[2][5] == "'\t@SUM(1)"
    assert not [cell for row in rows for cell in row if cell.lstrip()[:1] in {"=", "+", "-", "@"}]


def test_a_download_is_kept_before_it_is_sent(page: PageClient, cast: Cast, session: Session) -> None:
    table(page.sign_in(cast.admin), f"/customers/{cast.fjord.id}/activity.csv")
    page.client.head("/audit.csv")
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.actor_id, entry.customer_id) == ("exported", cast.admin.id, cast.fjord.id)
    assert entry.details == {"what": "activity"}
    assert list(Walk(session).findings()) == []


def test_a_change_that_is_downloaded_is_kept_too(page: PageClient, cast: Cast, session: Session) -> None:
    page.sign_in(cast.admin).get(f"/customers/{cast.fjord.id}/changes/CH-NONE/result.csv", 404)
    assert [entry.action for entry in session.scalars(select(AuditEntry))] == []


@pytest.mark.parametrize("path", ["/audit", "/audit.csv"])
def test_other_methods_are_refused_and_strangers_sent_to_sign_in(
    page: PageClient, cast: Cast, path: str
) -> None:
    assert page.get(path, 303).location.startswith("/sign-in")
    page.sign_in(cast.admin).post(path, status=405)


def test_a_finished_change_says_how_much_of_it_was_done(
    page: PageClient, cast: Cast, session: Session
) -> None:
    for users in (
        {"requested": 3, "done": 2, "already_so": 1},
        {"requested": 3, "done": 1, "failed": 2},
        {"requested": 2, "failed": 2},
    ):
        did(session, cast.admin, Action.CHANGE_FINISHED, cast.fjord.id, subject="CH-AAAA", users=users)
    shown = page.sign_in(cast.admin).get("/audit")
    assert [row[1] for row in shown.rows] == ["Failed", "Partly done", "Done"]
