"""How migrations run: on one connection, in one transaction, never two at once.

`partner_center.schema` hands its engine in; under `flask db` it is the app's.
"""

from alembic import context
from flask import current_app
from sqlalchemy.types import TypeDecorator

from partner_center.directory.search import TRIGRAM_INDEX, is_search_table
from partner_center.schema import metadata
from partner_center.shared.orm import BEGIN_IMMEDIATE

ADVISORY_LOCK = 7_214_506_331  # any number of our own
LOCK_TIMEOUT = "4s"  # a migration that can't have a table soon gives up, instead of stopping the site


def find_engine():
    """The engine handed in, else the Flask app's."""
    engine = context.config.attributes.get("engine")
    if engine is not None:
        return engine
    return current_app.extensions["migrate"].db.engine


def include_name(name, kind, _parents):
    """Leave out what is made by hand: the search table with its shadows, and PostgreSQL's trigram index."""
    return not (kind == "table" and is_search_table(name)) and name != TRIGRAM_INDEX


def render_item(kind, item, _autogen):
    """Write our own column types as what the database sees, so that a migration needs no code of ours."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def run():
    """Run what was asked for."""
    with find_engine().connect().execution_options(**BEGIN_IMMEDIATE) as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            # a table rebuilt by batch mode is dropped: with keys enforced its children would go with it
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=metadata(),
            include_name=include_name,
            render_item=render_item,
            render_as_batch=True,
            transactional_ddl=True,
            compare_server_default=True,
        )
        with connection.begin():
            if not is_sqlite:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
            context.run_migrations()
            if is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise RuntimeError("a migration left rows without their parents")
        if is_sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


run()
