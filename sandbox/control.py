"""/play: what the page and the tests do as people, and what they look at."""

import asyncio
import json
from datetime import datetime
from typing import Any

from aiohttp import web

from sandbox import mail
from sandbox.botapi import BotApi
from sandbox.entities import commands_in, safe_html
from sandbox.limits import Limits
from sandbox.world import ApiError, World

STREAM = 15.0  # seconds between two signs of life

# The smallest picture that is one: a grey dot, for a photo sent without a file.
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c63e803000081008125fd9e4f0000000049454e44ae426082"
)


class Control:
    """The routes under /play."""

    def __init__(self, world: World, api: BotApi, limits: Limits) -> None:
        self.world = world
        self.api = api
        self.limits = limits

    def routes(self) -> list[web.RouteDef]:
        acts = {
            "say": self.say, "press": self.press, "contact": self.contact, "send": self.send, "edit": self.edit,
            "delete": self.delete, "block": self.block, "raw": self.raw, "clock": self.clock, "limits": self.switch,
            "hold": self.hold,
        }  # fmt: skip
        posts = [web.post(f"/play/{name}", self._act(act)) for name, act in acts.items()]
        return [
            *posts,
            web.get("/play/state", self.state),
            web.get("/play/events", self.events),
            web.get("/play/file/{id}", self.file),
            web.get("/play/mail/{id}/raw", self.mail_raw),
            web.get("/play/mail/{id}/html", self.mail_html),
            web.get("/play/mail/{id}/attachment/{n}", self.mail_attachment),
        ]

    def _act(self, act: Any) -> Any:
        """A request's JSON or form in, an answer as JSON out; what is missing is said."""

        async def handler(request: web.Request) -> web.Response:
            try:
                data = await _data(request)
                return web.json_response(act(data))
            except KeyError as error:
                return web.json_response({"error": f"{error.args[0]} is missing"}, status=400)
            except (ApiError, ValueError, TypeError) as error:
                return web.json_response({"error": str(error)}, status=400)

        return handler

    # ------------------------------------------------------------ people

    def _from(self, data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        person = self.world.cast.person(int(data["person"]))
        if person is None:
            raise ValueError("there is no such person")
        return person.as_user(), self.world.chat_of(int(data["chat"]))

    def _post(self, data: dict[str, Any], text: str = "", **content: Any) -> dict[str, Any]:
        """A person's message: shown, and handed to the bot. In a group it hears commands only, as with privacy on."""
        user, chat = self._from(data)
        name = " ".join(user[k] for k in ("first_name", "last_name") if k in user)
        entities = commands_in(text)
        message = {
            "chat": chat["id"],
            "message_id": self.world.next_message(chat["id"]),
            "from": {"id": user["id"], "name": name, "is_bot": False},
            "date": self.world.stamp(),
            "edited": False,
            "deleted": False,
            "text": text,
            "entities": entities,
            "html": safe_html(text, entities),
            "inline_keyboard": None,
            "reply_keyboard": None,
            **content,
        }
        self.world.record("message", message)
        if chat["id"] > 0 or text.startswith("/"):
            self.world.push({"message": self.world.as_telegram(message)})
        return {"message_id": message["message_id"]}

    def say(self, data: dict[str, Any]) -> Any:
        text = str(data["text"])
        if not text.strip():
            raise ValueError("text is empty")
        return self._post(data, text[:4096])

    def contact(self, data: dict[str, Any]) -> Any:
        if "phone" in data:
            contact: dict[str, Any] = {
                "phone_number": str(data["phone"]),
                "first_name": str(data.get("name") or "Somebody"),
            }
        else:
            of = self.world.cast.person(int(data.get("of") or data["person"]))
            if of is None or not of.phone:
                raise ValueError("this person has no telephone number to share")
            contact = {"phone_number": of.phone, "first_name": of.name, "user_id": of.id}
        return self._post(data, contact=contact)

    def send(self, data: dict[str, Any]) -> Any:
        kind, number = str(data["kind"]), f"person-{self.world.journal.seq + 1}"
        upload = data.get("file")
        base: dict[str, Any] = {"file_id": number, "file_unique_id": number}
        if isinstance(upload, web.FileField):
            body = upload.file.read()
            self.world.journal.keep(number, upload.filename, upload.content_type, body)
            base["file_size"] = len(body)
            name, type_ = upload.filename, upload.content_type
        else:
            self.world.journal.keep(number, "dot.png", "image/png", DOT)
            name, type_ = "dot.png", "image/png"
        content: dict[str, Any]
        match kind:
            case "photo":
                content = {"photo": [{**base, "width": 320, "height": 240}]}
            case "document":
                content = {"document": {**base, "file_name": name, "mime_type": type_}}
            case "sticker":
                whole = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
                content = {"sticker": {**base, **whole, "emoji": str(data.get("emoji") or "🙏")}}
            case "voice":
                content = {"voice": {**base, "duration": int(data.get("duration") or 3), "mime_type": "audio/ogg"}}
            case "location":
                lat, lon = float(data.get("latitude") or 28.6369), float(data.get("longitude") or 77.1044)
                content = {"location": {"latitude": lat, "longitude": lon}}
            case _:
                raise ValueError(f"{kind} can't be sent: photo, document, sticker, voice or location can")
        return self._post(data, str(data.get("caption") or ""), **content)

    def press(self, data: dict[str, Any]) -> Any:
        """An inline button; the data may be forged, and the message need not exist."""
        user, chat = self._from(data)
        number = f"{self.world.last_update + 1}{user['id']}"
        bearer = self.world.messages.get(chat["id"], {}).get(int(data["message_id"]))
        shown = self.world.as_telegram(bearer) if bearer else {
            "message_id": int(data["message_id"]), "date": 0, "chat": chat,
        }  # fmt: skip
        query = {"id": number, "from": user, "message": shown, "chat_instance": "1", "data": str(data["data"])}
        self.world.push({"callback_query": query})
        return {"query_id": number}

    def edit(self, data: dict[str, Any]) -> Any:
        user, chat = self._from(data)
        old = self.world.message_at(chat["id"], int(data["message_id"]), "edit")
        if old["from"]["id"] != user["id"]:
            raise ValueError("one can edit only one's own messages")
        text = str(data["text"])
        entities = commands_in(text)
        new = {**old, "text": text, "entities": entities, "html": safe_html(text, entities), "edited": True}
        self.world.record("edited", new)
        if chat["id"] > 0:
            self.world.push({"edited_message": self.world.as_telegram(new)})
        return {"message_id": new["message_id"]}

    def delete(self, data: dict[str, Any]) -> Any:
        _user, chat = self._from(data)
        message = self.world.message_at(chat["id"], int(data["message_id"]), "delete")
        self.world.record("deleted", {"chat": chat["id"], "message_id": message["message_id"]})
        return {}

    def block(self, data: dict[str, Any]) -> Any:
        person = self.world.cast.person(int(data["person"]))
        if person is None:
            raise ValueError("there is no such person")
        blocked = bool(data["blocked"])
        bot = self.world.cast.bot.as_user(is_bot=True)
        was, now = ("member", "kicked") if blocked else ("kicked", "member")
        self.world.record("chat", {"person": person.id, "blocked": blocked})
        change = {
            "chat": self.world.chat_of(person.id),
            "from": person.as_user(),
            "date": self.world.clock.stamp,
            "old_chat_member": {"user": bot, "status": was, **({"until_date": 0} if was == "kicked" else {})},
            "new_chat_member": {"user": bot, "status": now, **({"until_date": 0} if now == "kicked" else {})},
        }
        self.world.push({"my_chat_member": change})
        return {}

    def raw(self, data: dict[str, Any]) -> Any:
        return {"update_id": self.world.push(dict(data["update"]))}

    # ------------------------------------------------------------ the town

    def clock(self, data: dict[str, Any]) -> Any:
        clock = self.world.clock
        if "to" in data:
            seconds = (datetime.fromisoformat(str(data["to"])) - clock.now()).total_seconds()
        else:
            seconds = float(data["forward"])
        clock.forward(seconds)
        self.world.record("clock", {"offset": clock.offset.total_seconds(), "now": self.world.stamp()})
        return {"now": self.world.stamp()}

    def switch(self, data: dict[str, Any]) -> Any:
        self.limits.on = bool(data["on"])
        return {"on": self.limits.on}

    def hold(self, data: dict[str, Any]) -> Any:
        """Keep these methods waiting, not accepted, until they are let go by an empty list."""
        self.api.hold(set(data["methods"]))
        return {"held": sorted(self.api.held)}

    # ------------------------------------------------------------ looking

    async def state(self, _request: web.Request) -> web.Response:
        world, cast = self.world, self.world.cast
        bot = {**cast.bot.as_user(is_bot=True), "name": cast.bot.name, "commands": world.commands.get("", [])}
        chats = [{"id": p.id, "type": "private", "title": p.name, "members": [p.id]} for p in cast.people]
        chats += [{"id": g.id, "type": "supergroup", "title": g.title, "members": list(g.members)} for g in cast.groups]
        return web.json_response(
            {
                "title": cast.title,
                "clock": {"now": world.stamp(), "offset": world.clock.offset.total_seconds()},
                "bot": bot,
                "people": [{"id": p.id, "name": p.name, "username": p.username, "phone": p.phone} for p in cast.people],
                "chats": chats,
                "phones": [{"label": p.label, "person": p.person, "chat": p.chat} for p in cast.phones],
                "hints": [{"label": label, "text": text} for label, text in cast.hints],
                "blocked": sorted(world.blocked),
                "messages": {str(chat): list(there.values()) for chat, there in world.messages.items()},
                "mail": world.mail,
                "sms": world.sms,
                "answers": {number: q["answer"] for number, q in world.queries.items() if q["answered"]},
                "seq": world.journal.seq,
            }
        )

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-Sent Events after a number; resumes where a broken connection stopped."""
        seq = int(request.headers.get("Last-Event-ID") or request.query.get("after") or self.world.journal.seq)
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        try:
            while True:
                for event in self.world.journal.since(seq):
                    seq = event["seq"]
                    if event["kind"] in PUBLIC:
                        data = json.dumps(event, ensure_ascii=True)
                        await response.write(f"id: {seq}\ndata: {data}\n\n".encode())
                if self.world.journal.seq == seq:
                    await self.world.journal.wait(seq, STREAM)
                    await response.write(b": here\n\n")
        except (ConnectionResetError, asyncio.CancelledError):
            return response

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
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        return web.Response(
            text=mail.html_of(self._mail(request)),
            content_type="text/html",
            headers={"Content-Security-Policy": policy},
        )

    async def mail_attachment(self, request: web.Request) -> web.Response:
        found = mail.attachment(self._mail(request), int(request.match_info["n"]))
        if found is None:
            raise web.HTTPNotFound
        return _download(*found)


PUBLIC = frozenset({"message", "edited", "deleted", "answer", "typing", "mail", "sms", "clock", "commands", "chat"})


def _download(name: str, kind: str, body: bytes) -> web.Response:
    safe = "".join(c if c.isalnum() or c in "._-" else "_" for c in name)
    inline = "inline" if kind.startswith("image/") else "attachment"
    headers = {"Content-Disposition": f'{inline}; filename="{safe}"', "X-Content-Type-Options": "nosniff"}
    return web.Response(body=body, content_type=kind, headers=headers)


async def _data(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        found = await request.json()
        if not isinstance(found, dict):
            raise ValueError("give a JSON object")
        return found
    return dict(await request.post())
