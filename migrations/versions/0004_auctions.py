"""orders for an auction, and in extended hours

Revision ID: 0004
Revises: 0003
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations.base import BatchOperations

from trenddojo.store import triggers

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BEFORE, _AFTER = ("day", "gtc", "ioc", "fok"), ("day", "gtc", "ioc", "fok", "opg", "cls")


def upgrade() -> None:
    with _orders() as batch_op:
        batch_op.add_column(sa.Column("extended_hours", sa.Boolean(), server_default=sa.false(), nullable=False))
        _allow(batch_op, _AFTER)


def downgrade() -> None:
    lost = "SELECT count(*) FROM orders WHERE extended_hours OR time_in_force IN ('opg', 'cls')"
    if op.get_bind().scalar(sa.text(lost)):
        raise RuntimeError("There are orders that version 0003 cannot keep. Nothing was changed.")
    with _orders() as batch_op:
        _allow(batch_op, _BEFORE)
        batch_op.drop_column("extended_hours")


@contextmanager
def _orders() -> Iterator[BatchOperations]:
    """The table, to be made anew where a constraint of its cannot be changed, which its triggers do not outlive."""
    dialect = op.get_bind().dialect.name
    for statement in triggers.removal(dialect, "orders"):
        op.execute(statement)
    with op.batch_alter_table("orders", schema=None) as batch_op:
        yield batch_op
    for statement in triggers.statements(dialect, "orders"):
        op.execute(statement)


def _allow(batch_op: BatchOperations, words: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    batch_op.drop_constraint(batch_op.f("ck_orders_timeinforce"), type_="check")
    batch_op.create_check_constraint(batch_op.f("ck_orders_timeinforce"), sa.text(f"time_in_force IN ({listed})"))
