# ruff: noqa: ARG002 - the stand-in answers to the port, whatever it makes of the arguments
"""A tenant's groups: what they hand out, who is in them, and what Microsoft says when that changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from partner_center.cloud.port import (
    Answer,
    GroupRequest,
    Reason,
    RemoteGroup,
    RemoteLicense,
    RemoteUser,
    Verdict,
)


@dataclass
class GroupTenant:
    """Groups by id, and their members' ids. What is sent is worked off by `work_off`, as a test wants it.

    `answers` are given before anything else, the first first. `short` are users whom no group can serve.
    """

    users: dict[str, RemoteUser] = field(default_factory=dict)
    groups: dict[str, RemoteGroup] = field(default_factory=dict)
    members_of: dict[str, list[str]] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    short: set[str] = field(default_factory=set)
    sent: list[GroupRequest] = field(default_factory=list)
    reprocessed: list[str] = field(default_factory=list)
    slow: bool = False

    def license_groups(self, tenant_id: str) -> list[RemoteGroup]:
        return [group for group in self.groups.values() if group.licenses]

    def find_group(self, tenant_id: str, group_id: str) -> RemoteGroup | None:
        return self.groups.get(group_id)

    def member_ids(self, tenant_id: str, group_id: str) -> Iterator[tuple[str, ...]]:
        yield tuple(self.members_of.get(group_id, ()))

    def members(self, tenant_id: str, group_id: str) -> Iterator[tuple[RemoteUser, ...]]:
        yield tuple(self.users[one] for one in self.members_of.get(group_id, ()) if one in self.users)

    def send_group(self, tenant_id: str, request: GroupRequest) -> Answer:
        self.sent.append(request)
        answer = self.answers.pop(0) if self.answers else Answer(Verdict.DONE, request_id="req-group")
        if answer.verdict is Verdict.DONE or answer.message == "done all the same":
            self.take(request)
        return answer

    def reprocess(self, tenant_id: str, graph_id: str) -> Answer:
        self.reprocessed.append(graph_id)
        if self.answers:
            return self.answers.pop(0)
        user = self.users[graph_id]
        if graph_id in self.short:
            text = "Subscription with SKU does not have any available licenses."
            return Answer(Verdict.FAILED, Reason.NO_SEATS, text, "req-again")
        self.users[graph_id] = replace(user, licenses=tuple(map(_served, user.licenses)))
        return Answer(Verdict.DONE, request_id="req-again", user=self.users[graph_id])

    def take(self, request: GroupRequest) -> None:
        """Microsoft has accepted it."""
        group = self.groups[request.group_id]
        given = {sku: off for sku, off in group.licenses if sku not in request.remove} | dict(request.add)
        processing = replace(group, licenses=tuple(sorted(given.items())), processing=True)
        self.groups[request.group_id] = processing
        if not self.slow:
            self.work_off(request.group_id)

    def work_off(self, group_id: str) -> None:
        """Microsoft gives the members what the group hands out, and takes what it does not any more."""
        group = self.groups[group_id] = replace(self.groups[group_id], processing=False)
        for graph_id in self.members_of[group_id]:
            user = self.users[graph_id]
            held = {one.sku_id: one for one in (_without(one, group_id) for one in user.licenses) if one}
            for sku_id, off in group.licenses:
                old = held.get(sku_id, RemoteLicense(sku_id, False, (), (), None))
                if graph_id in self.short and not old.direct:
                    failed = ((group_id, "CountViolation"),)
                    held[sku_id] = replace(old, error="CountViolation", failed=failed)
                else:
                    held[sku_id] = replace(old, groups=(*old.groups, group_id), off=() if old.direct else off)
            self.users[graph_id] = replace(user, licenses=tuple(held[sku] for sku in sorted(held)))


def _served(one: RemoteLicense) -> RemoteLicense:
    given = tuple(group for group, _error in one.failed)
    return replace(one, groups=(*one.groups, *given), failed=(), error=None)


def _without(one: RemoteLicense, group_id: str) -> RemoteLicense | None:
    groups = tuple(group for group in one.groups if group != group_id)
    failed = tuple(pair for pair in one.failed if pair[0] != group_id)
    left = replace(one, groups=groups, failed=failed, error=failed[0][1] if failed else None)
    return left if left.direct or groups or failed else None
