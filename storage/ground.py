"""The ground that every step stands on: the database and its key, what the operator set, time and chance."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from msgspec import Struct

from dialogue.effects import Wants
from dialogue.model import Facts, House, Missing, Need
from dialogue.needs import States
from storage.database import Database, Tx
from storage.facts import Reading, read
from storage.vault import Vault
from visits.atlas import Atlas

ROUNDS = 12  # a step that still wants facts after so many rounds is a bug

Done = TypeVar("Done")


class Ground(Struct, frozen=True):
    """`clock` gives aware UTC, `nonce` 32 fresh hex digits."""

    db: Database
    vault: Vault
    house: House
    atlas: Atlas
    clock: Callable[[], datetime]
    nonce: Callable[[], str]

    def reading(self, tx: Tx, now: datetime) -> Reading:
        return Reading(tx, self.vault, self.house, now, self.atlas)

    def facts(self, now: datetime, known: Mapping[Need[Any], Any]) -> Facts:
        return Facts(now, self.nonce(), self.vault, self.house, {States(): self.atlas.states, **known})

    async def done(self, tx: Tx, now: datetime, deed: Callable[[Facts], Done | Wants]) -> Done:
        """What the deed comes to, once it has been told all that it wants to know. It may be asked several times."""
        known: dict[Need[Any], Any] = {}
        for _round in range(ROUNDS):
            try:
                answer = deed(self.facts(now, known))
            except Missing as missing:
                answer = Wants((missing.need,))
            if not isinstance(answer, Wants):
                return answer
            known |= await read(self.reading(tx, now), answer.needs)
        raise RuntimeError(f"a step wants facts after {ROUNDS} rounds")
