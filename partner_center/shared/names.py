"""Keys made of names: for searching, for sorting in four languages, for comparing addresses. Pure.

Databases sort and lower by code point and `locale` needs what the machine has installed, so both keys are
made here and stored. Comparing two sort keys code point by code point gives the language's order.

Alphabets: CLDR common/collation `no.xml`, `sv.xml`, `tr.xml`.
"""

from __future__ import annotations

import re
import unicodedata
from types import MappingProxyType

LANGUAGES = ("en", "tr", "nb", "sv")
"""The languages of the screens; each has its sort key."""

LONGEST_SORTED = 120
"""Characters of a name that take part in sorting."""

_FOLDED = dict(ı="i", ø="o", æ="ae", đ="d", ð="d", ł="l", ħ="h", œ="oe", þ="th", ŧ="t")  # noqa: C408 - one line
_INVISIBLE = frozenset({"Mn", "Me", "Cf"})
_SPACING = frozenset({"Cc", "Zs", "Zl", "Zp"})
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_PAIR_AA = re.compile("[Aa][Aa]")
_AA = "\ue000"  # private use: stands for the pair while a Norwegian key is made

# A letter of its own gets a place behind another: "c~" comes after every "c…" and before "d", and
# "{", "|", "}" come after "z". The same four characters in a name sort as "`", before the letters.
_LETTERS: MappingProxyType[str, dict[str, str]] = MappingProxyType(
    {
        "en": {},
        "tr": {
            "I": "i",
            "ı": "i",
            "i": "i~",
            "İ": "i~",
            "ç": "c~",
            "ğ": "g~",
            "ö": "o~",
            "ş": "s~",
            "ü": "u~",
        },
        "nb": {
            "æ": "{",
            "ä": "{",
            "ø": "|",
            "ö": "|",
            "ő": "|",
            "œ": "|",
            "å": "}",
            _AA: "}",
            "ü": "y",
            "ű": "y",
        },
        "sv": {
            "å": "{",
            "ä": "|",
            "æ": "|",
            "ę": "|",
            "ö": "}",
            "ø": "}",
            "ő": "}",
            "œ": "}",
            "ô": "}",
            "ü": "y",
            "ű": "y",
        },
    }
)
_OWN: MappingProxyType[str, frozenset[str]] = MappingProxyType(
    {
        "en": frozenset(),
        "tr": frozenset("ıiİçğöşü"),
        "nb": frozenset("æø" + _AA),  # not å: "Aase" stands before "Åse"
        "sv": frozenset("åäö"),
    }
)
_BEFORE_LETTERS = dict.fromkeys("{|}~", "`")


class _Folding(dict[int, str]):
    """Code point → what it is searched as; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _fold_character(chr(code))
        return found


class _Primary(dict[int, str]):
    """Code point → its place in a language's alphabet."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._letters = _BEFORE_LETTERS | _LETTERS[language]

    def __missing__(self, code: int) -> str:
        self[code] = found = self._place(chr(code))
        return found

    def _place(self, character: str) -> str:
        for known in (character, character.lower()):
            if known in self._letters:
                return self._letters[known]
        lower = character.lower()
        base = unicodedata.normalize("NFKD", lower)[:1]
        if base != lower and base in self._letters:
            return self._letters[base]
        return "".join(map(_fold_character, lower))  # "İ" in lower case is two characters


class _Accents(dict[int, str]):
    """Code point → "0" for a letter of the language, else itself: decides between equal places."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._own = _OWN[language]

    def __missing__(self, code: int) -> str:
        lower = chr(code).lower()[:1]
        self[code] = found = "0" if lower.isascii() or lower in self._own else lower
        return found


_FOLDING = _Folding()
_PRIMARY = {language: _Primary(language) for language in LANGUAGES}
_ACCENTS = {language: _Accents(language) for language in LANGUAGES}


def fold(text: str) -> str:
    """What is searched: no case, no marks, `İ I ı` alike, runs of white space as one blank.

    Works character by character, so that a part of a name folds to a part of the folded name:
    `fold("Işıl IŞIK") == fold("isil isik")`, `fold("Øystein") == "oystein"`.
    """
    return " ".join(text.translate(_FOLDING).split())


def sort_key(text: str, language: str) -> str:
    """A key whose code point order is the alphabetical order of `language` (one of LANGUAGES).

    Case does not count; accents count only between names that are otherwise the same. In Norwegian `aa`
    sorts as `å`.
    """
    name = unicodedata.normalize("NFC", " ".join(text[:LONGEST_SORTED].split()))
    if language == "nb":
        name = _PAIR_AA.sub(_AA, name)
    primary = name.translate(_PRIMARY[language])
    if name.isascii():
        return primary
    accents = name.translate(_ACCENTS[language]).rstrip("0")
    return f"{primary}\x01{accents}" if accents else primary


def ascii_lower(text: str) -> str:
    """Lower case of A to Z and nothing else: how addresses, domains and ids compare, in any language."""
    return text.translate(_ASCII_LOWER)


def clean(text: str, limit: int) -> str:
    """`text` as every database stores it: no NUL, no half surrogate, at most `limit` characters."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\x00", "").strip()[:limit]


def _fold_character(character: str) -> str:
    if unicodedata.category(character) in _SPACING:
        return " "
    if character in "Iİı":
        return "i"
    plain = unicodedata.normalize("NFKD", character).casefold()
    return "".join(_FOLDED.get(part, part) for part in plain if unicodedata.category(part) not in _INVISIBLE)
