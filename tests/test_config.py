"""Configuration: what is read, and that what is wrong refuses the start in one clear line each."""

from pathlib import Path
from stat import S_IMODE

import pytest

from trenddojo import config, development
from trenddojo.config import Config, ConfigError, load
from trenddojo.domain.terms import Mode

GOOD = {"SECRET_KEY": "s" * 40, "DATABASE_URL": "postgresql://u:p@db/trend"}
KEY = "k" * 32


def problems(**changed: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load({**GOOD, **changed}, None)
    return caught.value.problems


def good(**changed: str) -> Config:
    return load({**GOOD, **changed}, None)


def test_defaults_reach_no_broker() -> None:
    read = good()
    assert read.production
    assert not read.enable_broker_integrations
    assert not read.enable_live_trading
    assert read.default_broker_mode is Mode.PAPER
    assert (read.host, read.port, read.trusted_proxies) == ("0.0.0.0", 5000, 0)


def test_everything_can_be_set() -> None:
    read = good(
        TRENDDOJO_ENV="development", BROKER_ENCRYPTION_KEY=KEY, BROKER_ENCRYPTION_KEYS_OLD=f"{'a' * 32}, {'b' * 32}",
        ENABLE_BROKER_INTEGRATIONS="true", ENABLE_LIVE_TRADING="yes", DEFAULT_BROKER_MODE="MOCK", ALPACA_API_KEY="x",
        IBKR_HOST="gw", HOST="::1", PORT="8080", THREADS="2", SESSION_IDLE_MINUTES="5", SESSION_HOURS="1",
        DEFAULT_TIME_ZONE="Europe/Berlin",
    )  # fmt: skip
    assert not read.production
    assert read.broker_encryption_keys_old == ("a" * 32, "b" * 32)
    assert read.enable_live_trading
    assert read.default_broker_mode is Mode.MOCK
    assert (read.variables["ALPACA_API_KEY"], read.variables["IBKR_HOST"]) == ("x", "gw")
    assert (read.host, read.port, read.threads, read.time_zone) == ("::1", 8080, 2, "Europe/Berlin")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY", "", "is missing"),
        ("SECRET_KEY", "changeme", "too easy"),
        ("SECRET_KEY", "short-but-not-listed", "too easy"),
        ("DATABASE_URL", "", "is missing"),
        ("DATABASE_URL", "mysql://x", "must begin with"),
        ("DATABASE_URL", "sqlite:///relative.db", "absolute path"),
        ("DATABASE_URL", "sqlite://", "must begin with"),
        ("TRENDDOJO_ENV", "staging", "must be one of production, development"),
        ("ENABLE_BROKER_INTEGRATIONS", "maybe", "must be true or false"),
        ("ENABLE_LIVE_TRADING", "2", "must be true or false"),
        ("ENABLE_LIVE_TRADING", "true", "needs ENABLE_BROKER_INTEGRATIONS=true"),
        ("DEFAULT_BROKER_MODE", "real", "must be one of mock, paper, live"),
        ("BROKER_ENCRYPTION_KEY", "short", "at least 32"),
        ("CREDENTIAL_MASTER_KEY", "short", "at least 32"),
        ("BROKER_ENCRYPTION_KEYS_OLD", "short", "at least 32"),
        ("PORT", "0", "must be a whole number from 1 to 65535"),
        ("PORT", "80 80", "must be a whole number"),
        ("THREADS", "\u0661", "must be a whole number"),
        ("SESSION_HOURS", "-1", "must be a whole number"),
        ("DEFAULT_TIME_ZONE", "Mars/Olympus", "tz database"),
    ],
)
def test_a_bad_variable_is_named_in_one_line(name: str, value: str, sentence: str) -> None:
    assert any(line.startswith(name) and sentence in line for line in problems(**{name: value}))


def test_every_bad_variable_is_told_at_once_and_no_secret_is_shown() -> None:
    found = problems(SECRET_KEY="hunter2hunter2", PORT="x", BROKER_ENCRYPTION_KEY="tell-nobody")
    assert len(found) == 3
    assert not any("hunter2" in line or "tell-nobody" in line for line in found)
    assert "s" * 40 not in repr(good())


