"""What is sent to Microsoft for each deed, what is looked up first, and what an answer means."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from partner_center.accounts.models import AccountItem
from partner_center.accounts.secrets import Keeper
from partner_center.accounts.states import Deed, ItemState
from partner_center.cloud.port import AccountRequest, Answer, Cloud, NewUser, Reason, RemoteUser, Verdict


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of one user after a look or an answer. `wait` is in seconds, for one that goes on."""

    state: ItemState
    graph_id: str | None = None
    reason: str | None = None
    message: str | None = None
    wait: float | None = None
    user: RemoteUser | None = None

    @classmethod
    def unknown(cls) -> Heard:
        """Given up: it never became known."""
        return cls(ItemState.UNKNOWN, reason=Reason.BUSY)


class Courier:
    """Carries one order's deed to one tenant."""

    def __init__(self, cloud: Cloud, keeper: Keeper, tenant_id: str, deed: Deed) -> None:
        self._cloud, self._keeper, self._tenant_id, self._deed = cloud, keeper, tenant_id, deed

    def look(self, items: Sequence[AccountItem]) -> dict[int, Heard]:
        """Those of whom nothing more has to be asked.

        Who is to be made is looked up before the first sending too: an address that is taken then was not
        taken by us.
        """
        if self._deed is Deed.CREATE:
            return self._look_for_new(items)
        if self._deed not in (Deed.DELETE, Deed.RESTORE):
            return {}  # asked twice, it comes to the same
        sent = {item.place: item.graph_id or "" for item in items if item.state == ItemState.SENT}
        if not sent:
            return {}
        found = self._cloud.read_users(self._tenant_id, list(sent.values()))
        wanted_there = self._deed is Deed.RESTORE
        return {
            place: Heard(ItemState.DONE, graph_id)
            for place, graph_id in sent.items()
            if (found[graph_id] is not None) is wanted_there
        }

    def send(self, items: Sequence[AccountItem], was_sent: Collection[int]) -> dict[int, Heard]:
        """Ask Microsoft; what is heard of each. `was_sent` were asked before, without an answer."""
        answers = self._ask(items)
        return {
            item.place: self._judge(item, answer, before=item.place in was_sent)
            for item, answer in zip(items, answers, strict=True)
        }

    def as_they_are(self, good: Sequence[Heard]) -> dict[str, RemoteUser]:
        """Users as Microsoft has them after the deed, by id, where the answers did not tell."""
        told = {one.graph_id: one.user for one in good if one.user is not None and one.graph_id}
        if self._deed is Deed.DELETE:
            return {}
        asked = [one.graph_id for one in good if one.graph_id and one.graph_id not in told]
        if self._deed is Deed.PASSWORD or not asked:
            return told
        read = self._cloud.read_users(self._tenant_id, asked)
        return told | {graph_id: user for graph_id, user in read.items() if user is not None}

    def _look_for_new(self, items: Sequence[AccountItem]) -> dict[int, Heard]:
        found = self._cloud.read_users(self._tenant_id, [item.address for item in items])
        heard = {}
        for item in items:
            user = found[item.address]
            if user is None:
                continue
            ours = item.state == ItemState.SENT and user.display_name == item.display_name
            state = ItemState.DONE if ours else ItemState.ALREADY
            heard[item.place] = Heard(state, user.graph_id, user=user)
        return heard

    def _ask(self, items: Sequence[AccountItem]) -> list[Answer]:
        ids = [item.graph_id or "" for item in items]
        match self._deed:
            case Deed.CREATE:
                return self._cloud.create_users(self._tenant_id, [self._new(item) for item in items])
            case Deed.DELETE:
                return self._cloud.delete_users(self._tenant_id, ids)
            case Deed.RESTORE:
                return self._cloud.restore_users(self._tenant_id, ids)
            case Deed.PASSWORD:
                wanted = [
                    AccountRequest(item.graph_id or "", password=self._password(item)) for item in items
                ]
            case Deed.BLOCK | Deed.ALLOW:
                wanted = [AccountRequest(graph_id, enabled=self._deed is Deed.ALLOW) for graph_id in ids]
        return self._cloud.set_accounts(self._tenant_id, wanted)

    def _judge(self, item: AccountItem, answer: Answer, *, before: bool) -> Heard:
        graph_id = answer.user.graph_id if answer.user else item.graph_id
        match answer.verdict:
            case Verdict.DONE:
                return Heard(ItemState.DONE, graph_id, user=answer.user)
            case Verdict.THROTTLED:
                state = ItemState.SENT if before else ItemState.WAITING
                return Heard(state, graph_id, wait=answer.retry_after)
            case Verdict.UNKNOWN:
                return Heard(ItemState.SENT, graph_id, wait=answer.retry_after)
        if self._deed is Deed.DELETE and answer.reason is Reason.USER_GONE:
            return Heard(ItemState.DONE if before else ItemState.ALREADY, graph_id)
        if self._deed is Deed.CREATE and answer.reason is Reason.ADDRESS_TAKEN and before:
            return Heard(ItemState.SENT, graph_id)  # made by the call before, and not to be seen yet
        return Heard(ItemState.FAILED, graph_id, answer.reason, answer.message)

    def _new(self, item: AccountItem) -> NewUser:
        return NewUser(
            item.address,
            item.display_name,
            item.usage_location or "",
            self._password(item),
            details=item.details,
        )

    def _password(self, item: AccountItem) -> str:
        """Opened for the call alone. One that can't be opened any more is refused by Microsoft as empty."""
        return (self._keeper.open(item.secret, item.address) if item.secret else None) or ""
