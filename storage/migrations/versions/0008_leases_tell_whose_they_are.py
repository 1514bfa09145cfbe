"""The lease of an address tells which claim holds it, so that a process that stood still gives back no other's"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("addresses", sa.Column("lease", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("addresses", "lease")
