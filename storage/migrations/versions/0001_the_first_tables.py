"""The first tables"""

import sqlalchemy as sa
from alembic import op

from storage.columns import Id, Utc

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "addresses",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), server_default="en", nullable=False),
        sa.Column("lease_until", Utc(), nullable=True),
        sa.Column("not_before", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_addresses")),
    )
    op.create_table(
        "challenges",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("talk", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("address_hash", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("issued", Utc(), nullable=False),
        sa.Column("expires", Utc(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("used", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("tries <= 5", name=op.f("ck_challenges_tries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenges")),
    )
    op.create_index("ix_challenges_talk", "challenges", ["talk", "purpose", "issued"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("talk", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("handled", Utc(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("channel", "update_id", name=op.f("uq_inbox_channel_update_id")),
    )
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        ["talk", "id"],
        unique=False,
        sqlite_where=sa.text("handled IS NULL"),
        postgresql_where=sa.text("handled IS NULL"),
    )
    op.create_table(
        "jails",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_name", sa.String(), nullable=False),
        sa.Column("district", sa.String(), server_default="", nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("chat", sa.String(), nullable=True),
        sa.Column("rules", sa.Text(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_jails")),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "notes",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("talk", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notes_kind", "notes", ["kind", "at"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("talk", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("updated", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("talk", name=op.f("pk_sessions")),
    )
    op.create_index(
        "ix_sessions_open",
        "sessions",
        ["updated"],
        unique=False,
        sqlite_where=sa.text("open IS 1"),
        postgresql_where=sa.text("open IS true"),
    )
    op.create_table(
        "spends",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("of", sa.String(), server_default="", nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spends")),
    )
    op.create_index("ix_spends_key", "spends", ["key", "at"], unique=False)
    op.create_table(
        "visitors",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("father", sa.String(), nullable=False),
        sa.Column("gender", sa.String(), nullable=False),
        sa.Column("age", sa.Integer(), nullable=False),
        sa.Column("age_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("id_kind", sa.String(), nullable=False),
        sa.Column("id_last4", sa.String(), nullable=False),
        sa.Column("id_hash", sa.String(), nullable=False),
        sa.Column("mobile_hash", sa.String(), nullable=False),
        sa.Column("email_hash", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("consent", sa.String(), nullable=False),
        sa.Column("created", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_visitors")),
    )
    op.create_index("ix_visitors_chat", "visitors", ["chat"], unique=False)
    op.create_index("ix_visitors_mobile", "visitors", ["mobile_hash"], unique=False)
    op.create_table(
        "closures",
        sa.Column("jail", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["jail"], ["jails.code"], name=op.f("fk_closures_jail")),
        sa.PrimaryKeyConstraint("jail", "day", name=op.f("pk_closures")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("due", Utc(), nullable=False),
        sa.Column("until", Utc(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created", Utc(), nullable=False),
        sa.Column("settled", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["address"], ["addresses.hash"], name=op.f("fk_outbox_address")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index("ix_outbox_settled", "outbox", ["settled"], unique=False)
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["due"],
        unique=False,
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "slots",
        sa.Column("jail", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("start", Utc(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("taken >= 0 AND taken <= capacity", name=op.f("ck_slots_seats")),
        sa.ForeignKeyConstraint(["jail"], ["jails.code"], name=op.f("fk_slots_jail")),
        sa.PrimaryKeyConstraint("jail", "kind", "start", name=op.f("pk_slots")),
    )
    op.create_table(
        "staff",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("jail", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("name", sa.String(), server_default="", nullable=False),
        sa.Column("added", Utc(), nullable=False),
        sa.Column("revoked", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["jail"], ["jails.code"], name=op.f("fk_staff_jail")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
    )
    op.create_index("ix_staff_person", "staff", ["person"], unique=False)
    op.create_table(
        "templates",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("jail", sa.String(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["jail"], ["jails.code"], name=op.f("fk_templates_jail")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_templates")),
    )
    op.create_index("ix_templates_jail", "templates", ["jail"], unique=False)
    op.create_table(
        "visits",
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("jail", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("start", Utc(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("visitor", sa.String(), nullable=False),
        sa.Column("prisoner_name", sa.String(), nullable=False),
        sa.Column("prisoner_father", sa.String(), nullable=False),
        sa.Column("prisoner_age", sa.Integer(), nullable=False),
        sa.Column("prisoner_age_on", sa.Date(), nullable=False),
        sa.Column("prisoner_gender", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("party", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_name", sa.String(), nullable=True),
        sa.Column("decided_at", Utc(), nullable=True),
        sa.Column("created", Utc(), nullable=False),
        sa.Column("mobile_key", sa.String(), nullable=False),
        sa.Column("prisoner_key", sa.String(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["jail"], ["jails.code"], name=op.f("fk_visits_jail")),
        sa.ForeignKeyConstraint(["visitor"], ["visitors.number"], name=op.f("fk_visits_visitor")),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_visits")),
    )
    op.create_index("ix_visits_slot", "visits", ["jail", "kind", "start"], unique=False)
    op.create_index("ix_visits_visitor", "visits", ["visitor", "start"], unique=False)
    op.create_index(
        "uq_visits_live",
        "visits",
        ["mobile_key", "prisoner_key"],
        unique=True,
        sqlite_where=sa.text("live IS 1"),
        postgresql_where=sa.text("live IS true"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_visits_live",
        table_name="visits",
        sqlite_where=sa.text("live IS 1"),
        postgresql_where=sa.text("live IS true"),
    )
    op.drop_index("ix_visits_visitor", table_name="visits")
    op.drop_index("ix_visits_slot", table_name="visits")
    op.drop_table("visits")
    op.drop_index("ix_templates_jail", table_name="templates")
    op.drop_table("templates")
    op.drop_index("ix_staff_person", table_name="staff")
    op.drop_table("staff")
    op.drop_table("slots")
    op.drop_index(
        "ix_outbox_waiting",
        table_name="outbox",
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.drop_index("ix_outbox_settled", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("closures")
    op.drop_index("ix_visitors_mobile", table_name="visitors")
    op.drop_index("ix_visitors_chat", table_name="visitors")
    op.drop_table("visitors")
    op.drop_index("ix_spends_key", table_name="spends")
    op.drop_table("spends")
    op.drop_index(
        "ix_sessions_open",
        table_name="sessions",
        sqlite_where=sa.text("open IS 1"),
        postgresql_where=sa.text("open IS true"),
    )
    op.drop_table("sessions")
    op.drop_index("ix_notes_kind", table_name="notes")
    op.drop_table("notes")
    op.drop_table("meta")
    op.drop_table("jails")
    op.drop_index(
        "ix_inbox_waiting",
        table_name="inbox",
        sqlite_where=sa.text("handled IS NULL"),
        postgresql_where=sa.text("handled IS NULL"),
    )
    op.drop_table("inbox")
    op.drop_index("ix_challenges_talk", table_name="challenges")
    op.drop_table("challenges")
    op.drop_table("addresses")
