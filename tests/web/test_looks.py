"""The theme keeps its promises: contrast in both themes, small files, nothing inline, no changed case."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import partner_center

STATIC = Path(partner_center.__file__).parent / "static"
TEMPLATES = STATIC.parent.parent / "templates"
THEME = (STATIC / "theme.css").read_text(encoding="utf-8")
BUDGET = 24 * 1024
TOKENS = dict(re.findall(r"--(c-[a-z-]+): light-dark\((#[0-9A-F]{6}, #[0-9A-F]{6})\)", THEME))

TEXT, PARTS = 4.5, 3.0  # WCAG 2.2: 1.4.3 and 1.4.11
PAIRS = [
    *((f"c-{word}", "c-surface", TEXT) for word in ("text", "muted", "disabled", "link", "err")),
    *((f"c-{word}", "c-bg", TEXT) for word in ("text", "muted", "link")),
    *((f"c-{word}", "c-sel", TEXT) for word in ("text", "muted", "link")),
    *((f"c-{word}", f"c-{word}-bg", TEXT) for word in ("ok", "warn", "err", "info", "chg")),
    ("c-text", "c-chg-bg", TEXT),
    ("c-muted", "c-sunken", TEXT),
    ("c-on-accent", "c-accent", TEXT),
    ("c-on-accent", "c-accent-h", TEXT),
    *(("c-border-strong", ground, PARTS) for ground in ("c-surface", "c-sel")),
    *(("c-focus", ground, PARTS) for ground in ("c-surface", "c-bg", "c-sel")),
    ("c-bar", "c-track", PARTS),
]


def luminance(color: str) -> float:
    """Relative luminance by WCAG's formula."""
    parts = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("front", "back", "least"), PAIRS, ids=str)
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colors_stand_out_from_what_is_behind_them(front: str, back: str, least: float, theme: int) -> None:
    pair = TOKENS[front].split(", ")[theme], TOKENS[back].split(", ")[theme]
    assert contrast(*pair) >= least, f"{front} on {back}: {contrast(*pair):.2f}"


def test_style_and_scripts_are_small() -> None:
    assert len(THEME.encode()) <= BUDGET
    assert sum(file.stat().st_size for file in (STATIC / "js").glob("*.js")) <= BUDGET


def test_nothing_is_fetched_from_elsewhere() -> None:
    for file in [*STATIC.rglob("*.css"), *STATIC.rglob("*.js")]:
        words = file.read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!www\.w3\.org)|@import|url\(", words), file.name


def test_case_is_never_changed_because_turkish_has_two_letters_i() -> None:
    for file in [*STATIC.rglob("*.css"), *TEMPLATES.rglob("*.html")]:
        words = file.read_text(encoding="utf-8")
        assert not re.search(r"text-transform|\|\s*(upper|lower|title|capitalize)\b", words), file.name


def test_every_icon_that_is_asked_for_is_in_the_sprite() -> None:
    there = set(re.findall(r'id="([\w-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
    for file in TEMPLATES.rglob("*.html"):
        words = file.read_text(encoding="utf-8")
        asked = re.findall(r'icon\("([\w-]+)"', words) + re.findall(r'icon_name="([\w-]+)"', words)
        assert set(asked) <= there, file.name
