"""/play: the doors by which the page and the tests act as people, and look at what happened."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aiohttp import web

from sandbox import mail, people, shown
from sandbox.botapi import BotApi
from sandbox.courier import Pace
from sandbox.errors import ApiError
from sandbox.faults.fault import fault_from
from sandbox.faults.switch import Faults
from sandbox.limits import Limits
from sandbox.reading import params_of
from sandbox.scenes import Scenes
from sandbox.world import World

STREAM = 15.0  # seconds between two signs of life
LONGEST_WAIT = 60.0  # seconds for /play/news

ACTS: dict[str, Callable[[World, dict[str, Any]], Any]] = {
    "say": people.say, "press": people.press, "contact": people.contact, "send": people.send, "edit": people.edit,
    "delete": people.delete, "block": people.block, "member": people.member, "raw": people.raw,
}  # fmt: skip

PUBLIC = frozenset(
    {"message", "edited", "deleted", "answer", "typing", "mail", "sms", "clock", "commands", "chat", "scene", "struck"}
)


class Control:
    """The routes under /play."""

    def __init__(self, world: World, api: BotApi, limits: Limits, faults: Faults, pace: Pace) -> None:
        self.world = world
        self.api = api
        self.limits = limits
        self.faults = faults
        self.pace = pace
        self.scenes = Scenes(world)
        self.closing = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        town = {
            "clock": self._clock, "limits": self._switch, "hold": self._hold, "scene": self.scenes.play,
            "fault": self._fault, "mend": self._mend, "pace": self._pace,
        }  # fmt: skip
        return [
            *(web.post(f"/play/{name}", self._door(partial(act, self.world))) for name, act in ACTS.items()),
            *(web.post(f"/play/{name}", self._door(turn)) for name, turn in town.items()),
            web.get("/play/state", self.state),
            web.get("/play/faults", self.faulty),
            web.get("/play/news", self.news),
            web.get("/play/events", self.events),
            web.get("/play/file/{id}", self.file),
            web.get("/play/mail/{id}/raw", self.mail_raw),
            web.get("/play/mail/{id}/html", self.mail_html),
            web.get("/play/mail/{id}/attachment/{n}", self.mail_attachment),
        ]

    def _door(self, act: Callable[[dict[str, Any]], Any]) -> Callable[[web.Request], Awaitable[web.Response]]:
        """A request's JSON or form in, an answer as JSON out; what is missing or wrong is said."""

        async def handler(request: web.Request) -> web.Response:
            try:
                data = await params_of(request)
                with self.world.journal.together():
                    return web.json_response(act(data))
            except KeyError as error:
                return web.json_response({"error": f"{error.args[0]} is missing"}, status=400)
            except (ApiError, ValueError, TypeError) as error:
                return web.json_response({"error": str(error)}, status=400)

        return handler

    # ------------------------------------------------------------ the town

    def _clock(self, data: dict[str, Any]) -> Any:
        clock = self.world.clock
        if "to" in data:
            there = datetime.fromisoformat(str(data["to"]))
            there = there if there.tzinfo else there.replace(tzinfo=UTC)
            clock.forward((there - clock.now()).total_seconds())
        else:
            clock.forward(float(data["forward"]))
        return {"now": self.world.stamp()}

    def _switch(self, data: dict[str, Any]) -> Any:
        self.limits.on = data["on"] is True or str(data["on"]).lower() == "true"
        return {"on": self.limits.on}

    def _hold(self, data: dict[str, Any]) -> Any:
        """Keep these methods waiting, not accepted, until they are let go by an empty list."""
        self.api.hold(set(data["methods"]))
        return {"held": sorted(self.api.held)}

    def _fault(self, data: dict[str, Any]) -> Any:
        """Switches one on: the fields of a Fault; its number."""
        return {"fault": self.faults.switch_on(fault_from(data))}

    def _mend(self, data: dict[str, Any]) -> Any:
        """Switches one off, or all when none is named."""
        self.faults.switch_off(int(data["fault"]) if data.get("fault") else None)
        return {"faults": self.faults.listed()}

    def _pace(self, data: dict[str, Any]) -> Any:
        """Of the webhook's deliveries: `factor` of the rests, `patience` in seconds."""
        self.pace.factor = float(data.get("factor", self.pace.factor))
        self.pace.patience = float(data.get("patience", self.pace.patience))
        return {"factor": self.pace.factor, "patience": self.pace.patience}

    # ------------------------------------------------------------ looking

    async def faulty(self, _request: web.Request) -> web.Response:
        """Every fault that is on, or was, and how often it struck."""
        return web.json_response({"faults": self.faults.listed()})

    async def state(self, _request: web.Request) -> web.Response:
        limits = {"on": self.limits.on, "refused": self.limits.refused}
        own = [{"person": who, "label": label, "text": text} for who, label, text in self.world.cast.own_hints]
        scenes = {"scenes": self.scenes.labels(), "scene": self.scenes.shown}
        return web.json_response({**shown.state(self.world), "limits": limits, "own_hints": own, **scenes})

    async def news(self, request: web.Request) -> web.Response:
        """The events after a number, as one list; `wait`: for so many seconds when there are none."""
        try:
            seq = int(request.query.get("after", 0))
            seconds = min(float(request.query.get("wait", 0)), LONGEST_WAIT)
        except ValueError:
            return web.json_response({"error": "after and wait are numbers"}, status=400)
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            batch = self.world.journal.since(seq)
            events = [event for event in batch if event["kind"] in PUBLIC]
            seq = batch[-1]["seq"] if batch else seq
            if events or (not batch and (loop.time() >= end or self.closing.is_set())):
                return web.json_response({"seq": seq, "events": events})
            if not batch:
                await self._more(seq, end - loop.time())

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-Sent Events after a number; resumes where a broken connection stopped."""
        asked = request.headers.get("Last-Event-ID") or request.query.get("after") or ""
        seq = int(asked) if asked.isdecimal() else self.world.journal.seq
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        try:
            await response.write(b": here\n\n")
            while not self.closing.is_set():
                batch = self.world.journal.since(seq)
                for event in batch:
                    seq = event["seq"]
                    if event["kind"] in PUBLIC:
                        await response.write(f"id: {seq}\ndata: {json.dumps(event)}\n\n".encode())
                if not batch:
                    await self._more(seq, STREAM)
                    if self.world.journal.seq == seq:
                        await response.write(b": here\n\n")
        except ConnectionError:
            return response
        return response

    async def _more(self, seq: int, seconds: float) -> None:
        """Until there is more, the time is over, or the town closes."""
        more = asyncio.ensure_future(self.world.journal.wait(seq, seconds))
        waits = {more, asyncio.ensure_future(self.closing.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    async def file(self, request: web.Request) -> web.Response:
        found = self.world.journal.file(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound
        return _download(*found)

    def _mail(self, request: web.Request) -> bytes:
        found = self.world.journal.file(f"mail-{request.match_info['id']}")
        if found is None:
            raise web.HTTPNotFound
        return found[2]

    async def mail_raw(self, request: web.Request) -> web.Response:
        return web.Response(body=self._mail(request), content_type="text/plain", charset="utf-8")

    async def mail_html(self, request: web.Request) -> web.Response:
        """To be shown in a sandboxed frame: no scripts, nothing from elsewhere."""
        policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        headers = {"Content-Security-Policy": policy}
        return web.Response(text=mail.html_of(self._mail(request)), content_type="text/html", headers=headers)

    async def mail_attachment(self, request: web.Request) -> web.Response:
        n = request.match_info["n"]
        found = mail.attachment(self._mail(request), int(n)) if n.isdecimal() else None
        if found is None:
            raise web.HTTPNotFound
        return _download(*found)


_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp")


def _download(name: str, kind: str, body: bytes) -> web.Response:
    """Pictures are shown; anything else is saved, so that it can't run as a page of ours."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    way = "inline" if kind in _SHOWN else "attachment"
    headers = {"Content-Disposition": f'{way}; filename="{safe}"', "X-Content-Type-Options": "nosniff"}
    headers["Content-Type"] = kind if kind.isascii() else "application/octet-stream"
    return web.Response(body=body, headers=headers)
