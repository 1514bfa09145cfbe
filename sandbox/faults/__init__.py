"""What goes wrong, by switch: at the Bot API, the mail server, the SMS gateway, and on the way to a webhook.

`fault.py` says what a fault is, `kinds.py` which kinds there are and in whose words, `switch.py` which are on and when
one strikes, `web.py` and `mail.py` what it then does. The ordinary paths know of none of it.
"""

from sandbox.faults.fault import Fault
from sandbox.faults.switch import Faults

__all__ = ["Fault", "Faults"]
