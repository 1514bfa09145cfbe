"""The buttons that come with a message: read, refused where Telegram refuses them, and shaped for the page.

https://core.telegram.org/bots/api#inlinekeyboardmarkup and #replykeyboardmarkup.
"""

from typing import Any
from urllib.parse import urlsplit

from sandbox.errors import bad
from sandbox.reading import Params, json_in

LONGEST_DATA = 64  # bytes
MOST = 100  # buttons under one message
LONGEST_HINT = 64  # characters


def keyboards_in(params: Params, private: bool) -> dict[str, Any]:
    """{"inline_keyboard", "reply_keyboard"}, and "force_reply" where the bot asks for a reply."""
    markup = json_in(params, "reply_markup")
    out: dict[str, Any] = {"inline_keyboard": None, "reply_keyboard": None}
    if markup is None:
        return out
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" in markup:
        out["inline_keyboard"] = _inline(markup["inline_keyboard"])
        return out
    if "keyboard" in markup:
        rows = [[_key(one, private) for one in row] for row in _rows(markup["keyboard"])]
        if not any(rows):
            raise bad("reply keyboard must be non-empty")
        out["reply_keyboard"] = {
            "rows": rows,
            "one_time": bool(markup.get("one_time_keyboard")),
            "placeholder": _hint(markup),
        }
    elif markup.get("remove_keyboard"):
        out["reply_keyboard"] = {"remove": True}
    elif markup.get("force_reply"):
        out["force_reply"] = {"placeholder": _hint(markup)}
    return out


def inline_keyboard(params: Params) -> list[list[dict[str, str]]] | None:
    """For an edit: an inline keyboard, or none."""
    markup = json_in(params, "reply_markup")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if markup and "inline_keyboard" not in markup:
        raise bad("inline keyboard expected")
    return _inline(markup.get("inline_keyboard", []))


def _rows(rows: Any) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad("can't parse reply markup: an array of arrays of buttons is expected")
    return rows


def _inline(rows: Any) -> list[list[dict[str, str]]] | None:
    read = [[_button(one) for one in row] for row in _rows(rows)]
    if sum(len(row) for row in read) > MOST:
        raise bad("reply markup is too long")
    return [row for row in read if row] or None


def _button(button: Any) -> dict[str, str]:
    if not isinstance(button, dict):
        raise bad("can't parse inline keyboard button: expected an Object")
    text = str(button.get("text") or "")
    if not text:
        raise bad("can't parse inline keyboard button: Can't find field \"text\"")
    if "callback_data" in button:
        data = str(button["callback_data"])
        if not 1 <= len(data.encode("utf-8", "surrogatepass")) <= LONGEST_DATA:
            raise bad("BUTTON_DATA_INVALID")
        return {"text": text, "data": data}
    if "url" in button:
        url = str(button["url"])
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme not in ("http", "https", "tg") or not (parts.scheme == "tg" or "." in parts.netloc):
            raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
        return {"text": text, "url": url}
    if set(button) - {"text", "style", "icon_custom_emoji_id"}:
        raise bad("BUTTON_TYPE_INVALID")  # games, payments, web apps: not played here
    raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")


def _key(button: Any, private: bool) -> dict[str, Any]:
    key = {"text": button} if isinstance(button, str) else button
    if not isinstance(key, dict) or not isinstance(key.get("text"), str) or not key["text"]:
        raise bad("can't parse keyboard button: Can't find field \"text\"")
    out: dict[str, Any] = {"text": key["text"]}
    for name, what in (("request_contact", "phone number"), ("request_location", "location")):
        if key.get(name):
            if not private:
                raise bad(f"{what} can be requested in private chats only")
            out[name] = True
    return out


def _hint(markup: dict[str, Any]) -> str:
    hint = str(markup.get("input_field_placeholder") or "")
    if len(hint) > LONGEST_HINT:
        raise bad("input field placeholder is too long")
    return hint
