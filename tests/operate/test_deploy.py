"""What is written for Docker and systemd names files, settings, commands and users that there are: no engine needed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer.main

import bot
from operate.settings import PREFIX, ROOT, Settings

DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()
UNITS = sorted((ROOT / "deploy").iterdir())
PAPERS = [
    ROOT / name for name in ("Dockerfile", "compose.yaml", "docs/operate.md", "README.md", ".env.example")
] + UNITS
OURS = ("MULAKAT_TEST_POSTGRES", "MULAKAT_PROVE")

Yaml = dict[str, "Yaml"] | list["Yaml"] | str | None


# ---------------------------------------------------------------- reading


def instructions(text: str) -> list[tuple[str, str]]:
    """(word, the rest) of each of a Dockerfile's instructions."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"(?m)^#.*\n", "", text))
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in joined.splitlines() if line.strip()]


def yaml(text: str) -> Yaml:
    """As much of YAML as compose.yaml is written in; anything else fails."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    value, rest = _block(lines)
    assert not rest, rest
    return value


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _block(lines: list[str]) -> tuple[Yaml, list[str]]:
    indent = _indent(lines[0])
    items: list[Yaml] = []
    names: dict[str, Yaml] = {}
    while lines and _indent(lines[0]) == indent:
        line = lines[0].strip()
        if line.startswith("- ") and not re.match(r"- \w+: ", line):
            items.append(_plain(line[2:]))
            lines = lines[1:]
        elif line.startswith("- "):
            value, lines = _block([" " * (indent + 2) + line[2:], *lines[1:]])
            items.append(value)
        else:
            found = re.fullmatch(r"([\w-]+):(?: (.+))?", line)
            assert found and found[1] not in names, line
            lines = lines[1:]
            names[found[1]] = _plain(found[2]) if found[2] else None
            if not found[2] and lines and _indent(lines[0]) > indent:
                names[found[1]], lines = _block(lines)
    assert not (items and names)
    return items or names, lines


def _plain(text: str) -> Yaml:
    if text.startswith("["):
        return [_plain(one.strip()) for one in text.strip("[]").split(",")]
    assert not text.startswith(("{", "&", "*", "|", ">")), text
    return text.strip('"')


def at(tree: Yaml, *path: str) -> Yaml:
    for name in path:
        assert isinstance(tree, dict), path
        tree = tree[name]
    return tree


# ---------------------------------------------------------------- all of them


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(paper: Path) -> None:
    named = {word for word in re.findall(PREFIX + r"[A-Z_]+", paper.read_text()) if word not in OURS}
    assert {name.removeprefix(PREFIX).lower() for name in named} <= set(Settings.model_fields)


@pytest.mark.parametrize("paper", [ROOT / "docs/operate.md", *UNITS], ids=lambda path: path.name)
def test_every_command_that_is_named_exists(paper: Path) -> None:
    app = typer.main.get_command(bot.app)
    named = re.findall(r"bot\.py ([a-z]+)(?: ([a-z]+)\b)?", paper.read_text())
    for command, sub in named:
        found = app.commands[command]  # type: ignore[attr-defined]
        assert not hasattr(found, "commands") or not sub or sub in found.commands, (command, sub)


def test_every_command_says_what_it_is_for() -> None:
    app = typer.main.get_command(bot.app)
    todo = [app]
    while todo:
        one = todo.pop()
        assert one.help, one.name
        todo += getattr(one, "commands", {}).values()
        for param in one.params:
            assert getattr(param, "help", None), (one.name, param.name)


# ---------------------------------------------------------------- Docker


def test_the_image_has_all_that_is_imported_and_no_more() -> None:
    sources = {one for word, rest in instructions(DOCKERFILE) if word == "COPY" for one in rest.split()[:-1]}
    sources -= {"--from=packages", "/packages"}
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "sandbox", "bench"}
    assert rooms | {"bot.py", "LICENSE", "requirements/run.lock", "data", "locales"} == sources
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert let_in == sources
    assert all((ROOT / one).exists() for one in sources)


def test_the_image_installs_the_lock_by_hashes() -> None:
    (install,) = [rest for _word, rest in instructions(DOCKERFILE) if "install --require" in rest]
    assert "--require-hashes" in install
    assert "--only-binary :all:" in install
    assert "/tmp/run.lock" in install
    assert ("COPY", "requirements/run.lock /tmp/run.lock") in instructions(DOCKERFILE)


def test_the_image_runs_as_an_ordinary_user_that_owns_its_volumes() -> None:
    last = instructions(DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :])
    assert [rest for word, rest in last if word == "USER"] == ["10001:10001"]
    made = next(rest for word, rest in last if word == "RUN")
    assert "useradd --uid 10001" in made
    volumes = re.findall(r'"([^"]+)"', next(rest for word, rest in last if word == "VOLUME"))
    assert all(volume in made.split("-o mulakat -g mulakat ")[1].split() for volume in volumes)
    words = [word for word, _rest in last]
    assert words.index("USER") > max(n for n, word in enumerate(words) if word in ("RUN", "COPY"))


def test_the_image_is_asked_for_its_health_where_it_listens() -> None:
    found = dict(instructions(DOCKERFILE))
    assert "http://127.0.0.1:8081/healthz" in found["HEALTHCHECK"]
    assert "MULAKAT_LISTEN=0.0.0.0:8081" in found["ENV"]
    assert Settings(listen="0.0.0.0:8081", _env_file=None).listen


def test_compose_runs_two_processes_over_one_database_after_one_migration() -> None:
    tree = yaml(COMPOSE)
    assert at(tree, "services", "bot", "deploy", "replicas") == "2"
    assert at(tree, "services", "bot", "depends_on", "migrate", "condition") == "service_completed_successfully"
    assert at(tree, "services", "migrate", "depends_on", "db", "condition") == "service_healthy"
    assert at(tree, "services", "db", "healthcheck", "test")
    assert at(tree, "services", "migrate", "restart") == "no"
    assert at(tree, "services", "bot", "restart") == at(tree, "services", "db", "restart") == "unless-stopped"
    app = typer.main.get_command(bot.app)
    for name in ("migrate", "bot"):
        command = at(tree, "services", name, "command")
        assert isinstance(command, list)
        assert len(command) == 1
        assert command[0] in app.commands  # type: ignore[attr-defined]


def test_compose_defines_what_it_uses_and_mounts_where_the_image_looks() -> None:
    tree = yaml(COMPOSE)
    services = at(tree, "services")
    assert isinstance(services, dict)
    volumes, secrets = set(), set()
    for name in services:
        for mount in at(services, name, "volumes"):  # type: ignore[union-attr]
            assert isinstance(mount, str)
            volumes.add(mount.split(":")[0])
            assert name == "db" or mount.split(":")[1] in ("/keys", "/backups")
        for secret in at(services, name, "secrets"):  # type: ignore[union-attr]
            secrets.add(secret if isinstance(secret, str) else at(secret, "source"))
            assert isinstance(secret, str) or at(secret, "target") == "/mulakat/.env"
    assert volumes == set(at(tree, "volumes") or ())
    assert secrets == set(at(tree, "secrets") or ())
    assert "WORKDIR /mulakat\n" in DOCKERFILE  # .env is read from there
    assert "MULAKAT_DATABASE_URL" not in DOCKERFILE  # the environment would count before .env


def test_no_secret_stands_in_what_is_published() -> None:
    tree = yaml(COMPOSE)
    for name in at(tree, "secrets") or ():
        file = at(tree, "secrets", str(name), "file")
        assert isinstance(file, str)
        checked = subprocess.run(["git", "check-ignore", "-q", file], cwd=ROOT, check=False)
        assert checked.returncode == 0, f"{file} is not ignored by git"
    assert "PASSWORD:" not in COMPOSE.replace("PASSWORD_FILE:", "")


# ---------------------------------------------------------------- systemd


def test_the_unit_ends_after_the_bot_does() -> None:
    unit = (ROOT / "deploy" / "mulakat.service").read_text()
    assert "TimeoutStopSec=15" in unit
    assert "Restart=always" in unit
    assert re.search(r"(?m)^User=(?!root)\w+", unit)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    python = tmp_path / "opt" / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    (tmp_path / "opt" / "docs").mkdir()
    (tmp_path / "opt" / "docs" / "operate.md").touch()
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/mulakat", str(tmp_path / "opt")))
    run = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *[str(tmp_path / unit.name) for unit in UNITS]],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")
