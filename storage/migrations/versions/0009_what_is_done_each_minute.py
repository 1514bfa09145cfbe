"""Nothing that is done by itself, nor a forgetting, walks through all messages

A message tells what it is about, and what is looked for again and again has an index of its own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PARTIAL = (
    ("ix_outbox_sending", "address", "status = 'sending'"),
    ("ix_outbox_sealed", "settled", "sealed IS NOT NULL"),
    ("ix_outbox_lost", "settled", "status IN ('dead', 'unsure')"),
    ("ix_outbox_about", "about", "about IS NOT NULL"),
)
SECOND = {  # part of a key
    "sqlite": "substr(key, instr(key, ':') + 1, instr(substr(key, instr(key, ':') + 1) || ':', ':') - 1)",
    "postgresql": "split_part(key, ':', 2)",
}


def upgrade() -> None:
    op.add_column("outbox", sa.Column("about", sa.String(), nullable=True))
    op.execute(f"UPDATE outbox SET about = {SECOND[op.get_bind().dialect.name]} WHERE key LIKE '%:%'")
    op.drop_index("ix_outbox_settled", table_name="outbox")
    for name, column, where in PARTIAL:
        op.create_index(name, "outbox", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, *_rest in PARTIAL:
        op.drop_index(name, table_name="outbox")
    op.create_index("ix_outbox_settled", "outbox", ["settled"])
    op.drop_column("outbox", "about")
