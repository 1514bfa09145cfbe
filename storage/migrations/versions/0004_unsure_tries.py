"""Tries whose end nobody knows are counted apart; an address is found by its messages"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("unsure", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_outbox_address", "outbox", ["address"])


def downgrade() -> None:
    op.drop_index("ix_outbox_address", table_name="outbox")
    op.drop_column("outbox", "unsure")
