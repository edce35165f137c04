"""What the pages of templates show and do, at whichever place they are."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from partner_center.changes import license_templates as templates
from partner_center.changes.draft import get_draft
from partner_center.extensions import db
from partner_center.licensing.values import Wish
from partner_center.shared.errors import Forbidden, NotFound, Refusal
from partner_center.web.gates import sentence_of
from partner_center.web.license_templates.forms import Typed, read_template
from partner_center.web.license_templates.page import form_page, list_page
from partner_center.web.license_templates.place import Place
from partner_center.web.problems import Problem
from partner_center.web.request import current_actor
from partner_center.web.shell import CustomerBar, Tab, customer_bar
from partner_center.web.transaction import abandon, note_refusal
from partner_center.web.wording import _


def show_list(place: Place) -> ResponseReturnValue:
    """The templates of a place."""
    page = list_page(current_actor(), place)
    return render_template("license_templates/list.html", page=page, place=place, bar=_bar(place))


def start(place: Place) -> ResponseReturnValue:
    """A new template's form; `from=draft` fills it with what is to be assigned on **Manage licenses**."""
    draft = _draft_of(place)
    given = templates.giving(draft)
    left_behind = len(draft.products) - len(given.products) + (draft.location is not None)
    return _form(place, Typed("", given), left_behind=left_behind)


def make(place: Place) -> ResponseReturnValue:
    """Keep a new one; from a draft the way leads back to it."""
    typed = read_template(request.form, templates.giving(_draft_of(place)))
    where = Place(None) if typed.everywhere else place
    try:
        made = templates.make(db.session(), current_actor(), where.customer_id, typed.name, typed.wish)
    except Refusal as refusal:
        return _refused(place, typed, refusal)
    if _is_from_draft(place):
        flash(_("Template “%(name)s” is saved. Carry on with your change here.", name=made.name), "ok")
        return redirect(url_for("manage.manage_licenses", customer_id=place.customer_id), 303)
    flash(_("Template “%(name)s” is saved. Its services can be turned off here.", name=made.name), "ok")
    return redirect(where.url("one", made.id), 303)


def show(place: Place, template_id: int) -> ResponseReturnValue:
    """One template's form."""
    one = templates.get_template(db.session(), current_actor(), place.customer_id, template_id)
    return _form(place, Typed(one.name, one.wish), template_id)


def edit(place: Place, template_id: int) -> ResponseReturnValue:
    """Keep what was changed."""
    session, actor = db.session(), current_actor()
    before = templates.get_template(session, actor, place.customer_id, template_id)
    typed = read_template(request.form, before.wish)
    try:
        templates.edit(session, actor, place.customer_id, template_id, name=typed.name, wish=typed.wish)
    except (NotFound, Forbidden):
        raise
    except Refusal as refusal:
        return _refused(place, typed, refusal, template_id)
    flash(_("Template “%(name)s” is saved.", name=typed.name.strip()), "ok")
    more = typed.wish.products.keys() - before.wish.products.keys()
    return redirect(place.url("one" if more else "list", template_id if more else None), 303)


def delete(place: Place, template_id: int) -> ResponseReturnValue:
    """Forget one; drafts that it filled stay."""
    name = templates.delete(db.session(), current_actor(), place.customer_id, template_id)
    flash(_("Template “%(name)s” is deleted.", name=name), "ok")
    return redirect(place.url("list"), 303)


def _draft_of(place: Place) -> Wish:
    """The draft that a form is made from; empty where it is not made from one."""
    if place.customer_id is None or not _is_from_draft(place):
        return Wish()
    return get_draft(db.session(), current_actor(), place.customer_id).wish


def _is_from_draft(place: Place) -> bool:
    return place.customer is not None and request.values.get("from") == "draft"


def _form(
    place: Place,
    typed: Typed,
    template_id: int | None = None,
    problems: tuple[Problem, ...] = (),
    left_behind: int = 0,
) -> str:
    return render_template(
        "license_templates/form.html",
        page=form_page(place, current_actor(), typed, left_behind),
        place=place,
        bar=_bar(place),
        template_id=template_id,
        from_draft=_is_from_draft(place),
        problems=problems,
    )


def _refused(
    place: Place, typed: Typed, refusal: Refusal, template_id: int | None = None
) -> ResponseReturnValue:
    """The form as it was sent, with what is wrong above it."""
    note_refusal(str(refusal), actor=current_actor(), customer_id=place.customer_id)
    abandon()
    problem = Problem(sentence_of(refusal, place.customer_id), "name")
    return _form(place, typed, template_id, (problem,)), refusal.status


def _bar(place: Place) -> CustomerBar | None:
    return customer_bar(db.session(), place.customer, Tab.LICENSES) if place.customer else None
