"""Microsoft Graph: users, licences, what a tenant owns, and delegated access."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from partner_center.cloud.endpoint import Endpoint
from partner_center.cloud.errors import CloudError, DamagedAnswer, DeltaExpired, Rejected
from partner_center.cloud.outcomes import answer_to
from partner_center.cloud.port import (
    BATCH_SIZE,
    AccountRequest,
    Answer,
    DeletedUser,
    GroupRequest,
    LicenseRequest,
    LocationRequest,
    NewUser,
    RemoteAccess,
    RemoteGroup,
    RemoteMailbox,
    RemoteOrganization,
    RemoteSku,
    RemoteSubscription,
    RemoteUser,
    SignIn,
    UserPage,
    Verdict,
)
from partner_center.cloud.wire import accounts, batch, mailboxes, tenant, users
from partner_center.shared import clock
from partner_center.shared.metrics import THROTTLED

_T = TypeVar("_T")

_LARGEST_PAGE = 999
_USERS = f"/users?$top={_LARGEST_PAGE}&$select={users.SELECTED}"
_DELTA_FROM_NOW = f"/users/delta?$deltatoken=latest&$select={users.SELECTED}"
_DELTA_PAGES = {"Prefer": f"odata.maxpagesize={_LARGEST_PAGE}"}
_GROUPS = (
    f"/groups?$filter=assignedLicenses/$count ne 0&$count=true&$select={tenant.GROUP_SELECTED}"
    f"&$top={_LARGEST_PAGE}"
)
_SIGN_INS = "/users?$top=500&$select=id,createdDateTime,signInActivity"  # the largest page with this property
_MAILBOXES = "/reports/getMailboxUsageDetail(period='D7')?$format=application/json"
_ADVANCED = {"ConsistencyLevel": "eventual"}  # not carried by nextLink: sent with every page
_DELETED = f"/directory/deletedItems/microsoft.graph.user?$select={accounts.DELETED}"
_ORGANIZATION = f"/organization?$select={accounts.ORGANIZATION}"
_ACCESS = "/tenantRelationships/delegatedAdminRelationships?$top=300"


def _members(group_id: str, selected: str) -> str:
    """Members that are users: a cast, which is an advanced query (group-list-members)."""
    query = f"$count=true&$select={selected}&$top={_LARGEST_PAGE}"
    return f"/groups/{quote(group_id)}/members/microsoft.graph.user?{query}"


class Graph:
    """The Graph half of the port; see there."""

    def __init__(self, graph: Endpoint, reports: Endpoint, partner_tenant_id: str) -> None:
        """`reports` is the beta endpoint, the only one that tells reports as JSON (v1.0 sends a link to a
        file at another host, which is not followed)."""
        self._graph, self._reports, self._partner = graph, reports, partner_tenant_id

    def access(self) -> Iterator[RemoteAccess]:
        """All GDAP relationships of the partner, living or not."""
        for body in self._pages(self._partner, _ACCESS, {}):
            yield from tenant.read_access(body)

    def users(self, tenant_id: str, resume: str | None = None) -> Iterator[UserPage]:
        """All users, 999 a page. Raises DeltaExpired when a `next_link` is too old to go on from."""
        page = self._linked(tenant_id, resume, {}, users.read_page) if resume else None
        page = page or users.read_page(self._body(self._graph.get(tenant_id, _USERS)))
        yield page
        while page.next_link:
            page = self._linked(tenant_id, page.next_link, {}, users.read_page)
            yield page

    def user_changes(self, tenant_id: str, delta_link: str) -> Iterator[UserPage]:
        """Users changed since the link was given. Raises DeltaExpired."""
        link: str | None = delta_link
        while link:
            page = self._linked(tenant_id, link, _DELTA_PAGES, users.read_changes)
            yield page
            link = page.next_link

    def fresh_delta_link(self, tenant_id: str) -> str:
        """A delta link that starts now (`$deltatoken=latest`, delta-query-overview)."""
        link: str | None = _DELTA_FROM_NOW
        while link:
            page = users.read_changes(self._body(self._graph.get(tenant_id, link)))
            if page.delta_link:
                return page.delta_link
            link = page.next_link
        raise DamagedAnswer("Microsoft gave no link for later changes.")

    def read_users(self, tenant_id: str, graph_ids: Sequence[str]) -> dict[str, RemoteUser | None]:
        """These users as they are now; None for those that are gone."""
        found: dict[str, RemoteUser | None] = {}
        for start in range(0, len(graph_ids), BATCH_SIZE):
            found |= self._read_batch(tenant_id, graph_ids[start : start + BATCH_SIZE])
        return found

    def skus(self, tenant_id: str) -> list[RemoteSku]:
        """What the tenant owns. The service pages nothing here and filters nothing."""
        return tenant.read_skus(self._body(self._graph.get(tenant_id, "/subscribedSkus")))

    def subscriptions(self, tenant_id: str) -> list[RemoteSubscription]:
        """The subscriptions behind the SKUs."""
        pages = self._pages(tenant_id, "/directory/subscriptions", {})
        return [one for body in pages for one in tenant.read_subscriptions(body)]

    def take_over(self, tenant_id: str, subscription_id: str) -> Answer:
        """The one request that is not Microsoft's but the sandbox's: Microsoft documents no interface for it,
        and refuses this one. There it is done in the Microsoft 365 admin center."""
        return self._post(tenant_id, f"/directory/subscriptions/{quote(subscription_id)}/takeOver")

    def license_groups(self, tenant_id: str) -> list[RemoteGroup]:
        """The groups that hand out licences."""
        pages = self._pages(tenant_id, _GROUPS, _ADVANCED)
        return [one for body in pages for one in tenant.read_groups(body)]

    def find_group(self, tenant_id: str, group_id: str) -> RemoteGroup | None:
        """One group as it is now; None for one that is gone."""
        path = f"/groups/{quote(group_id)}?$select={tenant.GROUP_SELECTED}"
        try:
            return tenant.read_group(self._body(self._graph.get(tenant_id, path)))
        except Rejected as error:
            if error.status == 404:
                return None
            raise

    def member_ids(self, tenant_id: str, group_id: str) -> Iterator[tuple[str, ...]]:
        """The users in a group, their ids alone, 999 a page."""
        for body in self._pages(tenant_id, _members(group_id, "id"), _ADVANCED):
            yield users.read_member_ids(body)

    def members(self, tenant_id: str, group_id: str) -> Iterator[tuple[RemoteUser, ...]]:
        """The users in a group with their licences, 999 a page."""
        for body in self._pages(tenant_id, _members(group_id, users.SELECTED), _ADVANCED):
            yield users.read_members(body)

    def send_group(self, tenant_id: str, request: GroupRequest) -> Answer:
        """assignLicense of a group: any answer that is no error means that it was taken (202)."""
        path = f"/groups/{quote(request.group_id)}/assignLicense"
        return self._post(tenant_id, path, batch.assign_body(request))

    def reprocess(self, tenant_id: str, graph_id: str) -> Answer:
        """reprocessLicenseAssignment of a user; a 400 tells the real reason."""
        path = f"/users/{quote(graph_id)}/reprocessLicenseAssignment"
        return self._post(tenant_id, path, read=lambda body: users.find_user(body, graph_id))

    def sign_ins(self, tenant_id: str) -> Iterator[list[SignIn]]:
        """When each user last signed in, 500 a page."""
        for body in self._pages(tenant_id, _SIGN_INS, {}):
            yield users.read_sign_ins(body)

    def mailboxes(self, tenant_id: str) -> Iterator[list[RemoteMailbox]]:
        """Every mailbox with its kind and size."""
        link: str | None = _MAILBOXES
        while link:
            body = self._body(self._reports.get(tenant_id, link))
            yield mailboxes.read_mailboxes(body)
            link = body.get("@odata.nextLink")

    def send_licenses(self, tenant_id: str, requests: Sequence[LicenseRequest]) -> list[Answer]:
        """One $batch of assignLicense."""
        now = clock.now()
        return self._send(
            tenant_id,
            [batch.license_item(request) for request in requests],
            lambda reply, place: batch.license_answer(reply, requests[place].graph_id, now),
        )

    def send_locations(self, tenant_id: str, requests: Sequence[LocationRequest]) -> list[Answer]:
        """One $batch of PATCHes."""
        return self._send_plain(tenant_id, [batch.location_item(request) for request in requests])

    def organization(self, tenant_id: str) -> RemoteOrganization:
        """The tenant's domains and its default usage location."""
        return accounts.read_organization(self._body(self._graph.get(tenant_id, _ORGANIZATION)))

    def deleted_users(self, tenant_id: str) -> list[DeletedUser]:
        """Who can be restored."""
        pages = self._pages(tenant_id, _DELETED, {})
        return [one for body in pages for one in accounts.read_deleted(body)]

    def create_users(self, tenant_id: str, users: Sequence[NewUser]) -> list[Answer]:
        """One $batch of POSTs."""
        now = clock.now()
        items = [accounts.new_item(user) for user in users]
        return self._send(
            tenant_id, items, lambda reply, place: accounts.new_answer(reply, users[place], now)
        )

    def set_accounts(self, tenant_id: str, requests: Sequence[AccountRequest]) -> list[Answer]:
        """One $batch of PATCHes."""
        return self._send_plain(tenant_id, [accounts.account_item(request) for request in requests])

    def delete_users(self, tenant_id: str, graph_ids: Sequence[str]) -> list[Answer]:
        """One $batch of DELETEs."""
        return self._send_plain(tenant_id, [accounts.delete_item(graph_id) for graph_id in graph_ids])

    def restore_users(self, tenant_id: str, graph_ids: Sequence[str]) -> list[Answer]:
        """One $batch of restores."""
        return self._send_plain(tenant_id, [accounts.restore_item(graph_id) for graph_id in graph_ids])

    def _post(
        self,
        tenant_id: str,
        path: str,
        body: Any = None,
        read: Callable[[Any], RemoteUser | None] = lambda _body: None,
    ) -> Answer:
        """One POST by itself. It is done by any 2xx from which `read` can tell what was asked for."""
        try:
            reply = self._graph.call(tenant_id, "POST", path, safe=False, body=body)
        except CloudError as error:
            return answer_to(error)
        try:
            user = read(reply.body)
        except DamagedAnswer:
            return batch.UNKNOWN
        return Answer(Verdict.DONE, request_id=reply.request_id, user=user)

    def _send_plain(self, tenant_id: str, items: list[dict[str, Any]]) -> list[Answer]:
        """Requests of whose answers only success or refusal is read."""
        now = clock.now()
        return self._send(tenant_id, items, lambda reply, _place: batch.plain_answer(reply, now))

    def _send(
        self,
        tenant_id: str,
        items: list[dict[str, Any]],
        judge: Callable[[batch.ItemReply | None, int], Answer],
    ) -> list[Answer]:
        if len(items) > BATCH_SIZE:
            raise ValueError(f"a batch holds {BATCH_SIZE} requests, not {len(items)}")
        if not items:
            return []
        try:
            body = self._graph.call(
                tenant_id, "POST", "/$batch", safe=False, body=batch.batch_body(items)
            ).body
        except CloudError as error:
            return [answer_to(error)] * len(items)
        answers = [judge(reply, place) for place, reply in enumerate(batch.read_batch(body, len(items)))]
        THROTTLED.inc(sum(answer.verdict is Verdict.THROTTLED for answer in answers))
        return answers

    def _read_batch(self, tenant_id: str, graph_ids: Sequence[str]) -> dict[str, RemoteUser | None]:
        items = [batch.user_item(graph_id) for graph_id in graph_ids]
        body = self._graph.call(tenant_id, "POST", "/$batch", safe=True, body=batch.batch_body(items)).body
        replies = batch.read_batch(body, len(items))
        return {
            graph_id: batch.read_user_reply(reply, clock.now())
            for graph_id, reply in zip(graph_ids, replies, strict=True)
        }

    def _linked(self, tenant_id: str, link: str, headers: dict[str, str], read: Callable[[Any], _T]) -> _T:
        """What a kept link leads to. One that is refused as such will be for ever, being too old (410 for
        deltas; 400 Directory_ExpiredPageToken for pages); one to another address is not followed."""
        if not self._graph.owns(link):
            raise DeltaExpired
        try:
            return read(self._body(self._graph.get(tenant_id, link, headers)))
        except Rejected as error:
            if error.status in (400, 404, 410):
                raise DeltaExpired from error
            raise

    def _pages(self, tenant_id: str, path: str, headers: dict[str, str]) -> Iterator[Any]:
        link: str | None = path
        while link:
            body = self._body(self._graph.get(tenant_id, link, headers))
            yield body
            link = body.get("@odata.nextLink")

    @staticmethod
    def _body(body: Any) -> dict[str, Any]:
        if not isinstance(body, dict):
            raise DamagedAnswer("Microsoft's answer could not be understood.")
        return body
