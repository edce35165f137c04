"""The only place where parts meet."""

from __future__ import annotations

from functools import partial, update_wrapper
from types import ModuleType
from typing import Any

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from partner_center.cloud.connect import connect
from partner_center.cloud.port import Cloud
from partner_center.config import Config, is_loopback
from partner_center.extensions import babel, bootstrap, csrf, db, migrate
from partner_center.folders import find_folder
from partner_center.jobs.wakers import ThreadWaker, Waker
from partner_center.shared.orm import prepare_engine
from partner_center.web import (
    accounts,
    audit,
    auth,
    bounds,
    changes,
    cleanup,
    customers,
    drawn,
    errors,
    formats,
    groups,
    guards,
    health,
    journal,
    license_templates,
    licenses,
    manage,
    people,
    purchases,
    security,
    selection,
    sessions,
    settings,
    several_users,
    shell,
    staff,
    style_guide,
    transaction,
    users,
    wording,
)
from partner_center.web.language import current_language

AREAS: tuple[ModuleType, ...] = (
    auth,
    customers,
    people,
    users,
    accounts,
    selection,
    several_users,
    manage,
    licenses,
    groups,
    cleanup,
    license_templates,
    changes,
    purchases,
    audit,
    staff,
    health,
    settings,
)
"""Every area of the site; each is a package with a `blueprint`."""
OWN_NAMES = ["127.0.0.1", "localhost", "[::1]"]
"""What a console on this machine is called: a stranger's name that resolves to it is not served."""


def create_app(config: Config, cloud: Cloud | None = None) -> Flask:
    """The web application; `cloud` stands in for the one that `config` names.

    Raises ConfigError or UnguardedView rather than open unsafely.
    """
    config.check()
    journal.configure_once()
    app = Flask(__name__, template_folder=str(find_folder("templates")))
    app.config.update(_flask_settings(config))
    app.extensions["config"] = config
    app.extensions["cloud"] = cloud or (connect(config.cloud) if config.cloud else None)
    app.extensions["waker"] = _waker(config)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    _bind_extensions(app, config)
    _bind_edge(app)
    for area in (*AREAS, style_guide) if config.development else AREAS:
        app.register_blueprint(area.blueprint)
    _open_files(app)
    guards.check_all_guarded(app)
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=config.proxies)  # type: ignore[method-assign]
    return app


def _waker(config: Config) -> Waker:
    if not config.broker_url:
        return ThreadWaker()
    from partner_center.jobs.broker import BrokerWaker  # noqa: PLC0415 - an extra

    return BrokerWaker(config.broker_url)


def _flask_settings(config: Config) -> dict[str, Any]:
    return {
        **sessions.settings(config),
        "SECRET_KEY": config.secret_key,
        "DEBUG": config.debug,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": 20,
            "max_overflow": 20,
            "pool_pre_ping": True,  # a database that was started again costs nobody an error page
            "hide_parameters": True,  # an error's text goes to the log, and people's names are no part of it
        },
        "MAX_CONTENT_LENGTH": bounds.LONGEST_BODY,
        "MAX_FORM_MEMORY_SIZE": bounds.LONGEST_BODY,
        "MAX_FORM_PARTS": bounds.MOST_PARTS,
        "TRUSTED_HOSTS": OWN_NAMES if is_loopback(config.host) and not config.proxies else None,
        "PROVIDE_AUTOMATIC_OPTIONS": False,
        "BOOTSTRAP_SERVE_LOCAL": True,
        "BABEL_TRANSLATION_DIRECTORIES": "translations",
    }


def _bind_extensions(app: Flask, config: Config) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(find_folder("migrations")), render_as_batch=True)
    bootstrap.init_app(app)
    babel.init_app(app, default_locale="en", locale_selector=current_language)
    sessions.register(app, config)
    with app.app_context():
        transaction.keep_safe_methods_safe(db.engine)
        prepare_engine(db.engine)


def _bind_edge(app: Flask) -> None:
    """What stands around every view. Before: top to bottom; after: bottom to top."""
    journal.register(app)
    security.register(app)
    app.before_request(bounds.refuse_malformed)
    csrf.init_app(app)
    transaction.register(app)
    app.before_request(guards.enforce)
    errors.register(app)
    formats.register(app)
    wording.register(app)
    drawn.register(app)
    app.context_processor(shell.context)


def _open_files(app: Flask) -> None:
    for name in ("static", "bootstrap.static"):
        view: Any = app.view_functions[name]  # a method takes no mark, so it is wrapped
        app.view_functions[name] = guards.public(update_wrapper(partial(view), view))
