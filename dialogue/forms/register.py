"""Registering: once, in the order asked. `product.md` fields 1 to 12."""

from dialogue import everyday, letters
from dialogue.ages import years
from dialogue.codes import code_field
from dialogue.effects import Enrol, Note, Send, Speak
from dialogue.form import SHARED, Act, Choice, Choices, Field, Finished, Form, Here, Invalid, Parsed, Valid
from dialogue.forms.home import ADDRESS, DISTRICT, PINCODE, STATE
from dialogue.forms.people import GENDER, ID_KIND
from dialogue.forms.proof import id_number, id_prompt, id_shown
from dialogue.lists import listed, named, said, today
from dialogue.model import Chat, Json, Message, Visitor
from dialogue.names import GENDERS, ID_KINDS
from dialogue.parse import checked, chosen, one_of, person_name, wrong
from dialogue.review import review, summary
from dialogue.words import BLANK, Text, _, verbatim
from visits.contact import check_email, check_mobile
from visits.identity import IdKind
from visits.reference import registration_number
from visits.wrong import Wrong

NOTICE = "2026-11-29"  # the version of the privacy notice that is agreed to; a new text is a new version

CONTACT = f"{SHARED}contact:"  # before a number that was shared and not typed

LANGUAGES = {"en": "English", "hi": "हिन्दी"}


# ---------------------------------------------------------------- 1, 2: language and consent


def _languages(here: Here) -> Choices:
    known = [code for code in here.facts.house.locales if code in LANGUAGES]
    return tuple((Choice(verbatim(LANGUAGES[code]), code),) for code in known)


def _language(raw: str, here: Here) -> Parsed:
    value = chosen(raw, _languages(here))
    if value is None:
        return Invalid(_("Please press the button of your language."))
    return Valid(value, locale=value)


def _consent(raw: str, here: Here) -> Parsed:
    value = chosen(raw, CONSENT(here))
    if value == "no":
        return Invalid(_("Without your agreement nothing can be kept, so you can't register. Press Agree, or Cancel."))
    return Invalid(_("Please press one of the buttons below.")) if value is None else Valid(NOTICE)


ID_NUMBER = _("Of your ID number: the last four signs, and a code made from it, from which nobody can read the number.")
AGREE = {"yes": _("✅ I agree"), "no": _("I don't agree")}
CONSENT = listed(AGREE, also=everyday.CONSENT)

# ---------------------------------------------------------------- 10 to 12: mobile, e-mail, codes


def _mobile_prompt(here: Here) -> tuple[Text, ...]:
    return (_("What is your mobile number?"), _("We send a code by SMS, and later the date of your visit."))


def _mobile(raw: str, here: Here) -> Parsed:
    """Typed, or shared: one's own contact stands for the code where the operator allows it."""
    if raw == "share":
        asks = Message((_("Press the button below your keyboard to share your number."),), asks="contact")
        return Act(_("You can also type it."), (Send(here.session.talk.chat, asks),))
    shared = raw.startswith(CONTACT)
    number = check_mobile(raw.removeprefix(CONTACT))
    if isinstance(number, Wrong):
        return wrong(number)
    if shared and here.facts.house.contact_counts:
        note = Note("contact_shared")
        return Valid(number, (note,), also={MOBILE_CODE.name: True})
    return Valid(number)


def _share(here: Here) -> Choices:
    """Where the operator lets it stand for the code, one press instead of ten digits."""
    return ((Choice(_("📱 Share my number"), "share"),),) if here.facts.house.contact_counts else ()


def mobile_shown(value: Json, _here: Here | None = None) -> Text:
    digits = str(value)
    return verbatim(f"{digits[:3]} {digits[3:8]} {digits[8:]}" if digits.startswith("+91") else digits)


MOBILE_CODE = code_field(
    "mobile_code",
    "mobile",
    "sms",
    lambda to: _("We send a code by SMS to **{mobile}**.", mobile=mobile_shown(to.id)),
    letters.code_by_sms,
    _("✎ Change number"),
    _("The code is in an SMS on the phone with this number. It can take a minute. You can also press Send again."),
)

EMAIL_CODE = code_field(
    "email_code",
    "email",
    "email",
    lambda to: _("We send a code by e-mail to **{email}**.", email=to.id),
    letters.code_by_email,
    _("✎ Change e-mail"),
    _("Open your e-mail. The code is in a message from Mulakat. Look in the spam folder too."),
)


# ---------------------------------------------------------------- done


