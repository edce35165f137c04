"""A change is made of asks, one for each set of users with the same wish; an undo names what it undoes.

A finished change keeps its evidence; what finished before gets a job that makes it.
"""

import base64
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from pyroaring import BitMap

revision = '20261125_0240'
down_revision = '20261122_0100'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('change') as table:
        table.add_column(sa.Column('asks', sa.JSON(), nullable=True))
        table.add_column(sa.Column('undo_of_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        table.add_column(sa.Column('evidence', sa.JSON(), nullable=True))
        table.create_foreign_key(op.f('fk_change_undo_of_id_change'), 'change', ['undo_of_id'], ['id'])
    for id_, wish, plan, members in _rows('wish'):
        scope = plan.pop('scope', {})
        asks = [
            {'wish': one, 'members': _text(users), 'only_if': None}
            for users, one in _parts(BitMap.deserialize(members), wish, scope)
        ]
        _store(id_, asks=asks, plan=plan)
    with op.batch_alter_table('change') as table:
        table.alter_column('asks', existing_type=sa.JSON(), nullable=False)
        table.drop_column('wish')
    _ask_for_evidence()
    op.drop_index('ix_change_entry_change_id_outcome_reason', 'change_entry')
    wide = ['change_id', 'outcome', 'reason', 'sku_id', 'position', 'deed']
    op.create_index('ix_change_entry_outcome', 'change_entry', wide)


def downgrade():
    """An undo wishes otherwise for each user, which the old shape can't say: one that was not carried out ends."""
    op.execute(
        sa.text(
            "UPDATE change SET state = 'discarded' WHERE undo_of_id IS NOT NULL AND state != 'finished'"
        )
    )
    op.drop_index('ix_change_entry_outcome', 'change_entry')
    narrow = ['change_id', 'outcome', 'reason']
    op.create_index('ix_change_entry_change_id_outcome_reason', 'change_entry', narrow)
    op.execute("DELETE FROM job WHERE kind = 'change-evidence'")
    with op.batch_alter_table('change') as table:
        table.add_column(sa.Column('wish', sa.JSON(), nullable=True))
    for id_, asks, plan, _members in _rows('asks'):
        wish = {'products': {}, 'location': None}
        scope = {}
        for ask in asks:
            users = BitMap.deserialize(base64.b64decode(ask['members']))
            for sku, product in ask['wish']['products'].items():
                wish['products'].setdefault(sku, product)
                scope[sku] = scope.get(sku, BitMap()) | users
            if ask['wish']['location']:
                wish['location'] = wish['location'] or ask['wish']['location']
                scope[''] = scope.get('', BitMap()) | users
        _store(id_, wish=wish, plan=plan | {'scope': {sku: _text(users) for sku, users in scope.items()}})
    with op.batch_alter_table('change') as table:
        table.alter_column('wish', existing_type=sa.JSON(), nullable=False)
        table.drop_constraint(op.f('fk_change_undo_of_id_change'), type_='foreignkey')
        table.drop_column('undo_of_id')
        table.drop_column('evidence')
        table.drop_column('asks')


def _ask_for_evidence():
    now = datetime.now(UTC).replace(tzinfo=None)
    job = sa.table(
        'job',
        *(sa.column(name) for name in ('kind', 'key', 'state', 'run_after', 'created_at')),
        *(sa.column(name) for name in ('priority', 'done', 'total', 'attempts', 'max_attempts', 'fence')),
        sa.column('payload', sa.JSON()),
    )
    finished = op.get_bind().execute(sa.text("SELECT id, user_total FROM change WHERE state = 'finished'"))
    jobs = [
        {
            'kind': 'change-evidence',
            'key': f'change-evidence:{id_}',
            'payload': {'change_id': id_},
            'state': 'waiting',
            'run_after': now,
            'created_at': now,
            'total': users,
            'max_attempts': 20,
            'priority': 0,
            'done': 0,
            'attempts': 0,
            'fence': 0,
        }
        for id_, users in finished
    ]
    if jobs:
        op.get_bind().execute(sa.insert(job), jobs)


def _change(*columns):
    return sa.table('change', sa.column('id'), sa.column('plan', sa.JSON()), sa.column('members'), *columns)


def _rows(name):
    """Id, the named JSON column, plan and members of every change."""
    change = _change(sa.column(name, sa.JSON()))
    found = op.get_bind().execute(sa.select(change.c.id, change.c[name], change.c.plan, change.c.members))
    return found.all()


def _store(id_, **values):
    change = _change(*(sa.column(name, sa.JSON()) for name in values if name != 'plan'))
    op.get_bind().execute(sa.update(change).where(change.c.id == id_).values(values))


def _parts(members, wish, scope):
    """The users by which products of the wish are for them."""
    parts = [(members, json.loads(json.dumps(wish)))]
    for sku, text in scope.items():
        whom = BitMap.deserialize(base64.b64decode(text))
        split = []
        for users, one in parts:
            split += [(users & whom, one), (users - whom, _without(one, sku))]
        parts = [(users, one) for users, one in split if users]
    return parts


def _without(wish, sku):
    if not sku:
        return wish | {'location': None}
    return wish | {'products': {key: value for key, value in wish['products'].items() if key != sku}}


def _text(members):
    return base64.b64encode(members.serialize()).decode('ascii')
