"""A form's own key, by which the same form sent twice makes one change."""

from __future__ import annotations

import hashlib

from werkzeug.datastructures import MultiDict

from partner_center.shared.errors import Refusal
from partner_center.web.problems import Problem
from partner_center.web.wording import _

LONGEST = 64
Form = MultiDict[str, str]


def is_key(text: str) -> bool:
    """Whether it is one: neither empty nor longer than is stored."""
    return 0 < len(text) <= LONGEST


def read_key(form: Form) -> str:
    """The key of the form. Raises Refusal where there is none."""
    key = form.get("key", "")
    if not is_key(key):
        raise Refusal("The form was not complete. Look again, then save.")
    return key


def check_key(form: Form) -> tuple[Problem, ...]:
    """The same for a form that is shown again with what is wrong above it."""
    try:
        read_key(form)
    except Refusal as refusal:
        return (Problem(_(str(refusal))),)
    return ()


def fingerprint(form: Form) -> str:
    """A key made of the form's own and all that it asks for. The same form again is the same change; other
    boxes sent under the same key are another one."""
    asked = sorted((name, value) for name, value in form.items(multi=True) if name != "csrf_token")
    return hashlib.sha256(repr(asked).encode("utf-8", "replace")).hexdigest()
