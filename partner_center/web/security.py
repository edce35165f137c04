"""Headers of every answer. Own scripts and styles only, nothing inline, nothing framed, nothing kept."""

from __future__ import annotations

from flask import Flask, Response, g, request

from partner_center.web.request import config

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Bootstrap's style sheet draws its arrows as data: images
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # not "no-referrer": over TLS the CSRF check wants to see our own pages as the referrer
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def register(app: Flask) -> None:
    """Set the headers on every answer of `app`."""
    app.after_request(_set_headers)


def _set_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    if config().secure_cookies:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if not is_static():
        response.headers["Cache-Control"] = "no-store"
    if "request_id" in g:
        response.headers["X-Request-ID"] = g.request_id
    return response


def is_static() -> bool:
    """Whether this request is for a file that is the same for everybody."""
    return (request.endpoint or "").rpartition(".")[2] == "static"
