"""Letters about oneself: one-time codes, and that one is registered. An SMS equals its registered template."""

from dialogue.effects import Effect, Send
from dialogue.model import Button, Chat, Message, Visitor
from dialogue.words import BLANK, CodeOf, Text, _, line, verbatim

HONEST = _("Visiting is free. Staff never ask for money or for your code.")


def code_by_sms(code: CodeOf) -> Message:
    return Message((_("{code} is your Mulakat code, good for 10 min. Tell it to nobody.", code=code),))


def code_by_email(code: CodeOf) -> Message:
    return Message(
        (
            _("Your code for Mulakat:"),
            Text("**{code}**", {"code": code}),
            _("Type it in the chat. It is good for 10 minutes."),
            BLANK,
            _("Staff never ask for this code or for money."),
            _("If you did not ask for it, you need do nothing."),
        ),
        subject=_("Your Mulakat code"),
    )


def registered(visitor: Visitor, lines: tuple[Text, ...]) -> tuple[Effect, ...]:
    number = visitor.number
    head = _("✅ You are registered. Your registration number is **{number}**.", number=number)
    chat = Message(
        (
            head,
            _("I send it to you by e-mail and SMS too."),
            BLANK,
            _("Now you can ask for a visit."),
            BLANK,
            HONEST,
        ),
        ((Button(_("🗓️ Ask for a visit"), "do=visit"),),),
    )
    mail = Message(
        (
            _("Namaste {name},", name=visitor.name),
            _("you are registered with Mulakat."),
            line(_("Registration number"), verbatim(number)),
            BLANK,
            _("This was recorded:"),
            *lines,
            BLANK,
            _("To ask for a visit, go back to the chat and press /visit."),
            HONEST,
        ),
        subject=_("You are registered: {number}", number=number),
    )
    sms = Message((_("Mulakat: you are registered. Your number: {number}", number=number),))
    return (
        Send(visitor.chat, chat, key=f"registered:{number}:chat"),
        Send(Chat("email", visitor.email), mail, key=f"registered:{number}:email"),
        Send(Chat("sms", visitor.mobile), sms, key=f"registered:{number}:sms"),
    )
