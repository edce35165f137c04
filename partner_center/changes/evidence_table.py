"""The evidence as a table: one row per user and thing asked, the same bytes in every language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from partner_center.changes.evidence_rows import Asked, EvidenceUser
from partner_center.changes.table import write_cells
from partner_center.licensing.deeds import DeedKind

HEADER = (
    "ref",
    "customer",
    "domain",
    "tenant_id",
    "operator",
    "operator_email",
    "note",
    "saved_at_utc",
    "finished_at_utc",
    "user",
    "upn",
    "user_id",
    "action",
    "product",
    "sku",
    "services_on",
    "services_off",
    "outcome",
    "reason_code",
    "microsoft_text",
    "request_id",
    "sent_at_utc",
    "settled_at_utc",
    "licenses_before",
    "licenses_after",
    "usage_location_before",
    "usage_location_after",
)


def evidence_table(users: Iterable[EvidenceUser], facts: Mapping[str, Any]) -> Iterator[bytes]:
    """The file piece by piece; `facts` are what was sealed with the change."""
    return write_cells(_rows(users, facts), delimiter=",", header=HEADER)


def _rows(users: Iterable[EvidenceUser], facts: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    change, customer, operator = facts["change"], facts["customer"], facts["operator"]
    head = (
        change["ref"],
        customer["name"],
        customer["domain"],
        customer["tenant_id"],
        operator["name"],
        operator["email"],
        change["note"],
        change["saved_at"],
        change["finished_at"],
    )
    names = facts["names"]
    for user in users:
        person = (user.name, user.address, user.graph_id)
        before, after = _held(user.before, names), _held(user.after, names)
        for one in user.asked:
            yield (
                *head,
                *person,
                *_asked(one, names),
                user.sent_at,
                user.settled_at,
                before,
                after,
                user.location_before or "",
                user.location_after or "",
            )


def _asked(one: Asked, names: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    deed, services = one.deed, names["service_plans"]
    off = deed.off if deed.kind is DeedKind.ASSIGN else deed.turned_off
    return (
        deed.kind.value,
        names["products"].get(deed.sku_id, deed.location or ""),
        deed.sku_id,
        ", ".join(services[plan] for plan in deed.turned_on),
        ", ".join(services[plan] for plan in off),
        one.outcome,
        one.reason,
        one.message,
        one.request_id,
    )


def _held(licenses: Iterable[Mapping[str, Any]] | None, names: Mapping[str, Mapping[str, str]]) -> str:
    """`Microsoft 365 E3 [off: Sway]; Visio [group]`, or `not told` where Microsoft did not say."""
    if licenses is None:
        return "not told"
    return "; ".join(_license(one, names) for one in licenses)


def _license(one: Mapping[str, Any], names: Mapping[str, Mapping[str, str]]) -> str:
    marks = [] if one["direct"] else ["group"]
    if one["off"]:
        marks.append("off: " + ", ".join(names["service_plans"][plan] for plan in one["off"]))
    name = names["products"][one["sku"]]
    return f"{name} [{'; '.join(marks)}]" if marks else name
