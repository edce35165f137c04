"""Sentences in the language of the page: Flask-Babel's catalogues, asked the short way.

Flask-Babel finds the context, the locale and the catalogue anew for each sentence, which was a third of
the time of a page of users. Here the catalogue of a language is found once per process.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

import flask_babel
from flask import Flask
from markupsafe import Markup

from partner_center.web.language import current_language

SENTENCES = 4_096
"""More than all templates have, in all languages."""


class Catalogue(Protocol):
    """What gettext's and Babel's catalogues can do."""

    def gettext(self, message: str) -> str: ...
    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str: ...


def _(message: str, **values: object) -> str:
    """`message` in the language of the page, with its placeholders filled."""
    text = _catalogue(current_language()).gettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, number: int, **values: object) -> str:
    """The form that the language uses for `number`."""
    return _catalogue(current_language()).ngettext(singular, plural, number) % {"num": number, **values}


def register(app: Flask) -> None:
    """Let the templates' `_` and `ngettext` ask the short way, too; `_` keeps its sentences escaped."""
    installed: Callable[..., Any] = app.jinja_env.install_gettext_callables  # type: ignore[attr-defined]
    installed(
        gettext=lambda message: _catalogue(current_language()).gettext(message),
        ngettext=lambda one, many, n: _catalogue(current_language()).ngettext(one, many, n),
        newstyle=True,
    )
    app.jinja_env.globals.update(_=_in_template, gettext=_in_template)


def _in_template(message: str, **values: object) -> Markup:
    language = current_language()
    return _pattern(language, message) % values if values else _sentence(language, message)


@lru_cache(maxsize=SENTENCES)
def _sentence(language: str, message: str) -> Markup:
    return _pattern(language, message) % {}


@lru_cache(maxsize=SENTENCES)
def _pattern(language: str, message: str) -> Markup:
    return Markup.escape(_catalogue(language).gettext(message))


@lru_cache(maxsize=8)
def _catalogue(language: str) -> Catalogue:
    with flask_babel.force_locale(language):
        found: Catalogue = flask_babel.get_translations()
    return found
