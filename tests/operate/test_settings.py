"""Every setting: its default, its name in the complaint, and the mend."""

from pathlib import Path

import pytest

from operate.settings import ROOT, BadSettings, Settings, load

DEFAULTS = Settings(_env_file=None)


def test_the_example_names_every_setting() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"MULAKAT_{name.upper()}=" in example


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("BOT_TOKEN", "hello", "@BotFather"),
        ("TELEGRAM_API", "api.telegram.org", "https://"),
        ("TELEGRAM_RATE", "0", "greater than 0"),
        ("WEBHOOK_URL", "visits.example.org", "https://"),
        ("WEBHOOK_URL", "https://visits.example.org", "MULAKAT_LISTEN"),
        ("WEBHOOK_SECRET", "two words", "A-Z"),
        ("WEBHOOK_SECRET", "x" * 257, "1 to 256"),
        ("LISTEN", "8081", "127.0.0.1:8081"),
        ("LISTEN", "127.0.0.1:65536", "host:port"),
        ("LISTEN", "http://127.0.0.1:8081", "host:port"),
        ("DATABASE_URL", "postgres://x", "postgresql+asyncpg://"),
        ("DATABASE_URL", "postgresql+asyncpg://u:secret@db.example:abc/x", "port"),
        ("DATABASE_URL", "postgresql+asyncpg://u@db.example/x?sslmode=require", "?ssl=require"),
        ("SMTP_URL", "smtp://[::1:25", "smtp+starttls://"),
        ("SMS_URL", "https://sms.example.org:http/", "https://"),
        ("SMTP_URL", "mail.example.org", "smtp+starttls://"),
        ("SMS_URL", "sms.example.org", "https://"),
        ("SMS_METHOD", "PUT", "POST"),
        ("TIMEZONE", "India", "Asia/Kolkata"),
        ("ADMINS", "rao", "12345,67890"),
        ("LOG_LEVEL", "LOUD", "DEBUG"),
    ],
)
def test_a_wrong_one_is_named_with_its_mend(name: str, value: str, mend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"MULAKAT_{name}", value)
    with pytest.raises(BadSettings) as refused:
        load(_env_file=None)
    assert f"MULAKAT_{name}" in str(refused.value) and mend in str(refused.value)
    if name in ("BOT_TOKEN", "SMTP_URL", "SMS_URL", "WEBHOOK_SECRET"):
        assert value not in str(refused.value)


def test_the_secret_never_lies_among_the_data(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="SECRET_FILE"):
        load(_env_file=None, database_url=f"sqlite+aiosqlite:///{tmp_path}/a.db", secret_file=tmp_path / "secret")


def test_secrets_do_not_show() -> None:
    token = "4242:abcdefgh"
    assert token not in repr(Settings(_env_file=None, bot_token=token))


def test_headers_and_admins() -> None:
    found = Settings(_env_file=None, sms_header="Authorization: Bearer x:y|Accept: text/plain", admins="1, -2")
    assert found.sms_headers == {"Authorization": "Bearer x:y", "Accept": "text/plain"}
    assert found.admins == (1, -2)
    assert DEFAULTS.zone.key == "Asia/Kolkata"


def test_a_webhook_wants_https_from_telegram_itself() -> None:
    asked = {"webhook_url": "http://127.0.0.1:8081", "listen": "127.0.0.1:8081", "_env_file": None}
    with pytest.raises(BadSettings, match=r"WEBHOOK_URL.*https"):
        load(**asked)
    assert load(**asked, telegram_api="http://127.0.0.1:8080").webhook_url == "http://127.0.0.1:8081"


@pytest.mark.parametrize(
    ("listen", "at"),
    [("", None), ("127.0.0.1:8081", ("127.0.0.1", 8081)), ("[::1]:0", ("::1", 0)), ("a-b:9", ("a-b", 9))],
)
def test_where_it_listens(listen: str, at: tuple[str, int] | None) -> None:
    assert Settings(_env_file=None, listen=listen).listens_at == at
