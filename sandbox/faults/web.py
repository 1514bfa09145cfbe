"""Faults of the Bot API and the SMS gateway: the ordinary answer spoilt, or another one in its place."""

import asyncio
import json
import math
from collections.abc import Mapping

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.botapi import TAKEN
from sandbox.clock import pause
from sandbox.errors import ApiError, bad, conflict, forbidden, refused, too_many
from sandbox.faults.fault import Fault
from sandbox.faults.kinds import API, SMS
from sandbox.faults.line import reset
from sandbox.faults.switch import Faults
from sandbox.sending import NOT_MODIFIED
from sandbox.world import TOO_OLD, World

DROPS = 20  # of a dripping answer


def faulty(world: World, faults: Faults, closing: asyncio.Event) -> Middleware:
    """Stands before every door; lets through what nothing is to happen to. After `closing` nobody is kept waiting."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        door, on = _place(request)
        if not door or not faults:
            return await handler(request)
        fault = faults.strike(on, await _whom(world, request), door=door)
        if fault is None:
            return await handler(request)
        answer = await handler(request) if fault.done else None
        return await _spoilt(request, fault, answer, closing)

    return middleware


def _place(request: web.Request) -> tuple[str, str]:
    """(door, what is asked for there), or two empty ones."""
    method = request.match_info.get("method", "")
    if method and "token" in request.match_info:
        return API, method
    return (SMS, SMS) if request.path == "/sms" else ("", "")


async def _whom(world: World, request: web.Request) -> set[str]:
    """The chat or number that a request is about; of the answer to a press, the chat in which it was pressed."""
    given = {**request.query, **await _body(request)}
    query = world.queries.get(str(given.get("callback_query_id")), {})
    found = (given.get("chat_id"), given.get("to"), query.get("chat"))
    return {str(one).strip() for one in found if one not in (None, "")}


async def _body(request: web.Request) -> Mapping[str, object]:
    """Empty when it can't be read: the ordinary path says what is wrong with it."""
    try:
        body = json.loads(await request.read()) if request.content_type == "application/json" else await request.post()
    except (ValueError, RecursionError, web.HTTPException):
        return {}
    return body if isinstance(body, Mapping) else {}


# ---------------------------------------------------------------- what goes wrong


async def _spoilt(
    request: web.Request, fault: Fault, answer: web.StreamResponse | None, closing: asyncio.Event
) -> web.StreamResponse:
    match fault.kind:
        case "timeout":
            await closing.wait()
            return cut(request)
        case "reset":
            return cut(request)
        case "garbage":
            whole = _bytes(answer) or b'{"ok":true,"result":{"message_id":1}}'
            return web.Response(body=whole[: len(whole) // 2], content_type="application/json")
        case "slow":
            await pause(fault.wait, closing)
            return answer or web.Response()
        case "drip":
            return await _drip(request, _bytes(answer), fault.wait, closing)
        case "502":
            return _page("502 Bad Gateway", 502)
        case "503":
            return _page("503 Service Temporarily Unavailable", 503)
    return _sms(fault) if fault.on == SMS else refused(_api(fault))


def _api(fault: Fault) -> ApiError:
    """In Telegram's own words."""
    match fault.kind:
        case "flood":
            return too_many(math.ceil(fault.wait) or 1)
        case "unauthorized":
            return ApiError(401, "Unauthorized")
        case "blocked":
            return forbidden("bot was blocked by the user")
        case "kicked":
            return forbidden("bot was kicked from the supergroup chat")
        case "deactivated":
            return forbidden("user is deactivated")
        case "not_found":
            return bad("chat not found")
        case "migrated":
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            return ApiError(400, words, migrate_to_chat_id=fault.moved_to)
        case "not_modified":
            return bad(NOT_MODIFIED)
        case "too_old":
            return bad(TOO_OLD)
        case "conflict":
            return conflict(TAKEN)
    return ApiError(500, "Internal Server Error")


def _sms(fault: Fault) -> web.Response:
    """As gateways say it: the number is what counts."""
    status = {"flood": 429, "unauthorized": 401, "refused": 400}.get(fault.kind, 500)
    headers = {"Retry-After": str(math.ceil(fault.wait) or 1)} if status == 429 else {}
    return web.json_response({"error": fault.kind}, status=status, headers=headers)


def _page(title: str, status: int) -> web.Response:
    """As nginx writes it."""
    html = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return web.Response(text=html, content_type="text/html", status=status)


async def _drip(request: web.Request, body: bytes, seconds: float, closing: asyncio.Event) -> web.StreamResponse:
    slow = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await slow.prepare(request)
    size = max(1, math.ceil(len(body) / DROPS))
    for at in range(0, len(body), size):
        await pause(seconds / DROPS, closing)
        await slow.write(body[at : at + size])
    return slow


def _bytes(answer: web.StreamResponse | None) -> bytes:
    return answer.body if isinstance(answer, web.Response) and isinstance(answer.body, bytes) else b""


def cut(request: web.Request) -> web.Response:
    """The caller sees a reset. What is returned finds nobody any more."""
    if request.transport:
        reset(request.transport)
    return web.Response()
