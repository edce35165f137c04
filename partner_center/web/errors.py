"""Every refusal and failure as a page that says what, why and what to do."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Any

import structlog
from flask import Flask, current_app, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from partner_center.customers.access import judge
from partner_center.shared import clock
from partner_center.shared.errors import Forbidden, NotFound, Refusal
from partner_center.staff.actor import RoleForbids
from partner_center.web import transaction
from partner_center.web.gates import Closed, customer_gate, role_gate, scope_gate
from partner_center.web.request import find_actor, wants_json

log = structlog.get_logger(__name__)

HEADINGS = {
    400: _l("This request can't be read"),
    401: _l("You are signed out"),
    403: _l("You may not do this"),
    404: _l("Page not found"),
    405: _l("This address can't be used that way"),
    409: _l("Something has changed"),
    413: _l("This is too much at once"),
    414: _l("This address is too long"),
    415: _l("This kind of file can't be read"),
    422: _l("This can't be done"),
    429: _l("Too many tries"),
    500: _l("Something went wrong here"),
    503: _l("Not available right now"),
}
SENTENCES = {
    400: _l("Go back and try again."),
    401: _l("Sign in again to go on."),
    403: _l("Ask a global admin of your company."),
    404: _l("The address is wrong, or you may not see this page."),
    405: _l("Go back and use the buttons on the page."),
    409: _l("Nothing was done. Open the page again and check."),
    413: _l("Send less at a time. The limit is 2 MB."),
    414: _l("Shorten the search and try again."),
    415: _l("Send a text or CSV file."),
    422: _l("Check what you entered and try again."),
    429: _l("Wait a little and try again."),
    500: _l("The problem has been noted. Try again, or report the reference below."),
    503: _l("Try again in a minute. Nothing is lost."),
}


def register(app: Flask) -> None:
    """Answer every exception of `app` with a page; load the one that works when nothing else does."""
    folder = Path(app.root_path) / str(app.template_folder)
    page = (folder / "errors" / "standalone.html").read_text(encoding="utf-8")
    app.extensions["standalone_error"] = Template(page)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_down)
    app.register_error_handler(Exception, _failed)


def answer(status: int, sentence: str = "", closed: Closed | None = None) -> ResponseReturnValue:
    """The page (or JSON) of `status`; `sentence` is already in the reader's language.

    `closed` is the gate that stopped the request: the page then says who can open it.
    """
    transaction.abandon()
    heading = str(HEADINGS.get(status, HEADINGS[400 if status < 500 else 500]))
    text = sentence or str(SENTENCES.get(status, SENTENCES[400 if status < 500 else 500]))
    if wants_json():
        error = closed.sentence if closed else text
        return jsonify(error=error, request_id=g.get("request_id", "")), status
    facts = {"heading": heading, "sentence": text, "closed": closed, "request_id": g.get("request_id", "")}
    return make_response(render_template("errors/page.html", **facts), status)


def _refused(refusal: Refusal) -> ResponseReturnValue:
    customer_id = (request.view_args or {}).get("customer_id")
    actor = find_actor()
    unsafe = request.method not in transaction.SAFE_METHODS
    foreign = isinstance(refusal, NotFound) and customer_id not in (None, *g.get("customers", ()))
    if actor and (unsafe or foreign or isinstance(refusal, Forbidden)):
        told: dict[str, Any] = {"status": refusal.status}
        if isinstance(refusal, RoleForbids):
            told["permission"] = refusal.permission.value
        transaction.note_refusal(str(refusal), actor=actor, customer_id=customer_id, **told)
    transaction.abandon()
    return answer(refusal.status, gettext(str(refusal)) if str(refusal) else "", _closed_by(refusal))


def _closed_by(refusal: Refusal) -> Closed | None:
    """The gate behind the refusal, where there is one and somebody signed in to tell."""
    customer_id = (request.view_args or {}).get("customer_id")
    if find_actor() is None:
        return None
    customer = g.get("customers", {}).get(customer_id)
    if isinstance(refusal, RoleForbids):
        return role_gate(refusal.permission, customer.id if customer else None)
    if isinstance(refusal, NotFound) and customer_id is not None and customer is None:
        return scope_gate()
    if isinstance(refusal, Forbidden) and customer is not None:
        return customer_gate(judge(customer, clock.now()), customer.id)
    return None


def _forged(problem: CSRFError) -> ResponseReturnValue:
    log.info("csrf refused", why=problem.description)
    return answer(400, gettext("This form is too old to be sent. Open the page again and retry."))


def _http_error(problem: HTTPException) -> ResponseReturnValue:
    if isinstance(problem, SecurityError):
        return "This address is not served here.\n", 400, {"Content-Type": "text/plain; charset=utf-8"}
    status = problem.code or 500
    if problem.response is not None or status < 400:
        return problem
    if isinstance(problem, InternalServerError):  # raised while answering, so by the commit
        cause = problem.original_exception or problem
        return _database_down(cause) if isinstance(cause, OperationalError) else _failed(cause)
    own = problem.description if problem.description != type(problem).description else None
    response = make_response(answer(status, own or ""))
    for name, value in problem.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def _database_down(problem: OperationalError) -> ResponseReturnValue:
    log.error("database refused", exc_info=problem)
    a_reader_wrote = "readonly" in str(problem.orig)  # our own mistake: trying again won't help
    return _last_resort(500 if a_reader_wrote else 503)


def _failed(problem: BaseException) -> ResponseReturnValue:
    log.error("request failed", exc_info=problem)
    return _last_resort(500)


def _last_resort(status: int) -> ResponseReturnValue:
    """The page in the shell if that still works, else one that needs neither database nor templates."""
    try:
        return answer(status)
    except Exception as problem:
        log.error("error page failed", exc_info=problem)
    template: Template = current_app.extensions["standalone_error"]
    page = template.substitute(request_id=g.get("request_id", ""))
    response = make_response(page, status)
    response.mimetype = "text/html"
    return response
