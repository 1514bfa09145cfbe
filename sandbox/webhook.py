"""The Bot API's methods for a webhook, and which kinds of updates the bot asks for. `courier.py` does the carrying.

As at Telegram, but for three things that a town on one machine needs: `http://` is taken, any port is, and no
address is looked up before it is used. https://core.telegram.org/bots/api#setwebhook
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.errors import bad
from sandbox.limits import Limits
from sandbox.reading import Params, json_in, text_in, true, whole
from sandbox.world import World

CONNECTIONS = 40  # unless the bot asks for more or less
MOST_CONNECTIONS = 100
LONGEST_SECRET = 256


@dataclass(frozen=True, slots=True)
class Told:
    """A result that comes with a sentence."""

    result: Any
    description: str


def set_webhook(world: World, limits: Limits, params: Params) -> Any:
    """An empty url takes the webhook away."""
    url = text_in(params, "url").strip()
    if not url:
        return delete_webhook(world, limits, params)
    fresh = {
        "url": _address(url),
        "secret_token": _secret(params),
        "max_connections": min(max(whole(params, "max_connections", CONNECTIONS), 1), MOST_CONNECTIONS),
        "has_custom_certificate": bool(params.get("certificate")),
    }
    heed_allowed(world, params)
    _drop(world, params)
    if fresh == world.webhook:
        return Told(True, "Webhook is already set")
    world.record("webhook", fresh)
    world.ring()
    return Told(True, "Webhook was set")


def delete_webhook(world: World, _limits: Limits, params: Params) -> Any:
    _drop(world, params)
    if world.webhook is None:
        return Told(True, "Webhook is already deleted")
    world.record("webhook", None)
    world.ring()
    return Told(True, "Webhook was deleted")


def webhook_info(world: World, _limits: Limits, _params: Params) -> Any:
    """The secret is never told."""
    set_ = world.webhook or {"url": "", "has_custom_certificate": False}
    out: dict[str, Any] = {
        key: set_[key] for key in ("url", "has_custom_certificate", "max_connections") if key in set_
    }
    out["pending_update_count"] = len(world.updates)
    if world.webhook_error:
        out["last_error_date"], out["last_error_message"] = world.webhook_error
    return out | ({"allowed_updates": world.allowed} if world.allowed else {})


def heed_allowed(world: World, params: Params) -> None:
    """`allowed_updates`, of a poll too: kept until it is given again; an empty list asks for the usual kinds."""
    allowed = json_in(params, "allowed_updates")
    if allowed is None:
        return
    if not (isinstance(allowed, list) and all(isinstance(one, str) for one in allowed)):
        raise bad("can't parse allowed_updates: expected an Array of String")
    if (allowed or None) != world.allowed:
        world.record("allowed", allowed or None)


def _drop(world: World, params: Params) -> None:
    if true(params, "drop_pending_updates") and world.updates:
        world.record("confirmed", max(world.updates))


def _address(url: str) -> str:
    """As it was given: what it is read as has https:// where it names no scheme, as at Telegram."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or re.search(r"\s", url):
        raise bad("invalid webhook URL specified")
    return url


def _secret(params: Params) -> str:
    secret = text_in(params, "secret_token")
    if len(secret) > LONGEST_SECRET:
        raise bad("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad("secret token contains unallowed characters")
    return secret
