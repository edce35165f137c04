"""What **Review** sends: which plan was read, what must be decided, the note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from partner_center.changes.shortages import Choice, Order, Way
from partner_center.web.changes.review import ReviewPage
from partner_center.web.problems import Problem
from partner_center.web.wording import _

LONGEST_NOTE = 500
LONGEST_KEY = 64


@dataclass(frozen=True, slots=True)
class Decision:
    """A review as it was sent. `digest` names the plan that was read."""

    digest: str = ""
    skip_expected: bool = True
    shortages: Mapping[str, str] = field(default_factory=dict)
    orders: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def choices(self) -> dict[str, Choice]:
        """What happens with each product that is short."""
        return {sku_id: _choice(value, self.orders[sku_id]) for sku_id, value in self.shortages.items()}


def read_review(form: MultiDict[str, str], page: ReviewPage) -> Decision:
    """The decision, with a problem for each thing that was left open."""
    chosen = {each.sku_id: form.get(f"short-{each.sku_id}", "") for each in page.shortages}
    problems = [
        Problem(_("Choose what happens with %(product)s.", product=each.product), f"short-{each.sku_id}")
        for each in page.shortages
        if chosen[each.sku_id] not in each.values
    ]
    if page.understood and "understood" not in form:
        problems.append(Problem(_("Confirm that you understand what is deleted."), "understood"))
    note = form.get("note", "").strip()
    if len(note) > LONGEST_NOTE:
        problems.append(Problem(_("Shorten the note to 500 characters."), "note"))
    return Decision(
        digest=form.get("digest", "")[:LONGEST_KEY],
        skip_expected="skip_expected" in form,
        shortages=chosen,
        orders={each.sku_id: form.get(f"order-{each.sku_id}", "") for each in page.shortages},
        note=note[:LONGEST_NOTE],
        problems=tuple(problems),
    )


def _choice(value: str, order: str) -> Choice:
    way, _colon, other = value.partition(":")
    return Choice(Way(way), Order(order) if order in set(Order) else Order.NAME, other)


def key_of(form: MultiDict[str, str]) -> str:
    """The form's own token, with which a second click finds the first one's change."""
    return form.get("key", "")[:LONGEST_KEY]
