"""Names of people, drawn from Faker's lists with a fixed seed, and the words of their jobs."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

LOCALES = {"US": "en_US", "TR": "tr_TR", "NO": "no_NO", "SE": "sv_SE"}
_POOL = 420

WELL_KNOWN = {
    "US": (("Dana", "O'Neill"), ("Anne-Marie", "St. John"), ("Ximena", "Núñez")),
    "TR": (("Işıl", "Çağlar"), ("İbrahim", "Şimşek"), ("Ilgın", "Öztürk")),
    "NO": (("Åse", "Øvrebø"), ("Håkon", "Aasen"), ("Ærlend", "Bjørnstad")),
    "SE": (("Åsa", "Öberg"), ("Örjan", "Ek"), ("Ängla", "Wählin")),
}
"""People every larger customer of the country has: their letters are the hard ones."""

DEPARTMENTS = {
    "US": (
        "Sales",
        "Finance",
        "Operations",
        "Customer Service",
        "IT",
        "Human Resources",
        "Marketing",
        "Warehouse",
    ),
    "TR": (
        "Satış",
        "Muhasebe",
        "Üretim",
        "Müşteri Hizmetleri",
        "Bilgi İşlem",
        "İnsan Kaynakları",
        "Pazarlama",
        "Depo",
    ),
    "NO": ("Salg", "Økonomi", "Drift", "Kundeservice", "IT", "HR", "Marked", "Lager"),
    "SE": ("Försäljning", "Ekonomi", "Drift", "Kundtjänst", "IT", "HR", "Marknad", "Lager"),
}
TITLES = {
    "US": ("Manager", "Specialist", "Coordinator", "Analyst", "Assistant", "Engineer"),
    "TR": ("Müdür", "Uzman", "Koordinatör", "Analist", "Asistan", "Mühendis"),
    "NO": ("Leder", "Rådgiver", "Koordinator", "Analytiker", "Assistent", "Ingeniør"),
    "SE": ("Chef", "Specialist", "Koordinator", "Analytiker", "Assistent", "Ingenjör"),
}
_LETTERS = str.maketrans(
    {"ı": "i", "İ": "i", "ø": "o", "Ø": "o", "æ": "ae", "Æ": "ae", "å": "a", "Å": "a", "ß": "ss", "đ": "d"}
)


class FakerMissing(Exception):
    """Faker, which the names come from, is not installed."""


@dataclass(frozen=True, slots=True)
class Names:
    """First and last names of one country."""

    first: tuple[str, ...]
    last: tuple[str, ...]

    def draw(self, dice: random.Random) -> tuple[str, str]:
        return dice.choice(self.first), dice.choice(self.last)


def load_names() -> dict[str, Names]:
    """Names by country; the same on every run. `FakerMissing` says how to get Faker."""
    try:
        import faker  # noqa: F401, PLC0415 - an extra: only the demo needs it
    except ImportError as problem:
        text = (
            "The demo's people come from Faker, which is not installed. "
            "Run: pip install 'partner-center-console[demo]'"
        )
        raise FakerMissing(text) from problem
    return {country: _pool(locale) for country, locale in LOCALES.items()}


@cache
def _pool(locale: str) -> Names:
    from faker import Faker  # noqa: PLC0415 - an extra: only the demo needs it

    source: Any = Faker(locale)
    source.seed_instance(20230531)
    first = dict.fromkeys(source.first_name() for _ in range(_POOL))
    last = dict.fromkeys(source.last_name() for _ in range(_POOL))
    return Names(tuple(first), tuple(last))


def mail_name(first: str, last: str) -> str:
    """The part of an address before the @: plain letters, a dot between the names."""
    return f"{_plain(first)}.{_plain(last)}"


def box_name(name: str) -> str:
    """The part of a mailbox's address before the @: the words of its name with hyphens between."""
    return "-".join(_plain(word) for word in name.split())


@cache
def _plain(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(c for c in spread.lower() if c.isascii() and (c.isalnum() or c == "-"))
