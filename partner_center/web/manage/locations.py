"""The countries offered as usage location, in the reader's alphabet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from babel import Locale

from partner_center.shared.names import sort_key
from partner_center.web import formats
from partner_center.web.language import current_language

_NO_COUNTRIES = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)
"""Two-letter CLDR territories that are not in ISO 3166-1: unions, pseudo locales, parts of others."""


@dataclass(frozen=True, slots=True)
class Country:
    """A choice of the list: `code` is ISO 3166-1 alpha-2."""

    code: str
    name: str


def is_country(code: str) -> bool:
    """Whether `code` may be offered: two capital letters that CLDR knows as a country."""
    return code in {country.code for country in list_countries()}


def list_countries() -> tuple[Country, ...]:
    """All of them in the reader's language, sorted by name."""
    return _countries(current_language())


def name_countries(codes: Sequence[str]) -> list[Country]:
    """Those of `codes` that are countries, in the order given."""
    return [Country(code, formats.location_name(code)) for code in codes if is_country(code)]


@cache
def _countries(language: str) -> tuple[Country, ...]:
    found = [
        Country(code, name)
        for code, name in Locale(language).territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES
    ]
    return tuple(sorted(found, key=lambda country: sort_key(country.name, language)))
