"""How somebody is reached: mobile number, e-mail address, PIN code. Shapes only: a code sent there proves it."""

import re

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from visits.text import normalise
from visits.wrong import Wrong

EMAIL_HIGH = 254  # RFC 5321 4.5.3.1.3: a path is 256 octets with its angle brackets
_LOCAL_HIGH = 64  # RFC 5321 4.5.3.1.1
_DASHES = r"\u2010-\u2015\u2212-"
_LINE_END = re.compile("[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")


def check_pincode(raw: str) -> str | Wrong:
    """Six digits, the first 1 to 9 (India Post); "110 064" is as good as "110064"."""
    pincode = re.sub(rf"[ .{_DASHES}]", "", normalise(raw))
    return pincode if re.fullmatch(r"[1-9][0-9]{5}", pincode) else Wrong("pincode_shape")


def check_mobile(raw: str, abroad: bool = False) -> str | Wrong:
    """E.164. Indian mobiles are ten digits, the first 6 to 9 (DoT's numbering plan), with or without +91, 91, 0.

    A number abroad needs its + and, where `abroad` allows it, a shape that its country's plan knows.
    """
    typed = re.sub(rf"[ .(){_DASHES}]", "", normalise(raw)).replace("\uff0b", "+")
    if not re.fullmatch(r"\+?[0-9]+", typed):
        return Wrong("mobile_shape")
    if typed.startswith("+") and not typed.startswith("+91"):
        return _abroad(typed) if abroad else Wrong("mobile_abroad")
    digits = typed[3:] if typed.startswith("+") else typed
    digits = re.sub(r"\A0{1,2}", "", digits)
    if len(digits) == 12 and digits.startswith("91"):
        digits = digits[2:]
    if len(digits) != 10:
        return Wrong("mobile_length", {"got": len(digits)})
    if digits[0] not in "6789":
        return Wrong("mobile_first", {"first": digits[0]})
    return "+91" + digits


def check_email(raw: str) -> str | Wrong:
    """The address as we keep it and send to it: ASCII, domain in lower case (an Indian-script domain as xn--).

    No look-up of the domain. A line end inside is wrong, not mended: an address goes into a mail's header. So is "=?",
    with which an encoded word begins there (RFC 2047, section 2): many programs would decode it.
    """
    if _LINE_END.search(raw.strip()) or "=?" in raw:
        return Wrong("email_shape")
    # "ram @ gmail. com": phones put spaces after dots, and people around the @.
    address = re.sub(r" ?([@.]) ?", r"\1", normalise(raw)).rstrip(".,")
    if len(address) > EMAIL_HIGH or len(address.partition("@")[0]) > _LOCAL_HIGH:
        return Wrong("email_long", {"high": EMAIL_HIGH})
    try:
        found = validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return Wrong("email_shape")
    return found.ascii_email if found.ascii_email else Wrong("email_shape")


def _abroad(typed: str) -> str | Wrong:
    try:
        number = phonenumbers.parse(typed, None)
    except phonenumbers.NumberParseException:
        return Wrong("mobile_shape")
    if not phonenumbers.is_valid_number(number):
        return Wrong("mobile_shape")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
