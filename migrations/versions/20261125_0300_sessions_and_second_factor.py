"""Sessions as rows, second factors with recovery codes, and counts of tries. Everybody signs in once more."""

import sqlalchemy as sa
from alembic import op

revision = '20261125_0300'
down_revision = '20261125_0271'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('staff_session',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key_hash', sa.String(length=64), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('stage', sa.String(length=8), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('browser', sa.String(length=80), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_member.id'], name=op.f('fk_staff_session_staff_id_staff_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_session')),
    sa.UniqueConstraint('key_hash', name=op.f('uq_staff_session_key_hash'))
    )
    with op.batch_alter_table('staff_session') as batch:
        batch.create_index(batch.f('ix_staff_session_staff_id'), ['staff_id'], unique=False)
    op.create_table('staff_second_factor',
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('secret', sa.String(length=400), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_step', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_member.id'], name=op.f('fk_staff_second_factor_staff_id_staff_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('staff_id', name=op.f('pk_staff_second_factor'))
    )
    op.create_table('staff_recovery_code',
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_member.id'], name=op.f('fk_staff_recovery_code_staff_id_staff_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('code_hash', name=op.f('pk_staff_recovery_code'))
    )
    with op.batch_alter_table('staff_recovery_code') as batch:
        batch.create_index(batch.f('ix_staff_recovery_code_staff_id'), ['staff_id'], unique=False)
    op.create_table('staff_tries',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_staff_tries'))
    )
    op.drop_column('staff_member', 'epoch')


def downgrade():
    op.add_column('staff_member', sa.Column('epoch', sa.Integer(), nullable=False, server_default='1'))
    op.drop_table('staff_tries')
    op.drop_table('staff_recovery_code')
    op.drop_table('staff_second_factor')
    op.drop_table('staff_session')
