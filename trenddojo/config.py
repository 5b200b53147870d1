"""Typed configuration: the only reader of the environment.

Every variable is checked at start; a bad one refuses the start with one clear line each, and never shows a secret.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from trenddojo.domain.terms import Mode
from trenddojo.domain.zones import zone_names

DEVELOPMENT_FILE = Path(__file__).parents[1] / "instance" / "development.env"
"""What `make run` writes; read only where neither SECRET_KEY nor DATABASE_URL is set."""

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}
_WEAK_SECRETS = {"secret", "changeme", "change-me", "dev", "development", "password", "default"}


_MB = 1_000_000
_STATIC = Path(__file__).parents[1] / "static"
"""What everybody may fetch."""

_T = TypeVar("_T")


class ConfigError(Exception):
    """The environment is not fit to start with; `problems` holds one sentence a variable."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that the environment decides. Secrets are left out of its repr.

    `variables` is the environment as it is, of which each broker's spec names what it reads. `attachments_path` is None
    where pictures have no place that stays; `attachment_bytes` is the most of one, `attachments_bytes` of an account's.
    `imports_path` is the same for statements that are brought in, `import_bytes` the most of those that come at once.
    """

    production: bool
    secret_key: str = field(repr=False)
    database_url: str = field(repr=False)
    broker_encryption_key: str = field(repr=False)
    broker_encryption_keys_old: tuple[str, ...] = field(repr=False)
    enable_broker_integrations: bool
    enable_live_trading: bool
    default_broker_mode: Mode
    variables: Mapping[str, str] = field(repr=False)
    host: str
    port: int
    threads: int
    trusted_proxies: int
    session_idle_minutes: int
    session_hours: int
    time_zone: str
    attachments_path: Path | None
    attachment_bytes: int
    attachments_bytes: int
    imports_path: Path | None
    import_bytes: int
    command_line: bool

    @property
    def sqlite_path(self) -> str | None:
        """The file of an SQLite database, or None on another database."""
        return self.database_url.removeprefix("sqlite:///") if self.database_url.startswith("sqlite") else None


class _Reader:
    """Reads variables one by one and gathers what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        return self.environ.get(name, default).strip()

    def refuse(self, name: str, why: str) -> None:
        self.problems.append(f"{name} {why}")

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.text(name, str(default)).lower()
        if value not in _TRUE | _FALSE:
            self.refuse(name, "must be true or false.")
        return value in _TRUE

    def number(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name) or str(default)
        if not re.fullmatch(r"[0-9]{1,6}", value) or not low <= int(value) <= high:
            self.refuse(name, f"must be a whole number from {low} to {high}.")
            return default
        return int(value)

    def choice(self, name: str, default: _T, options: Mapping[str, _T]) -> _T:
        value = self.text(name).lower()
        if not value:
            return default
        if value not in options:
            self.refuse(name, f"must be one of {', '.join(options)}.")
            return default
        return options[value]


def load(environ: Mapping[str, str], development_file: Path | None = DEVELOPMENT_FILE) -> Config:
    """The configuration that `environ` describes.

    Where neither SECRET_KEY nor DATABASE_URL is set, the file that `make run` writes fills the gaps.
    Raises ConfigError with one sentence for each bad variable.
    """
    if "SECRET_KEY" not in environ and "DATABASE_URL" not in environ and development_file is not None:
        environ = {**_read_development(development_file), **environ}
    reader = _Reader(environ)
    production = reader.choice("TRENDDOJO_ENV", True, {"production": True, "development": False})
    config = Config(
        production=production,
        secret_key=_secret_key(reader, production),
        database_url=_database_url(reader, production),
        broker_encryption_key=_encryption_key(reader),
        broker_encryption_keys_old=_old_keys(reader),
        enable_broker_integrations=reader.flag("ENABLE_BROKER_INTEGRATIONS"),
        enable_live_trading=reader.flag("ENABLE_LIVE_TRADING"),
        default_broker_mode=reader.choice("DEFAULT_BROKER_MODE", Mode.PAPER, {mode.value: mode for mode in Mode}),
        variables=dict(environ),
        host=reader.text("HOST") or ("0.0.0.0" if production else "127.0.0.1"),  # noqa: S104 - a PaaS routes to it
        port=reader.number("PORT", 5000, 1, 65535),
        threads=reader.number("THREADS", 2, 1, 64),
        trusted_proxies=reader.number("TRUSTED_PROXIES", 0, 0, 5),
        session_idle_minutes=reader.number("SESSION_IDLE_MINUTES", 60, 1, 1440),
        session_hours=reader.number("SESSION_HOURS", 12, 1, 720),
        time_zone=_time_zone(reader),
        attachments_path=_folder(reader, production, "ATTACHMENTS_PATH", "attachments"),
        attachment_bytes=reader.number("ATTACHMENT_MB", 10, 1, 50) * _MB,
        attachments_bytes=reader.number("ATTACHMENTS_MB", 1000, 10, 999_999) * _MB,
        imports_path=_folder(reader, production, "IMPORTS_PATH", "imports"),
        import_bytes=reader.number("IMPORT_MB", 200, 1, 2000) * _MB,
        command_line=reader.flag("FLASK_RUN_FROM_CLI"),
    )
    if config.enable_live_trading and not config.enable_broker_integrations:
        reader.refuse("ENABLE_LIVE_TRADING", "needs ENABLE_BROKER_INTEGRATIONS=true.")
    if reader.problems:
        raise ConfigError(reader.problems)
    return config


