"""What a finished change leaves for good: the same bytes at every download, and hashes to check them by.

The files are made of what is stored with the change alone. Names of products and services, of the
customer and of who saved it are kept as they were when it was sealed: whatever is renamed later, the
bytes stay. `docs/evidence.md` tells how a file is checked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from partner_center.audit.service import Action, record
from partner_center.changes.evidence_rows import read_users, things_named, utc
from partner_center.changes.evidence_table import evidence_table
from partner_center.changes.models import Change
from partner_center.changes.situation import look, names_for
from partner_center.customers.models import Customer
from partner_center.jobs.context import JobContext
from partner_center.jobs.queue import enqueue
from partner_center.staff.models import StaffMember

FORMAT = "partner-center-change/1"
JOB_KIND = "change-evidence"
AT_ONCE = 50
"""Up to so many users a change is sealed as it ends; for more a job does it, so that nobody waits."""
PIECE = 500
"""Users in one piece of a file."""

Facts = dict[str, Any]


def seal_or_ask(session: Session, change: Change) -> None:
    """Seal a small change that has just finished; have a job seal a bigger one."""
    if change.user_total <= AT_ONCE:
        _store(session, change, make_facts(session, change))
    else:
        payload = {"change_id": change.id}
        enqueue(session, JOB_KIND, payload, key=f"{JOB_KIND}:{change.id}", total=change.user_total)


def evidence_handler(ctx: JobContext) -> None:
    """The worker's function for jobs of this kind: reads without the write lock, then stores in one go."""
    change_id = int(ctx.payload["change_id"])
    with _reading(ctx) as session:
        facts = make_facts(session, session.get_one(Change, change_id), beat=lambda: _beat(ctx))
    with ctx.session_factory() as session:
        _store(session, session.get_one(Change, change_id), facts)
        ctx.checkpoint(session)


def make_facts(session: Session, change: Change, beat: Callable[[], None] = lambda: None) -> Facts:
    """What is sealed: names as they are now, and the hashes of both files. `beat` is called on the way."""
    facts = _names(session, change)
    facts["csv_sha256"] = _hash(csv_pieces(session, change, facts), beat)
    facts["sha256"] = _hash(json_pieces(session, change, facts, with_hash=False), beat)
    return facts


def csv_pieces(session: Session, change: Change, facts: Mapping[str, Any]) -> Iterator[bytes]:
    """The table, piece by piece."""
    return evidence_table(read_users(session, change), facts)


def json_pieces(
    session: Session, change: Change, facts: Mapping[str, Any], *, with_hash: bool = True
) -> Iterator[bytes]:
    """The document in its canonical form, piece by piece: keys sorted, no white space, UTF-8.

    Without `with_hash` the key `sha256` is left out: these are the bytes that it is the hash of.
    """
    head = {key: facts[key] for key in ("change", "csv_sha256", "customer", "names", "operator")}
    head["format"] = FORMAT
    if with_hash:
        head["sha256"] = facts["sha256"]
    yield f'{_canonical(head)[:-1]},"users":['.encode()
    some: list[str] = []
    separator = ""
    for user in read_users(session, change):
        some.append(separator + _canonical(user.to_json()))
        separator = ","
        if len(some) == PIECE:
            yield "".join(some).encode()
            some.clear()
    yield f"{''.join(some)}]}}".encode()


def _canonical(value: object) -> str:
    """As RFC 8785 writes it, for what is in these files: text, whole numbers, lists, and keys in ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _hash(pieces: Iterable[bytes], beat: Callable[[], None]) -> str:
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
        beat()
    return found.hexdigest()


def _reading(ctx: JobContext) -> Session:
    """A session that does not take SQLite's write lock: what is read here never changes any more."""
    with ctx.session_factory() as session:
        engine = cast(Engine, session.get_bind())
    return Session(engine.execution_options(sqlite_immediate=False))


def _beat(ctx: JobContext) -> None:
    with ctx.session_factory() as session:
        ctx.checkpoint(session)


def _store(session: Session, change: Change, facts: Facts) -> None:
    """Keep what was sealed, and say so in the audit; what was sealed before stays as it is."""
    if change.evidence is not None:
        return
    change.evidence = facts
    hashes = {key: facts[key] for key in ("csv_sha256", "sha256")}
    record(
        session,
        None,
        Action.CHANGE_SEALED,
        customer_id=change.customer_id,
        subject=change.ref,
        actor_id=change.staff_id,
        actor_name=change.staff_name,
        **hashes,
    )


def _names(session: Session, change: Change) -> Facts:
    customer = session.get_one(Customer, change.customer_id)
    staff = session.get_one(StaffMember, change.staff_id)
    skus, plans = things_named(session, change)
    names = names_for(session, look(session, change.customer_id), skus=skus, plans=plans)
    return {
        "change": {
            "ref": change.ref,
            "note": change.note,
            "users": change.user_total,
            "stop_reason": change.stop_reason or "",
            "saved_at": utc(change.saved_at),
            "started_at": utc(change.started_at),
            "finished_at": utc(change.finished_at),
            "retry_of": _ref(session, change.retry_of_id),
            "undo_of": _ref(session, change.undo_of_id),
        },
        "customer": {"name": customer.name, "domain": customer.domain, "tenant_id": customer.tenant_id},
        "operator": {"name": change.staff_name, "email": staff.email},
        "names": {
            "products": {sku: names.product(sku) for sku in sorted(skus)},
            "service_plans": {plan: names.plan(plan) for plan in sorted(plans)},
        },
    }


def _ref(session: Session, change_id: int | None) -> str:
    return session.get_one(Change, change_id).ref if change_id else ""
