"""Groups with what they hand out and who is in them, and orders to them.

Every customer is read anew once: which group could not serve whom was not kept before.
"""

import sqlalchemy as sa
from alembic import op

revision = '20261125_0330'
down_revision = "20261125_0320"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade():
    with op.batch_alter_table('directory_group') as table:
        table.add_column(sa.Column('licenses', sa.JSON(), nullable=True))
        table.add_column(sa.Column('processing', sa.Boolean(), nullable=True))
    op.execute("UPDATE directory_group SET licenses = '[]', processing = false")
    with op.batch_alter_table('directory_group') as table:
        table.alter_column('licenses', existing_type=sa.JSON(), nullable=False)
        table.alter_column('processing', existing_type=sa.Boolean(), nullable=False)
    op.create_table('group_membership',
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('graph_id', sa.String(length=36), nullable=False),
    sa.Column('members', sa.LargeBinary(), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id', 'graph_id'], ['directory_group.customer_id', 'directory_group.graph_id'], name=op.f('fk_group_membership_customer_id_graph_id_directory_group'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('customer_id', 'graph_id', name=op.f('pk_group_membership'))
    )
    op.create_table('group_order',
    sa.Column('id', BIG, nullable=False),
    sa.Column('ref', sa.String(length=20), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('staff_name', sa.String(length=200), nullable=False),
    sa.Column('idempotency_key', sa.String(length=64), nullable=False),
    sa.Column('group_id', sa.String(length=36), nullable=False),
    sa.Column('group_name', sa.String(length=400), nullable=False),
    sa.Column('deed', sa.String(length=12), nullable=False),
    sa.Column('wish', sa.JSON(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('members', sa.LargeBinary(), nullable=False),
    sa.Column('results', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.Column('message', sa.Text(), nullable=True),
    sa.Column('request_id', sa.String(length=64), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_group_order_customer_id_customer'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_member.id'], name=op.f('fk_group_order_staff_id_staff_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_group_order')),
    sa.UniqueConstraint('customer_id', 'idempotency_key', name=op.f('uq_group_order_customer_id_idempotency_key')),
    sa.UniqueConstraint('ref', name=op.f('uq_group_order_ref'))
    )
    op.create_index('ix_group_order_group', 'group_order', ['customer_id', 'group_id'])
    op.execute('UPDATE mirror SET delta_link = NULL')


def downgrade():
    op.drop_table('group_order')
    op.drop_table('group_membership')
    op.execute("DELETE FROM job WHERE kind = 'group-order'")
    with op.batch_alter_table('directory_group') as table:
        table.drop_column('processing')
        table.drop_column('licenses')
