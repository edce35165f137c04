"""Comparing what the console says with what the sandbox wrote down: the zeros of every gate."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.changes.invariants import violations
from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.changes.states import ChangeState, Outcome
from partner_center.customers.models import Customer
from partner_center.licensing.deeds import Deed, DeedKind
from tests.faults.rig import Rig

Key = tuple[str, str, str]
"""Whom, which product (or the location), given or taken."""


@dataclass(frozen=True, slots=True)
class Write:
    """A write that was done; `moved` where a licence changed hands by it."""

    request_id: str
    moved: bool


@dataclass
class Tally:
    """What came of all orders. Everything from `unended` on must be zero; `found` says where it is not.

    `handed_back` orders found that something had moved since they were reviewed: nothing was sent, a person
    decides. `unknown` makes no claim; `repeated` are writes that were sent and done once more without moving
    anything, as happens where Microsoft does a write after we have given it up and looked.
    """

    orders: int = 0
    changes: int = 0
    entries: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    handed_back: int = 0
    unknown: int = 0
    repeated: int = 0
    unended: int = 0
    lost: int = 0
    twice: int = 0
    untrue: int = 0
    without_evidence: int = 0
    invariants: int = 0
    oversold: int = 0
    strayed: int = 0
    found: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether all zeros are zero."""
        zeros = (
            "unended",
            "lost",
            "twice",
            "untrue",
            "without_evidence",
            "invariants",
            "oversold",
            "strayed",
        )
        return not any(getattr(self, name) for name in zeros)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            **{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)}
        )

    def said(self) -> str:
        """The figures on one line, the first of what was found on the next ones."""
        hidden = ("found", "outcomes")
        parts = [
            f"{each.name} {getattr(self, each.name):,}" for each in fields(self) if each.name not in hidden
        ]
        ends = ", ".join(f"{outcome} {count:,}" for outcome, count in sorted(self.outcomes.items()))
        return ", ".join(parts) + f"; {ends}" + "".join(f"\n    {line}" for line in self.found[:8])

    def blame(self, name: str, what: str) -> None:
        """One more that should not be."""
        setattr(self, name, getattr(self, name) + 1)
        self.found.append(f"{name}: {what}")


def compare(rig: Rig, *, purchased: Mapping[str, int] | None = None) -> Tally:
    """Judge every order of the rig by the sandbox's log of writes. Each thing was asked for once.

    `purchased` seats by product id: no write may leave more in use.
    """
    rig.sandbox.wait_until_quiet()
    writes = rig.sandbox.writes()
    ours, others = _by_key(writes)
    tally = Tally()
    with rig.reading() as session:
        for change in session.scalars(select(Change)):
            tally.orders += 1
            tally.changes += change.user_total
            if change.state == ChangeState.REVIEW_AGAIN:
                tally.handed_back += 1
            elif change.state != ChangeState.FINISHED:
                tally.blame("unended", f"{change.ref} is {change.state}")
        asked: Counter[Key] = Counter()
        for ref, key, deed, entry in _entries(session):
            asked[key] += 1
            tally.entries += 1
            tally.outcomes[str(entry.outcome)] += 1
            _judge(tally, f"{ref} {key}", deed, entry, done=ours[key], meddled=bool(others[key]))
        assert max(asked.values(), default=1) == 1, (
            "a gate asks for each thing once, or it can't be told apart"
        )
        for broken in violations(session):
            tally.blame("invariants", f"{broken.rule}: {broken.count} ({', '.join(broken.refs)})")
    for call in rig.sandbox.ask("strays")["strays"]:
        tally.blame("strayed", f"{call['path']} of {call['owner']} went with the token of {call['token']}")
    for write in writes:
        for sku, taken in write["seats_after"].items():
            if purchased and taken > purchased.get(sku, taken):
                tally.blame("oversold", f"write {write['seq']} left {taken} of {sku}")
    return tally


def _judge(
    tally: Tally,
    what: str,
    deed: Deed,
    entry: ChangeEntry,
    *,
    done: Sequence[Write],
    meddled: bool,
) -> None:
    """`done` are the writes that did it; `meddled`: another admin touched the same."""
    evidence = {write.request_id for write in done}
    match entry.outcome:
        case None:
            tally.blame("lost", f"{what} has no outcome")
        case Outcome.UNKNOWN:
            tally.unknown += 1
        case Outcome.DONE if not done and not meddled:
            tally.blame("untrue", f"{what} is called done and never was")
        case Outcome.DONE if entry.request_id and entry.request_id not in evidence and not meddled:
            tally.blame("without_evidence", f"{what} names a request that did not do it")
        case Outcome.FAILED | Outcome.NOT_ATTEMPTED | Outcome.ALREADY_SO if done and not meddled:
            tally.blame("untrue", f"{what} is called {entry.outcome} ({entry.reason}) and was done")
    if len(done) > 1 and not meddled:
        tally.repeated += len(done) - 1
        if sum(write.moved for write in done) > 1:
            tally.blame("twice", f"{what} was done {len(done)} times")


def _entries(session: Session) -> Iterator[tuple[str, Key, Deed, ChangeEntry]]:
    rows = session.execute(
        select(Change.ref, Customer.tenant_id, ChangeItem.graph_id, ChangeEntry)
        .join(Customer, Customer.id == Change.customer_id)
        .join(ChangeItem, ChangeItem.change_id == Change.id)
        .join(
            ChangeEntry,
            (ChangeEntry.change_id == Change.id) & (ChangeEntry.position == ChangeItem.position),
        )
    )
    for ref, _tenant, user, entry in rows:
        deed = Deed.from_json(entry.value["deed"])
        yield ref, _key_of(user, deed), deed, entry


def _key_of(user: str, deed: Deed) -> Key:
    if deed.kind is DeedKind.LOCATION:
        return user, "location", str(deed.location)
    return user, deed.sku_id, "take" if deed.kind is DeedKind.REVOKE else "give"


def _by_key(
    writes: Sequence[Mapping[str, Any]],
) -> tuple[dict[Key, list[Write]], dict[Key, list[Write]]]:
    """What was really written, by us and by other admins."""
    ours: defaultdict[Key, list[Write]] = defaultdict(list)
    others: defaultdict[Key, list[Write]] = defaultdict(list)
    for write in writes:
        if write["status"] >= 400:
            continue
        whose = ours if write["request_id"] else others
        for key in _keys(write):
            found = Write(write["request_id"], key[1] in write["seats_after"])
            whose[key].append(found)
            if not found.request_id:  # whichever way: what we did may be undone by it
                whose[key[0], key[1], "take" if key[2] == "give" else "give"].append(found)
    return ours, others


def _keys(write: Mapping[str, Any]) -> Iterator[Key]:
    user, detail = write["target"], write["detail"] or {}
    if write["kind"] == "assignLicense":
        for sku, _off in detail["add"]:
            yield user, sku, "give"
        for sku in detail["remove"]:
            yield user, sku, "take"
    elif write["kind"] == "patch" and "usageLocation" in detail:
        yield user, "location", detail["usageLocation"]
