"""One's own details, and changing them: the registration's questions again, with what is known as their answers.

Another mobile or e-mail is proved again, since its code depends on it.
"""

from msgspec.structs import replace

from dialogue.effects import Amend, Note, Send, Speak
from dialogue.form import Finished, Form, Here
from dialogue.forms.register import REGISTER, visitor_from
from dialogue.model import Chat, Message, Visitor
from dialogue.needs import Registered
from dialogue.review import review
from dialogue.session import Answers
from dialogue.words import _
from visits.identity import IdKind

KEPT = ("language", "consent")  # not asked again here: /language, and the notice that was agreed to


def known(visitor: Visitor) -> Answers:
    """The answers that a registration stands for."""
    proof = {"last4": visitor.id_last4, "hash": visitor.id_hash}
    return {
        "number": visitor.number,
        "name": visitor.name,
        "father": visitor.father,
        "gender": visitor.gender,
        "age": visitor.age,
        "address": visitor.address,
        "pincode": visitor.pincode,
        "state": visitor.state,
        "district": visitor.district,
        "id_kind": visitor.id_kind,
        **({} if visitor.id_kind == IdKind.NONE else {"id_number": proof}),
        "mobile": visitor.mobile,
        "mobile_code": True,
        "email": visitor.email,
        "email_code": True,
    }


def _amend(here: Here) -> Finished:
    chat, number = here.session.talk.chat, here.answers["number"]
    before = next((v for v in here.facts[Registered(chat)] if v.number == number), None)
    if before is None:
        return Finished((Send(chat, Message((_("Nothing was changed: this registration is no longer here."),))),))
    after = replace(visitor_from(here, number), consent=before.consent)
    if after.age == before.age:  # an age is kept with the day on which it was said
        after = replace(after, age_on=before.age_on)
    changed = sorted(name for name in Visitor.__struct_fields__ if getattr(before, name) != getattr(after, name))
    if not changed:
        return Finished((Send(chat, Message((_("Nothing was changed."),))),))
    reached = (Chat("sms", after.mobile), Chat("email", after.email))
    told = Message((_("✅ Your details are changed."),))
    note = Note("amended", {"visitor": number, "fields": changed})
    return Finished((Amend(after), Speak(reached, here.session.locale), note, Send(chat, told)))


ME = Form(
    name="me",
    title=_("My details"),
    stop=_("Nothing was changed."),
    done=_amend,
    fields=(
        *(f for f in REGISTER.fields if f.name not in (*KEPT, "review")),
        review((_("This is what is kept about you:"),), _("✅ It is right so")),
    ),
)
