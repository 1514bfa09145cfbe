"""A town to try a Telegram bot in: a Bot API server, inboxes for mail and SMS, a page where a person plays all sides.

A package of its own: it knows nothing of the bot that is tried. The bot gets its updates by polling or by webhook
(`webhook.py`, `courier.py`), and anything can be made to go wrong by switch (`faults`):

    box.faults.switch_on(Fault("sendMessage", "timeout", to=101, times=2, accepted=True))  # in this process
    await play.fault("sendMessage", "timeout", to=101, times=2, accepted=True)               # by HTTP: /play/fault
"""

from sandbox.cast import Cast, Group, Person, Phone
from sandbox.clock import Clock
from sandbox.faults import Fault
from sandbox.server import Sandbox

__all__ = ["Cast", "Clock", "Fault", "Group", "Person", "Phone", "Sandbox"]
