"""Forms of other sites, sessions, passwords, the second factor."""

from __future__ import annotations

from tests.planted.bug import AUTH, CHANGES, MALFORMED, STAFF, Bug

SIGN_IN = (
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
    Bug(
        "somebody else's form is taken for one's own",
        "session",
        "partner_center/changes/saving.py",
        "    if change.staff_id == actor.id and unpack_asks(change.asks) == tuple(asks):\n",
        "    if unpack_asks(change.asks) == tuple(asks):\n",
        CHANGES,
    ),
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
)
