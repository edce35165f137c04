"""Why a licence was not given or taken, and what to do about it, in a reader's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import format_decimal
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from partner_center.changes.matrix_values import Predicted
from partner_center.cloud.port import Reason
from partner_center.licensing.reasons import OwnReason
from partner_center.web import formats
from partner_center.web.wording import _, ngettext

NAMES_SHOWN = 3

_PLAIN: dict[str, tuple[LazyString, LazyString]] = {
    Reason.NO_SEATS: (
        _l("Not enough licenses"),
        _l("Buy more, or take the license from someone who does not use it."),
    ),
    Reason.CONFLICT: (
        _l("Conflicting services"),
        _l("Turn off the conflicting service in one of the products."),
    ),
    Reason.DEPENDENCY: (
        _l("Another product or service is needed"),
        _l("Keep or turn on the service that is needed, or change that product first."),
    ),
    Reason.LOCATION_MISSING: (
        _l("Usage location is missing"),
        _l("Set the usage location first."),
    ),
    Reason.LOCATION_PROHIBITED: (
        _l("Not available in the user's location"),
        _l("Change the usage location, or leave the product out."),
    ),
    Reason.ADDRESS_TAKEN: (
        _l("Email address is already in use"),
        _l("Give Microsoft's text to whoever manages Exchange."),
    ),
    Reason.INHERITED: (
        _l("The license comes from a group"),
        _l("Take the user out of the group in Microsoft Entra."),
    ),
    Reason.NOT_OWNED: (
        _l("The customer does not own this product"),
        _l("Buy the product first."),
    ),
    Reason.NOT_HELD: (_l("The user does not have this license"), _l("Nothing to do.")),
    Reason.NOT_ASSIGNABLE: (
        _l("This product is for the whole organization"),
        _l("It can't be given to a person. Leave it out."),
    ),
    Reason.USER_GONE: (
        _l("The user was deleted"),
        _l("Restore the user in Microsoft Entra, or leave the user out."),
    ),
    Reason.NO_RIGHTS: (
        _l("We have no rights at this customer now"),
        _l("Ask the customer to approve the License Administrator role."),
    ),
    Reason.TOKEN: (_l("Microsoft did not accept our sign-in"), _l("Try again in a few minutes.")),
    Reason.BUSY: (_l("Microsoft is busy"), _l("Try again in a few minutes.")),
    Reason.SELF_SERVICE: (
        _l("Bought by a user of the organization"),
        _l("Take over the subscription first, or leave the product out."),
    ),
    Reason.OTHER: (_l("Microsoft refused it"), _l("Read Microsoft's own text.")),
    OwnReason.SUSPENDED: (
        _l("The subscription is suspended"),
        _l("Renew the subscription first, or leave the product out."),
    ),
    OwnReason.COMPANY_SCOPE: (
        _l("This product is for the whole organization"),
        _l("It can't be given to a person. Leave it out."),
    ),
    OwnReason.KEPT_TOGETHER: (
        _l("Left as it was: the other part of the swap failed"),
        _l("Solve the other problem, then try again."),
    ),
    OwnReason.LOCATION_NOT_SET: (
        _l("Left as it was: the usage location could not be set"),
        _l("Solve the problem with the location, then try again."),
    ),
    OwnReason.CHANGED: (
        _l("Changed by someone else meanwhile"),
        _l("Select these users and look at their licenses again."),
    ),
    OwnReason.ACCESS_LOST: (
        _l("We have no rights at this customer now"),
        _l("Ask the customer to approve the License Administrator role."),
    ),
    OwnReason.ROLE_LOST: (
        _l("The role of who saved this no longer allows it"),
        _l("Ask a global admin for the role."),
    ),
    OwnReason.STOPPED: (
        _l("Stopped before its turn came"),
        _l("Try again: nothing was changed for these users."),
    ),
    OwnReason.GROUP_GONE: (
        _l("The group no longer exists"),
        _l("Refresh the copy, then look at the groups again."),
    ),
    OwnReason.GROUP_TOGETHER: (
        _l("Another license of the same group failed"),
        _l("Solve the other problem of this group first: a group gives all its licenses or none."),
    ),
    OwnReason.NOT_WORKED_OFF: (
        _l("Microsoft has not worked it off within a day"),
        _l("Look at the group's members again, then ask Microsoft."),
    ),
    OwnReason.STOPPED_BY: (
        _l("Stopped by a person before its turn came"),
        _l("Try again: nothing was changed for these users."),
    ),
}
_UNKNOWN = (_l("It did not work"), _l("Try again. If it fails again, read Microsoft's own text."))


@dataclass(frozen=True, slots=True)
class Wording:
    """What went wrong, and what to do; both are whole sentences or titles."""

    title: str
    advice: str


def wording(
    reason: str | None,
    *,
    others: Sequence[str] = (),
    plans: Sequence[str] = (),
    countries: Sequence[str] = (),
    person: str | None = None,
) -> Wording:
    """The words for `reason`; `others` are product names, `plans` service names, `countries` codes.

    `person` is who stopped it, where somebody did.
    """
    title, advice = _PLAIN.get(reason or "", _UNKNOWN)
    if reason == OwnReason.STOPPED_BY and person:
        title = _("Stopped by %(name)s before its turn came", name=person)
    return Wording(_named(reason, others, plans, countries) or str(title), str(advice))


def predicted_words(predicted: Predicted) -> Wording:
    """What will go wrong, and what to do."""
    return wording(
        predicted.reason,
        others=(predicted.other_name,) if predicted.other_name else (),
        plans=predicted.plan_names,
        countries=predicted.countries,
    )


def _named(reason: str | None, others: Sequence[str], plans: Sequence[str], countries: Sequence[str]) -> str:
    if reason == Reason.CONFLICT and others:
        return _("Conflicts with %(names)s", names=names(others))
    if reason == Reason.CONFLICT and plans:
        return _("Services that exclude each other: %(names)s", names=names(plans))
    if reason == Reason.DEPENDENCY and others:
        return _("Depends on another product: %(names)s", names=names(others))
    if reason == Reason.DEPENDENCY and plans:
        return _("Needs another service: %(names)s", names=names(plans))
    if reason == Reason.LOCATION_PROHIBITED and countries:
        return _nowhere(plans, names([formats.location_name(country) for country in countries]))
    return ""


def _nowhere(plans: Sequence[str], places: str) -> str:
    if not plans:
        return _("Not available in %(names)s", names=places)
    return _("%(services)s: not available in %(names)s", services=names(plans), names=places)


def names(words: Sequence[str], shown: int = NAMES_SHOWN, total: int | None = None) -> str:
    """`A, B, C and 4 more`; never cut without saying so."""
    left = (len(words) if total is None else total) - min(len(words), shown)
    listed = ", ".join(words[:shown])
    if left <= 0:
        return listed
    return _("%(names)s and %(more)s more", names=listed, more=format_decimal(left))


def people_words(users: int, first: Sequence[str], *, shown: int) -> str:
    """`12 users: Ada, Bob, 10 more`; `first` are the first names of them."""
    return ngettext(
        "%(count)s user: %(names)s",
        "%(count)s users: %(names)s",
        users,
        count=formats.number(users),
        names=names(first, shown=shown, total=users),
    )


def clash_words(clash: Sequence[tuple[str, str]]) -> str:
    """Which services exclude each other, each with the product it is in; empty where there is no conflict."""
    if not clash:
        return ""
    each = [_("%(service)s in %(product)s", service=service, product=product) for service, product in clash]
    return _("Only one of these can be on: %(services)s.", services="; ".join(each))


def explain(reason: str) -> tuple[str, str]:
    """Title and advice, for a table's cells."""
    said = wording(reason)
    return said.title, said.advice
