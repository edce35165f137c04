"""All the bugs that are planted, and the kinds of which none may be missed."""

from __future__ import annotations

from tests.planted.rights import RIGHTS
from tests.planted.sign_in import SIGN_IN
from tests.planted.traffic import TRAFFIC

MUST = frozenset({"authorisation", "tenancy", "csrf", "session"})
BUGS = (*RIGHTS, *SIGN_IN, *TRAFFIC)
