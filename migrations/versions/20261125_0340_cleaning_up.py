"""What cleaning up goes by: seats that may be given back, when people last signed in, what mailboxes there are."""

import sqlalchemy as sa
from alembic import op

revision = '20261125_0340'
down_revision = "20261125_0330"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('tenant_subscription', sa.Column('reducible', sa.JSON(), nullable=True))
    op.add_column('mirror', sa.Column('sign_ins_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('mirror', sa.Column('sign_ins_trouble', sa.String(length=20), nullable=True))
    op.add_column('mirror', sa.Column('mailboxes_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('mirror', sa.Column('mailboxes_trouble', sa.String(length=20), nullable=True))
    op.create_table('mailbox',
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('upn_key', sa.String(length=400), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('used_bytes', sa.BigInteger(), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_mailbox_customer_id_customer'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('customer_id', 'upn_key', name=op.f('pk_mailbox'))
    )
    op.create_table('user_sign_in',
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('graph_id', sa.String(length=36), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('signed_in_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_user_sign_in_customer_id_customer'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('customer_id', 'graph_id', name=op.f('pk_user_sign_in'))
    )
    op.create_index('ix_user_sign_in_customer_id_signed_in_at', 'user_sign_in', ['customer_id', 'signed_in_at'], unique=False)


def downgrade():
    op.drop_index('ix_user_sign_in_customer_id_signed_in_at', table_name='user_sign_in')
    op.drop_table('user_sign_in')
    op.drop_table('mailbox')
    op.drop_column('mirror', 'mailboxes_trouble')
    op.drop_column('mirror', 'mailboxes_at')
    op.drop_column('mirror', 'sign_ins_trouble')
    op.drop_column('mirror', 'sign_ins_at')
    op.drop_column('tenant_subscription', 'reducible')
