"""What Microsoft's answers tell the mirror, gathered during a turn and stored with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from partner_center.changes.items import Call, Entry, Item
from partner_center.changes.promises import Moved, confirm
from partner_center.changes.states import Outcome
from partner_center.cloud.port import Answer, RemoteLicense, RemoteUser, Verdict
from partner_center.directory import mirror
from partner_center.directory.listing import rows_of
from partner_center.directory.values import UserRow


@dataclass(slots=True)
class Echo:
    """Users as just answered or read, until they are stored."""

    customer_id: int
    _seen: list[RemoteUser] = field(default_factory=list)
    _gone: list[str] = field(default_factory=list)
    _located: dict[int, str] = field(default_factory=dict)
    _seated: list[tuple[Item, Entry]] = field(default_factory=list)

    def note_answer(self, call: Call, answer: Answer) -> None:
        """An answer's own body is newer than any list."""
        self._seated += [(call.item, entry) for entry in call.entries]
        if answer.user is not None:
            self._seen.append(answer.user)
        elif answer.verdict is Verdict.DONE and call.is_location:
            self._located[call.item.user_number] = call.location_request().usage_location

    def note_look(self, item: Item, user: RemoteUser | None) -> None:
        """A user as read, or gone; before it is judged what that means."""
        self._seated += [(item, entry) for entry in item.open_entries]
        if user is None:
            self._gone.append(item.graph_id)
        else:
            self._seen.append(user)

    def apply(self, session: Session, at: datetime) -> None:
        """Store everything noted: first the users, then our count of the licences, as its locks are taken."""
        rows = rows_of(session, self.customer_id, list(self._located)) if self._located else []
        seen = [_moved(row, self._located[row.number]) for row in rows] + self._seen
        if seen:
            mirror.apply_answers(session, self.customer_id, seen, at)
        if self._gone:
            mirror.remove_users(session, self.customer_id, self._gone, at)
        moves = [move for item, entry in self._seated for move in _moves(item, entry)]
        if moves:
            confirm(session, self.customer_id, moves, at)
        self._seen, self._gone, self._located, self._seated = [], [], {}, []


def _moves(item: Item, entry: Entry) -> Iterator[Moved]:
    if entry.outcome is Outcome.DONE and (entry.deed.takes_seat or entry.deed.frees_seat):
        yield Moved(entry.deed.sku_id, 1 if entry.deed.takes_seat else -1, item.sent_at)


def _moved(row: UserRow, location: str) -> RemoteUser:
    """Setting a location is answered without a body: the user as stored, at the new place."""
    return RemoteUser(
        graph_id=row.graph_id,
        display_name=row.display_name,
        user_principal_name=row.upn,
        mail=row.mail,
        department=row.department,
        usage_location=location,
        user_type="Guest" if row.guest else "Member",
        account_enabled=row.enabled,
        licenses=tuple(
            RemoteLicense(one.sku_id, one.direct, one.groups, one.off, one.error, one.failed, one.direct_only)
            for one in row.licenses
        ),
    )
