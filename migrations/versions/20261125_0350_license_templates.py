"""Templates of products and services; in which order people were selected."""

import sqlalchemy as sa
from alembic import op

revision = '20261125_0350'
down_revision = "20261125_0340"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('license_template',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('wish', sa.JSON(), nullable=False),
    sa.Column('changed_by', sa.String(length=200), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_license_template_customer_id_customer'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_license_template'))
    )
    op.create_index(op.f('ix_license_template_customer_id'), 'license_template', ['customer_id'])
    with op.batch_alter_table('selection') as batch:
        batch.add_column(sa.Column('picks', sa.JSON(), nullable=True))


def downgrade():
    with op.batch_alter_table('selection') as batch:
        batch.drop_column('picks')
    op.drop_index(op.f('ix_license_template_customer_id'), 'license_template')
    op.drop_table('license_template')
