"""A partner's own table of roles, and links with which new people set their password."""

import sqlalchemy as sa
from alembic import op

revision = '20261125_0271'
down_revision = '20261125_0270'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('role_override',
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('permission', sa.String(length=40), nullable=False),
    sa.Column('granted', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('role', 'permission', name=op.f('pk_role_override'))
    )
    op.create_table('staff_invitation',
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_member.id'], name=op.f('fk_staff_invitation_staff_id_staff_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('staff_id', name=op.f('pk_staff_invitation')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_staff_invitation_token_hash'))
    )


def downgrade():
    op.drop_table('staff_invitation')
    op.drop_table('role_override')
