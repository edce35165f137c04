"""One product's row on **Manage licenses**, in words."""

from __future__ import annotations

from dataclasses import dataclass

from partner_center.changes.matrix_values import MatrixRow, Predicted
from partner_center.cloud.port import Reason
from partner_center.directory.owned import GroupName
from partner_center.licensing.reasons import Fix
from partner_center.licensing.values import Op
from partner_center.shared.names import fold
from partner_center.web.formats import number
from partner_center.web.product_words import availability
from partner_center.web.promised import promised_text
from partner_center.web.reasons import Wording, people_words, predicted_words, wording
from partner_center.web.wording import _, ngettext


@dataclass(frozen=True, slots=True)
class Choice:
    """One radio of a row."""

    value: str
    label: str
    checked: bool


@dataclass(frozen=True, slots=True)
class Note:
    """A failure that is expected: for whom, and what mends it here (`plans`, `location`, nothing)."""

    title: str
    who: str
    advice: str
    fix: str


@dataclass(frozen=True, slots=True)
class ProductRow:
    """What the template prints of one product. The figures are for the script's arithmetic.

    `by_group` is how many have it through `groups` alone.
    """

    sku_id: str
    name: str
    find: str
    box: str
    box_now: str
    box_words: str
    assigned: str
    have: int
    available: int
    available_text: str
    promised: str
    none_left: bool
    choices: list[Choice]
    locked: str
    bought: bool
    give: int
    take: int
    changed: bool
    after: str
    short: int
    plans: str
    plans_changed: str
    notes: list[Note]
    by_group: int
    groups: tuple[GroupName, ...]


def product_row(row: MatrixRow) -> ProductRow:
    """`row` in the reader's language."""
    op = row.wish.op if row.wish.op in row.offered else Op.LEAVE
    return ProductRow(
        sku_id=row.sku_id,
        name=row.name,
        find=fold(f"{row.name} {row.part_number}"),
        box=row.result,
        box_now=row.state,
        box_words=_box_words(row, op),
        assigned=_("%(have)s of %(selected)s", have=number(row.have), selected=number(row.selected)),
        have=row.have,
        available=row.available,
        available_text=availability(row.available, row.purchased),
        promised=promised_text(row.promised),
        none_left=row.available <= 0,
        choices=_choices(row, op),
        locked=_locked(row),
        bought=row.why_not == Reason.SELF_SERVICE,
        give=row.give,
        take=row.take,
        changed=row.wish.is_change,
        after=after_text(row),
        short=row.short,
        plans=_plans(row),
        plans_changed=_plans_changed(row.plans_changed),
        notes=[_note(predicted) for predicted in row.predicted],
        by_group=row.only_by_group,
        groups=row.groups,
    )


def after_text(row: MatrixRow) -> str:
    """`12 → 2`, or the one number when saving does not move it."""
    before, after = number(max(row.available, 0)), number(max(row.after, 0))
    return before if before == after else f"{before} → {after}"


def _choices(row: MatrixRow, chosen: Op) -> list[Choice]:
    labels = {
        Op.LEAVE: _("Leave as is"),
        Op.ASSIGN: _("Assign to %(count)s", count=number(row.give)),
        Op.REVOKE: _("Revoke from %(count)s", count=number(row.take)),
    }
    return [Choice(op.value, labels[op], op is chosen) for op in row.offered]


def _box_words(row: MatrixRow, op: Op) -> str:
    have, selected = number(row.have), number(row.selected)
    if op is Op.ASSIGN:
        return _("All selected users will have it")
    if op is Op.REVOKE:
        return _("It will be taken from %(count)s selected users", count=number(row.take))
    if row.have == row.selected:
        return _("All selected users have it")
    if row.have == 0:
        return _("No selected user has it")
    return _("%(have)s of %(selected)s selected users have it", have=have, selected=selected)


def _locked(row: MatrixRow) -> str:
    """Why there is nothing to choose, or less than one may expect."""
    if row.why_not:
        said: Wording = wording(row.why_not)
        return f"{said.title}. {said.advice}"
    if row.have and row.only_by_group == row.have:
        return _("It comes from a group and can't be taken from the person.")
    return ""


def _plans(row: MatrixRow) -> str:
    counts, parts = row.plans, []
    if counts.off:
        parts.append(_("%(count)s off", count=number(counts.off)))
    if counts.mixed:
        parts.append(_("%(count)s mixed", count=number(counts.mixed)))
    return " · ".join(parts)


def _plans_changed(count: int) -> str:
    return ngettext("%(num)d plan changed", "%(num)d plans changed", count) if count else ""


def _note(predicted: Predicted) -> Note:
    said = predicted_words(predicted)
    people = people_words(predicted.users, predicted.first, shown=5)
    here = {Fix.SET_LOCATION: "location", Fix.REVIEW_PLANS: "plans", Fix.BUY: "buy"}
    return Note(said.title, people, said.advice, here.get(predicted.fix, ""))
