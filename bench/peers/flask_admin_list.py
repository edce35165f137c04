"""Flask-Admin's list of the mirror's users, as its manual shows it: a WSGI app for gunicorn.

Environment: `BENCH_DATABASE` (SQLite file), `BENCH_CUSTOMER` (customer id).

It offers what the console's page of users offers, as far as Flask-Admin has it: the same columns, the
licenses among them; a link to each user; a box to tick each user and one thing to do with the ticked; the
search and the filters by columns of the user. It is spared a sign-in, the audit and the filters by product.
"""

from __future__ import annotations

import os
from typing import Any

from flask import Flask
from flask_admin import Admin
from flask_admin.actions import action
from flask_admin.contrib.sqla import ModelView
from flask_babel import Babel
from sqlalchemy import create_engine
from sqlalchemy.orm import relationship, scoped_session, sessionmaker

from bench.peers.licenses import in_words, product_names
from partner_center.catalog import models as _catalog  # noqa: F401  mapped classes name each other
from partner_center.customers import models as _customers  # noqa: F401
from partner_center.directory.models import DirectoryUser, Holding

DirectoryUser.holding = relationship(Holding, viewonly=True)  # type: ignore[attr-defined]


class Users(ModelView):
    """50 rows a page, searchable and sortable, with the count Flask-Admin shows by default."""

    can_create = can_edit = can_delete = False
    can_view_details = True
    page_size = 50
    column_list = (
        "display_name",
        "user_principal_name",
        "department",
        "usage_location",
        "user_type",
        "account_enabled",
        "holding.licenses",
    )
    column_default_sort = "display_name"
    column_searchable_list = ("display_name", "user_principal_name", "mail", "department")
    column_filters = ("usage_location", "user_type", "account_enabled")

    @action("manage", "Manage licenses")
    def manage(self, _ids: list[str]) -> None:
        """What the ticked would be sent to."""

    def get_query(self) -> Any:
        """Only this customer's users."""
        return super().get_query().filter_by(customer_id=int(os.environ["BENCH_CUSTOMER"]))

    def get_count_query(self) -> Any:
        """The count of the same users."""
        return super().get_count_query().filter_by(customer_id=int(os.environ["BENCH_CUSTOMER"]))


def create_app() -> Flask:
    """The app; the list is at /admin/directoryuser/."""
    app = Flask(__name__)
    app.config["SECRET_KEY"] = os.urandom(16).hex()
    Babel(app)  # where Flask-Babel is installed, Flask-Admin wants it bound
    engine = create_engine(f"sqlite:///{os.environ['BENCH_DATABASE']}")
    session = scoped_session(sessionmaker(engine))
    names = product_names(os.environ["BENCH_DATABASE"])
    Users.column_formatters = {
        "holding.licenses": lambda _view, _context, user, _name: in_words(user.holding.licenses, names)
    }
    Admin(app).add_view(Users(DirectoryUser, session))
    app.teardown_appcontext(lambda _error: session.remove())
    return app
