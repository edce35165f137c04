"""First tables, and what searching needs beside them."""

import sqlalchemy as sa
from alembic import op

revision = '20261122_0100'
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('audit_entry',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor_name', sa.String(length=320), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=True),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.Column('request_id', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry'))
    )
    op.create_index('ix_audit_entry_actor_id_id', 'audit_entry', ['actor_id', 'id'], unique=False)
    op.create_index('ix_audit_entry_customer_id_id', 'audit_entry', ['customer_id', 'id'], unique=False)

    op.create_table('customer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('tenant_id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=300), nullable=False),
    sa.Column('domain', sa.String(length=300), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=True),
    sa.Column('reseller', sa.String(length=200), nullable=True),
    sa.Column('relationship', sa.String(length=40), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('access_state', sa.String(length=20), nullable=False),
    sa.Column('access_name', sa.String(length=100), nullable=True),
    sa.Column('access_ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('access_roles', sa.JSON(), nullable=False),
    sa.Column('gone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('licenses_purchased', sa.Integer(), nullable=False),
    sa.Column('licenses_assigned', sa.Integer(), nullable=False),
    sa.Column('products_full', sa.Integer(), nullable=False),
    sa.Column('products_nearly_full', sa.Integer(), nullable=False),
    sa.Column('products_over', sa.Integer(), nullable=False),
    sa.Column('products_unused', sa.Integer(), nullable=False),
    sa.Column('subscriptions_suspended', sa.Integer(), nullable=False),
    sa.Column('subscriptions_expiring', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer')),
    sa.UniqueConstraint('tenant_id', name=op.f('uq_customer_tenant_id'))
    )
    op.create_index('ix_customer_reseller', 'customer', ['reseller'], unique=False)

    op.create_table('job',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('key', sa.String(length=120), nullable=True),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('max_attempts', sa.Integer(), nullable=False),
    sa.Column('run_after', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job')),
    sa.UniqueConstraint('key', name=op.f('uq_job_key'))
    )
    op.create_index('ix_job_state_run_after', 'job', ['state', 'run_after'], unique=False)

    op.create_table('product',
    sa.Column('sku_id', sa.String(length=36), nullable=False),
    sa.Column('part_number', sa.String(length=200), nullable=False),
    sa.Column('name', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('sku_id', name=op.f('pk_product'))
    )
    op.create_index('ix_product_part_number', 'product', ['part_number'], unique=False)

    op.create_table('service_plan',
    sa.Column('plan_id', sa.String(length=36), nullable=False),
    sa.Column('part_name', sa.String(length=200), nullable=False),
    sa.Column('name', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('plan_id', name=op.f('pk_service_plan'))
    )
    op.create_table('staff_member',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=320), nullable=False),
    sa.Column('display_name', sa.String(length=200), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('scope', sa.String(length=20), nullable=False),
    sa.Column('reseller', sa.String(length=200), nullable=True),
    sa.Column('language', sa.String(length=8), nullable=True),
    sa.Column('theme', sa.String(length=8), nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('suspended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_member')),
    sa.UniqueConstraint('email', name=op.f('uq_staff_member_email'))
    )
    op.create_table('change',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ref', sa.String(length=20), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('staff_name', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('idempotency_key', sa.String(length=64), nullable=False),
    sa.Column('wish', sa.JSON(), nullable=False),
    sa.Column('plan', sa.JSON(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('members', sa.LargeBinary(), nullable=False),
    sa.Column('groups', sa.JSON(), nullable=False),
    sa.Column('user_total', sa.Integer(), nullable=False),
    sa.Column('retry_of_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('stop_reason', sa.Text(), nullable=True),
    sa.Column('expanded_to', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_change_customer_id_customer'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['retry_of_id'], ['change.id'], name=op.f('fk_change_retry_of_id_change')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_member.id'], name=op.f('fk_change_staff_id_staff_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_change')),
    sa.UniqueConstraint('customer_id', 'idempotency_key', name=op.f('uq_change_customer_id_idempotency_key')),
    sa.UniqueConstraint('ref', name=op.f('uq_change_ref'))
    )
    op.create_index('ix_change_customer_id_id', 'change', ['customer_id', 'id'], unique=False)

    op.create_table('directory_group',
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('graph_id', sa.String(length=36), nullable=False),
    sa.Column('display_name', sa.String(length=400), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_directory_group_customer_id_customer'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('customer_id', 'graph_id', name=op.f('pk_directory_group'))
    )
    op.create_table('draft',
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('wish', sa.JSON(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_draft_customer_id_customer'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_member.id'], name=op.f('fk_draft_staff_id_staff_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('staff_id', 'customer_id', name=op.f('pk_draft'))
    )
    op.create_table('facet',
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('members', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_facet_customer_id_customer'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('customer_id', 'key', name=op.f('pk_facet'))
    )
    op.create_index('ix_facet_customer_id_version', 'facet', ['customer_id', 'version'], unique=False)

    op.create_table('holding',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('licenses', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_holding_customer_id_customer'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_holding'))
    )
    op.create_index('uq_holding_customer_id_digest', 'holding', ['customer_id', 'digest'], unique=True)

    op.create_table('mirror',
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('order_version', sa.Integer(), nullable=False),
    sa.Column('next_number', sa.Integer(), nullable=False),
    sa.Column('user_count', sa.Integer(), nullable=False),
    sa.Column('delta_link', sa.Text(), nullable=True),
    sa.Column('resume_link', sa.Text(), nullable=True),
    sa.Column('resume_delta_link', sa.Text(), nullable=True),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('synced_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tried_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_mirror_customer_id_customer'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('customer_id', name=op.f('pk_mirror'))
    )
    op.create_table('name_order',
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('order_version', sa.Integer(), nullable=False),
    sa.Column('numbers', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_name_order_customer_id_customer'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('customer_id', 'key', name=op.f('pk_name_order'))
    )
    op.create_table('product_plan',
    sa.Column('sku_id', sa.String(length=36), nullable=False),
    sa.Column('plan_id', sa.String(length=36), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['plan_id'], ['service_plan.plan_id'], name=op.f('fk_product_plan_plan_id_service_plan'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['sku_id'], ['product.sku_id'], name=op.f('fk_product_plan_sku_id_product'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('sku_id', 'plan_id', name=op.f('pk_product_plan'))
    )
    op.create_table('seat_order',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ref', sa.String(length=20), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('staff_name', sa.String(length=200), nullable=False),
    sa.Column('idempotency_key', sa.String(length=64), nullable=False),
    sa.Column('sku_id', sa.String(length=36), nullable=False),
    sa.Column('subscription_id', sa.String(length=36), nullable=False),
    sa.Column('subscription_name', sa.String(length=300), nullable=False),
    sa.Column('quantity_before', sa.Integer(), nullable=False),
    sa.Column('quantity_after', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.Column('message', sa.Text(), nullable=True),
    sa.Column('ms_request_id', sa.String(length=36), nullable=False),
    sa.Column('return_to', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_seat_order_customer_id_customer'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_member.id'], name=op.f('fk_seat_order_staff_id_staff_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_seat_order')),
    sa.UniqueConstraint('customer_id', 'idempotency_key', name=op.f('uq_seat_order_customer_id_idempotency_key')),
    sa.UniqueConstraint('ref', name=op.f('uq_seat_order_ref'))
    )
    op.create_table('selection',
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('members', sa.LargeBinary(), nullable=False),
    sa.Column('before', sa.LargeBinary(), nullable=True),
    sa.Column('sources', sa.JSON(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_selection_customer_id_customer'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_member.id'], name=op.f('fk_selection_staff_id_staff_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('staff_id', 'customer_id', name=op.f('pk_selection'))
    )
    op.create_table('staff_customer',
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_staff_customer_customer_id_customer'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_member.id'], name=op.f('fk_staff_customer_staff_id_staff_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('staff_id', 'customer_id', name=op.f('pk_staff_customer'))
    )
    op.create_table('staff_role',
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_member.id'], name=op.f('fk_staff_role_staff_id_staff_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('staff_id', 'role', name=op.f('pk_staff_role'))
    )
    op.create_table('subscribed_sku',
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('sku_id', sa.String(length=36), nullable=False),
    sa.Column('part_number', sa.String(length=200), nullable=False),
    sa.Column('applies_to', sa.String(length=20), nullable=False),
    sa.Column('capability_status', sa.String(length=20), nullable=False),
    sa.Column('enabled', sa.Integer(), nullable=False),
    sa.Column('warning', sa.Integer(), nullable=False),
    sa.Column('suspended', sa.Integer(), nullable=False),
    sa.Column('locked_out', sa.Integer(), nullable=False),
    sa.Column('consumed', sa.Integer(), nullable=False),
    sa.Column('plans', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_subscribed_sku_customer_id_customer'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('customer_id', 'sku_id', name=op.f('pk_subscribed_sku'))
    )
    op.create_table('tenant_subscription',
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('subscription_id', sa.String(length=36), nullable=False),
    sa.Column('sku_id', sa.String(length=36), nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('total_licenses', sa.Integer(), nullable=False),
    sa.Column('is_trial', sa.Boolean(), nullable=False),
    sa.Column('self_service', sa.Boolean(), nullable=False),
    sa.Column('next_lifecycle_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_tenant_subscription_customer_id_customer'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('customer_id', 'subscription_id', name=op.f('pk_tenant_subscription'))
    )
    op.create_table('change_entry',
    sa.Column('change_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('sku_id', sa.String(length=36), nullable=False),
    sa.Column('deed', sa.String(length=12), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.Column('outcome', sa.String(length=16), nullable=True),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.Column('message', sa.Text(), nullable=True),
    sa.Column('request_id', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['change_id'], ['change.id'], name=op.f('fk_change_entry_change_id_change'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('change_id', 'position', 'sku_id', name=op.f('pk_change_entry'))
    )
    op.create_index('ix_change_entry_change_id_outcome_reason', 'change_entry', ['change_id', 'outcome', 'reason'], unique=False)

    op.create_table('change_item',
    sa.Column('change_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('user_number', sa.Integer(), nullable=False),
    sa.Column('graph_id', sa.String(length=36), nullable=False),
    sa.Column('display_name', sa.String(length=400), nullable=False),
    sa.Column('user_principal_name', sa.String(length=400), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('step', sa.String(length=12), nullable=False),
    sa.Column('outcome', sa.String(length=16), nullable=True),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('after', sa.JSON(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=True),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['change_id'], ['change.id'], name=op.f('fk_change_item_change_id_change'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('change_id', 'position', name=op.f('pk_change_item'))
    )
    op.create_index('ix_change_item_change_id_outcome_reason', 'change_item', ['change_id', 'outcome', 'reason'], unique=False)
    op.create_index('ix_change_item_change_id_state', 'change_item', ['change_id', 'state'], unique=False)

    op.create_table('directory_user',
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('graph_id', sa.String(length=36), nullable=False),
    sa.Column('display_name', sa.String(length=400), nullable=False),
    sa.Column('user_principal_name', sa.String(length=400), nullable=False),
    sa.Column('upn_key', sa.String(length=400), nullable=False),
    sa.Column('mail', sa.String(length=400), nullable=True),
    sa.Column('mail_key', sa.String(length=400), nullable=True),
    sa.Column('department', sa.String(length=200), nullable=True),
    sa.Column('usage_location', sa.String(length=2), nullable=True),
    sa.Column('user_type', sa.String(length=20), nullable=False),
    sa.Column('account_enabled', sa.Boolean(), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('sort_en', sa.Text(), nullable=False),
    sa.Column('sort_tr', sa.Text(), nullable=False),
    sa.Column('sort_nb', sa.Text(), nullable=False),
    sa.Column('sort_sv', sa.Text(), nullable=False),
    sa.Column('holding_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_directory_user_customer_id_customer'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['holding_id'], ['holding.id'], name=op.f('fk_directory_user_holding_id_holding')),
    sa.PrimaryKeyConstraint('customer_id', 'number', name=op.f('pk_directory_user'))
    )
    op.create_index('ix_directory_user_customer_id_mail_key', 'directory_user', ['customer_id', 'mail_key'], unique=False)
    op.create_index('ix_directory_user_customer_id_upn_key', 'directory_user', ['customer_id', 'upn_key'], unique=False)
    op.create_index('uq_directory_user_customer_id_graph_id', 'directory_user', ['customer_id', 'graph_id'], unique=True)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE directory_search "
            "USING fts5(text, content='', columnsize=0, tokenize='trigram')"
        )
    elif has_trigrams(op.get_bind()):
        op.execute(
            "CREATE INDEX ix_directory_user_search_text_trgm ON directory_user "
            "USING gin (search_text gin_trgm_ops)"
        )


def has_trigrams(connection):
    """Whether PostgreSQL's trigram extension is there or may be made; searching works without it, slower."""
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except sa.exc.DBAPIError:
        return False
    return True


def downgrade():
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE directory_search")
    else:
        op.execute("DROP INDEX IF EXISTS ix_directory_user_search_text_trgm")
    op.drop_index('uq_directory_user_customer_id_graph_id', 'directory_user')
    op.drop_index('ix_directory_user_customer_id_upn_key', 'directory_user')
    op.drop_index('ix_directory_user_customer_id_mail_key', 'directory_user')
    op.drop_table('directory_user')
    op.drop_index('ix_change_item_change_id_state', 'change_item')
    op.drop_index('ix_change_item_change_id_outcome_reason', 'change_item')
    op.drop_table('change_item')
    op.drop_index('ix_change_entry_change_id_outcome_reason', 'change_entry')
    op.drop_table('change_entry')
    op.drop_table('tenant_subscription')
    op.drop_table('subscribed_sku')
    op.drop_table('staff_role')
    op.drop_table('staff_customer')
    op.drop_table('selection')
    op.drop_table('seat_order')
    op.drop_table('product_plan')
    op.drop_table('name_order')
    op.drop_table('mirror')
    op.drop_index('uq_holding_customer_id_digest', 'holding')
    op.drop_table('holding')
    op.drop_index('ix_facet_customer_id_version', 'facet')
    op.drop_table('facet')
    op.drop_table('draft')
    op.drop_table('directory_group')
    op.drop_index('ix_change_customer_id_id', 'change')
    op.drop_table('change')
    op.drop_table('staff_member')
    op.drop_table('service_plan')
    op.drop_index('ix_product_part_number', 'product')
    op.drop_table('product')
    op.drop_index('ix_job_state_run_after', 'job')
    op.drop_table('job')
    op.drop_index('ix_customer_reseller', 'customer')
    op.drop_table('customer')
    op.drop_index('ix_audit_entry_customer_id_id', 'audit_entry')
    op.drop_index('ix_audit_entry_actor_id_id', 'audit_entry')
    op.drop_table('audit_entry')