def test_integrations_need_a_key_and_the_alias_must_agree() -> None:
    assert "BROKER_ENCRYPTION_KEY is missing" in problems(ENABLE_BROKER_INTEGRATIONS="true")[0]
    assert good(CREDENTIAL_MASTER_KEY=KEY).broker_encryption_key == KEY
    assert "the two differ" in problems(CREDENTIAL_MASTER_KEY=KEY, BROKER_ENCRYPTION_KEY="q" * 32)[0]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgres_addresses_of_a_paas_are_understood(scheme: str) -> None:
    assert good(DATABASE_URL=f"{scheme}://u@h/n").database_url == "postgresql+psycopg://u@h/n"


def test_sqlite_at_an_absolute_path_is_allowed_in_production() -> None:
    assert good(DATABASE_URL="sqlite:////data/t.db").database_url == "sqlite:////data/t.db"


class TestDevelopmentFile:
    def test_is_made_once_for_its_owner_only_and_fills_the_gaps(self, tmp_path: Path) -> None:
        path = tmp_path / "instance" / "development.env"
        assert development.prepare(path)
        first = path.read_text()
        assert not development.prepare(path)
        assert path.read_text() == first
        assert S_IMODE(path.stat().st_mode) == 0o600
        assert S_IMODE(path.parent.stat().st_mode) == 0o700
        read = load({"PORT": "5001"}, path)
        assert not read.production
        assert read.port == 5001
        assert read.database_url == f"sqlite:///{path.parent}/trenddojo.db"

    def test_two_copies_differ(self, tmp_path: Path) -> None:
        development.prepare(tmp_path / "a" / "e")
        development.prepare(tmp_path / "b" / "e")
        assert load({}, tmp_path / "a" / "e").secret_key != load({}, tmp_path / "b" / "e").secret_key

    @pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL"])
    def test_is_left_alone_once_the_environment_says_anything(self, tmp_path: Path, name: str) -> None:
        development.prepare(tmp_path / "e")
        with pytest.raises(ConfigError):
            load({name: GOOD[name]}, tmp_path / "e")


def test_a_bad_environment_refuses_the_start_with_its_lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(config.os, "environ", {"SECRET_KEY": "x", "DATABASE_URL": "y"})
    with pytest.raises(SystemExit, match=r"(?s)cannot start.*SECRET_KEY.*DATABASE_URL"):
        config.from_environment()


def test_pictures_lie_beside_an_sqlite_file_and_elsewhere_only_where_it_is_said(tmp_path: Path) -> None:
    assert good().attachments_path is None
    assert good(DATABASE_URL="sqlite:////data/trend.db").attachments_path == Path("/data/attachments")
    read = good(ATTACHMENTS_PATH=str(tmp_path), ATTACHMENT_MB="3", ATTACHMENTS_MB="50")
    assert (read.attachments_path, read.attachment_bytes, read.attachments_bytes) == (tmp_path, 3_000_000, 50_000_000)
    assert good(TRENDDOJO_ENV="development", ATTACHMENTS_PATH="here").attachments_path == Path("here")


def test_statements_lie_there_too(tmp_path: Path) -> None:
    assert good().imports_path is None
    assert good(DATABASE_URL="sqlite:////data/trend.db").imports_path == Path("/data/imports")
    read = good(IMPORTS_PATH=str(tmp_path), IMPORT_MB="3")
    assert (read.imports_path, read.import_bytes) == (tmp_path, 3_000_000)


STATIC = Path(config.__file__).parents[1] / "static"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ATTACHMENTS_PATH", "relative/folder", "absolute path"),
        ("ATTACHMENTS_PATH", f"{STATIC}/shots", "must not lie in static/"),
        (
            "ATTACHMENTS_PATH",
            f"{STATIC}/../static",
            "must not lie in static/",
        ),
        ("IMPORTS_PATH", "relative/folder", "absolute path"),
        ("IMPORTS_PATH", f"{STATIC}/shots", "must not lie in static/"),
        ("IMPORT_MB", "0", "from 1 to 2000"),
        ("ATTACHMENT_MB", "0", "from 1 to 50"),
        ("ATTACHMENTS_MB", "9", "from 10 to 999999"),
    ],
)
def test_no_place_that_everybody_may_fetch_holds_pictures(name: str, value: str, sentence: str) -> None:
    (problem,) = problems(**{name: value})
    assert problem.startswith(name)
    assert sentence in problem