def from_environment() -> Config:
    """The configuration of this process. Raises SystemExit with one line for each bad variable."""
    try:
        return load(os.environ)
    except ConfigError as error:
        lines = "\n".join(f"  {problem}" for problem in error.problems)
        raise SystemExit(f"TrendDojo cannot start with this configuration:\n{lines}") from None


def _read_development(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    lines = (line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines() if "=" in line)
    return {name: value for name, value in lines if not name.startswith("#")}


def _secret_key(reader: _Reader, production: bool) -> str:
    value = reader.text("SECRET_KEY")
    if not value:
        reader.refuse("SECRET_KEY", 'is missing. Make one: python -c "import secrets; print(secrets.token_hex(32))"')
    elif value.lower() in _WEAK_SECRETS or len(value) < 16 or (production and len(value) < 32):
        reader.refuse("SECRET_KEY", "is too easy to guess: at least 32 random characters.")
    return value


def _database_url(reader: _Reader, production: bool) -> str:
    value = reader.text("DATABASE_URL")
    if not value:
        reader.refuse(
            "DATABASE_URL", "is missing: postgresql://user:password@host/name, or sqlite:////absolute/path.db"
        )
        return value
    # PaaS hand out postgres://, a name that SQLAlchemy dropped.
    for prefix in ("postgres://", "postgresql://"):
        if value.startswith(prefix):
            return "postgresql+psycopg://" + value.removeprefix(prefix)
    if value.startswith("postgresql+psycopg://"):
        return value
    if not value.startswith("sqlite:///"):
        reader.refuse("DATABASE_URL", "must begin with postgresql:// or sqlite:///.")
    elif production and not value.startswith("sqlite:////"):
        reader.refuse(
            "DATABASE_URL",
            "must name SQLite's file by its absolute path (sqlite:////data/trenddojo.db): "
            "a disk that goes away with the next deployment takes the books with it.",
        )
    return value


_KEY_HINT = 'must be at least 32 random characters. Make one: python -c "import secrets; print(secrets.token_hex(32))"'


def _is_strong(key: str) -> bool:
    return len(key) >= 32 and key.lower() not in _WEAK_SECRETS


def _encryption_key(reader: _Reader) -> str:
    primary, alias = reader.text("BROKER_ENCRYPTION_KEY"), reader.text("CREDENTIAL_MASTER_KEY")
    if primary and alias and primary != alias:
        reader.refuse("CREDENTIAL_MASTER_KEY", "is another name of BROKER_ENCRYPTION_KEY; the two differ.")
    value = primary or alias
    name = "CREDENTIAL_MASTER_KEY" if alias and not primary else "BROKER_ENCRYPTION_KEY"
    if value and not _is_strong(value):
        reader.refuse(name, _KEY_HINT)
    if not value and reader.text("ENABLE_BROKER_INTEGRATIONS").lower() in _TRUE:
        reader.refuse(name, f"is missing, and broker integrations need it to keep credentials: it {_KEY_HINT}")
    return value


def _old_keys(reader: _Reader) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in reader.text("BROKER_ENCRYPTION_KEYS_OLD").split(",") if key.strip())
    if not all(map(_is_strong, keys)):
        reader.refuse("BROKER_ENCRYPTION_KEYS_OLD", "must be keys separated by commas; each " + _KEY_HINT)
    return keys


def _folder(reader: _Reader, production: bool, variable: str, name: str) -> Path | None:
    """Where files lie: in a folder beside an SQLite file unless it is said; with another database only where it is."""
    value, database = reader.text(variable), reader.text("DATABASE_URL")
    if not value and database.startswith("sqlite"):
        return Path(database.removeprefix("sqlite:///")).parent / name
    if not value:
        return None
    path = Path(value)
    if production and not path.is_absolute():
        reader.refuse(variable, "must be an absolute path, on a disk that stays.")
    if path.resolve().is_relative_to(_STATIC):
        reader.refuse(variable, "must not lie in static/, which everybody may fetch.")
    return path


def _time_zone(reader: _Reader) -> str:
    value = reader.text("DEFAULT_TIME_ZONE") or "America/New_York"
    if value not in zone_names():
        reader.refuse("DEFAULT_TIME_ZONE", "must be a name of the tz database, such as America/New_York.")
    return value
