"""Rows as Graph shows them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from partner_center.catalog.seed import SeedProduct
from partner_center.sandbox.licensing import NONE, Held, switched_off, taken

DEFAULT_FIELDS = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
)
LICENSED_FIELDS = (
    *DEFAULT_FIELDS,
    "accountEnabled",
    "department",
    "usageLocation",
    "userType",
    "assignedLicenses",
    "licenseAssignmentStates",
)


SIGN_INS = "signInActivity"


def _activity(at: str | None) -> dict[str, Any] | None:
    """The whole property is null for who never signed in."""
    if at is None:
        return None
    none = {"lastSignInRequestId": None, "lastNonInteractiveSignInRequestId": None}
    return none | {
        "lastSignInDateTime": at,
        "lastNonInteractiveSignInDateTime": at,
        "lastSuccessfulSignInDateTime": at,
        "lastSuccessfulSignInRequestId": None,
    }


def held_of(text: str) -> tuple[Held, ...]:
    """The entries stored in a user's row."""
    return tuple(Held(sku, group, tuple(off), error, at) for sku, group, off, error, at in json.loads(text))


@lru_cache(maxsize=4096)
def _assigned(text: str) -> list[dict[str, Any]]:
    """The merged view: one entry a SKU, whether direct or through groups."""
    held = held_of(text)
    skus = dict.fromkeys(entry.sku for entry in held if entry.active)
    return [{"disabledPlans": sorted(switched_off(held, sku)), "skuId": sku} for sku in skus]


@lru_cache(maxsize=4096)
def _states(text: str) -> list[dict[str, Any]]:
    return [
        {
            "skuId": entry.sku,
            "assignedByGroup": entry.group,
            "disabledPlans": list(entry.off),
            "state": "Active" if entry.error == NONE else "Error",
            "error": entry.error,
            "lastUpdatedDateTime": entry.at,
        }
        for entry in held_of(text)
    ]


Column = Callable[[sqlite3.Row], Any]


def _column(name: str) -> Column:
    return lambda row: row[name]


USER_FIELDS: Mapping[str, Column] = {
    "id": _column("id"),
    "displayName": _column("display_name"),
    "givenName": _column("given_name"),
    "surname": _column("surname"),
    "userPrincipalName": _column("upn"),
    "mail": _column("mail"),
    "mailNickname": lambda row: row["upn"].split("@")[0],
    "department": _column("department"),
    "jobTitle": _column("job_title"),
    "usageLocation": _column("usage_location"),
    "userType": _column("user_type"),
    "accountEnabled": lambda row: bool(row["enabled"]),
    "createdDateTime": _column("created_at"),
    "deletedDateTime": _column("deleted_at"),
    "assignedLicenses": lambda row: _assigned(row["states"]),
    "licenseAssignmentStates": lambda row: _states(row["states"]),
    "proxyAddresses": lambda row: [f"SMTP:{row['mail']}"] if row["mail"] else [],
    "businessPhones": lambda _row: [],
    "mobilePhone": lambda _row: None,
    "officeLocation": lambda _row: None,
    "preferredLanguage": lambda _row: None,
    "companyName": lambda _row: None,
    "city": lambda _row: None,
    "country": lambda _row: None,
    "employeeId": lambda _row: None,
    "onPremisesSyncEnabled": lambda _row: None,
    SIGN_INS: lambda row: _activity(row["signed_in_at"]),
}


def user(row: sqlite3.Row, fields: Sequence[str] = DEFAULT_FIELDS) -> dict[str, Any]:
    """One user with the properties asked for, `id` always among them."""
    shown = {name: USER_FIELDS[name](row) for name in fields}
    shown.setdefault("id", row["id"])
    return shown


def stored(held: Sequence[Held]) -> tuple[str, str]:
    """Entries as the two columns of a user's row: all of them, and the SKUs that take a seat."""
    entries = [[h.sku, h.group, list(h.off), h.error, h.at] for h in held]
    text = json.dumps(entries, separators=(",", ":"))
    return text, " ".join(sorted(taken(held)))


def plans(product: SeedProduct, off: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """A product's service plans; those switched off say Disabled, MDM says it awaits an admin."""
    return [
        {
            "servicePlanId": plan.plan_id,
            "servicePlanName": plan.part_name,
            "provisioningStatus": _provisioning(plan.part_name, disabled=plan.plan_id in off),
            "appliesTo": plan.applies_to,
        }
        for plan in product.plans
    ]


def _provisioning(part_name: str, *, disabled: bool) -> str:
    if disabled:
        return "Disabled"
    return "PendingActivation" if part_name == "INTUNE_O365" else "Success"
