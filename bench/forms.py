"""What scripted visitors answer to which question: the product's registration, and a plain form of the same length."""

from dataclasses import dataclass, field

FIRST = 1_000_000  # the number of the first visitor's chat
QUESTIONS = 16  # of either form, after the command that opens it


@dataclass(frozen=True, slots=True)
class Answer:
    """To a question that holds the words `asked`. One of: typed text (`{n}` is the visitor's number), the words on a
    button, or the code that came by "sms" or "email". mails: the bot may write to the mail server before it goes on."""

    asked: str
    text: str = ""
    press: str = ""
    code: str = ""
    mails: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """`opening` is typed first; a message that holds `closing` ends it."""

    opening: str
    closing: str
    answers: tuple[Answer, ...] = field(repr=False)

    def answer_to(self, question: str) -> int | None:
        """Which answer this question wants; None for words that no answer is known to."""
        return next((place for place, answer in enumerate(self.answers) if answer.asked in question), None)


def mobile(number: int) -> str:
    return f"+9198{number:08d}"


def email(number: int) -> str:
    return f"visitor{number}@example.org"


REGISTRATION = Form(
    "/register",
    "You are registered",
    (
        Answer("Choose your language", press="English"),
        Answer("Do you agree?", press="I agree"),
        Answer("What is your full name?", text="Sunita Devi"),
        Answer("your father's or husband's name?", text="Ram Lal"),
        Answer("Are you a man or a woman?", press="Female"),
        Answer("How old are you?", text="34"),
        Answer("Where do you live?", text="House 12, Gali 4, Sangam Vihar"),
        Answer("What is the PIN code", text="140001"),
        Answer("In which state do you live?", press="Punjab"),
        Answer("In which district do you live?", text="Rupnagar"),
        Answer("Which ID card", press="Voter ID"),
        Answer("Type the number of your voter ID", text="ABC{n:07d}"),
        Answer("What is your mobile number?", text="98{n:08d}"),
        Answer("We send a code by SMS to", code="sms"),
        Answer("What is your e-mail address?", text="visitor{n}@example.org", mails=True),
        Answer("We send a code by e-mail to", code="email"),
        Answer("Please check what you told me", press="All is right"),
    ),
)

LETTER = QUESTIONS - 1  # the plain form's question whose answer is followed by a letter, where letters are sent

PLAIN = Form(
    "/start",
    "Done.",
    tuple(
        Answer(f"Question {place}:", text=f"answer {place} of visitor {{n}}", mails=place == LETTER)
        for place in range(1, QUESTIONS + 1)
    ),
)

FORMS = {"registration": REGISTRATION, "plain": PLAIN}
