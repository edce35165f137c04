"""Numbers, dates and places as a reader of the screen's language writes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from flask import Flask

from partner_center.shared import clock
from partner_center.web.language import current_language
from partner_center.web.wording import _


@lru_cache(maxsize=8)
def _locale(language: str) -> Locale:
    return Locale.parse(language)


def locale() -> Locale:
    """The locale of this request; English where nothing else is known."""
    return _locale(current_language())


def number(value: float) -> str:
    """`12345` as `12,345`, `12.345` or `12 345`."""
    if isinstance(value, int) and 0 <= value < 1000:
        return str(value)  # the same in all our languages
    return _decimal(value, current_language())


@lru_cache(maxsize=4096)
def _decimal(value: float, language: str) -> str:
    """Babel takes its time, and the sums of a customer come again on each of its pages."""
    return format_decimal(value, locale=_locale(language))


def percent(share: float) -> str:
    """`0.42` as `42%`, `%42` or `42 %`."""
    return format_percent(share, locale=locale())


def day(value: date) -> str:
    """The date with the month as a word: `21 Nov 2026` can't be read as another day."""
    pattern = "d MMM y" if locale().language == "en" else "medium"
    return format_date(value, pattern, locale=locale())


def moment(value: datetime) -> str:
    """Date and time, in UTC as all of Partner Center shows them."""
    pattern = "d MMM y, HH:mm" if locale().language == "en" else "medium"
    if pattern == "medium":
        return f"{day(value)} {format_datetime(value, 'HH:mm', locale=locale())} UTC"
    return format_datetime(value, pattern, locale=locale()) + " UTC"


def clock_time(value: datetime) -> str:
    """`14:05 UTC` for today, with the date for other days."""
    if value.astimezone(UTC).date() != clock.now().date():
        return moment(value)
    return format_datetime(value.astimezone(UTC), "HH:mm", locale=locale()) + " UTC"


def iso(value: date) -> str:
    """For `<time datetime>`: ISO 8601, times in UTC to the second."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return value.isoformat()


def ago(value: datetime) -> str:
    """How long ago, in the largest whole unit: `4 minutes ago`."""
    passed = value - clock.now()
    if passed.total_seconds() > -60:
        return _("just now")
    return format_timedelta(passed, add_direction=True, threshold=1, locale=locale())


def location_name(code: str) -> str:
    """The country of a two-letter code; the code itself where CLDR does not know it."""
    return _territories(current_language()).get(code.upper(), code)


@lru_cache(maxsize=8)
def _territories(language: str) -> dict[str, str]:
    return dict(_locale(language).territories)


FILTERS: tuple[Callable[..., str], ...] = (number, percent, day, moment, clock_time, iso, ago, location_name)


def register(app: Flask) -> None:
    """Make each of `FILTERS` a template filter of its own name."""
    for function in FILTERS:
        app.add_template_filter(function, function.__name__)
