"""The editor of the usage location: countries in the reader's alphabet, for whom, and what it sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from babel import Locale
from werkzeug.datastructures import MultiDict

from partner_center.changes.matrix_values import LocationSummary
from partner_center.licensing.values import LocationScope, LocationWish, Wish
from partner_center.shared.names import sort_key
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission
from partner_center.web import formats
from partner_center.web.formats import number
from partner_center.web.gates import role_gate
from partner_center.web.language import current_language
from partner_center.web.problems import Problem
from partner_center.web.wording import _, ngettext

_NO_COUNTRIES = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)
"""Two-letter CLDR territories that are not in ISO 3166-1: unions, pseudo locales, parts of others."""


@dataclass(frozen=True, slots=True)
class Country:
    """A choice of the list: `code` is ISO 3166-1 alpha-2."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class LocationPanel:
    """The editor of the usage location; `why_not` for who may not set it."""

    missing: int
    missing_text: str
    why_not: str
    scope: str
    value: str
    used: list[Country]
    countries: tuple[Country, ...]
    is_open: bool


def is_country(code: str) -> bool:
    """Whether `code` may be offered: two capital letters that CLDR knows as a country."""
    return code in {country.code for country in list_countries()}


def list_countries() -> tuple[Country, ...]:
    """All of them in the reader's language, sorted by name."""
    return _countries(current_language())


def name_countries(codes: Sequence[str]) -> list[Country]:
    """Those of `codes` that are countries, in the order given."""
    return [Country(code, formats.location_name(code)) for code in codes if is_country(code)]


def location_panel(actor: Actor, customer_id: int, summed: LocationSummary) -> LocationPanel:
    """The editor over the people whose locations are summed up."""
    allowed = actor.may(Permission.SET_USAGE_LOCATION)
    return LocationPanel(
        missing=summed.missing,
        missing_text=ngettext(
            "%(count)s selected user has no usage location. Licenses can't be assigned without one.",
            "%(count)s selected users have no usage location. Licenses can't be assigned without one.",
            summed.missing,
            count=number(summed.missing),
        ),
        why_not="" if allowed else role_gate(Permission.SET_USAGE_LOCATION, customer_id).sentence,
        scope=summed.wish.scope if summed.wish else "leave",
        value=summed.wish.value if summed.wish else "",
        used=name_countries([code for code, _count in summed.countries][:5]) if allowed else [],
        countries=list_countries() if allowed else (),
        is_open=summed.wish is not None,
    )


def with_location(form: MultiDict[str, str], wish: Wish) -> tuple[Wish, list[Problem]]:
    """`wish` with the location that the form asks for, or what is wrong with it."""
    scope, value = form.get("location-scope", ""), form.get("location-value", "")
    if scope == "leave":
        return wish.with_location(None), []
    if scope not in set(LocationScope):
        return wish, [Problem(_("Choose for whom the usage location is set."), "location")]
    if not is_country(value):
        return wish, [Problem(_("Choose a country for the usage location."), "location-value")]
    return wish.with_location(LocationWish(value, LocationScope(scope))), []


@cache
def _countries(language: str) -> tuple[Country, ...]:
    found = [
        Country(code, name)
        for code, name in Locale(language).territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES
    ]
    return tuple(sorted(found, key=lambda country: sort_key(country.name, language)))
