"""The last question of a form: every line with an Edit, then submit."""

from collections.abc import Callable

from dialogue import everyday
from dialogue.form import Choice, Choices, Field, Forget, Here, Invalid, Parsed, Valid
from dialogue.parse import PRESS_ONE, chosen
from dialogue.words import BLANK, Text, _, line


def summary(here: Here) -> tuple[Text, ...]:
    """Every labelled answer on a line of its own, in the order asked."""
    return tuple(line(label, shown) for _name, label, shown in _lines(here))


def _lines(here: Here) -> list[tuple[str, Text, Text]]:
    out = []
    for f in here.form.fields:
        if f.label and f.name in here.answers and not f.skip(here):
            value = here.answers[f.name]
            shown = _("not given") if value is None else f.show(value, here)
            if shown:
                out.append((f.name, f.label, shown))
    return out


def _choices(submit: Text) -> Callable[[Here], Choices]:
    def choices(here: Here) -> Choices:
        flat = [Choice(Text("✎ {label}", {"label": label}), f"edit:{name}") for name, label, _s in _lines(here)]
        pairs = tuple(tuple(flat[i : i + 2]) for i in range(0, len(flat), 2))
        return ((Choice(submit, "yes", everyday.RIGHT),), *pairs)

    return choices


def _asis(value: Parsed, _here: Here) -> Parsed:
    return value


def review(
    intro: tuple[Text, ...],
    submit: Text,
    check: Callable[[Parsed, Here], Parsed] = _asis,
    closing: tuple[Text, ...] = (),
) -> Field:
    """`check` may turn the submit into a refusal, with words, or send the talk back to an earlier question."""
    choices = _choices(submit)

    def prompt(here: Here) -> tuple[Text, ...]:
        return (*intro, BLANK, *summary(here), *((BLANK, *closing) if closing else ()))

    def parse(raw: str, here: Here) -> Parsed:
        value = chosen(raw, choices(here))
        if value is None:
            return Invalid(PRESS_ONE)
        if value.startswith("edit:"):
            return Forget(value.removeprefix("edit:"))
        return check(Valid(value), here)

    help_ = _("Read each line. If something is wrong, press its ✎ button. If all is right, press the first button.")
    return Field("review", prompt, parse, choices=choices, help=help_)