def visitor_from(here: Here, number: str) -> Visitor:
    """The visitor that these answers describe."""
    given = here.answers
    proof = given.get("id_number") or {}
    known = given["id_kind"] != IdKind.NONE
    return Visitor(
        number=number,
        chat=here.session.talk.chat,
        locale=here.session.locale,
        name=given["name"],
        father=given["father"],
        gender=given["gender"],
        age=given["age"],
        age_on=today(here).isoformat(),
        address=given["address"],
        pincode=given["pincode"],
        state=given["state"],
        district=given["district"],
        id_kind=given["id_kind"],
        id_last4=proof.get("last4", "") if known else "",
        id_hash=proof.get("hash", "") if known else "",
        mobile=given["mobile"],
        email=given["email"],
        consent=given.get("consent", ""),
    )


def _enrol(here: Here) -> Finished:
    visitor = visitor_from(here, registration_number(here.facts.nonce))
    reached = (Chat("sms", visitor.mobile), Chat("email", visitor.email))
    return Finished(
        (
            Enrol(visitor),
            Speak(reached, visitor.locale),
            Note("registered", {"visitor": visitor.number}),
            *letters.registered(visitor, summary(here)),
        )
    )


REGISTER = Form(
    name="register",
    title=_("Registration"),
    stop=_("Stopped. Your answers are erased. Press /register whenever you want to begin again."),
    done=_enrol,
    fields=(
        Field(
            "language",
            said(Text("Choose your language · अपनी भाषा चुनिए")),
            _language,
            label=_("Language"),
            choices=_languages,
            show=lambda value, _here: verbatim(LANGUAGES.get(str(value), str(value))),
        ),
        Field(
            "consent",
            said(
                _("To ask for a visit, the jail must know who you are."),
                BLANK,
                _("I keep your name, father's or husband's name, gender, age, address, mobile and e-mail."),
                ID_NUMBER,
                _("I keep what you tell me about the prisoner and about who comes with you."),
                _("Only the staff of the jail that you ask see it. It is never sold."),
                BLANK,
                _("Answers that you don't finish are erased after 3 days, a request 180 days after the visit."),
                _("Your registration stays until you erase it with /forget."),
                BLANK,
                _("Visiting is free. **Staff never ask for money or for your code.**"),
                BLANK,
                _("Do you agree?"),
            ),
            _consent,
            help=_("The law says that you must agree before your details are kept. /privacy tells more."),
            choices=CONSENT,
        ),
        Field(
            "name",
            said(_("What is your full name?"), _("As it is written on your ID card.")),
            person_name,
            label=_("Name"),
            help=_("Type your name in any script, for example: Sunita Devi."),
        ),
        Field(
            "father",
            said(_("What is your father's or husband's name?")),
            person_name,
            label=_("Father / husband"),
            help=_("The jail compares it with your ID card."),
        ),
        Field(
            "gender",
            said(_("Are you a man or a woman?")),
            one_of(GENDER),
            label=_("Gender"),
            help=_("It is on your pass, and on some days women are let in first."),
            choices=GENDER,
            show=named(GENDERS),
        ),
        Field(
            "age",
            said(_("How old are you?"), _("Type your age in years. The main visitor must be 18 or more.")),
            years(18, 110),
            label=_("Age"),
            help=_("Children may come along: you can add them when you ask for a visit."),
        ),
        ADDRESS,
        PINCODE,
        STATE,
        DISTRICT,
        Field(
            "id_kind",
            said(_("Which ID card will you bring to the jail?")),
            one_of(ID_KIND),
            label=_("ID card"),
            help=_("Bring the card itself, not a copy. Without any ID you may still ask: the jail decides."),
            choices=ID_KIND,
            show=named(ID_KINDS),
        ),
        Field(
            "id_number",
            id_prompt,
            id_number,
            label=_("ID number"),
            help=_(
                "The number is printed on the card. I never keep the whole number, and never ask for a photo of it."
            ),
            show=id_shown,
            skip=lambda here: here.answers.get("id_kind") == IdKind.NONE,
            depends=("id_kind",),
            secret=True,
        ),
        Field(
            "mobile",
            _mobile_prompt,
            _mobile,
            label=_("Mobile"),
            help=_("10 digits, for example 98123 45678. It may be a family member's phone if you have none."),
            choices=_share,
            show=mobile_shown,
            takes="contact",
        ),
        MOBILE_CODE,
        Field(
            "email",
            said(
                _("What is your e-mail address?"),
                _("The jail's answer and your calendar entry are sent there too."),
            ),
            checked(check_email),
            label=_("E-mail"),
            help=_("It may be the address of somebody in your family or of a cyber café that you trust."),
        ),
        EMAIL_CODE,
        review((_("Please check what you told me:"),), _("✅ All is right: register me")),
    ),
)
