"""`/settings`."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from partner_center.audit import service as audit
from partner_center.audit.service import Action
from partner_center.extensions import db
from partner_center.staff.service import change_settings
from partner_center.web.addresses import safe_path
from partner_center.web.guards import signed_in
from partner_center.web.language import current_language
from partner_center.web.problems import problems_of
from partner_center.web.request import current_actor, current_profile
from partner_center.web.settings.forms import BROWSER, SettingsForm

blueprint = Blueprint("settings", __name__)


@blueprint.get("/settings")
@signed_in
def show_settings() -> ResponseReturnValue:
    """The form with what is set now."""
    profile = current_profile()
    form = SettingsForm(formdata=None, language=profile.language or BROWSER, theme=profile.theme)
    return render_template("settings/settings.html", form=form)


@blueprint.post("/settings")
@signed_in
def save_settings() -> ResponseReturnValue:
    """Keep them, and go back to where the form was sent from."""
    form = SettingsForm()
    if not form.validate_on_submit():
        return render_template("settings/settings.html", form=form, problems=problems_of(form)), 422
    language = None if form.language.data == BROWSER else form.language.data
    actor = current_actor()
    change_settings(db.session(), actor, language=language, theme=form.theme.data)
    audit.record(
        db.session(), actor, Action.SETTINGS_CHANGED, language=language or BROWSER, theme=form.theme.data
    )
    with force_locale(language or current_language()):
        flash(_("Your settings are saved."), "ok")
    return redirect(safe_path(request.form.get("next")) or url_for("settings.show_settings"), 303)
