"""Why not, in words: one question, answered in the jail's group as a reply."""

from dialogue.form import Field, Finished, Form
from dialogue.lists import said
from dialogue.parse import checked
from dialogue.words import _
from visits.person import check_text

REASON = Form(
    name="reason",
    title=_("Why not"),
    stop=_("Stopped: nothing was decided."),
    done=lambda _here: Finished(),
    fields=(
        Field(
            "words",
            said(_("Please reply with the reason, in a sentence that the family can read.")),
            checked(lambda raw: check_text(raw, 3, 200)),
        ),
    ),
)
