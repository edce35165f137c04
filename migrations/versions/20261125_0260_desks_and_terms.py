"""A selection and a draft for each desk, the desk that a change came from; terms of subscriptions."""

import sqlalchemy as sa
from alembic import op

revision = '20261125_0260'
down_revision = '20261125_0250'
branch_labels = None
depends_on = None

KEY = ['staff_id', 'customer_id']


def upgrade():
    for table in ('selection', 'draft'):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column('desk', sa.String(length=60), nullable=False, server_default=''))
            batch.drop_constraint(op.f(f'pk_{table}'), type_='primary')
            batch.create_primary_key(op.f(f'pk_{table}'), [*KEY, 'desk'])
        _forget_default(table)
    with op.batch_alter_table('change') as batch:
        batch.add_column(sa.Column('desk', sa.String(length=60), nullable=False, server_default=''))
    _forget_default('change')
    with op.batch_alter_table('tenant_subscription') as batch:
        batch.add_column(sa.Column('term', sa.String(length=20), nullable=True))
        batch.add_column(sa.Column('auto_renew', sa.Boolean(), nullable=True))
    op.create_index('ix_change_item_customer_id_user_number', 'change_item', ['customer_id', 'user_number'])


def downgrade():
    op.drop_index('ix_change_item_customer_id_user_number', 'change_item')
    with op.batch_alter_table('tenant_subscription') as batch:
        batch.drop_column('auto_renew')
        batch.drop_column('term')
    with op.batch_alter_table('change') as batch:
        batch.drop_column('desk')
    for table in ('draft', 'selection'):
        op.execute(f"DELETE FROM {table} WHERE desk <> ''")
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f'pk_{table}'), type_='primary')
            batch.create_primary_key(op.f(f'pk_{table}'), KEY)
            batch.drop_column('desk')


def _forget_default(table):
    """Rows that were there got the main desk; new ones are told theirs."""
    with op.batch_alter_table(table) as batch:
        batch.alter_column('desk', existing_type=sa.String(length=60), existing_nullable=False, server_default=None)
