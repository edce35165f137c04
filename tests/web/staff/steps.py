"""What the tests of staff pages do again and again."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.audit.models import AuditEntry
from partner_center.staff.models import StaffMember
from tests.page import Page, PageClient

PASSWORD = "a password of some length"
NEW = {"name": "Ada Lovelace", "email": "Ada@Partner.example", "role": ["helpdesk_agent"]}


def invite(page: PageClient, status: int = 200, **sent: object) -> Page:
    return page.submit(page.get("/staff/new").form("/staff/new"), status, **(NEW | sent))


def link_on(shown: Page) -> str:
    link = shown.one("input", id="link").attrs["value"]
    assert re.fullmatch(r"http://localhost/invitations/[\w-]{32}", link)
    return link.removeprefix("http://localhost")


def person(member: StaffMember) -> str:
    return f"/staff/{member.id}"


def press(page: PageClient, member: StaffMember, deed: str, status: int = 303, **sent: object) -> Page:
    form = page.get(person(member)).one("main").one("form", action=f"{person(member)}/{deed}")
    return page.submit(form, status, **sent)


def actions(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
