"""What stands around every page: who is signed in, how it looks, and which customer it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from flask import request
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from partner_center.customers.access import Access, AccessVerdict, judge
from partner_center.customers.models import Customer
from partner_center.directory.models import Mirror
from partner_center.directory.sync_jobs import SYNC_CUSTOMER
from partner_center.jobs.models import Job
from partner_center.jobs.queue import FINAL
from partner_center.shared import clock
from partner_center.staff.permissions import Permission
from partner_center.staff.roles import Role
from partner_center.web.gates import customer_gate
from partner_center.web.language import LANGUAGE_NAMES, current_language
from partner_center.web.request import config, current_theme, find_profile, session_limits
from partner_center.web.role_names import role_list
from partner_center.web.wording import _, ngettext

_JOBS, _MIRRORS = Job.__table__.c, Mirror.__table__.c
_JOB = select(_JOBS.state).where(_JOBS.key == bindparam("job"))
_COPY = select(_MIRRORS.synced_at, _MIRRORS.error, _JOB.scalar_subquery()).where(
    _MIRRORS.customer_id == bindparam("customer_id")
)
STALE_AFTER = timedelta(hours=24)
HUES = 8
SHELLS = 500
"""So many people's headers are kept; more than the staff of most partners."""


class Tab(StrEnum):
    """The entries of a customer's menu."""

    OVERVIEW = "overview"
    USERS = "users"
    LICENSES = "licenses"
    GROUPS = "groups"
    CHANGES = "changes"
    ACTIVITY = "activity"
    REMOVED = "removed"
    RECLAIM = "reclaim"
    UNUSED = "unused"
    MAILBOXES = "mailboxes"


@dataclass(frozen=True, slots=True)
class Shell:
    """The header's facts: the same for each page of a person, so that it is drawn once."""

    signed_in: bool
    staff_name: str
    roles: str
    manages_staff: bool
    finds_people: bool
    language: str
    languages: tuple[tuple[str, str], ...]
    theme: str
    themes: tuple[tuple[str, str], ...]
    demo: bool


@dataclass(frozen=True, slots=True)
class AccessTag:
    """What we may do at the customer. `why` is empty where there is nothing to explain."""

    text: str
    tone: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class CustomerBar:
    """The strip above a customer's pages. `hue` is one of eight; the name always stands beside it."""

    id: int
    name: str
    domain: str
    monogram: str
    hue: int
    tab: str
    synced_at: datetime | None
    stale: bool
    sync_error: str
    access: AccessTag
    refreshing: bool
    may_refresh: bool


def context() -> dict[str, Shell | str | datetime | None]:
    """Template variables of every page; `here_path` is where a form of the frame returns to."""
    profile = find_profile()
    actor = profile.actor if profile else None
    name, roles = (actor.name, actor.roles) if actor else (None, frozenset[Role]())
    return {
        "shell": _shell(
            name,
            roles,
            current_language(),
            current_theme(),
            manages_staff=actor is not None and actor.may(Permission.MANAGE_STAFF),
            finds_people=actor is not None and actor.may(Permission.VIEW_USERS),
            demo=config().demo,
        ),
        "signed_in_until": session_limits().end_of(profile.started_at, clock.now()) if profile else None,
        "here_path": request.full_path.rstrip("?") if request.method == "GET" else request.path,
    }


@lru_cache(maxsize=SHELLS)
def _shell(
    name: str | None,
    roles: frozenset[Role],
    language: str,
    theme: str,
    *,
    manages_staff: bool,
    finds_people: bool,
    demo: bool,
) -> Shell:
    """Made of its arguments alone; the words are those of the page's language, which is one of them."""
    return Shell(
        signed_in=name is not None,
        staff_name=name or "",
        roles=role_list(roles),
        manages_staff=manages_staff,
        finds_people=finds_people,
        language=language,
        languages=tuple(LANGUAGE_NAMES.items()),
        theme=theme,
        themes=(("system", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))),
        demo=demo,
    )


def customer_bar(session: Session, customer: Customer, tab: Tab) -> CustomerBar:
    """The bar of `customer` as its copy stands now."""
    copy = _copy_of(session, customer.id)
    now = clock.now()
    return CustomerBar(
        id=customer.id,
        name=customer.name,
        domain=customer.domain,
        monogram=monogram(customer.name),
        hue=customer.id % HUES,
        tab=tab,
        synced_at=copy.synced_at,
        stale=copy.synced_at is None or now - copy.synced_at > STALE_AFTER,
        sync_error=copy.error or "",
        access=access_tag(judge(customer, now), customer.id),
        refreshing=copy.job_state not in {None, *FINAL},
        may_refresh=customer.gone_at is None,
    )


class _Copy(NamedTuple):
    synced_at: datetime | None
    error: str | None
    job_state: str | None


def _copy_of(session: Session, customer_id: int) -> _Copy:
    """How old the copy is, and whether a new one is on its way; one question, for it is on every page."""
    facts = {"customer_id": customer_id, "job": f"{SYNC_CUSTOMER}:{customer_id}"}
    found = session.execute(_COPY, facts).one_or_none()
    return _Copy(*found) if found else _Copy(None, None, session.scalar(_JOB, facts))


def monogram(name: str) -> str:
    """Up to two first letters of the name's words, as they are written."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return "".join(word[0] for word in words[:2]) or "•"


def access_tag(verdict: AccessVerdict, customer_id: int) -> AccessTag:
    """The words for what we may do at a customer."""
    closed = customer_gate(verdict, customer_id)
    if closed is not None:
        is_none = verdict.access is Access.NONE
        text, tone = (_("No access"), "err") if is_none else (_("Read only"), "warn")
        return AccessTag(text, tone, closed.sentence)
    if verdict.access is Access.ENDING:
        days = verdict.days_left or 0
        return AccessTag(ngettext("Access ends in %(num)d day", "Access ends in %(num)d days", days), "warn")
    return AccessTag(_("Access open"), "ok")
