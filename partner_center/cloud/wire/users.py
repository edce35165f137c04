"""Users and their licences (Graph's user, licenseAssignmentState, assignedLicense)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from partner_center.cloud.port import RemoteLicense, RemoteUser, RemovedUser, SignIn, UserPage
from partner_center.cloud.wire.values import guid, moment, optional, understood

_PLAIN = (
    "id", "displayName", "userPrincipalName", "mail", "department", "usageLocation", "userType",
    "accountEnabled",
)  # fmt: skip
_STATES = "licenseAssignmentStates"
_MERGED = "assignedLicenses"
SELECTED = ",".join((*_PLAIN, _MERGED, _STATES))
"""What `$select` asks for; Graph's default list leaves out all that matters here."""

_SIGN_INS = ("lastSignInDateTime", "lastNonInteractiveSignInDateTime", "lastSuccessfulSignInDateTime")

_FAILED = "Error"  # licenseAssignmentState.state: the assignment does not work; the other three do


def read_page(body: Mapping[str, Any]) -> UserPage:
    """A page of the list, where each user has every selected property."""
    with understood("users"):
        users = tuple(read_user(item) for item in body["value"])
        return UserPage(users, (), body.get("@odata.nextLink"), None)


def read_changes(body: Mapping[str, Any]) -> UserPage:
    """A page of a delta. A user named twice counts as named last; one without all we keep is partial."""
    with understood("changed users"):
        last = {guid(item["id"]): item for item in body["value"]}
        gone = [key for key, item in last.items() if "@removed" in item]
        whole = {key: item for key, item in last.items() if "@removed" not in item and _is_whole(item)}
        partial = tuple(key for key, item in last.items() if "@removed" not in item and key not in whole)
        return UserPage(
            tuple(read_user(item) for item in whole.values()),
            tuple(RemovedUser(key) for key in gone),
            body.get("@odata.nextLink"),
            body.get("@odata.deltaLink"),
            partial,
        )


def read_sign_ins(body: Mapping[str, Any]) -> list[SignIn]:
    """A page of the list with signInActivity. The latest of its moments counts: a phone that fetches mail
    in somebody's name is a use of their licence."""
    with understood("sign-ins"):
        return [
            SignIn(guid(item["id"]), moment(item.get("createdDateTime")), _latest(item.get("signInActivity")))
            for item in body["value"]
        ]


def _latest(activity: Mapping[str, Any] | None) -> datetime | None:
    moments = (moment((activity or {}).get(name)) for name in _SIGN_INS)
    return max((at for at in moments if at), default=None)


def _is_whole(item: Mapping[str, Any]) -> bool:
    """A delta may leave out what never was set, and whether it tells licences is not documented."""
    return _STATES in item and all(key in item for key in _PLAIN)


def read_user(item: Mapping[str, Any]) -> RemoteUser:
    """A user; licences from licenseAssignmentStates, else from assignedLicenses (taken for direct ones)."""
    upn = item.get("userPrincipalName") or item["id"]
    return RemoteUser(
        graph_id=guid(item["id"]),
        display_name=item.get("displayName") or upn,
        user_principal_name=upn,
        mail=optional(item.get("mail")),
        department=optional(item.get("department")),
        usage_location=optional(item.get("usageLocation")),
        user_type=item.get("userType") or "Member",
        account_enabled=item.get("accountEnabled") is not False,
        licenses=_licenses(item.get(_STATES), item.get(_MERGED)),
    )


def read_members(body: Mapping[str, Any]) -> tuple[RemoteUser, ...]:
    """A page of a group's members that are users."""
    with understood("members"):
        return tuple(read_user(item) for item in body["value"])


def read_member_ids(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The same, ids alone."""
    with understood("members"):
        return tuple(guid(item["id"]) for item in body["value"])


def find_user(body: Any, graph_id: str) -> RemoteUser | None:
    """The user in an assignLicense answer; None where it is not a whole one. Raises for another's."""
    with understood("licenses"):
        if guid(body["id"]) != graph_id.lower():
            raise ValueError("another user")
        has_licenses = _STATES in body or _MERGED in body
        return read_user(body) if has_licenses and all(key in body for key in _PLAIN) else None


def _licenses(states: Any, merged: Any) -> tuple[RemoteLicense, ...]:
    if states:
        return _held(tuple(map(_source, states)))
    return _held(tuple(_Source(one["skuId"], None, True, None, _plans(one)) for one in merged or ()))


class _Source(NamedTuple):
    """One way in which a user has, or should have, a SKU; `group` is None for a direct one."""

    sku_id: str
    group: str | None
    works: bool
    error: str | None
    off: tuple[str, ...]


def _source(state: Mapping[str, Any]) -> _Source:
    error = state.get("error")
    return _Source(
        state["skuId"],
        state.get("assignedByGroup") or None,
        state.get("state") != _FAILED,
        error if error and error != "None" else None,
        _plans(state),
    )


@lru_cache(maxsize=4096)  # most users have one of a few sets of licences: read 22,000 users in half the time
def _held(sources: tuple[_Source, ...]) -> tuple[RemoteLicense, ...]:
    by_sku: dict[str, list[_Source]] = {}
    for source in sources:
        by_sku.setdefault(guid(source.sku_id), []).append(source)
    return tuple(_license(sku_id, by_sku[sku_id]) for sku_id in sorted(by_sku))


def _license(sku_id: str, sources: Sequence[_Source]) -> RemoteLicense:
    """All sources of one SKU as one licence: it takes one seat, and a plan is on if any source has it on."""
    working = [source for source in sources if source.works]
    off = _off(working)
    by_group = [source for source in working if source.group]
    direct = len(by_group) < len(working)
    failed = {guid(one.group): one.error or "Other" for one in sources if one.group and not one.works}
    return RemoteLicense(
        sku_id=sku_id,
        direct=direct,
        groups=tuple(sorted({guid(source.group) for source in by_group if source.group})),
        off=tuple(sorted(off)),
        error=next((source.error for source in sources if source.error), None),
        failed=tuple(sorted(failed.items())),
        direct_only=tuple(sorted(_off(by_group) - off)) if direct else (),
    )


def _off(sources: Sequence[_Source]) -> set[str]:
    """Plans that all of them switch off."""
    off = [{guid(plan) for plan in source.off} for source in sources]
    return set.intersection(*off) if off else set()


def _plans(source: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(source.get("disabledPlans") or ())
