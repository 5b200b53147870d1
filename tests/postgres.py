"""A throw-away PostgreSQL server for one test process."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

_MISSING = "PostgreSQL's programs (initdb, pg_ctl) are not installed, so nothing was tried on PostgreSQL"


def programs() -> Path | None:
    """The folder of PostgreSQL's server programs: where Debian puts them, else on the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if versions:
        return versions[-1]
    found = shutil.which("pg_ctl")
    return Path(found).parent if found else None


def skip_or_fail() -> None:
    """Say clearly that PostgreSQL is missing; where CI=true that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(_MISSING)
    pytest.skip(_MISSING)


_END_OTHERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""
_FILLED = """SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"""


def clear(address: str) -> None:
    """Take every row out of a database as if there had never been one: a hundredth of the work of making another.

    Whoever is still connected is cut off. Neither triggers nor foreign keys are asked. The tables' files are emptied
    too, so that the next rows lie in the order in which they come.
    """
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(_END_OTHERS)
        filled = [sql.Identifier(name) for (name,) in connection.execute(_FILLED)]
        if filled:
            connection.execute("SET session_replication_role = replica")
            for name in filled:
                connection.execute(sql.SQL("DELETE FROM {}").format(name))
            connection.execute(sql.SQL("VACUUM {}").format(sql.SQL(", ").join(filled)))


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def fresh_database(self) -> str:
        """The address of a new database without tables."""
        name = f"test_{next(self.numbers)}"
        with psycopg.connect(f"{self.address}/postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"{self.address}/{name}"

    @property
    def address(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}"


@contextmanager
def serving() -> Iterator[Server | None]:
    """Start a server with data of its own, and stop it at the end; None where it is not installed."""
    binaries = programs()
    if binaries is None:
        yield None
        return
    # Not in pytest's folder: where tests run as root, the server's own user could not reach it.
    with tempfile.TemporaryDirectory(prefix="trenddojo-pg-") as folder, _running(binaries, Path(folder)) as server:
        yield server


@contextmanager
def _running(binaries: Path, folder: Path) -> Iterator[Server]:
    port, data = _free_port(), folder / "data"
    data.mkdir()
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        for place in (folder, data):
            shutil.chown(place, "postgres")
    careless = "-c fsync=off -c full_page_writes=off -c autovacuum=off"  # no test loses power, and `clear` vacuums
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' {careless}"
    log = str(data / "log")
    _run_as_postgres([str(binaries / "initdb"), "-D", str(data), "-A", "trust", "-U", "postgres", "--no-sync"])
    _run_as_postgres([str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", log, "-o", options, "start"])
    try:
        yield Server(port)
    finally:
        _run_as_postgres([str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run_as_postgres(command: list[str]) -> None:
    _run(
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
        if os.geteuid() == 0
        else command
    )


def _run(command: list[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd="/", check=False)
    assert done.returncode == 0, f"{command[0]}: {done.stderr}"
