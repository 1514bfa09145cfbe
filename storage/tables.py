"""Every table. `sealed` columns hold AES-GCM blobs, `_hash` columns keyed digests; times are UTC."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Time,
    UniqueConstraint,
    literal_column,
    text,
)

from storage.columns import Id, Key, Utc, where

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until", Utc, nullable=False),
)

# ---------------------------------------------------------------- what came in, and the talks

inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("channel", String, nullable=False),
    Column("update_id", BigInteger, nullable=False),
    Column("talk", String, nullable=False),
    Column("at", Utc, nullable=False),
    Column("sealed", LargeBinary),  # the raw update; gone in the transaction that handles it
    Column("handled", Utc),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("outcome", String),  # done, parked, unreadable
    UniqueConstraint("channel", "update_id"),
)
Index(
    "ix_inbox_waiting",
    inbox.c.talk,
    inbox.c.id,
    **where(inbox.c.handled.is_(None)),
)

Index("ix_inbox_handled", inbox.c.handled)
Index("ix_inbox_unreadable", inbox.c.handled, **where(inbox.c.outcome == "unreadable"))

sessions = Table(
    "sessions",
    metadata,
    Column("talk", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("open", Boolean, nullable=False),  # unfinished answers inside: they live 72 h
    Column("updated", Utc, nullable=False),
)
_open = sessions.c.open.is_(True)
Index("ix_sessions_open", sessions.c.updated, **where(_open))

# ---------------------------------------------------------------- what goes out

addresses = Table(
    "addresses",
    metadata,
    Column("hash", String, primary_key=True),
    Column("locale", String, nullable=False, server_default="en"),
    Column("lease", String),  # the claim that holds it, or has held it last
    Column("lease_until", Utc),
    Column("not_before", Utc),  # the channel has asked it to rest
    Column("paced", Utc),  # from then on the pace of its chat lets the next message go
    Column("erased", Boolean, nullable=False, server_default=text("false")),  # its owner asked to be forgotten
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("address", String, ForeignKey("addresses.hash"), nullable=False),
    Column("channel", String, nullable=False, server_default="telegram"),  # of the address, whose hands carry it
    Column("counts", Boolean, nullable=False, server_default=text("true")),  # to the pace of its chat
    Column("sealed", LargeBinary),  # address, what to do and the message; gone some days after
    Column("due", Utc, nullable=False),
    Column("until", Utc),
    Column("priority", Integer, nullable=False),
    Column("key", Key, unique=True),
    Column("about", String),  # the second part of the key: a visit's reference, a visitor's number
    Column("status", String, nullable=False),  # waiting, sending, sent, withdrawn, lapsed, dead, unsure
    Column("attempts", Integer, nullable=False, server_default="0"),  # without those that a flood wait turned away
    Column("unsure", Integer, nullable=False, server_default="0"),  # of them: nobody knows whether they arrived
    Column("provider_id", String),
    Column("error", String),
    Column("created", Utc, nullable=False),
    Column("settled", Utc),
)
# Said in the statement itself: with a parameter in its place neither database would take the index.
is_waiting = outbox.c.status == literal_column("'waiting'")
is_sending = outbox.c.status == literal_column("'sending'")
is_lost = outbox.c.status.in_([literal_column("'dead'"), literal_column("'unsure'")])
Index(
    "ix_outbox_waiting",
    outbox.c.channel,
    outbox.c.priority,
    outbox.c.due,
    **where(is_waiting),
)
Index("ix_outbox_sending", outbox.c.address, **where(is_sending))
Index("ix_outbox_sealed", outbox.c.settled, **where(outbox.c.sealed.is_not(None)))
Index("ix_outbox_lost", outbox.c.settled, **where(is_lost))
Index("ix_outbox_about", outbox.c.about, **where(outbox.c.about.is_not(None)))
Index("ix_outbox_created", outbox.c.created)
Index("ix_outbox_address", outbox.c.address, outbox.c.due)

# ---------------------------------------------------------------- codes and limits

challenges = Table(
    "challenges",
    metadata,
    Column("id", String, primary_key=True),
    Column("talk", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("address_hash", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # the address
    Column("counter", Integer, nullable=False),
    Column("issued", Utc, nullable=False),
    Column("expires", Utc, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("used", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("tries <= 5", name="tries"),
)
Index("ix_challenges_expires", challenges.c.expires)
Index("ix_challenges_talk", challenges.c.talk, challenges.c.purpose, challenges.c.issued)

spends = Table(
    "spends",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("key", String, nullable=False),
    Column("of", String, nullable=False, server_default=""),
    Column("at", Utc, nullable=False),
)
Index("ix_spends_key", spends.c.key, spends.c.at)
Index("ix_spends_at", spends.c.at)

# ---------------------------------------------------------------- jails

jails = Table(
    "jails",
    metadata,
    Column("code", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("state", String, nullable=False),
    Column("state_name", String, nullable=False),
    Column("district", String, nullable=False, server_default=""),
    Column("kind", String, nullable=False),
    Column("lat", Float),
    Column("lon", Float),
    Column("source", Text, nullable=False, server_default=""),
    Column("chat", String),  # where its staff decide; none: it takes no requests
    Column("rules", Text, nullable=False, server_default="{}"),  # what differs from the default numbers, as JSON
)

templates = Table(
    "templates",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("jail", String, ForeignKey("jails.code"), nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("starts", Time, nullable=False),
    Column("ends", Time, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("capacity", Integer, nullable=False),
)
Index("ix_templates_jail", templates.c.jail)

closures = Table(
    "closures",
    metadata,
    Column("jail", String, ForeignKey("jails.code"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("why", String, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("jail", String, ForeignKey("jails.code"), nullable=False),
    Column("person", String, nullable=False),  # a Chat as text: telegram:201
    Column("role", String, nullable=False),
    Column("name", String, nullable=False, server_default=""),
    Column("added", Utc, nullable=False),
    Column("revoked", Utc),
)
Index("ix_staff_person", staff.c.person)

# ---------------------------------------------------------------- people and visits

visitors = Table(
    "visitors",
    metadata,
    Column("number", String, primary_key=True),
    Column("chat", String, nullable=False),
    Column("locale", String, nullable=False),
    Column("name", String, nullable=False),
    Column("father", String, nullable=False),
    Column("gender", String, nullable=False),
    Column("age", Integer, nullable=False),
    Column("age_on", Date, nullable=False),
    Column("state", String, nullable=False),
    Column("district", String, nullable=False),
    Column("id_kind", String, nullable=False),
    Column("id_last4", String, nullable=False),
    Column("id_hash", String, nullable=False),
    Column("mobile_hash", String, nullable=False),
    Column("email_hash", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # mobile, e-mail, address, PIN code
    Column("consent", String, nullable=False),
    Column("created", Utc, nullable=False),
)
Index("ix_visitors_chat", visitors.c.chat)
Index("ix_visitors_mobile", visitors.c.mobile_hash)
Index("ix_visitors_email", visitors.c.email_hash)

slots = Table(
    "slots",
    metadata,
    Column("jail", String, ForeignKey("jails.code"), primary_key=True),
    Column("kind", String, primary_key=True),
    Column("start", Utc, primary_key=True),
    Column("capacity", Integer, nullable=False),
    Column("taken", Integer, nullable=False, server_default="0"),
    CheckConstraint("taken >= 0 AND taken <= capacity", name="seats"),
)

Index("ix_slots_start", slots.c.start)

visits = Table(
    "visits",
    metadata,
    Column("ref", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("jail", String, ForeignKey("jails.code"), nullable=False),
    Column("kind", String, nullable=False),
    Column("start", Utc, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("visitor", String, ForeignKey("visitors.number"), nullable=False),
    Column("prisoner_name", String, nullable=False),
    Column("prisoner_father", String, nullable=False),
    Column("prisoner_age", Integer, nullable=False),
    Column("prisoner_age_on", Date, nullable=False),
    Column("prisoner_gender", String, nullable=False),
    Column("relation", String, nullable=False),
    Column("party", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # the prisoner's number, companions, purpose, help
    Column("reason", String),
    Column("decided_by", String),  # a Chat as text
    Column("decided_name", String),
    Column("decided_at", Utc),
    Column("created", Utc, nullable=False),
    Column("mobile_key", String, nullable=False),
    Column("prisoner_key", String, nullable=False),
    Column("live", Boolean, nullable=False),  # holds a seat; kept by the same statement as the status
    Column("hold_until", Utc),  # of a DRAFT; stays when it lapses, so that what was never sent is told from the rest
    Column("coming", Utc),  # the family has said that they will come
)
_live = visits.c.live.is_(True)
Index(
    "uq_visits_live",
    visits.c.mobile_key,
    visits.c.prisoner_key,
    unique=True,
    **where(_live),
)
Index("ix_visits_ahead", visits.c.status, visits.c.start, **where(_live))
Index("ix_visits_start", visits.c.start)
Index("ix_visits_mobile", visits.c.mobile_key)
Index("ix_visits_visitor", visits.c.visitor, visits.c.start)
Index("ix_visits_slot", visits.c.jail, visits.c.kind, visits.c.start)

watchers = Table(
    "watchers",
    metadata,
    Column("chat", String, primary_key=True),
    Column("jail", String, ForeignKey("jails.code"), primary_key=True),
    Column("since", Utc, nullable=False),
)

erased = Table(
    "erased",
    metadata,
    Column("hash", String, primary_key=True),  # of a registration number: a restore must not bring it back
    Column("at", Utc, nullable=False),
)

seals = Table(
    "seals",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("upto", BigInteger, nullable=False),  # the last note that it covers
    Column("total", BigInteger, nullable=False),  # of all notes sealed so far
    Column("mac", String, nullable=False),  # HMAC over the seal before and the notes since
    Column("at", Utc, nullable=False),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("at", Utc, nullable=False),
    Column("talk", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("data", Text, nullable=False),
    sqlite_autoincrement=True,  # a number that a purge took never comes again: the seals count on it
)
Index("ix_notes_kind", notes.c.kind, notes.c.at)
