"""Holds, watchers, erasures, seals"""

import sqlalchemy as sa
from alembic import op

from storage.columns import Id, Utc

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erased",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_erased")),
    )
    op.create_table(
        "seals",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seals")),
    )
    op.create_table(
        "watchers",
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("jail", sa.String(), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["jail"], ["jails.code"], name=op.f("fk_watchers_jail")),
        sa.PrimaryKeyConstraint("chat", "jail", name=op.f("pk_watchers")),
    )
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hold_until", Utc(), nullable=True))
        batch_op.add_column(sa.Column("coming", Utc(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.drop_column("coming")
        batch_op.drop_column("hold_until")

    op.drop_table("watchers")
    op.drop_table("seals")
    op.drop_table("erased")
