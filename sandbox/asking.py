"""The Bot API's methods that ask: about the bot, chats, members and files; and the menu of commands."""

import json
import re
from typing import Any

from sandbox import files, wire
from sandbox.errors import bad
from sandbox.limits import Limits
from sandbox.reading import Params, chat_in, json_in, text_in, whole
from sandbox.world import World

MOST_COMMANDS = 100  # https://core.telegram.org/bots/api#setmycommands


def get_me(world: World, _limits: Limits, _params: Params) -> Any:
    return {
        **world.cast.bot.as_user(is_bot=True),
        "can_join_groups": True,
        "can_read_all_group_messages": not world.cast.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def get_chat(world: World, _limits: Limits, params: Params) -> Any:
    chat = chat_in(params)
    if not world.knows(chat):
        raise bad("chat not found")
    if chat < 0:
        world.open_chat(chat)
    return {
        **wire.chat(world, chat),
        "accent_color_id": abs(chat) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(_GIFTS, False),
    }


_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


def get_member(world: World, _limits: Limits, params: Params) -> Any:
    chat, number = chat_in(params), whole(params, "user_id")
    if not world.knows(chat):
        raise bad("chat not found")
    if chat < 0:
        world.open_chat(chat)
    if number != world.cast.bot.id and world.cast.person(number) is None:
        raise bad("user not found")
    if chat > 0 and number not in (chat, world.cast.bot.id):
        raise bad("member not found")
    return wire.member(world, chat, number)


def get_admins(world: World, _limits: Limits, params: Params) -> Any:
    chat = chat_in(params)
    if not world.knows(chat):
        raise bad("chat not found")
    if chat > 0:
        raise bad("there are no administrators in the private chat")
    world.open_chat(chat)
    admins = [who for who, status in world.members[chat].items() if status == "administrator"]
    return [wire.member(world, chat, who) for who in admins if who != world.cast.bot.id]


def count_members(world: World, _limits: Limits, params: Params) -> Any:
    chat = chat_in(params)
    if not world.knows(chat):
        raise bad("chat not found")
    if chat > 0:
        return 2
    world.open_chat(chat)
    return sum(status not in ("left", "kicked") for status in world.members[chat].values())


def get_file(world: World, _limits: Limits, params: Params) -> Any:
    return files.described(world, text_in(params, "file_id"))


# ---------------------------------------------------------------- commands


def set_commands(world: World, _limits: Limits, params: Params) -> Any:
    commands = json_in(params, "commands")
    if not isinstance(commands, list):
        raise bad("can't parse commands: expected an Array")
    if len(commands) > MOST_COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    read = [_command(one) for one in commands]
    _record(world, params, read)
    return True


def delete_commands(world: World, _limits: Limits, params: Params) -> Any:
    _record(world, params, [])
    return True


def get_commands(world: World, _limits: Limits, params: Params) -> Any:
    return world.commands.get(_scope(params)[0], [])


def _record(world: World, params: Params, commands: list[dict[str, str]]) -> None:
    key, language = _scope(params)
    world.record("commands", {"scope": key, "language": language, "commands": commands})


def _scope(params: Params) -> tuple[str, str]:
    """(whose menu, its language). "" is everybody's."""
    language = text_in(params, "language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad("invalid language_code specified")
    scope = json_in(params, "scope") or {"type": "default"}
    if not isinstance(scope, dict):
        raise bad("can't parse BotCommandScope: expected an Object")
    key = "" if scope.get("type") == "default" else json.dumps(scope, sort_keys=True)
    return " ".join(part for part in (key, language) if part), language


def _command(command: Any) -> dict[str, str]:
    if not isinstance(command, dict):
        raise bad("can't parse BotCommand: expected an Object")
    name = str(command.get("command") or "").removeprefix("/")
    description = str(command.get("description") or "").strip()
    if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
        raise bad("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}
