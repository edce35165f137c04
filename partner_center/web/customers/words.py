"""Health, segments and states of subscriptions in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from partner_center.customers.health import HealthKind, HealthTag, Severity
from partner_center.customers.queries import CustomerFilter
from partner_center.directory.owned import OwnedProduct, OwnedSubscription
from partner_center.web import formats
from partner_center.web.tags import Tag
from partner_center.web.wording import _, ngettext

TONES = {Severity.ERROR: "err", Severity.WARNING: "warn", Severity.INFO: "info"}
SEGMENTS = {
    CustomerFilter.ALL: _l("All"),
    CustomerFilter.ATTENTION: _l("Needs attention"),
    CustomerFilter.FULL: _l("Full"),
    CustomerFilter.NEARLY_FULL: _l("Nearly full"),
    CustomerFilter.UNUSED: _l("Unused"),
    CustomerFilter.NO_ACCESS: _l("No access"),
}
STATUSES = {
    "Warning": _l("In its grace period"),
    "Suspended": _l("Suspended"),
    "Deleted": _l("Deleted"),
    "LockedOut": _l("Locked"),
}


def health_tag(tag: HealthTag) -> Tag:
    """A health tag with its number in words."""
    return Tag(_health_words(tag.kind, tag.count or 0), TONES[tag.severity])


def _health_words(kind: HealthKind, count: int) -> str:  # noqa: PLR0911  # one sentence a kind
    n = formats.number(count)
    match kind:
        case HealthKind.NO_ACCESS:
            return _("No access")
        case HealthKind.READ_ONLY:
            return _("Read only")
        case HealthKind.SYNC_FAILED:
            return _("Refresh failed")
        case HealthKind.OVER:
            return ngettext("%(n)s product over its limit", "%(n)s products over their limit", count, n=n)
        case HealthKind.FULL:
            return ngettext("%(n)s product full", "%(n)s products full", count, n=n)
        case HealthKind.NEARLY_FULL:
            return ngettext("%(n)s product nearly full", "%(n)s products nearly full", count, n=n)
        case HealthKind.UNUSED:
            return ngettext("%(n)s product unused", "%(n)s products unused", count, n=n)
        case HealthKind.SUSPENDED:
            return ngettext("%(n)s subscription suspended", "%(n)s subscriptions suspended", count, n=n)
        case HealthKind.EXPIRING:
            return ngettext("%(n)s subscription expiring", "%(n)s subscriptions expiring", count, n=n)
        case HealthKind.ENDING:
            return ngettext("Access ends in %(n)s day", "Access ends in %(n)s days", count, n=n)


def product_tags(product: OwnedProduct) -> tuple[Tag, ...]:
    """What is wrong or notable about a product."""
    available = product.available
    low = max(1, product.purchased // 10)
    tags = [
        (available < 0, Tag(_("%(n)s over", n=formats.number(-available)), "err")),
        (available == 0 and product.purchased > 0, Tag(_("Full"), "warn")),
        (0 < available <= low, Tag(_("Nearly full"), "warn")),
        (product.status in STATUSES, Tag(str(STATUSES.get(product.status, "")), "err")),
        (
            product.suspended > 0 and product.status not in STATUSES,
            Tag(_("%(n)s suspended", n=formats.number(product.suspended)), "err"),
        ),
        (not product.for_people, Tag(_("For the whole organization"))),
        (any(item.self_service for item in product.subscriptions), Tag(_("Bought by a user"), "info")),
    ]
    return tuple(tag for on, tag in tags if on)


def subscription_words(subscription: OwnedSubscription) -> str:
    """A subscription in one line: how many, what kind, what state."""
    count = subscription.licenses
    parts = [ngettext("%(n)s license", "%(n)s licenses", count, n=formats.number(count))]
    if subscription.is_trial:
        parts.append(_("trial"))
    if subscription.self_service:
        parts.append(_("bought by a user"))
    if subscription.status in STATUSES:
        parts.append(str(STATUSES[subscription.status]))
    return ", ".join(parts)
