"""What the Bot API answers instead of a result, in Telegram's own words and numbers."""

from typing import Any

from aiohttp import web


class ApiError(Exception):
    """`parameters`: what tells the caller how to go on: retry_after, migrate_to_chat_id."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad(words: str) -> ApiError:
    """A 400."""
    return ApiError(400, f"Bad Request: {words}")


def forbidden(words: str) -> ApiError:
    """A 403."""
    return ApiError(403, f"Forbidden: {words}")


def conflict(words: str) -> ApiError:
    """A 409."""
    return ApiError(409, f"Conflict: {words}")


def too_many(seconds: int) -> ApiError:
    """A 429."""
    return ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def refused(error: ApiError) -> web.Response:
    """The whole answer."""
    body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    wait = error.parameters.get("retry_after")
    return web.json_response(body, status=error.code, headers={"Retry-After": str(wait)} if wait else None)
