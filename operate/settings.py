"""What the operator sets, from the environment or `.env`: each with its name, its default, and its mend when wrong."""

import re
from inspect import signature
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import asyncpg
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "MULAKAT_"
TELEGRAM = "https://api.telegram.org"
ROOT = Path(__file__).resolve().parent.parent
MEANT = {"sslmode": ": asyncpg calls it ssl, such as ?ssl=require", "connect_timeout": ": asyncpg calls it timeout"}


class BadSettings(Exception):
    """One sentence for each setting that can't be used."""


class Settings(BaseSettings):
    """See `.env.example`, which explains each."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", hide_input_in_errors=True)

    bot_token: SecretStr = SecretStr("")
    telegram_api: str = TELEGRAM
    telegram_rate: float = Field(30.0, gt=0, le=1000)
    webhook_url: str = ""
    webhook_secret: SecretStr = SecretStr("")
    listen: str = ""
    database_url: str = f"sqlite+aiosqlite:///{ROOT}/var/mulakat.db"
    smtp_url: SecretStr = SecretStr("")
    mail_from: str = "Mulakat <mulakat@localhost>"
    sms_url: SecretStr = SecretStr("")
    sms_method: Literal["POST", "GET"] = "POST"
    sms_body: str = '{"to":"{to}","text":"{text}"}'
    sms_header: SecretStr = SecretStr("")
    secret_file: Path = Path("~/.config/mulakat/secret")
    timezone: str = "Asia/Kolkata"
    video_url: str = ""
    contact_counts: bool = False
    undo_seconds: int = Field(60, ge=0, le=600)
    admins: Annotated[tuple[int, ...], NoDecode] = ()
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["auto", "console", "json"] = "auto"

    @field_validator("telegram_api", "sms_url", "video_url", "webhook_url", mode="after")
    @classmethod
    def _is_url(cls, value: str | SecretStr) -> str | SecretStr:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text and not (re.match(r"https?://[^/\s]+", text) and _can_be_read(text)):
            raise ValueError("give an address that begins with https:// or http://")
        return value

    @field_validator("smtp_url", mode="after")
    @classmethod
    def _is_smtp(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url and not (re.match(r"smtps?(\+starttls)?://[^/\s]+", url) and _can_be_read(url)):
            raise ValueError("give smtp+starttls://user:password@host:587, smtps://... or smtp://...")
        return value

    @field_validator("bot_token", mode="after")
    @classmethod
    def _is_token(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch(r"\d+:[\w-]+", value.get_secret_value()):
            raise ValueError("copy the whole token that @BotFather gave you: digits, a colon, letters")
        return value

    @field_validator("webhook_secret", mode="after")
    @classmethod
    def _is_header(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value.get_secret_value()):
            raise ValueError("give 1 to 256 of A-Z, a-z, 0-9, _ and -, or leave it empty: one is made then")
        return value

    @field_validator("listen", mode="after")
    @classmethod
    def _is_place(cls, value: str) -> str:
        found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+):(\d{1,5})", value, re.ASCII)
        if value and (not found or int(found[2]) > 65535):
            raise ValueError("give host:port, such as 127.0.0.1:8081, or [::1]:8081")
        return value

    @field_validator("database_url", mode="after")
    @classmethod
    def _is_database(cls, value: str) -> str:
        if not value.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
            raise ValueError("give sqlite+aiosqlite:///path/to/file.db or postgresql+asyncpg://user@host/name")
        try:
            given = make_url(value).query if value.startswith("postgresql") else {}
        except (ArgumentError, ValueError):
            raise ValueError("is its port a number, and each special sign of the password %-encoded?") from None
        for name in given:
            if name not in (*signature(asyncpg.connect).parameters, "prepared_statement_cache_size"):
                raise ValueError(f"{name} is nothing that can be set there{MEANT.get(name, '')}")
        return value

    @field_validator("timezone", mode="after")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("give the name of a time zone, such as Asia/Kolkata") from None
        return value

    @field_validator("admins", mode="before")
    @classmethod
    def _are_numbers(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",") if part.strip()]
        if not all(re.fullmatch(r"-?\d+", part) for part in parts):
            raise ValueError("give Telegram's numbers of chats, with commas between: 12345,67890")
        return tuple(int(part) for part in parts)

    @field_validator("secret_file", mode="after")
    @classmethod
    def _at_home(cls, value: Path) -> Path:
        return value.expanduser()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def audit_file(self) -> Path:
        """The newest seal of the audit trail, outside the database."""
        return self.secret_file.with_name(self.secret_file.name + ".audit")

    @property
    def listens_at(self) -> tuple[str, int] | None:
        """Host and port; None where nothing listens."""
        host, _colon, port = self.listen.rpartition(":")
        return (host.strip("[]"), int(port)) if self.listen else None

    def webhook_at(self, channel: str) -> str:
        """Where a channel sends to."""
        return f"{self.webhook_url.rstrip('/').removesuffix('/' + channel)}/{channel}"

    @property
    def sms_headers(self) -> dict[str, str]:
        """`Name: value`, several with `|` between."""
        lines = [part for part in self.sms_header.get_secret_value().split("|") if ":" in part]
        pairs = [line.split(":", 1) for line in lines]
        return {name.strip(): value.strip() for name, value in pairs}

    @property
    def data_folder(self) -> Path | None:
        """Where SQLite's file lies; None for another database."""
        path = self.database_url.removeprefix("sqlite+aiosqlite:///")
        return Path(path).resolve().parent if path != self.database_url else None


def _can_be_read(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def load(**overrides: object) -> Settings:
    """The settings, or BadSettings with the name and the mend of each wrong one."""
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BadSettings(f".env can't be read: {why}.") from None
    except ValidationError as error:
        raise BadSettings("\n".join(_sentence(e["loc"], e["msg"]) for e in error.errors())) from None
    folder = settings.data_folder
    if folder and settings.secret_file.resolve().is_relative_to(folder):
        raise BadSettings(
            f"{PREFIX}SECRET_FILE lies in the data folder {folder}: put it elsewhere, or a copy of the data "
            "is a copy of the key."
        )
    if settings.webhook_url and not settings.listen:
        raise BadSettings(
            f"{PREFIX}LISTEN is not set, and {PREFIX}WEBHOOK_URL needs it: give the host:port at which the bot takes "
            "what is sent there, such as 127.0.0.1:8081."
        )
    if settings.webhook_url.startswith("http://") and settings.telegram_api.startswith(TELEGRAM):
        raise BadSettings(f"{PREFIX}WEBHOOK_URL can't be used: Telegram sends to https:// alone.")
    return settings


def _sentence(where: tuple[int | str, ...], what: str) -> str:
    name = str(where[0]).upper() if where else "settings"
    what = what.removeprefix("Value error, ")
    return f"{PREFIX}{name} can't be used: {what}."
