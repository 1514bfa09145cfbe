"""A new phone gets its registration back by a code and the ID number. Nothing is said before both are right."""

from msgspec.structs import replace

from dialogue import everyday, letters
from dialogue.codes import code_field
from dialogue.effects import Amend, Note, Send, Speak, Spend, Tally
from dialogue.form import Field, Finished, Form, Here, Invalid, Parsed, Valid
from dialogue.forms.proof import id_number, id_prompt
from dialogue.forms.register import mobile_shown
from dialogue.lists import listed, said
from dialogue.model import Chat, Message
from dialogue.names import ID_KINDS
from dialogue.needs import Registered, VisitorBy
from dialogue.parse import checked, one_of
from dialogue.words import _
from visits.contact import check_mobile
from visits.identity import IdKind

CARDS = {kind: text for kind, text in ID_KINDS.items() if kind != IdKind.NONE}
GUESSES = 5  # wrong ID numbers for one mobile in 24 hours
NOBODY = _("With this mobile and this ID number nobody is registered. Please check the number, or register anew.")


def _number(raw: str, here: Here) -> Parsed:
    key = here.facts.vault.digest("address", f"sms:{here.answers['mobile']}")
    spend = Spend("id_guess", f"ids:{key}", GUESSES, 24 * 3600)
    if here.facts.refused == spend.name:
        return Invalid(
            _("Too many wrong numbers. Please try again tomorrow, or ask at the jail's office."),
            (Note("recover_refused"),),
        )
    found = id_number(raw, here)
    if isinstance(found, Valid) and here.facts[VisitorBy(here.answers["mobile"], found.value["hash"])] is None:
        return Invalid(NOBODY, (Tally(spend), Note("recover_refused")))
    if isinstance(found, Valid):
        return Valid(found.value, (Tally(spend, right=True),))
    return found


def _rehome(here: Here) -> Finished:
    chat, given = here.session.talk.chat, here.answers
    visitor = here.facts[VisitorBy(given["mobile"], given["id_number"]["hash"])]
    if visitor is None:
        return Finished((Send(chat, Message((NOBODY,))),))
    others = [v for v in here.facts[Registered(chat)] if v.number != visitor.number]
    if len(others) >= 4:
        return Finished((Send(chat, Message((_("Four people are registered on this phone already."),))),))
    moved = replace(visitor, chat=chat)
    welcome = _("✅ Welcome back, {name}. Registration **{number}** is here now.", name=moved.name, number=moved.number)
    left = _("Your registration is now used on another phone. If that was not you, tell the jail's office.")
    reached = (Chat("sms", visitor.mobile), Chat("email", visitor.email))
    effects = (Amend(moved), Speak(reached, here.session.locale), Note("moved", {"visitor": visitor.number}))
    old = (Send(visitor.chat, Message((left,))),) if visitor.chat != chat else ()
    return Finished((*effects, *old, Send(chat, Message((welcome,)))))


RECOVER = Form(
    name="recover",
    title=_("New phone"),
    stop=_("Stopped. Nothing was changed."),
    done=_rehome,
    fields=(
        Field(
            "mobile",
            said(_("With which mobile number are you registered?")),
            checked(check_mobile),
            help=_("10 digits, for example 98123 45678. If you no longer have this number, register anew."),
        ),
        code_field(
            "recover_code",
            "mobile",
            "sms",
            lambda to: _("We send a code by SMS to **{mobile}**.", mobile=mobile_shown(to.id)),
            letters.code_by_sms,
            _("✎ Change number"),
            _("The code is in an SMS on the phone with this number. It can take a minute."),
        ),
        Field(
            "id_kind",
            said(_("With which ID card are you registered?")),
            one_of(listed(CARDS, 2)),
            choices=listed(CARDS, 2, everyday.ID_KINDS),
        ),
        Field("id_number", id_prompt, _number, depends=("id_kind",), secret=True),
    ),
)
