"""Lines of the error summary: what is wrong, and where on the page it is put right."""

from __future__ import annotations

from dataclasses import dataclass

from flask_wtf import FlaskForm


@dataclass(frozen=True, slots=True)
class Problem:
    """One line. `target` is the id of the control it belongs to, without the `#`."""

    text: str
    target: str = ""


def problems_of(form: FlaskForm) -> tuple[Problem, ...]:
    """Every error of `form`, in the order of its fields."""
    return tuple(
        Problem(str(text), field.id if field.type != "CSRFTokenField" else "")
        for field in form
        for text in field.errors
    )
