"""Licences promised to changes that are not finished, changes that are paused or stopped, a pace for each tenant."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_0250"
down_revision = "20261125_0240"

STEERED = (("paused_by", "paused_at"), ("stopped_by", "stopped_at"))


def upgrade():
    op.create_table(
        "seat_count",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("sku_id", sa.String(length=36), nullable=False),
        sa.Column("used", sa.Integer(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_seat_count_customer_id_customer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", "sku_id", name=op.f("pk_seat_count")),
    )
    op.create_table(
        "tenant_pace",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.Double(), nullable=False),
        sa.Column("level_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("silent_calls", sa.Integer(), nullable=False),
        sa.Column("silent_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trial_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_tenant_pace_customer_id_customer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_tenant_pace")),
    )
    op.create_index("ix_change_customer_id_state", "change", ["customer_id", "state"])
    for who, when in STEERED:
        op.add_column("change", sa.Column(when, sa.DateTime(timezone=True), nullable=True))
        op.add_column("change", sa.Column(who, sa.String(length=200), nullable=True))
    op.add_column("mirror", sa.Column("seats_read_at", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column("mirror", "seats_read_at")
    with op.batch_alter_table("change") as table:
        for column in (name for pair in STEERED for name in pair):
            table.drop_column(column)
    op.drop_index("ix_change_customer_id_state", "change")
    op.drop_table("tenant_pace")
    op.drop_table("seat_count")
