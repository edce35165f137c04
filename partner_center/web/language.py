"""In which language a page speaks: the person's setting, their choice before signing in, their browser's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType

from flask import g, has_request_context, request

from partner_center.web.request import find_profile

LANGUAGE_NAMES = MappingProxyType({"en": "English", "tr": "Türkçe", "nb": "Norsk bokmål", "sv": "Svenska"})
COOKIE = "language"
DEFAULT = "en"
_OFFERED = {"en": "en", "tr": "tr", "nb": "nb", "no": "nb", "nn": "nb", "sv": "sv"}


def current_language() -> str:
    """One of LANGUAGE_NAMES; decided once per request, for every sentence asks."""
    if not has_request_context():
        return DEFAULT
    try:
        language: str = g.language
    except AttributeError:
        g.language = DEFAULT  # so that an error while asking the database can still be told
        g.language = language = _choose()
    return language


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Sentences in another language meanwhile: for a text that somebody else will read."""
    own = current_language()
    g.language = language
    try:
        yield
    finally:
        g.language = own


def _choose() -> str:
    profile = find_profile()
    if profile and profile.language and profile.language in LANGUAGE_NAMES:
        return profile.language
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGE_NAMES:
        return chosen
    return _OFFERED[request.accept_languages.best_match(_OFFERED, DEFAULT)]
