"""What Back and Edit keep aside never stands for another answer: a proved number says nothing about the next one."""

import pytest

from dialogue.answers import answer, begin, forget, restore
from dialogue.forms import FORMS
from dialogue.model import Chat, Talk
from dialogue.session import Session

TALK = Talk(Chat("telegram", "101"), "101")
PROOFS = (
    ("register", "mobile", "mobile_code"),
    ("register", "email", "email_code"),
    ("register", "id_kind", "id_number"),
    ("me", "mobile", "mobile_code"),
    ("recover", "mobile", "recover_code"),
)


@pytest.mark.parametrize(("form", "source", "proof"), PROOFS)
def test_back_twice_another_answer_and_keep(form: str, source: str, proof: str) -> None:
    """Back over the proof, Back over what it proves, another answer, Keep: nothing is proved."""
    it = FORMS[form]
    session = begin(Session(TALK), it, {source: "old", proof: True})
    session = forget(forget(session, it, proof), it, source)
    session = answer(session, it, source, "another")
    assert proof not in restore(session, it, proof).of(form)
    assert restore(session, it, source).of(form) == {source: "another"}


@pytest.mark.parametrize(("form", "source", "proof"), PROOFS)
def test_back_twice_and_keep_both(form: str, source: str, proof: str) -> None:
    """The same answer kept keeps its proof."""
    it = FORMS[form]
    session = begin(Session(TALK), it, {source: "old", proof: True})
    session = forget(forget(session, it, proof), it, source)
    assert restore(restore(session, it, source), it, proof).of(form) == {source: "old", proof: True}
