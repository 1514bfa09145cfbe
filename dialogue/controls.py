"""The buttons under every question, Back, Cancel, Help, Skip, Keep: which show, and which is meant by typed words."""

from collections.abc import Mapping
from functools import lru_cache

from dialogue import everyday
from dialogue.answers import previous
from dialogue.form import Field, Here, control
from dialogue.model import Button, Rows
from dialogue.parse import bare, worded
from dialogue.words import Speech, Text, _

SKIP = _("Skip ▶")
GO_ON, STOP = _("▶ No, go on"), _("Yes, stop and erase")
CONTROLS = {"back": _("◀ Back"), "cancel": _("✖ Cancel"), "help": _("❓ Help")}


def shown(here: Here, field: Field) -> Rows:
    form = here.form
    out: Rows = ()
    if keep := kept_words(here, field):
        out = (*out, (Button(keep, control(form, field, "keep")),))
    if field.optional:
        out = (*out, (Button(SKIP, control(form, field, "skip")),))
    first = len(here.session.forms) == 1 and previous(here, field.name) is None
    verbs = [verb for verb in CONTROLS if verb != "back" or not first]
    return (*out, tuple(Button(CONTROLS[verb], control(form, field, verb)) for verb in verbs))


def kept_words(here: Here, field: Field) -> Text | None:
    """The button that gives back what Edit or Back has taken away."""
    kept = here.session.kept.get(here.form.name, {}).get(field.name, {})
    if field.name not in kept:
        return None
    words = None if kept[field.name] is None else field.show(kept[field.name], here)
    return _("Keep: {answer}", answer=words or _("not given"))


def called(raw: str, here: Here, field: Field, stopping: bool) -> str:
    """Which control these words call, whether it shows here or not: nobody's name is Back. Empty: none. stopping:
    whether to stop was asked, and yes is no answer to the question before."""
    typed = bare(raw)
    if stopping and typed in (*everyday.YES, *everyday.NO):
        return "stop" if typed in everyday.YES else "go"
    if not typed:
        return ""
    said, locale = here.facts.house.said, here.session.locale
    if verb := _verbs(said, locale).get(typed):
        return verb
    if (keep := kept_words(here, field)) and typed in worded(keep, said, locale):
        return "keep"
    return "skip" if field.optional and typed in everyday.NO else ""


@lru_cache(64)
def _verbs(said: Speech, locale: str) -> Mapping[str, str]:
    """The controls by all words that call them in this language."""
    labels = {**CONTROLS, "skip": SKIP, "go": GO_ON, "stop": STOP}
    words = {verb: (*worded(label, said, locale), *everyday.CONTROLS.get(verb, ())) for verb, label in labels.items()}
    return {word: verb for verb in reversed(words) for word in words[verb]}  # of two that share a word the first
