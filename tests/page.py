"""A browser without script. Every page it gets is checked: each test is a test of the markup, too."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.orm import object_session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from partner_center.extensions import db
from partner_center.staff import sessions
from partner_center.staff.models import StaffMember
from tests.make import FROM_HERE
from tests.markup import Element, complaints_about, parse

BROWSER = "Mozilla/5.0 (tests)"


class Page:
    """An answer: the response, and its tree when it is HTML."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status = response.status_code
        self.html = response.get_data(as_text=True) if not response.is_streamed or response.data else ""
        self.is_html = response.mimetype == "text/html" and not 300 <= self.status < 400
        self.root, self.unmatched = parse(self.html) if self.is_html else (Element("#nothing"), [])

    @property
    def title(self) -> str:
        """The words in the tab."""
        return self.root.one("title").text

    @property
    def h1(self) -> str:
        """The page's heading."""
        return self.root.one("h1").text

    @property
    def text(self) -> str:
        """The words of the page's main part, or of the whole body."""
        mains = self.root.all("main")
        return mains[0].text if mains else self.html

    @property
    def location(self) -> str:
        """Where a redirect leads."""
        return self.response.headers["Location"]

    @property
    def json(self) -> Any:
        """The answer to a script."""
        return self.response.get_json()

    def all(self, *tags: str, **attrs: str) -> list[Element]:
        """See Element.all."""
        return self.root.all(*tags, **attrs)

    def one(self, *tags: str, **attrs: str) -> Element:
        """See Element.one."""
        return self.root.one(*tags, **attrs)

    @property
    def rows(self) -> list[list[str]]:
        """The words of the cells of each body row of the page's tables."""
        return [
            [cell.text for cell in row.all("td", "th")]
            for row in self.root.all("tr")
            if any(above.tag == "tbody" for above in row.ancestors)
        ]

    def link(self, words: str) -> str:
        """The address of the link that says exactly `words`."""
        found = {link.attrs["href"] for link in self.root.all("a") if link.text == words}
        assert len(found) == 1, f"{len(found)} links say {words!r}"
        return found.pop()

    def form(self, action: str) -> Element:
        """The one form whose address is, or contains, `action`."""
        forms = self.root.all("form")
        found = [form for form in forms if form.attrs.get("action") == action]
        found = found or [form for form in forms if action in form.attrs.get("action", "")]
        assert len(found) == 1, f"{len(found)} forms go to {action}"
        return found[0]


class PageClient:
    """Signs in, opens pages, fills in forms."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.client.environ_base["HTTP_USER_AGENT"] = BROWSER

    def sign_in(self, member: StaffMember) -> PageClient:
        """Be `member` from now on. The sign-in page has its own tests, and hashing is slow."""
        number, theirs = member.id, object_session(member)
        if theirs:
            theirs.commit()  # SQLite lets nobody write who still looks at what was there before this
        with self.app.app_context():
            key = sessions.start(db.session(), number, FROM_HERE)
            db.session.commit()
        with self.client.session_transaction() as session:
            session.clear()
            session["browser"] = hashlib.sha256(BROWSER.encode()).hexdigest()[:32]
            session["_user_id"] = key
            session["_fresh"] = True
        return self

    def sign_out(self) -> PageClient:
        """Be nobody from now on."""
        with self.client.session_transaction() as session:
            session.clear()
        return self

    def get(self, path: str, status: int = 200, **kwargs: Any) -> Page:
        """Open a page. HTML is checked whatever its status."""
        return self._check(self.client.get(path, **kwargs), "GET", path, status)

    def post(self, path: str, data: Any = None, status: int = 303, **kwargs: Any) -> Page:
        """Send a form with a valid CSRF token."""
        form = MultiDict(data or {})
        form["csrf_token"] = self.token()
        return self._check(self.client.post(path, data=form, **kwargs), "POST", path, status)

    def post_json(self, path: str, data: Any, status: int = 200) -> Page:
        """Send what a script sends."""
        headers = {"X-CSRFToken": self.token(), "Accept": "application/json"}
        return self._check(self.client.post(path, json=data, headers=headers), "POST", path, status)

    def submit(self, form: Element, status: int = 303, button: str = "", **values: Any) -> Page:
        """Send `form` as the browser would after typing `values`, with the button that says `button`.

        A value of None leaves the control out, a list sends it several times.
        """
        fields = filled(form)
        for name, value in values.items():
            fields.setlist(name, value if isinstance(value, list) else [] if value is None else [value])
        action = form.attrs.get("action") or "/"
        if button:
            pressed = _button(form, button)
            action = pressed.attrs.get("formaction", action)
            if "name" in pressed.attrs:
                fields.setlist(pressed.attrs["name"], [pressed.attrs.get("value", "")])
        if form.attrs.get("method", "get").lower() == "post":
            return self._check(self.client.post(action, data=fields), "POST", action, status)
        parts = urlsplit(action)
        query = fields or MultiDict(parse_qsl(parts.query))
        return self._check(self.client.get(parts.path, query_string=query), "GET", action, status)

    def follow(self, page: Page, status: int = 200) -> Page:
        """Go where a redirect leads."""
        return self.get(page.location, status)

    def token(self) -> str:
        """A CSRF token of this session, valid without having asked for a page."""
        with self.client.session_transaction() as session:
            raw = session.setdefault("csrf_token", "0" * 40)
        return URLSafeTimedSerializer(self.app.secret_key, salt="wtf-csrf-token").dumps(raw)  # type: ignore[arg-type]

    def _check(self, response: TestResponse, method: str, path: str, status: int) -> Page:
        page = Page(response)
        said = page.text[:600] if page.is_html else page.html[:300]
        assert page.status == status, f"{method} {path}: {page.status} instead of {status}: {said}"
        if page.is_html:
            complaints = complaints_about(page.html, page.root, page.unmatched)
            assert not complaints, f"{method} {path}:\n" + "\n".join(complaints)
        return page


def filled(form: Element) -> MultiDict[str, str]:
    """What the form holds before anybody touches it: the successful controls of HTML."""
    fields: MultiDict[str, str] = MultiDict()
    for control in form.all("input", "select", "textarea"):
        name, kind = control.attrs.get("name"), control.attrs.get("type", "text")
        if not name or "disabled" in control.attrs or kind in {"submit", "button", "file", "image"}:
            continue
        if control.tag == "textarea":
            fields.add(name, "".join(part for part in control.inside if isinstance(part, str)).lstrip("\n"))
        elif control.tag == "select":
            options = control.all("option")
            chosen = [option for option in options if "selected" in option.attrs]
            for option in chosen or ([] if "multiple" in control.attrs else options[:1]):
                fields.add(name, option.attrs.get("value", option.text))
        elif kind not in {"checkbox", "radio"}:
            fields.add(name, control.attrs.get("value", ""))
        elif "checked" in control.attrs:
            fields.add(name, control.attrs.get("value", "on"))
    return fields


def _button(form: Element, words: str) -> Element:
    found = [b for b in form.all("button") if b.text == words or b.text.startswith(words + " —")]
    assert len(found) == 1, f"{len(found)} buttons say {words!r}: {[b.text for b in form.all('button')]}"
    return found[0]
