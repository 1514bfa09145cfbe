"""The SMS gateway: as there are many, one address that takes `to` and `text`, as JSON, form or query."""

from aiohttp import web

from sandbox.errors import ApiError
from sandbox.reading import params_of, text_in
from sandbox.world import World

LONGEST = 1600  # characters: ten parts


def gateway(world: World) -> web.RouteDef:
    async def take(request: web.Request) -> web.Response:
        try:
            params = await params_of(request)
            to, text = text_in(params, "to").strip(), text_in(params, "text")
        except ApiError as error:
            return web.json_response({"error": error.description}, status=400)
        if not to or not text.strip():
            return web.json_response({"error": "give `to`, a telephone number, and `text`, the words"}, status=400)
        if len(text) > LONGEST:
            return web.json_response({"error": f"the text is longer than {LONGEST} characters"}, status=400)
        number = len(world.sms) + 1
        world.record("sms", {"id": number, "date": world.stamp(), "to": to, "text": text})
        return web.json_response({"id": str(number)})

    return web.route("*", "/sms", take)
