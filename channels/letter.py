"""A message as a letter: plain words, the same as a page, and the visit as a calendar file. No network here.

The page is one column of at most 36 em, with its styles inline, no picture and no script: what mail programs
keep. A person's words come in escaped, and never into an attribute: only an address of ours does, as a link. What is
too long for a small screen is broken.
"""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape

from msgspec import Struct

from channels.headers import INTERNATIONAL, POLICY, subject
from channels.ics import calendar_file, method
from channels.render import Renderer, escaped
from dialogue.model import Message
from dialogue.words import BLANK, Param, Text, _, line, link

PRODUCT = "Mulakat"
BOUNDARY = "=_"  # what begins so is in no part: they are base64, https://www.rfc-editor.org/rfc/rfc2045#section-6.7
SUMMARY = line(BLANK, BLANK).msgid  # lines of this shape become the rows of a table
LINK = link("").msgid  # and a value of this shape can be followed
_WEB = ("https://", "http://")

_FONT = "font-family:-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif"
_PAGE = (
    '<!DOCTYPE html><html lang="{lang}" dir="{dir}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title></head>'
    '<body style="margin:0;padding:0;background:#f2f0eb;' + _FONT + '">'
    '<div style="max-width:36em;margin:0 auto;padding:1em">'
    '<div style="padding:14px 22px;background:#1f3a4d;color:#ffffff;border-radius:6px 6px 0 0;'
    'font-size:20px;font-weight:600">{product}</div>'
    '<div style="padding:18px 22px;background:#ffffff;color:#222222;'
    'font-size:16px;line-height:1.5;overflow-wrap:anywhere">{body}</div>'
    '<div style="padding:14px 22px;background:#e4e0d6;color:#444444;border-radius:0 0 6px 6px;'
    'font-size:14px;line-height:1.5">{footer}</div>'
    "</div></body></html>\n"
)
_LINK = '<a href="{address}" style="color:#1f3a4d">{words}</a>'
_WORDS = '<p style="margin:0 0 .7em">{words}</p>'
_GAP = '<div style="height:.7em"></div>'
_TABLE = (
    '<table role="presentation" cellspacing="0" cellpadding="0" style="width:100%;margin:0 0 .7em;'
    'border-collapse:collapse;font-size:16px">{rows}</table>'
)
_ROW = (
    '<tr><td style="padding:6px 0;border-bottom:1px solid #e4e0d6;color:#555555;'
    'vertical-align:top;width:35%">{label}</td><td style="padding:6px 12px;border-bottom:1px solid #e4e0d6;'
    'font-weight:600;vertical-align:top">{value}</td></tr>'
)


class Envelope(Struct, frozen=True):
    """id: the Message-ID. at: aware, when it is sent."""

    sender: Address
    to: Address
    id: str
    at: datetime


def letter(message: Message, envelope: Envelope, renderer: Renderer, locale: str) -> EmailMessage:
    """multipart/alternative of plain words and a page; with an invite, inside a multipart/mixed beside
    visit.ics."""
    about = message.subject or _("A message about your prison visit")
    international = not envelope.to.addr_spec.isascii()
    mail = EmailMessage(policy=INTERNATIONAL if international else POLICY)
    mail["From"] = str(envelope.sender)  # an Address can't be looked up among those that were read before
    mail["To"] = envelope.to.addr_spec
    mail["Subject"] = subject(renderer.plain(about, locale))
    mail["Date"] = format_datetime(envelope.at)
    mail["Message-ID"] = envelope.id
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes back, please
    plain = [renderer.plain(text, locale) for text in message.text]
    mail.set_content("\n".join((*plain, "", "-- ", PRODUCT, renderer.plain(_footer(), locale), "")), cte="base64")
    mail.make_alternative(boundary=f"{BOUNDARY}alternative")
    mail.add_alternative(page(message, about, renderer, locale), subtype="html", cte="base64")
    if message.invite:
        mail.make_mixed(boundary=f"{BOUNDARY}mixed")
        summary = renderer.plain(message.invite.summary, locale)
        addresses = (envelope.sender.addr_spec, envelope.to.addr_spec)
        mail.add_attachment(
            calendar_file(message.invite, summary, *addresses, envelope.at),
            maintype="text",
            subtype="calendar",
            cte="base64",
            filename="visit.ics",
            params={"method": method(message.invite), "charset": "utf-8"},
        )
    return mail


def page(message: Message, about: Text, renderer: Renderer, locale: str) -> str:
    """The same words as HTML, complete."""
    body: list[str] = []
    rows: list[str] = []
    for text in (*message.text, None):
        if text is not None and text.msgid == SUMMARY:
            label, value = (_part(text.params[name], renderer, locale) for name in ("label", "value"))
            rows.append(_ROW.format(label=label, value=value))
            continue
        if rows:
            body.append(_TABLE.format(rows="".join(rows)))
            rows.clear()
        if text is not None:
            words = renderer.html(text, locale).replace("\n", "<br>")
            body.append(_WORDS.format(words=words) if words else _GAP)
    return _PAGE.format(
        lang=locale if locale in renderer.locales else "en",
        dir=renderer.direction(locale),
        title=escaped(renderer.plain(about, locale)),
        product=PRODUCT,
        body="".join(body),
        footer=renderer.html(_footer(), locale),
    )


def _part(part: Param, renderer: Renderer, locale: str) -> str:
    words = renderer.html(Text("{part}", {"part": part}), locale)
    if isinstance(part, Text) and part.msgid == LINK:
        address = renderer.plain(part, locale)
        if address.startswith(_WEB):
            return _LINK.format(address=escape(address), words=words)
    return words


def _footer() -> Text:
    return _("Staff never ask for a code or for money.")
