"""Audit entries in one chain, and a table that refuses to be rewritten.

Entries of before are numbered anew without gaps and chained in their order, as far as they can vouch for
themselves: that is, from this day on.
"""

import hashlib
import json
from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = '20261125_0270'
down_revision = '20261125_0250'
branch_labels = None
depends_on = None

REFUSALS = {'refused', 'sign_in_refused'}

SQLITE_TRIGGERS = [
    f"""CREATE TRIGGER audit_entry_no_{deed.lower()} BEFORE {deed} ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'audit entries are never changed or deleted'); END"""
    for deed in ('UPDATE', 'DELETE')
]
POSTGRESQL_TRIGGERS = [
    """CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'audit entries are never changed or deleted'; END $$""",
    """CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()""",
    """CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()""",
]


def upgrade():
    with op.batch_alter_table('audit_entry') as table:
        table.add_column(sa.Column('result', sa.String(20), nullable=True))
        table.add_column(sa.Column('prev_hash', sa.String(64), nullable=True))
        table.add_column(sa.Column('hash', sa.String(64), nullable=True))
    chain_what_is_there()
    with op.batch_alter_table('audit_entry') as table:
        for name, length in (('result', 20), ('prev_hash', 64), ('hash', 64)):
            table.alter_column(name, existing_type=sa.String(length), nullable=False)
        table.create_index('ix_audit_entry_at', ['at'])
    is_sqlite = op.get_bind().dialect.name == 'sqlite'
    for statement in SQLITE_TRIGGERS if is_sqlite else POSTGRESQL_TRIGGERS:
        op.execute(statement)


def downgrade():
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('DROP TRIGGER audit_entry_no_update')
        op.execute('DROP TRIGGER audit_entry_no_delete')
    else:
        op.execute('DROP TRIGGER audit_entry_no_change ON audit_entry')
        op.execute('DROP TRIGGER audit_entry_no_truncate ON audit_entry')
        op.execute('DROP FUNCTION audit_entry_refuse()')
    with op.batch_alter_table('audit_entry') as table:
        table.drop_index('ix_audit_entry_at')
        for name in ('hash', 'prev_hash', 'result'):
            table.drop_column(name)


def chain_what_is_there():
    """As `partner_center.audit.chain` did it on the day of this migration."""
    names = 'at action actor_id actor_name customer_id subject result details request_id'.split()
    entry = sa.table(
        'audit_entry',
        sa.column('id', sa.Integer),
        sa.column('at', sa.DateTime(timezone=True)),
        sa.column('details', sa.JSON),
        *(sa.column(name) for name in (*names, 'prev_hash', 'hash') if name not in ('at', 'details')),
    )
    bind, prev_hash = op.get_bind(), '0' * 64
    for number, row in enumerate(bind.execute(sa.select(entry).order_by(entry.c.id)).all(), 1):
        told = {name: getattr(row, name) for name in names}
        told['result'] = 'refused' if row.action in REFUSALS else 'done'
        at = row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC)
        told['at'] = at.astimezone(UTC).isoformat(timespec='microseconds')
        text = json.dumps(told, sort_keys=True, separators=(',', ':'), ensure_ascii=True, allow_nan=False)
        digest = hashlib.sha256(f'{prev_hash}\n{text}'.encode('ascii')).hexdigest()
        values = {'id': number, 'result': told['result'], 'prev_hash': prev_hash, 'hash': digest}
        bind.execute(sa.update(entry).where(entry.c.id == row.id).values(values))
        prev_hash = digest
