"""Health and segments of customers in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from partner_center.customers.health import HealthKind, HealthTag, Severity
from partner_center.customers.queries import CustomerFilter
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
