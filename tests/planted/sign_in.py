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
    Bug(
        "a session outlives a change of roles",
        "session",
        "partner_center/staff/administration.py",
        "    member.roles = [*kept, *(StaffRole(role=role.value) for role in sorted(new))]\n"
        "    sessions.end_all(session, member.id)\n",
        "    member.roles = [*kept, *(StaffRole(role=role.value) for role in sorted(new))]\n",
        f"{STAFF} {AUTH}",
    ),
    Bug(
        "a session outlives a new password",
        "session",
        "partner_center/staff/service.py",
        "    member.password_hash = passwords.hash_password(password)\n"
        "    session.flush()\n"
        "    sessions.end_all(session, member.id)\n",
        "    member.password_hash = passwords.hash_password(password)\n    session.flush()\n",
        f"{AUTH} {STAFF}",
    ),
    Bug(
        "a session in use never ends",
        "session",
        "partner_center/staff/sessions.py",
        "        return min(started_at + self.absolute, last_seen_at + self.idle)\n",
        "        return last_seen_at + self.idle\n",
        AUTH,
    ),
    Bug(
        "a session without use goes on",
        "session",
        "partner_center/staff/sessions.py",
        "        return min(started_at + self.absolute, last_seen_at + self.idle)\n",
        "        return started_at + self.absolute\n",
        AUTH,
    ),
    Bug(
        "the session before goes on after signing in",
        "session",
        "partner_center/web/auth/door.py",
        "        sessions.end(session, before.actor.id, before.session_id)\n",
        "        pass\n",
        AUTH,
    ),
    Bug(
        "a right password is a session already",
        "session",
        "partner_center/staff/queries.py",
        "        _SESSIONS.c.stage == Stage.IN.value,\n",
        "",
        f"{AUTH} tests/unit/staff/test_second_factor.py",
    ),
    Bug(
        "somebody else's session can be ended",
        "session",
        "partner_center/staff/sessions.py",
        "StaffSession.id == session_id, StaffSession.staff_id == staff_id)",
        "StaffSession.id == session_id)",
        AUTH,
    ),
    Bug(
        "a code of the app is taken again",
        "accounts",
        "partner_center/staff/second_factor.py",
        "SecondFactor.staff_id == staff_id, SecondFactor.last_step < step",
        "SecondFactor.staff_id == staff_id",
        f"{STAFF} {AUTH}",
    ),
    Bug(
        "a recovery code is taken again",
        "accounts",
        "partner_center/staff/second_factor.py",
        "    taken = delete(RecoveryCode).where(RecoveryCode.code_hash == _hash(staff_id, code))\n"
        "    gone = session.execute(taken.returning(RecoveryCode.staff_id)).first()\n"
        "    return Proof.RECOVERY if gone else None\n",
        "    known = session.get(RecoveryCode, _hash(staff_id, code))\n"
        "    return Proof.RECOVERY if known else None\n",
        f"{STAFF} {AUTH}",
    ),
    Bug(
        "anybody's recovery code will do",
        "accounts",
        "partner_center/staff/second_factor.py",
        '    return hashlib.sha256(f"{staff_id}:{plain}".encode("utf-8", "replace")).hexdigest()\n',
        '    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()\n',
        STAFF,
    ),
    Bug(
        "tries are not counted",
        "accounts",
        "partner_center/staff/throttle.py",
        "    return count <= limit.most\n",
        "    return count > 0\n",
        f"{STAFF} {AUTH}",
    ),
    Bug(
        "a refusal takes its try back",
        "accounts",
        "partner_center/web/auth/tries.py",
        "    transaction.keep()\n",
        "",
        AUTH,
    ),
    Bug(
        "trying on begins the count anew",
        "accounts",
        "partner_center/staff/throttle.py",
        "else_=Tries.count + 1)",
        "else_=1)",
        f"{STAFF} {AUTH}",
    ),
)
