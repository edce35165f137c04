"""Products and subscriptions of a customer in words: how many are left, what is wrong, when they renew."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from partner_center.customers.health import EXPIRING_WITHIN
from partner_center.directory.owned import OwnedProduct, OwnedSubscription
from partner_center.shared import clock
from partner_center.web import formats
from partner_center.web.tags import Tag
from partner_center.web.wording import _, ngettext

STATUSES = {
    "Warning": _l("In its grace period"),
    "Suspended": _l("Suspended"),
    "Deleted": _l("Deleted"),
    "LockedOut": _l("Locked"),
}
TERMS = {"P1M": _l("One month"), "P1Y": _l("One year"), "P3Y": _l("Three years")}


def availability(available: int, purchased: int) -> str:
    """`6 of 10 available`, as a person says it. What is over the limit is told by a tag."""
    left, all_ = formats.number(max(available, 0)), formats.number(purchased)
    return _("%(left)s of %(all)s available", left=left, all=all_)


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
        (is_bought(product), Tag(_("Bought by a user"), "info")),
        (_any_ends(product), Tag(_("Ends soon"), "warn")),
    ]
    return tuple(tag for on, tag in tags if on)


def is_bought(product: OwnedProduct) -> bool:
    """Whether a user of the organization bought some of it, that can be taken over."""
    return any(one.self_service and one.status != "Deleted" for one in product.subscriptions)


def _any_ends(product: OwnedProduct) -> bool:
    """Whether a subscription ends soon that is known not to renew by itself."""
    now = clock.now()
    return any(ends_soon(item, now) and item.auto_renew is False for item in product.subscriptions)


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


def subscription_tags(subscription: OwnedSubscription) -> tuple[Tag, ...]:
    """The state of one subscription, and what is to be known of it."""
    status, soon = subscription.status, ends_soon(subscription, clock.now())
    tags = [
        (status in STATUSES, Tag(str(STATUSES.get(status, "")), "warn" if status == "Warning" else "err")),
        (status not in STATUSES, Tag(_("Active"), "ok")),
        (soon and not subscription.auto_renew, Tag(_("Ends soon"), "warn")),
        (soon and bool(subscription.auto_renew), Tag(_("Renews soon"), "info")),
        (subscription.is_trial, Tag(_("Trial"), "info")),
        (subscription.self_service, Tag(_("Bought by a user"), "info")),
    ]
    return tuple(tag for on, tag in tags if on)


def ends_soon(subscription: OwnedSubscription, now: datetime) -> bool:
    """Whether a living subscription comes to the end of its term within the days that count as soon."""
    ends_at = subscription.ends_at
    return subscription.status == "Enabled" and ends_at is not None and ends_at - now <= EXPIRING_WITHIN


def term_words(subscription: OwnedSubscription) -> str:
    """How long it was agreed for; empty where the partner does not sell it."""
    return str(TERMS.get(subscription.term or "", subscription.term or ""))


def renewal_words(subscription: OwnedSubscription) -> str:
    """`Renews on 3 Mar 2027`, `Ends on …`; the bare day where the renewal is not known."""
    if subscription.ends_at is None:
        return ""
    day = formats.day(subscription.ends_at)
    if subscription.status != "Enabled" or subscription.auto_renew is None:
        return day
    return _("Renews on %(day)s", day=day) if subscription.auto_renew else _("Ends on %(day)s", day=day)
