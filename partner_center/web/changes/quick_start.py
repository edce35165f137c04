"""The quick-start message: what to tell people who have just got a licence, to copy or to send (S5.8)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from partner_center.changes import queries
from partner_center.changes.quick_start import Gift, gifts_of
from partner_center.extensions import db
from partner_center.licensing.quick_start import Topic
from partner_center.staff.permissions import Permission
from partner_center.web import formats
from partner_center.web.changes.views import blueprint
from partner_center.web.guards import requires
from partner_center.web.language import LANGUAGE_NAMES, current_language, speaking
from partner_center.web.request import current_actor, get_customer
from partner_center.web.shell import Tab, customer_bar
from partner_center.web.wording import _, ngettext

MOST_IN_A_LINK = 20
"""Mail programs cut long links: more people than this are copied from their own field."""


@dataclass(frozen=True, slots=True)
class Message:
    """One product's message. `addresses` are a text to paste; `more` of them are not in it."""

    sku_id: str
    product: str
    people: str
    subject: str
    body: str
    lines: int
    addresses: str
    more: str
    href: str


@blueprint.get("/customers/<int:customer_id>/changes/<ref>/quick-start")
@requires(Permission.VIEW_CHANGES)
def show_quick_start(customer_id: int, ref: str) -> ResponseReturnValue:
    """A message for each product that was given, in the language of those who get it."""
    customer, actor = get_customer(customer_id), current_actor()
    head = queries.get_head(db.session(), actor, customer_id, ref)
    language = request.args.get("language", "")
    language = language if language in LANGUAGE_NAMES else current_language()
    return render_template(
        "changes/quick_start.html",
        bar=customer_bar(db.session(), customer, Tab.CHANGES),
        head=head,
        messages=[_message(gift, language) for gift in gifts_of(db.session(), actor, customer_id, ref)],
        languages=tuple(LANGUAGE_NAMES.items()),
        language=language,
        back=url_for("changes.show_change", customer_id=customer_id, ref=ref),
    )


def _message(gift: Gift, language: str) -> Message:
    with speaking(language):
        subject = _("You have a new license: %(product)s", product=gift.product)
        body = _body(gift)
    shown = len(gift.addresses)
    return Message(
        sku_id=gift.sku_id,
        product=gift.product,
        people=ngettext("%(n)s user got it", "%(n)s users got it", gift.users, n=formats.number(gift.users)),
        subject=subject,
        body=body,
        lines=min(body.count("\n") + 4, 24),
        addresses="; ".join(gift.addresses),
        more=_("The first %(n)s are shown. The CSV of the result has all.", n=formats.number(shown))
        if shown < gift.users
        else "",
        href=_href(gift, subject, body),
    )


def _body(gift: Gift) -> str:
    said = {
        Topic.OFFICE: (
            _("Install Office"),
            _(
                "Go to https://www.microsoft365.com, sign in with your work address, and choose Install "
                "apps. You may install Office on up to five computers, and on tablets and phones."
            ),
        ),
        Topic.MAIL: (
            _("Mail on your phone"),
            _(
                "Install Outlook from your phone's app store, open it, add an account, and enter your work "
                "address and password. In the browser your mail is at https://outlook.office.com."
            ),
        ),
        Topic.TEAMS: (
            _("Meet and chat in Teams"),
            _("Open https://teams.microsoft.com, or install Teams on your computer and phone, and sign in."),
        ),
        Topic.FILES: (
            _("Your files"),
            _("Keep files in OneDrive, and open them anywhere at https://www.microsoft365.com/onedrive."),
        ),
    }
    parts = [
        _("Hello,"),
        _(
            "You can now use %(product)s. Sign in with your work address and your usual password.",
            product=gift.product,
        ),
        *("\n".join(said[topic]) for topic in gift.topics),
        _(
            "It may take a few hours until everything is ready. "
            "If something does not work, reply to this message."
        ),
    ]
    return "\n\n".join(parts)


def _href(gift: Gift, subject: str, body: str) -> str:
    """A mailto link (RFC 6068): few people as blind copies, so that none sees the others."""
    few = gift.users <= MOST_IN_A_LINK
    bcc = f"bcc={quote(','.join(gift.addresses), safe='@,')}&" if few else ""
    text = quote(body.replace("\n", "\r\n"), safe="")
    return f"mailto:?{bcc}subject={quote(subject, safe='')}&body={text}"
