"""Every case file is a promise of the engine; a new rule brings one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.licensing.case import CASES, read


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_engine_does_what_the_case_says(path: Path) -> None:
    case = read(path)

    assert case.expected, "a case without a 'then' promises nothing"
    assert sorted(case.outcome()) == sorted(case.expected)


def test_every_rule_has_its_case() -> None:
    from partner_center.licensing.rules import RULES

    told = {path.stem.split("__")[0] for path in CASES}
    assert {rule.__name__ for rule in RULES} <= told
