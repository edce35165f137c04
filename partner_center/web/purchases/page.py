"""A purchase in words: what it commits to before, what became of it after."""

from __future__ import annotations

from dataclasses import dataclass

from partner_center.licensing.seats import Stake
from partner_center.purchasing.queries import Growable, OrderView
from partner_center.purchasing.states import OrderState
from partner_center.web.formats import day, moment, number
from partner_center.web.promised import promised_text
from partner_center.web.reasons import wording
from partner_center.web.wording import _, ngettext


@dataclass(frozen=True, slots=True)
class Offer:
    """One subscription that could grow."""

    subscription_id: str
    name: str
    facts: str


@dataclass(frozen=True, slots=True)
class Commitment:
    """What is said before the last button. `sentences` are whole."""

    sum: str
    sentences: list[str]
    button: str


@dataclass(frozen=True, slots=True)
class OrderPage:
    """An order that was placed."""

    heading: str
    tone: str
    text: str
    advice: str
    finished: bool


def offer(subscription: Growable) -> Offer:
    """The choice's line: how many now, the term, the renewal."""
    parts = [
        ngettext(
            "%(count)s license now",
            "%(count)s licenses now",
            subscription.quantity,
            count=number(subscription.quantity),
        ),
        _term(subscription.term),
    ]
    if subscription.is_trial:
        parts.append(_("trial"))
    if subscription.renews_on is not None:
        parts.append(_("term ends %(day)s", day=day(subscription.renews_on)))
    return Offer(subscription.subscription_id, subscription.name, " · ".join(part for part in parts if part))


def commitment(subscription: Growable, add: int) -> Commitment:
    """What `add` more licences on `subscription` commit the customer to."""
    total = subscription.quantity + add
    sentences = [_commits(subscription)]
    if subscription.cancel_until is not None:
        sentences.append(
            _(
                "They can be returned until %(time)s. After that, not before the term ends.",
                time=moment(subscription.cancel_until),
            )
        )
    sentences.append(
        _("The subscription renews by itself.")
        if subscription.auto_renew
        else _("The subscription ends with its term: renewal is off.")
    )
    sentences.append(_("Microsoft may need up to 15 minutes before the new licenses can be assigned."))
    return Commitment(
        sum=_(
            "%(before)s → %(after)s licenses (%(add)s more)",
            before=number(subscription.quantity),
            add=number(add),
            after=number(total),
        ),
        sentences=sentences,
        button=ngettext("Buy %(count)s license", "Buy %(count)s licenses", add, count=number(add)),
    )


def order_page(order: OrderView, seats: Stake | None) -> OrderPage:
    """How the order stands; `seats` are the product's licences now, None where it is no longer owned."""
    if order.state is OrderState.DONE:
        heading = ngettext(
            "%(count)s license added", "%(count)s licenses added", order.added, count=number(order.added)
        )
        return OrderPage(heading, "ok", _available(seats), "", True)
    if order.state is OrderState.FAILED:
        said = wording(order.reason)
        return OrderPage(_("No licenses were added"), "err", said.title, said.advice, True)
    if order.state is OrderState.UNKNOWN:
        text = _("Microsoft's answer was lost. We look whether the order went through.")
        return OrderPage(_("Not known yet"), "warn", text, "", order.finished)
    return OrderPage(
        _("Buying licenses…"), "info", _("You can leave this page. The work continues."), "", False
    )


def _available(seats: Stake | None) -> str:
    if seats is None:
        return ""
    left = max(seats.available, 0)
    now = ngettext(
        "%(count)s license is available now.",
        "%(count)s licenses are available now.",
        left,
        count=number(left),
    )
    return f"{now} {promised_text(seats.promised)}." if seats.promised else now


def _commits(subscription: Growable) -> str:
    if subscription.renews_on is None:
        return _("The customer pays for the new licenses from now on.")
    return _(
        "The customer pays for the new licenses until the term ends on %(day)s.",
        day=day(subscription.renews_on),
    )


def _term(term: str | None) -> str:
    known = {"P1M": _("monthly term"), "P1Y": _("term of one year"), "P3Y": _("term of three years")}
    return known.get(term or "", "")
