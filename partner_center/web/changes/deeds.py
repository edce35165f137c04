"""What is asked for one user, as lines with a sign: planned or done, and what is so already in one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from partner_center.changes.queries import DeedView, ResultDeed
from partner_center.changes.states import Outcome
from partner_center.licensing.deeds import DeedKind
from partner_center.web.formats import location_name
from partner_center.web.reasons import names, wording
from partner_center.web.wording import _

SHOWN = 10


@dataclass(frozen=True, slots=True)
class DeedLine:
    """`sign` is add, remove, plans or same; `note` says why it will fail or how it ended badly."""

    sign: str
    text: str
    note: str = ""
    tone: str = "plain"


_SIGNS = {
    DeedKind.ASSIGN: "add",
    DeedKind.REVOKE: "remove",
    DeedKind.PLANS: "plans",
    DeedKind.LOCATION: "plans",
}


def planned_lines(deeds: Iterable[DeedView]) -> list[DeedLine]:
    """The lines of one user of a plan."""
    deeds = tuple(deeds)
    idle = [deed for deed in deeds if deed.already and not deed.reason]
    return [_planned(deed) for deed in deeds if deed not in idle] + _idle(idle)


def done_lines(deeds: Iterable[ResultDeed]) -> list[DeedLine]:
    """The lines of one user of a result."""
    deeds = tuple(deeds)
    idle = [deed for deed in deeds if deed.outcome is Outcome.ALREADY_SO]
    return [_done(deed) for deed in deeds if deed not in idle] + _idle(idle)


def _planned(deed: DeedView) -> DeedLine:
    if not deed.reason:
        return DeedLine(_SIGNS[deed.kind], _text(deed))
    note = _("Expected to fail: %(reason)s", reason=wording(deed.reason).title)
    return DeedLine("same", _text(deed), note, "warn")


def _done(deed: ResultDeed) -> DeedLine:
    endings = {
        Outcome.FAILED: (_("Failed"), "err"),
        Outcome.NOT_ATTEMPTED: (_("Not attempted"), "warn"),
        Outcome.UNKNOWN: (_("Not known"), "warn"),
    }
    note, tone = endings.get(deed.outcome, ("", "plain"))
    return DeedLine("same" if note else _SIGNS[deed.kind], _text(deed), note, tone)


def _idle(deeds: Sequence[DeedView | ResultDeed]) -> list[DeedLine]:
    """What needs no call, folded: who has it already, who never had it."""
    revoked = [_thing(deed) for deed in deeds if deed.kind is DeedKind.REVOKE]
    others = [_thing(deed) for deed in deeds if deed.kind is not DeedKind.REVOKE]
    lines = []
    if others:
        lines.append(DeedLine("same", _("Already so: %(names)s", names=names(others, shown=SHOWN))))
    if revoked:
        lines.append(DeedLine("same", _("Did not have: %(names)s", names=names(revoked, shown=SHOWN))))
    return lines


def _thing(deed: DeedView | ResultDeed) -> str:
    if deed.kind is DeedKind.LOCATION:
        return _("usage location")
    return _("%(product)s (through a group)", product=deed.product) if deed.by_group else deed.product


def _text(deed: DeedView | ResultDeed) -> str:
    texts = {
        DeedKind.ASSIGN: _("Assign %(product)s", product=deed.product),
        DeedKind.REVOKE: _("Revoke %(product)s", product=deed.product),
        DeedKind.PLANS: _("Service plans of %(product)s", product=deed.product),
        DeedKind.LOCATION: _("Usage location: %(country)s", country=location_name(deed.location or "")),
    }
    parts = [texts[deed.kind]]
    if deed.on_names:
        parts.append(_("on: %(names)s", names=names(deed.on_names, shown=SHOWN)))
    if deed.off_names:
        parts.append(_("off: %(names)s", names=names(deed.off_names, shown=SHOWN)))
    return " · ".join(parts)
