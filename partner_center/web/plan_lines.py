"""The services inside a product, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from partner_center.changes.service_plans import PlanRow, PlansView
from partner_center.licensing.values import PlanMode, PlanState
from partner_center.shared.names import fold
from partner_center.web.formats import number
from partner_center.web.reasons import names
from partner_center.web.wording import _, ngettext

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Mode:
    """One radio of a service."""

    value: str
    label: str
    checked: bool


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What the template prints of one service. `box` is all, some or none, as a tri-state shows it."""

    plan_id: str
    name: str
    find: str
    box: str
    state: str
    count: str
    modes: list[Mode]
    changed: bool
    notes: list[str]


def plan_lines(view: PlansView) -> list[PlanLine]:
    """Every service of the product, in the order of the product."""
    return [_line(row, view.holders) for row in view.rows]


def holders_text(view: PlansView) -> str:
    """Over whom the states below are told."""
    if not view.holders:
        return _("No selected user has this product yet. What you set here counts when you assign it.")
    return ngettext(
        "%(count)s selected user has it or will have it.",
        "%(count)s selected users have it or will have it.",
        view.holders,
        count=number(view.holders),
    )


def _line(row: PlanRow, holders: int) -> PlanLine:
    boxes = {PlanState.ON: "all", PlanState.MIXED: "some", PlanState.OFF: "none"}
    words = {PlanState.ON: _("On"), PlanState.MIXED: _("Mixed"), PlanState.OFF: _("Off")}
    labels = {
        PlanMode.LEAVE: _("Leave as is"),
        PlanMode.ON: _("On for all"),
        PlanMode.OFF: _("Off for all"),
    }
    return PlanLine(
        plan_id=row.plan_id,
        name=row.name,
        find=fold(f"{row.name} {row.part_name}"),
        box=boxes[row.state],
        state=words[row.state],
        count=_("On for %(on)s of %(total)s", on=number(row.on), total=number(holders)) if holders else "",
        modes=[Mode(mode.value, labels[mode], mode is row.mode) for mode in PlanMode]
        if row.switchable
        else [],
        changed=row.mode is not PlanMode.LEAVE,
        notes=_notes(row),
    )


def _notes(row: PlanRow) -> list[str]:
    notes = []
    if not row.switchable:
        notes.append(_("This service is for the whole organization. It can't be set for a person."))
    needs, excludes = _known(row.needs), _known(row.excludes)
    if needs:
        notes.append(_("Needs one of: %(names)s", names=names(needs)))
    if excludes:
        notes.append(_("Can't be on together with: %(names)s", names=names(excludes)))
    return notes


def _known(services: Sequence[str]) -> list[str]:
    """Those that have a name: an id says nothing to anybody."""
    return [name for name in services if not _ID.fullmatch(name)]
