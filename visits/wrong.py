"""What a check answers when a value is wrong: a code and its numbers; the words for it are the dialogue's."""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct


class Wrong(Struct, frozen=True):
    """`code` is a key of CODES; `params` are the numbers and signs that its sentence may name."""

    code: str
    params: Mapping[str, str | int] = {}


# Every code that this room gives, and the params that come with it: so that words can be checked to be complete.
CODES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # identity.py
        "empty": (),
        "aadhaar_digits": (),
        "aadhaar_length": ("got",),
        "aadhaar_first": ("first",),
        "aadhaar_checksum": (),
        "voter_shape": (),
        "pan_shape": (),
        "passport_shape": (),
        "licence_shape": ("low", "high"),
        "id_shape": ("low", "high"),
        "enrolment_shape": (),
        # person.py
        "name_short": ("low",),
        "name_long": ("high", "got"),
        "name_digits": (),
        "name_signs": ("signs",),
        "age_number": (),
        "age_low": ("low", "got"),
        "age_high": ("high", "got"),
        "address_short": ("low", "got"),
        "address_long": ("high", "got"),
        "text_short": ("low", "got"),
        "text_long": ("high", "got"),
        # contact.py
        "pincode_shape": (),
        "mobile_shape": (),
        "mobile_length": ("got",),
        "mobile_first": ("first",),
        "mobile_abroad": (),
        "email_shape": (),
        "email_long": ("high",),
    }
)
