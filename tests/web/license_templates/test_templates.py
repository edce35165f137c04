"""**Templates**: made from a draft or on their own page, applied to a selection; nothing is sent by it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from partner_center.audit.models import AuditEntry
from partner_center.changes.license_templates import MOST
from partner_center.changes.models import Change, Draft, LicenseTemplate
from partner_center.shared import clock
from partner_center.staff.roles import Role, Scope
from tests.cast import Cast
from tests.make import Make, guid
from tests.page import Page, PageClient
from tests.web.changes.scene import CALLS, MAIL, Scene

PARTNER = "/settings/templates"


def own(scene: Scene) -> str:
    return f"/customers/{scene.customer_id}/templates"


def stored(scene: Scene) -> dict[str, dict[str, object]]:
    scene.session.rollback()
    return {row.name: row.wish["products"] for row in scene.session.scalars(select(LicenseTemplate))}


def drafted(scene: Scene) -> dict[str, dict[str, object]]:
    scene.session.rollback()
    return {
        sku: each
        for row in scene.session.scalars(select(Draft))
        for sku, each in row.wish["products"].items()
    }


def actions(scene: Scene) -> list[tuple[str, str]]:
    scene.session.rollback()
    entries = scene.session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("template")))
    return [(entry.action, entry.subject) for entry in entries]


def make_one(page: PageClient, where: str, name: str, *skus: str) -> Page:
    return page.submit(page.get(f"{where}/new").form(f"{where}/new"), name=name, p=list(skus))


def apply(page: PageClient, scene: Scene, name: str) -> Page:
    shown = page.get(scene.manage)
    options = {one.text: one.attrs["value"] for one in shown.one("select", id="template").all("option")}
    return page.follow(page.submit(shown.form(scene.manage), go="apply", template=options[name]))


def test_a_draft_becomes_a_template_and_the_way_leads_back_to_it(page: PageClient, scene: Scene) -> None:
    plans = page.get(f"{scene.manage}/{scene.alpha}/plans").form("/plans")
    page.submit(plans, **{f"plan-{CALLS}": "off"})
    form = page.get(scene.manage).form(scene.manage)
    sent = page.submit(form, go="template", **{f"op-{scene.alpha}": "assign", f"op-{scene.beta}": "revoke"})
    shown = page.follow(sent)
    assert "1 setting of your draft is left out: a template only assigns." in shown.text
    boxes = {
        box.attrs["value"]: "checked" in box.attrs for box in shown.all("input", name=f"on-{scene.alpha}")
    }
    assert boxes[MAIL]
    assert not boxes[CALLS]
    back = page.submit(shown.form("/templates/new"), name="Sales floor")
    assert back.location == scene.manage
    assert "Template “Sales floor” is saved." in page.follow(back).text
    assert stored(scene) == {"Sales floor": {scene.alpha: {"op": "assign", "plans": {CALLS: "off"}}}}
    assert drafted(scene).keys() == {scene.alpha, scene.beta}, "the draft goes on"
    assert actions(scene) == [("template_made", "Sales floor")]


def test_applying_fills_the_draft_and_sends_nothing(page: PageClient, scene: Scene) -> None:
    make_one(page, own(scene), "Everything", scene.alpha, scene.beta)
    shown = apply(page, scene, "Everything")
    assert "“Everything” is filled in. Nothing is sent until you save." in shown.text
    assert {sku: each["op"] for sku, each in drafted(scene).items()} == dict.fromkeys(
        (scene.alpha, scene.beta), "assign"
    )
    assert scene.session.scalars(select(Change)).all() == []
    assert scene.tenant.calls == []


def test_what_everybody_has_is_not_given_again_but_its_services_are_set(
    page: PageClient, scene: Scene, cast: Cast
) -> None:
    made = make_one(page, own(scene), "Quiet", scene.alpha)
    one = page.follow(made).form(made.location)
    page.submit(one, **{f"on-{scene.alpha}": [MAIL]})
    scene.select(cast.admin, 1, 2)
    apply(page, scene, "Quiet")
    asked = drafted(scene)[scene.alpha]
    assert asked["op"] == "leave"
    assert CALLS in asked["plans"]  # type: ignore[operator]


def test_a_product_no_longer_owned_is_named_and_left_out(page: PageClient, scene: Scene) -> None:
    make_one(page, own(scene), "Old", scene.alpha, scene.beta)
    del scene.tenant.stock[scene.beta]
    scene.sync()
    shown = apply(page, scene, "Old")
    assert "is left out. The customer does not own this product." in shown.text
    assert drafted(scene).keys() == {scene.alpha}
    form = page.get(page.get(own(scene)).link("Old"))
    assert "Not owned any more." in form.text
    del scene.tenant.stock[scene.alpha]
    scene.sync()
    assert "Nothing of “Old” can be given here." in apply(page, scene, ["Old", "all customers)"][0]).text


def test_a_service_that_left_its_product_is_counted_and_left_out(page: PageClient, scene: Scene) -> None:
    made = make_one(page, own(scene), "Quiet", scene.alpha)
    page.submit(page.follow(made).form(made.location), **{f"on-{scene.alpha}": [MAIL]})
    alpha = scene.tenant.stock[scene.alpha]
    kept = tuple(plan for plan in alpha.plans if plan["id"] != CALLS)
    scene.tenant.stock[scene.alpha] = type(alpha)(**{**_fields(alpha), "plans": kept})
    scene.sync()
    assert "1 service of the template is no longer part of it." in apply(page, scene, "Quiet").text
    assert CALLS not in drafted(scene)[scene.alpha]["plans"]  # type: ignore[operator]


def _fields(sku: object) -> dict[str, object]:
    return {name: getattr(sku, name) for name in type(sku).__dataclass_fields__}  # type: ignore[attr-defined]


def test_the_partners_templates_are_offered_at_every_customer(
    page: PageClient, scene: Scene, cast: Cast
) -> None:
    page.follow(make_one(page, PARTNER, "For all", scene.alpha))
    page.sign_in(cast.helpdesk)
    assert "For all" in page.get(own(scene)).text
    assert "filled in" in apply(page, scene, "For all (all customers)").text


def test_a_template_is_renamed_changed_and_deleted(page: PageClient, scene: Scene) -> None:
    made = make_one(page, PARTNER, "First", scene.alpha)
    form = page.follow(made).form(made.location)
    page.submit(form, name="  Second   name ", p=[scene.beta])
    assert stored(scene).keys() == {"Second name"}
    assert stored(scene)["Second name"].keys() == {scene.beta}
    shown = page.submit(page.get(made.location).form("/delete"))
    assert "Template “Second name” is deleted." in page.follow(shown).text
    assert stored(scene) == {}
    page.get(made.location, status=404)
    assert [action for action, _ in actions(scene)] == [
        "template_made",
        "template_changed",
        "template_deleted",
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "Enter a name"), ("x" * 81, "Enter a name"), ("TAKEN", "of this name here already")],
)
def test_names_that_can_not_be(page: PageClient, scene: Scene, name: str, said: str) -> None:
    make_one(page, PARTNER, "Taken", scene.alpha)
    form = page.get(f"{PARTNER}/new").form("/new")
    status = 409 if name == "TAKEN" else 422
    again = page.submit(form, status, name=name, p=[scene.alpha])
    assert said in again.text
    assert "checked" in again.one("input", name="p", value=scene.alpha).attrs, "what was ticked is kept"
    assert stored(scene).keys() == {"Taken"}


@pytest.mark.parametrize("sku", ["", "no-id", guid("sku nobody owns")])
def test_products_that_can_not_be(page: PageClient, scene: Scene, sku: str) -> None:
    form = page.get(f"{own(scene)}/new").form("/new")
    page.submit(form, 422, name="Odd", p=[sku] if sku else None)
    page.submit(form, 422, name="Company", p=[scene.gamma])
    assert stored(scene) == {}


def test_a_service_of_another_product_is_refused(page: PageClient, scene: Scene) -> None:
    form = page.get(f"{own(scene)}/new").form("/new")
    sent = {"name": "Odd", "p": [scene.beta], f"shown-{scene.beta}": [MAIL]}
    assert "not part of its product" in page.submit(form, 422, **sent).text
    assert stored(scene) == {}


def test_who_may_not_keep_them_may_apply_them(page: PageClient, scene: Scene, cast: Cast) -> None:
    made = make_one(page, own(scene), "Given", scene.alpha)
    page.sign_in(cast.helpdesk)
    shown = page.get(own(scene))
    assert "Your role does not allow this: Make and change templates." in shown.text
    assert not [link for link in shown.all("a") if link.text in ("New template", "Given")]
    assert "Save as template" not in page.get(scene.manage).text
    page.get(made.location, status=403)
    page.post(f"{made.location}/delete", status=403)
    assert "filled in" in apply(page, scene, "Given").text


def test_who_sees_some_customers_keeps_theirs_alone(
    page: PageClient, scene: Scene, make: Make, cast: Cast
) -> None:
    bound = make.member(Role.ADMIN_AGENT, scope=Scope.LISTED, customers=[cast.fjord])
    page.sign_in(bound)
    make_one(page, own(scene), "Ours", scene.alpha)
    page.post(f"{PARTNER}/new", {"name": "All", "p": scene.alpha}, status=403)
    assert "Only people who see all customers can make or change templates" in page.get(PARTNER).text
    page.post(f"{own(scene)}/new", {"name": "All", "p": scene.alpha, "where": "all"}, status=403)
    assert stored(scene).keys() == {"Ours"}


def test_another_customers_template_is_not_found(page: PageClient, scene: Scene, cast: Cast) -> None:
    made = make_one(page, own(scene), "Ours", scene.alpha)
    number = made.location.rsplit("/", 1)[1]
    for path in (
        f"/customers/{cast.anatolia.id}/templates/{number}",
        f"{PARTNER}/{number}",
        f"{PARTNER}/{2**40}",
    ):
        page.get(path, status=404)
    page.post(f"{PARTNER}/{number}/delete", status=404)
    page.post(scene.manage, {"go": "apply", "template": "999999"}, status=404)
    page.post(scene.manage, {"go": "apply", "template": "x"}, status=404)
    assert stored(scene).keys() == {"Ours"}


def test_there_is_an_end_to_how_many(page: PageClient, scene: Scene) -> None:
    wish = {"products": {scene.alpha: {"op": "assign", "plans": {}}}}
    scene.session.add_all(
        LicenseTemplate(customer_id=None, name=f"T{n}", wish=wish, changed_by="x", changed_at=clock.now())
        for n in range(MOST)
    )
    scene.session.commit()
    form = page.get(f"{PARTNER}/new").form("/new")
    assert "Delete one first." in page.submit(form, 409, name="One more", p=[scene.alpha]).text


def test_one_that_can_not_be_read_gives_nothing(page: PageClient, scene: Scene) -> None:
    make_one(page, own(scene), "Odd", scene.alpha)
    row = scene.session.scalars(select(LicenseTemplate)).one()
    row.wish = {"products": {"x": {"op": "later"}}}
    scene.session.commit()
    assert "Nothing of “Odd” can be given here." in apply(page, scene, "Odd").text


def test_they_are_found_from_the_settings_and_from_the_customers_licenses(
    page: PageClient, scene: Scene
) -> None:
    assert page.get("/settings").link("Templates") == PARTNER
    assert page.get(f"/customers/{scene.customer_id}/licenses").link("Templates") == own(scene)
