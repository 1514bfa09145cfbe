"""The state of a talk: what was answered so far, and nothing else."""

from collections.abc import Mapping

from msgspec import Struct

from dialogue.model import Json, Talk

Answers = Mapping[str, Json]


class Session(Struct, frozen=True):
    """The whole state of a talk, as JSON: the answers are the state, there are no state names.

    forms: a stack, the open form last. answers: by form, then by field. view: how the open question is looked at (a
    page, a search). kept: answers taken back by Edit or Back, offered again. tries: wrong answers in a row. stopping:
    whether to stop is what was asked last. lapsed: unfinished answers were erased since nobody came back to them, and
    whoever comes has not been told.
    """

    talk: Talk
    locale: str = "en"
    forms: tuple[str, ...] = ()
    answers: Mapping[str, Answers] = {}
    view: str = ""
    kept: Mapping[str, Answers] = {}
    tries: int = 0
    stopping: bool = False
    lapsed: bool = False

    def of(self, form: str) -> Answers:
        return self.answers.get(form, {})

    def to_json(self) -> dict[str, Json]:
        return {
            "locale": self.locale,
            "forms": list(self.forms),
            "answers": {form: dict(given) for form, given in self.answers.items()},
            "view": self.view,
            "kept": {name: dict(given) for name, given in self.kept.items()},
            "tries": self.tries,
            "stopping": self.stopping,
            "lapsed": self.lapsed,
        }

    @classmethod
    def from_json(cls, talk: Talk, data: Mapping[str, Json]) -> "Session":
        return cls(
            talk=talk,
            locale=data["locale"],
            forms=tuple(data["forms"]),
            answers=data["answers"],
            view=data["view"],
            kept=data["kept"],
            tries=data["tries"],
            stopping=data.get("stopping", False),
            lapsed=data.get("lapsed", False),
        )
