"""Mistakes that would let somebody in, or something out. Each is one replacement in one file.

`old` must stand in the file exactly once: a bug that no longer fits its file is stale and says so. `tests`
are where it should be caught; they are run in a copy of the checkout that has this one bug.
"""

from __future__ import annotations

from dataclasses import dataclass

MATRIX = "tests/web/access"
AUTH = "tests/web/auth"
STAFF = "tests/unit/staff tests/web/staff tests/web/settings"
CLOUD = "tests/unit/cloud"
CHANGES = "tests/unit/changes"
HEADERS = "tests/web/test_headers.py"
MALFORMED = "tests/web/test_malformed.py"


@dataclass(frozen=True, slots=True)
class Bug:
    """`kind` is what it breaks. Those of `MUST` have to be caught, every one."""

    name: str
    kind: str
    file: str
    old: str
    new: str
    tests: str


MUST = frozenset({"authorisation", "tenancy", "csrf", "session"})

BUGS = (
    # Who may do what.
    Bug(
        "a view without its guard's question",
        "authorisation",
        "partner_center/web/guards.py",
        "    for permission in access.permissions:\n        current_actor().demand(permission)\n",
        "",
        MATRIX,
    ),
    Bug(
        "a view without a mark is open",
        "authorisation",
        "partner_center/web/guards.py",
        "    if access is None:\n        raise UnguardedView(request.endpoint)\n    if access.public:",
        "    if access is None or access.public:",
        "tests/web/test_doors.py",
    ),
    Bug(
        "an app starts with unmarked views",
        "authorisation",
        "partner_center/web/guards.py",
        "    if bare:\n",
        "    if bare and not app:\n",
        "tests/web/test_doors.py",
    ),
    Bug(
        "any role grants everything",
        "authorisation",
        "partner_center/staff/actor.py",
        "        if permission not in self.permissions:\n",
        "        if permission not in self.permissions and not self.roles:\n",
        f"{MATRIX} {STAFF}",
    ),
    Bug(
        "revoking asks for the right to assign",
        "authorisation",
        "partner_center/changes/wishes.py",
        "            yield Permission.REVOKE_LICENSES\n",
        "            yield Permission.ASSIGN_LICENSES\n",
        CHANGES,
    ),
    Bug(
        "guests are licensed by anybody",
        "authorisation",
        "partner_center/changes/wishes.py",
        "    if guests:\n",
        "    if guests and not actor.roles:\n",
        f"{CHANGES}/test_guests.py",
    ),
    Bug(
        "a customer without delegated access is written to",
        "authorisation",
        "partner_center/changes/wishes.py",
        "    if verdict.may_write:\n        return\n",
        "    return\n",
        f"{CHANGES} {MATRIX}",
    ),
    Bug(
        "read-only access counts as writing",
        "authorisation",
        "partner_center/customers/access.py",
        "    if WRITING_ROLES.isdisjoint(customer.access_roles):\n",
        "    if not customer.access_roles:\n",
        "tests/unit/customers/test_access.py",
    ),
    Bug(
        "people change their own roles",
        "authorisation",
        "partner_center/staff/administration.py",
        "    if member.id == actor.id:\n",
        "    if member.id == actor.id and not actor.roles:\n",
        STAFF,
    ),
    Bug(
        "a user management admin makes global admins",
        "authorisation",
        "partner_center/staff/administration.py",
        "    if Role.GLOBAL_ADMIN in roles and Role.GLOBAL_ADMIN not in actor.roles:\n",
        "    if Role.GLOBAL_ADMIN in roles and not actor.roles:\n",
        STAFF,
    ),
    Bug(
        "the last global admin can be removed",
        "authorisation",
        "partner_center/staff/lockout.py",
        "    if session.scalar(others.limit(1)) is None:\n",
        "    if session.scalar(others.limit(1)) == 0:\n",
        STAFF,
    ),
    Bug(
        "suspended people are asked as if they were not",
        "authorisation",
        "partner_center/staff/queries.py",
        "    return member if member and member.suspended_at is None else None\n",
        "    return member\n",
        f"{STAFF} {CHANGES}",
    ),
    Bug(
        "seats are ordered by who may not buy",
        "authorisation",
        "partner_center/purchasing/service.py",
        "    actor.demand(Permission.BUY_SEATS)\n",
        "",
        f"tests/unit/purchasing {MATRIX}",
    ),
    # Whose customers, whose rows.
    Bug(
        "a listed scope sees all customers",
        "tenancy",
        "partner_center/customers/visibility.py",
        "    return Customer.id.in_(listed)\n",
        "    return true() if actor.id else Customer.id.in_(listed)\n",
        f"tests/unit/customers {MATRIX}",
    ),
    Bug(
        "a reseller's scope sees every reseller's customers",
        "tenancy",
        "partner_center/customers/visibility.py",
        "        return Customer.reseller == actor.reseller if actor.reseller else false()\n",
        "        return Customer.reseller.is_not(None) if actor.reseller else false()\n",
        "tests/unit/customers tests/unit/staff",
    ),
    Bug(
        "a customer is found without the scope",
        "tenancy",
        "partner_center/customers/queries.py",
        "select(Customer).where(Customer.id == customer_id, visible_to(actor))",
        "select(Customer).where(Customer.id == customer_id)",
        f"{MATRIX} tests/unit/customers",
    ),
    Bug(
        "the activity of customers one may not see",
        "tenancy",
        "partner_center/audit/queries.py",
        "    if sight.customers is not None:\n",
        "    if sight.customers is None:\n",
        "tests/web/audit tests/unit/audit",
    ),
    Bug(
        "everybody reads everybody's activity",
        "tenancy",
        "partner_center/audit/queries.py",
        "    if sight.actor_id is not None:\n",
        "    if sight.actor_id is None:\n",
        "tests/web/audit tests/unit/audit",
    ),
    Bug(
        "a change is found under any customer",
        "tenancy",
        "partner_center/changes/heads.py",
        "Change.customer_id == customer_id, Change.ref == ref",
        "Change.ref == ref",
        f"{MATRIX} {CHANGES}",
    ),
    Bug(
        "an order is found under any customer",
        "tenancy",
        "partner_center/purchasing/queries.py",
        "SeatOrder.customer_id == customer_id, SeatOrder.ref == ref",
        "SeatOrder.ref == ref",
        f"{MATRIX} tests/unit/purchasing tests/web/purchases",
    ),
    Bug(
        "a token for another tenant is taken",
        "tenancy",
        "partner_center/cloud/tokens.py",
        "        if key.tenant_id != tenant_id:\n            raise WrongTenant(tenant_id, key.tenant_id)\n",
        "",
        CLOUD,
    ),
    Bug(
        "a key for another tenant is sent",
        "tenancy",
        "partner_center/cloud/http.py",
        "        if key is not None and key.tenant_id != tenant_id.lower():\n"
        "            raise WrongTenant(tenant_id, key.tenant_id)\n",
        "",
        CLOUD,
    ),
    Bug(
        "one tenant's key is kept for all",
        "tenancy",
        "partner_center/cloud/tokens.py",
        "        place = (tenant_id.lower(), scope)\n",
        '        place = ("", scope)\n',
        f"{CLOUD} tests/contract/test_cloud_sync.py",
    ),
    Bug(
        "a call goes with another tenant's token",
        "tenancy",
        "partner_center/cloud/endpoint.py",
        "            return self._sender.send(request, tenant_id=tenant_id, key=key)\n",
        "            return self._sender.send(request, tenant_id=str(key.tenant_id), key=key)\n",
        f"{CLOUD} tests/contract/test_strays.py",
    ),
    # Forms of other sites.
    Bug(
        "forms without their token",
        "csrf",
        "partner_center/app.py",
        "    csrf.init_app(app)\n",
        '    csrf.init_app(app)\n    app.config["WTF_CSRF_CHECK_DEFAULT"] = False\n',
        "tests/web/test_doors.py",
    ),
    Bug(
        "posts of other sites pass the first look",
        "csrf",
        "partner_center/web/bounds.py",
        '    if request.headers.get("Sec-Fetch-Site") == _CROSS_SITE:\n',
        '    if request.headers.get("Sec-Fetch-Site") == "never":\n',
        MALFORMED,
    ),
    Bug(
        "safe methods may write",
        "csrf",
        "partner_center/web/transaction.py",
        "        only_reads = has_request_context() and not _edge().writing and not writes\n",
        "        only_reads = False and not writes\n",
        "tests/web/test_transaction.py",
    ),
    Bug(
        "the demo's buttons work outside the demo",
        "session",
        "partner_center/web/auth/views.py",
        "find_by_email(db.session(), email) if config().demo and email in known else None",
        "find_by_email(db.session(), email) if email in known else None",
        AUTH,
    ),
    # Texts of strangers.
    Bug(
        "names are markup",
        "injection",
        "templates/users/_rows.html",
        "<bdi>{{ row.name }}</bdi>",
        "<bdi>{{ row.name|safe }}</bdi>",
        "tests/web/users",
    ),
    Bug(
        "cells that start a formula are left as they are",
        "injection",
        "partner_center/changes/table.py",
        '    return f"\'{line}" if risky else line\n',
        "    return line\n",
        CHANGES,
    ),
    Bug(
        "white space hides a formula",
        "injection",
        "partner_center/changes/table.py",
        'start = next((c for c in line if c.isprintable() and not c.isspace()), "")',
        "start = line[:1]",
        CHANGES,
    ),
    Bug(
        "a line of white space before a formula",
        "injection",
        "partner_center/changes/table.py",
        " or cell[:1] in _LEADING\n",
        "\n",
        CHANGES,
    ),
    Bug(
        "no policy for scripts",
        "headers",
        "partner_center/web/security.py",
        '    "Content-Security-Policy": CONTENT_SECURITY_POLICY,\n',
        "",
        HEADERS,
    ),
    Bug(
        "pages may be framed",
        "headers",
        "partner_center/web/security.py",
        "        \"frame-ancestors 'none'\",\n",
        "",
        HEADERS,
    ),
    Bug(
        "pages are kept by the browser",
        "headers",
        "partner_center/web/security.py",
        '        response.headers["Cache-Control"] = "no-store"\n',
        "        pass\n",
        HEADERS,
    ),
    Bug(
        "a way out through two slashes",
        "redirects",
        "partner_center/web/addresses.py",
        ' or text.startswith("//"):\n',
        ":\n",
        f"{AUTH} tests/unit/web",
    ),
    Bug(
        "a way out through a backslash",
        "redirects",
        "partner_center/web/addresses.py",
        '"\\\\" in text or ',
        "",
        f"{AUTH} tests/unit/web",
    ),
    # Bad input.
    Bug(
        "a part without a name",
        "input",
        "partner_center/web/bounds.py",
        "        if any(name is None for name in names):",
        "        if not names and any(name is None for name in names):",
        MALFORMED,
    ),
    Bug(
        "a zero byte in a form",
        "input",
        "partner_center/web/bounds.py",
        '        if "\\0" in name or any("\\0" in value for value in values):\n',
        '        if "\\0" in name:\n',
        MALFORMED,
    ),
    Bug(
        "a number no column holds",
        "input",
        "partner_center/web/bounds.py",
        "        if isinstance(value, int) and value > LARGEST_NUMBER:\n",
        "        if isinstance(value, str) and not value:\n",
        f"{MALFORMED} tests/unit/staff {MATRIX}",
    ),
    Bug(
        "a body of any size",
        "input",
        "partner_center/app.py",
        '        "MAX_CONTENT_LENGTH": bounds.LONGEST_BODY,\n',
        "",
        f"{MALFORMED} tests/web/selection",
    ),
    # Accounts.
    Bug(
        "the time tells who has an account",
        "accounts",
        "partner_center/staff/passwords.py",
        "        _hasher.verify(password_hash or _nobody, password)\n",
        "        if password_hash is None:\n            return False\n"
        "        _hasher.verify(password_hash, password)\n",
        f"{AUTH} {STAFF}",
    ),
    Bug(
        "a link that has ended still works",
        "accounts",
        "partner_center/staff/invitations.py",
        "StaffInvitation.token_hash == _hash(token), StaffInvitation.expires_at > clock.now()",
        "StaffInvitation.token_hash == _hash(token)",
        STAFF,
    ),
    Bug(
        "links are kept as they are",
        "secrets",
        "partner_center/staff/invitations.py",
        '    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()\n',
        "    return token[:64]\n",
        STAFF,
    ),
    # Secrets.
    Bug(
        "a key shows its token",
        "secrets",
        "partner_center/cloud/http.py",
        "    value: str = field(repr=False)\n",
        "    value: str\n",
        CLOUD,
    ),
    Bug(
        "the log has the token",
        "secrets",
        "partner_center/cloud/http.py",
        'log.warning("No answer to request %s: %s", call_id, type(error).__name__)',
        'log.warning("No answer to request %s: %s", call_id, headers)',
        CLOUD,
    ),
    Bug(
        "links of others are followed with our token",
        "secrets",
        "partner_center/cloud/endpoint.py",
        "        if not self.owns(path):\n",
        "        if not path:\n",
        CLOUD,
    ),
    Bug(
        "addresses of others are called",
        "secrets",
        "partner_center/cloud/http.py",
        "        if _origin(request.url) not in self._origins:\n",
        "        if not self._origins:\n",
        CLOUD,
    ),
    Bug(
        "a link's secret in the log",
        "secrets",
        "partner_center/web/request.py",
        '    return request.path.replace(token, "[token]") if token else request.path\n',
        "    return request.path\n",
        "tests/web/staff tests/web/test_journal.py",
    ),
    Bug(
        "debug mode serves the world",
        "configuration",
        "partner_center/config.py",
        "        if self.debug and public:\n",
        "        if self.debug and not public and self.port < 0:\n",
        "tests/unit/test_config.py",
    ),
    Bug(
        "the demo serves the world",
        "configuration",
        "partner_center/config.py",
        "        if self.demo and public:\n",
        "        if self.demo and public and self.debug:\n",
        "tests/unit/test_config.py",
    ),
    Bug(
        "a short key will do",
        "configuration",
        "partner_center/config.py",
        "        if len(self.secret_key) < SHORTEST_SECRET or _is_known(self.secret_key):\n",
        "        if not self.secret_key:\n",
        "tests/unit/test_config.py",
    ),
    # The record.
    Bug(
        "an entry's hash leaves out what it says",
        "audit",
        "partner_center/audit/chain.py",
        "    text = json.dumps(told, sort_keys=True,",
        '    told.pop("details")\n    text = json.dumps(told, sort_keys=True,',
        "tests/unit/audit",
    ),
    Bug(
        "a refusal leaves no entry",
        "audit",
        "partner_center/web/transaction.py",
        "    if edge.notes:\n        _keep(edge.notes)\n",
        "",
        f"tests/web/test_transaction.py {AUTH}",
    ),
    Bug(
        "a save leaves no entry",
        "audit",
        "partner_center/changes/saving.py",
        "        Action.CHANGE_SAVED,\n",
        "        Action.CHANGE_RETRIED,\n",
        CHANGES,
    ),
    # Saving.
    Bug(
        "a form sent twice saves twice",
        "saving",
        "partner_center/changes/saving.py",
        "    if change is not None and _is_same(actor, change, asks):\n        return change\n",
        "",
        CHANGES,
    ),
    Bug(
        "somebody else's form is taken for one's own",
        "session",
        "partner_center/changes/saving.py",
        "    if change.staff_id == actor.id and unpack_asks(change.asks) == tuple(asks):\n",
        "    if unpack_asks(change.asks) == tuple(asks):\n",
        CHANGES,
    ),
)
