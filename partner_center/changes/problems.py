"""What of a finished change ended badly, in groups of one product, one ending, one reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pyroaring import BitMap
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.changes.retrying import AGAIN
from partner_center.changes.situation import Names, Situation, names_for
from partner_center.changes.states import Outcome
from partner_center.changes.views import Message, Problem
from partner_center.licensing.reasons import fix_of

FIRST_NAMES = 20
MESSAGES = 5
GROUPS = 20
"""So many groups are shown, the biggest; the page says how many are not, and the CSV has all."""

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_OF_ENTRY = and_(ChangeItem.change_id == ChangeEntry.change_id, ChangeItem.position == ChangeEntry.position)
_COLUMNS = ChangeItem.display_name, ChangeEntry.message, ChangeEntry.request_id, ChangeEntry.value


@dataclass(frozen=True, slots=True)
class Problems:
    """The groups, the biggest first; `more` changes are in groups that were cut."""

    shown: tuple[tuple[Outcome, Problem], ...]
    more: int

    def of(self, outcome: Outcome) -> tuple[Problem, ...]:
        """Those that ended so."""
        return tuple(problem for each, problem in self.shown if each is outcome)


def problems_of(session: Session, change: Change, situation: Situation) -> Problems:
    """All groups of the change."""
    columns = ChangeEntry.outcome, ChangeEntry.reason, ChangeEntry.sku_id
    counted = (
        select(*columns, func.count().label("users"))
        .where(ChangeEntry.change_id == change.id, ChangeEntry.outcome.in_(AGAIN))
        .group_by(*columns)
        .order_by(func.count().desc(), *columns)
    )
    groups = session.execute(counted).all()
    read = [_Group(each, _first(session, change, each)) for each in groups[:GROUPS]]
    skus = {sku for group in read for sku in (group.row.sku_id, *group.others)}
    plans = {plan for group in read for plan in group.plans}
    names = names_for(session, situation, skus=skus, plans=plans)
    shown = tuple((Outcome(group.row.outcome), group.problem(names)) for group in read)
    return Problems(shown, sum(each.users for each in groups[GROUPS:]))


def users_of_problems(session: Session, change: Change, reason: str | None, sku_id: str) -> BitMap:
    """Who did not get what was asked: for one reason and product, or for any when `reason` is None."""
    wanted: list[ColumnElement[bool]] = [ChangeEntry.outcome.in_(AGAIN)]
    if reason is not None:
        wanted += [ChangeEntry.sku_id == sku_id, _with(reason)]
    numbers = (
        select(ChangeItem.user_number)
        .join(ChangeEntry, _OF_ENTRY)
        .where(ChangeEntry.change_id == change.id, *wanted)
    )
    return BitMap(session.scalars(numbers))


@dataclass(frozen=True, slots=True)
class _Group:
    """A counted group and its first users' rows."""

    row: Any
    first: Sequence[Any]

    @property
    def _expected(self) -> Iterable[dict[str, Any]]:
        return [row.value.get("expected", {}) for row in self.first]

    @property
    def others(self) -> set[str]:
        return {sku for each in self._expected for sku in each.get("others", ())}

    @property
    def plans(self) -> set[str]:
        """Those the plan named, and those whose ids are in Microsoft's text."""
        told = {guid.lower() for row in self.first for guid in _GUID.findall(row.message or "")}
        return {plan for each in self._expected for plan in each.get("plans", ())} | told - {self.row.sku_id}

    def problem(self, names: Names) -> Problem:
        said = [Message(row.message, row.request_id, row.display_name) for row in self.first if row.message]
        return Problem(
            reason=self.row.reason or "",
            fix=fix_of(self.row.reason or ""),
            sku_id=self.row.sku_id,
            product=names.product(self.row.sku_id),
            users=self.row.users,
            first=tuple(row.display_name for row in self.first),
            more=self.row.users - len(self.first),
            messages=tuple(said[:MESSAGES]),
            other_products=tuple(sorted(names.product(sku) for sku in self.others)),
            plan_names=tuple(sorted(names.plan(plan) for plan in self.plans if names.plan(plan) != plan)),
            countries=tuple(sorted({each["country"] for each in self._expected if "country" in each})),
        )


def _first(session: Session, change: Change, group: Any) -> Sequence[Any]:
    of_group = (
        ChangeEntry.change_id == change.id,
        ChangeEntry.outcome == group.outcome,
        ChangeEntry.sku_id == group.sku_id,
        _with(group.reason or ""),
    )
    rows = select(*_COLUMNS).join(ChangeItem, _OF_ENTRY).where(*of_group)
    return session.execute(rows.order_by(ChangeEntry.position).limit(FIRST_NAMES)).all()


def _with(reason: str) -> ColumnElement[bool]:
    return ChangeEntry.reason == reason if reason else ChangeEntry.reason.is_(None)
