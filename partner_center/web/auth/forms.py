"""Forms of the sign-in page."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Email and password. The messages never tell whether the account exists."""

    email = StringField(
        _l("Email"),
        [InputRequired(_l("Enter your email.")), Length(max=320, message=_l("This is too long."))],
        render_kw={"autocomplete": "username", "inputmode": "email", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Enter your password.")), Length(max=256, message=_l("This is too long."))],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


class NewPasswordForm(FlaskForm):  # type: ignore[misc]
    """A password of one's own, twice."""

    password = PasswordField(
        _l("New password"),
        [InputRequired(_l("Enter a password.")), Length(max=256, message=_l("This is too long."))],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("The same again"),
        [EqualTo("password", message=_l("The two passwords differ. Enter the same twice."))],
        render_kw={"autocomplete": "new-password"},
    )


class CodeForm(FlaskForm):  # type: ignore[misc]
    """A code of the authenticator app, or a recovery code."""

    code = StringField(
        _l("Code"),
        [InputRequired(_l("Enter the code.")), Length(max=40, message=_l("This is too long."))],
        render_kw={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "characters"},
    )
    next = HiddenField()


class ChangePasswordForm(NewPasswordForm):
    """The same, by somebody who knows the present one."""

    current = PasswordField(
        _l("Current password"),
        [
            InputRequired(_l("Enter your current password.")),
            Length(max=256, message=_l("This is too long.")),
        ],
        render_kw={"autocomplete": "current-password"},
    )
