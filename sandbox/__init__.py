"""A town to try a Telegram bot in: a Bot API server, inboxes for mail and SMS, a page where a person plays all sides.

A package of its own: it knows nothing of the bot that is tried.
"""

from sandbox.cast import Cast, Group, Person, Phone
from sandbox.clock import Clock
from sandbox.server import Sandbox

__all__ = ["Cast", "Clock", "Group", "Person", "Phone", "Sandbox"]
