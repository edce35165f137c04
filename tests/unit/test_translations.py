"""Every sentence is there in every language, whole, and as compiled."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "partner_center" / "translations"
KEYWORDS = ["lazy_gettext", "_l", "Refusal", "NotFound", "Forbidden", "Conflict", "Unavailable"]
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


@pytest.fixture(scope="module")
def sentences() -> set[str]:
    """What the console's code and templates say."""
    method_map, options_map = _mapping()
    keywords = {**DEFAULT_KEYWORDS, **parse_keywords(KEYWORDS)}
    found = extract_from_dir(ROOT, method_map, options_map, keywords, directory_filter=_is_ours)
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found} - {""}


@pytest.mark.parametrize("language", ["tr", "nb", "sv"])
def test_every_sentence_is_translated(sentences: set[str], language: str) -> None:
    catalogue = _read(language)
    lacking = [text for text in sentences if text not in catalogue or not _is_whole(catalogue, text)]
    assert not lacking, (
        f"{len(lacking)} lacking; docs/development.md says how to extract them: {lacking[:20]}"
    )


@pytest.mark.parametrize("language", ["tr", "nb", "sv"])
def test_no_translation_loses_or_invents_a_placeholder(language: str) -> None:
    wrong = []
    for message in _read(language):
        forms = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        asked = set(PLACEHOLDER.findall(message.id if isinstance(message.id, str) else "".join(message.id)))
        wrong += [form for form in forms if not set(PLACEHOLDER.findall(form)) <= asked]
        if isinstance(message.id, str) and message.id:
            wrong += [form for form in forms if set(PLACEHOLDER.findall(form)) != asked]
    assert not wrong


@pytest.mark.parametrize("language", ["tr", "nb", "sv"])
def test_the_compiled_catalogue_is_the_one_that_can_be_read(language: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, _read(language))
    assert (FOLDER / language / "LC_MESSAGES" / "messages.mo").read_bytes() == compiled.getvalue()


def _read(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file)


def _is_whole(catalogue: Catalog, text: str) -> bool:
    message = catalogue[text]
    forms = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return all(forms) and not message.fuzzy


def _is_ours(folder: str) -> bool:
    parts = Path(folder).relative_to(ROOT).parts
    return not parts or parts[0] in ("partner_center", "templates")


def _mapping() -> tuple[list[tuple[str, str]], dict[str, dict[str, str]]]:
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        return parse_mapping_cfg(file)
