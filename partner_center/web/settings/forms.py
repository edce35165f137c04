"""The form of one's own settings."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, SelectField

from partner_center.web.language import LANGUAGE_NAMES

BROWSER = "browser"


class SettingsForm(FlaskForm):  # type: ignore[misc]
    """Language (or the browser's) and theme."""

    language = SelectField(
        _l("Language"),
        choices=[
            SelectChoice(BROWSER, _l("As the browser")),
            *(SelectChoice(code, name, {"lang": code}) for code, name in LANGUAGE_NAMES.items()),
        ],
    )
    theme = RadioField(
        _l("Theme"),
        choices=[
            SelectChoice("system", _l("As the system")),
            SelectChoice("light", _l("Light")),
            SelectChoice("dark", _l("Dark")),
        ],
    )
