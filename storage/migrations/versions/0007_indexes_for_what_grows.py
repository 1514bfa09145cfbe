"""Nothing that is done often walks through all visits, messages or people

On PostgreSQL the keys of messages are ordered by their bytes, so that the index answers how a key begins.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PLAIN = (
    ("inbox", "handled"),
    ("outbox", "created"),
    ("challenges", "expires"),
    ("spends", "at"),
    ("slots", "start"),
    ("visits", "start"),
)
PARTIAL = (
    ("ix_inbox_unreadable", "inbox", ["handled"], "outcome = 'unreadable'", "outcome = 'unreadable'"),
    ("ix_visits_ahead", "visits", ["status", "start"], "live IS 1", "live IS true"),
)


def upgrade() -> None:
    for table, column in PLAIN:
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index("ix_visits_mobile", "visits", ["mobile_key"])
    op.create_index("ix_visitors_email", "visitors", ["email_hash"])
    for name, table, columns, sqlite, postgresql in PARTIAL:
        op.create_index(name, table, columns, sqlite_where=sa.text(sqlite), postgresql_where=sa.text(postgresql))
    op.drop_index("ix_outbox_address", table_name="outbox")
    op.create_index("ix_outbox_address", "outbox", ["address", "due"])
    _collate('"C"')


def downgrade() -> None:
    _collate('"default"')
    op.drop_index("ix_outbox_address", table_name="outbox")
    op.create_index("ix_outbox_address", "outbox", ["address"])
    for name, table, *_rest in PARTIAL:
        op.drop_index(name, table_name=table)
    op.drop_index("ix_visitors_email", table_name="visitors")
    op.drop_index("ix_visits_mobile", table_name="visits")
    for table, column in PLAIN:
        op.drop_index(f"ix_{table}_{column}", table_name=table)


def _collate(how: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE outbox ALTER COLUMN key TYPE VARCHAR COLLATE {how}")
