"""A message tells its channel and whether it counts to its chat's pace; the address remembers that pace

What waits already is sealed, so nobody can tell its channel here: it is carried by Telegram's hands, each by its way.
"""

import sqlalchemy as sa
from alembic import op

from storage.columns import Utc

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WAITING = sa.text("status = 'waiting'")


def upgrade() -> None:
    op.add_column("addresses", sa.Column("paced", Utc(), nullable=True))
    op.add_column("outbox", sa.Column("channel", sa.String(), server_default="telegram", nullable=False))
    op.add_column("outbox", sa.Column("counts", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.drop_index("ix_outbox_waiting", table_name="outbox")
    _index("channel", "priority", "due")


def downgrade() -> None:
    op.drop_index("ix_outbox_waiting", table_name="outbox")
    _index("due")
    op.drop_column("outbox", "counts")
    op.drop_column("outbox", "channel")
    op.drop_column("addresses", "paced")


def _index(*columns: str) -> None:
    op.create_index("ix_outbox_waiting", "outbox", list(columns), sqlite_where=WAITING, postgresql_where=WAITING)
