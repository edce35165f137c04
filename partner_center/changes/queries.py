"""Reading changes: the one page of each, its progress, its table, and the list. Fit for GETs."""

from __future__ import annotations

from collections.abc import Iterator

from pyroaring import BitMap
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partner_center.changes import evidence, planned, problems, results, undoing
from partner_center.changes.course import course_of
from partner_center.changes.finishing import user_sums_so_far
from partner_center.changes.heads import get_change, heads_of, stored_sums
from partner_center.changes.models import Change
from partner_center.changes.saving import job_key
from partner_center.changes.states import ChangeState
from partner_center.changes.table import TableRow
from partner_center.changes.views import (
    ChangeRow,
    Course,
    DeedView,
    DoneUser,
    ExpectedView,
    Head,
    Hindrance,
    LeftOutView,
    LicenseNow,
    Link,
    Message,
    PlanUser,
    PlanView,
    Problem,
    Progress,
    ResultDeed,
    ResultView,
    RunView,
    Sealed,
    UndoOffer,
    Waits,
)
from partner_center.customers.queries import get_customer
from partner_center.jobs.models import Job
from partner_center.shared.errors import Conflict
from partner_center.shared.page import Page, place
from partner_center.staff.actor import Actor

__all__ = [
    "ChangeRow",
    "Course",
    "DeedView",
    "DoneUser",
    "ExpectedView",
    "Head",
    "Hindrance",
    "LeftOutView",
    "LicenseNow",
    "Link",
    "Message",
    "PlanUser",
    "PlanView",
    "Problem",
    "Progress",
    "ResultDeed",
    "ResultView",
    "RunView",
    "Sealed",
    "UndoOffer",
    "Waits",
    "change_view",
    "count_unseen",
    "evidence_pieces",
    "get_head",
    "list_changes",
    "plan_rows",
    "progress",
    "require_undo",
    "result_rows",
    "users_of_problems",
]


def change_view(
    session: Session,
    actor: Actor,
    customer_id: int,
    ref: str,
    *,
    language: str = "en",
    page: int = 1,
    size: int = 50,
) -> PlanView | RunView | ResultView:
    """The change as it stands: plan, progress or result. NotFound."""
    change = get_change(session, actor, customer_id, ref)
    match ChangeState(change.state):
        case ChangeState.WAITING | ChangeState.RUNNING:
            return RunView(heads_of(session, actor, [change])[0], _progress(session, actor, change))
        case ChangeState.FINISHED:
            return results.result_view(session, actor, change, page=page, size=size)
        case _:
            return planned.plan_view(session, actor, change, language=language, page=page, size=size)


def get_head(session: Session, actor: Actor, customer_id: int, ref: str) -> Head:
    """What stands at the head of the change's page, and no more. NotFound."""
    return heads_of(session, actor, [get_change(session, actor, customer_id, ref)])[0]


def require_undo(session: Session, actor: Actor, customer_id: int, ref: str) -> None:
    """Raise NotFound, Conflict or Forbidden where the actor can't undo the change."""
    undoing.require(session, actor, get_change(session, actor, customer_id, ref))


def progress(session: Session, actor: Actor, customer_id: int, ref: str) -> Progress:
    """How far the change is."""
    return _progress(session, actor, get_change(session, actor, customer_id, ref))


def list_changes(
    session: Session, actor: Actor, customer_id: int, *, page: int = 1, size: int = 25
) -> Page[ChangeRow]:
    """All changes of the customer, newest first."""
    get_customer(session, actor, customer_id)
    of_customer = Change.customer_id == customer_id
    total = session.scalar(select(func.count()).select_from(Change).where(of_customer)) or 0
    number = place(page, size, total)
    wanted = select(Change).where(of_customer).order_by(Change.id.desc())
    changes = list(session.scalars(wanted.offset((number - 1) * size).limit(size)))
    heads = heads_of(session, actor, changes)
    rows = [ChangeRow(head, stored_sums(change)) for head, change in zip(heads, changes, strict=True)]
    return Page(rows, number, size, total, page)


def users_of_problems(
    session: Session, actor: Actor, customer_id: int, ref: str, *, reason: str | None, sku_id: str
) -> BitMap:
    """Who did not get what was asked: for one reason and product, or for any. Conflict before the end."""
    change = get_change(session, actor, customer_id, ref)
    if change.state != ChangeState.FINISHED:
        raise Conflict("The change is not finished. Open it again when it is.")
    return problems.users_of_problems(session, change, reason, sku_id)


def count_unseen(session: Session, actor: Actor) -> int:
    """Finished changes of the actor that they have not looked at yet."""
    wanted = (
        Change.staff_id == actor.id,
        Change.state == ChangeState.FINISHED,
        Change.seen_at.is_(None),
    )
    return session.scalar(select(func.count()).select_from(Change).where(*wanted)) or 0


def result_rows(
    session: Session, actor: Actor, customer_id: int, ref: str, language: str
) -> Iterator[TableRow]:
    """The whole result, a row for each user and product; the plan where nothing was sent yet."""
    change = get_change(session, actor, customer_id, ref)
    if change.state != ChangeState.FINISHED:
        return plan_rows(session, actor, customer_id, ref, language)
    return results.result_rows(session, get_customer(session, actor, customer_id), change)


def evidence_pieces(session: Session, actor: Actor, customer_id: int, ref: str, kind: str) -> Iterator[bytes]:
    """The evidence as `csv` or `json`, piece by piece. Raises NotFound, and Conflict before it is sealed."""
    change = get_change(session, actor, customer_id, ref)
    if change.evidence is None:
        raise Conflict("The evidence is not there yet. It is made when the change has finished.")
    pieces = evidence.csv_pieces if kind == "csv" else evidence.json_pieces
    return pieces(session, change, change.evidence)


def plan_rows(
    session: Session, actor: Actor, customer_id: int, ref: str, language: str
) -> Iterator[TableRow]:
    """The whole plan as the mirror stands now, a row for each user and product."""
    change = get_change(session, actor, customer_id, ref)
    return planned.plan_rows(session, get_customer(session, actor, customer_id), change, language)


def _progress(session: Session, actor: Actor, change: Change) -> Progress:
    job = session.scalar(select(Job).where(Job.key == job_key(change.id)))
    sums = user_sums_so_far(session, change)
    return Progress(
        state=ChangeState(change.state),
        sums=sums,
        total=change.user_total,
        saved_at=change.saved_at,
        course=course_of(session, actor, change, job),
    )
