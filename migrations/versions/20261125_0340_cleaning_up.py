"""Seats that may still be given back, as Partner Center tells of each subscription."""

import sqlalchemy as sa
from alembic import op

revision = '20261125_0340'
down_revision = '20261125_0271'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('tenant_subscription', sa.Column('reducible', sa.JSON(), nullable=True))


def downgrade():
    op.drop_column('tenant_subscription', 'reducible')
