"""Flask-Admin's list of the mirror's users, as its manual shows it: a WSGI app for gunicorn.

Environment: `BENCH_DATABASE` (SQLite file), `BENCH_CUSTOMER` (customer id).
"""

from __future__ import annotations

import os
from typing import Any

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_babel import Babel
from sqlalchemy import create_engine
from sqlalchemy.orm import scoped_session, sessionmaker

from partner_center.catalog import models as _catalog  # noqa: F401  mapped classes name each other
from partner_center.customers import models as _customers  # noqa: F401
from partner_center.directory.models import DirectoryUser


class Users(ModelView):
    """50 rows a page, searchable and sortable, with the count Flask-Admin shows by default."""

    can_create = can_edit = can_delete = False
    page_size = 50
    column_list = ("display_name", "user_principal_name", "department", "usage_location", "user_type")
    column_default_sort = "display_name"
    column_searchable_list = ("display_name", "user_principal_name")
    column_filters = ("department", "usage_location", "user_type")

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
    Admin(app).add_view(Users(DirectoryUser, session))
    app.teardown_appcontext(lambda _error: session.remove())
    return app
