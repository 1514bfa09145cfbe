"""The room of a video visit: its link and PIN, made from the reference by a key that nobody else has."""

from dialogue.model import Facts
from dialogue.needs import Request
from dialogue.words import Text, _, line, link, verbatim
from visits.visit import Kind


def room(request: Request, facts: Facts) -> tuple[Text, ...]:
    """For its family alone, and only once it is told that the visit is approved."""
    v, root = request.visit, facts.house.video_url.rstrip("/")
    if v.kind is not Kind.VIDEO or not root:
        return ()
    address = facts.vault.digest("room", v.ref)
    pin = f"{int(facts.vault.digest('pin', v.ref), 16) % 1_000_000:06}"
    return (line(_("Link"), link(f"{root}/mulakat-{address}")), line(_("PIN"), verbatim(pin)))
