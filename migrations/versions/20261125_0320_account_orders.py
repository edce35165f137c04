"""Orders that make, block, delete and restore users."""

import sqlalchemy as sa
from alembic import op

revision = '20261125_0320'
down_revision = "20261125_0300"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('account_order',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ref', sa.String(length=20), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('staff_name', sa.String(length=200), nullable=False),
    sa.Column('idempotency_key', sa.String(length=64), nullable=False),
    sa.Column('deed', sa.String(length=20), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('products', sa.JSON(), nullable=False),
    sa.Column('change_ref', sa.String(length=20), nullable=True),
    sa.Column('trouble', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('shown_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_account_order_customer_id_customer'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_member.id'], name=op.f('fk_account_order_staff_id_staff_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account_order')),
    sa.UniqueConstraint('customer_id', 'idempotency_key', name=op.f('uq_account_order_customer_id_idempotency_key')),
    sa.UniqueConstraint('ref', name=op.f('uq_account_order_ref'))
    )
    op.create_table('account_item',
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('place', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('graph_id', sa.String(length=36), nullable=True),
    sa.Column('display_name', sa.String(length=400), nullable=False),
    sa.Column('address', sa.String(length=400), nullable=False),
    sa.Column('usage_location', sa.String(length=2), nullable=True),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.Column('secret', sa.Text(), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.Column('message', sa.Text(), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lost', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['account_order.id'], name=op.f('fk_account_item_order_id_account_order'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('order_id', 'place', name=op.f('pk_account_item'))
    )


def downgrade():
    op.drop_table('account_item')
    op.drop_table('account_order')
