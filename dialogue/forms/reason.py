"""Why not, in words: one question, answered in the jail's group as a reply to it."""

from datetime import datetime, timedelta

from dialogue.form import Field, Finished, Form, Here, Invalid, Parsed
from dialogue.lists import said
from dialogue.model import Json, Said
from dialogue.parse import checked
from dialogue.session import Answers
from dialogue.words import _
from visits.identity import holds_aadhaar
from visits.person import check_text

OPEN = timedelta(hours=1)  # afterwards nobody remembers what was asked
NO_AADHAAR = _("That looks like an Aadhaar number. I delete your message: never write it where it isn't asked for.")
# Where the bot is no administrator it can't delete what others write.
NO_AADHAAR_HERE = _(
    "That looks like an Aadhaar number: never write it where it isn't asked for. "
    "If your message still stands here, please delete it."
)


def asked(ref: str, version: int, now: datetime) -> dict[str, Json]:
    """What the form begins with: which request, as it was, and when it was asked."""
    return {"ref": ref, "version": version, "at": now.isoformat()}


def answers_it(event: Said, given: Answers, private: bool) -> bool:
    """Are these words the reason? In a group only a reply to the question is, which names the request; whatever else
    is said there is not for us."""
    return private or str(given.get("ref")) in event.reply_to


def too_old(given: Answers, now: datetime) -> bool:
    at = given.get("at")
    return at is None or now >= datetime.fromisoformat(at) + OPEN


def _words(raw: str, here: Here) -> Parsed:
    if holds_aadhaar(raw):
        return Invalid(NO_AADHAAR if here.session.talk.private else NO_AADHAAR_HERE)
    return checked(lambda words: check_text(words, 3, 200))(raw, here)


REASON = Form(
    name="reason",
    title=_("Why not"),
    stop=_("Stopped: nothing was decided."),
    done=lambda _here: Finished(),
    fields=(
        Field(
            "words",
            said(_("Please reply with the reason, in a sentence that the family can read.")),
            _words,
        ),
    ),
)
