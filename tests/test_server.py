"""The real server process: what it prints, serves and refuses."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parents[1]
SECRET = "s" * 40


def environment(folder: Path, port: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "TRENDDOJO_ENV": "development",
        "SECRET_KEY": SECRET,
        "DATABASE_URL": f"sqlite:///{folder}/server.db",
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }


def python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@pytest.fixture
def served(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """The server on a fresh, migrated database."""
    variables = environment(tmp_path, port)
    subprocess.run(python("trenddojo.migrate"), cwd=ROOT, env=variables, check=True, capture_output=True, timeout=120)
    command = python("gunicorn", "-c", "python:trenddojo.server", "app:app")
    with subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def _printed(process: subprocess.Popen[str], pattern: str) -> str:
    """Read what the server prints until a line fits."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(pattern, line):
            return found[0]
    pytest.fail(f"the server ended without printing {pattern}")


def test_prints_its_address_with_the_set_up_token_and_serves(served: subprocess.Popen[str], port: int) -> None:
    address = _printed(served, r"http://\S+/setup\?token=\w{32}$")
    assert address.startswith(f"http://127.0.0.1:{port}/setup")
    root = f"http://127.0.0.1:{port}"
    assert requests.get(f"{root}/healthz", timeout=10).json() == {"status": "ok"}
    assert requests.get(f"{root}/readyz", timeout=10).json() == {"status": "ok", "database": "ok", "lease": "held"}
    answer = requests.get(address, timeout=10)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_stale_schema_refuses_the_start_with_the_command_that_mends_it(tmp_path: Path, port: int) -> None:
    done = subprocess.run(
        python("gunicorn", "-c", "python:trenddojo.server", "app:app"),
        cwd=ROOT, env=environment(tmp_path, port), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "The database has no tables yet; this version needs" in done.stderr
    assert "Run: flask --app app db upgrade" in done.stderr


def test_a_bad_variable_refuses_the_start_with_one_line(tmp_path: Path) -> None:
    variables = {**environment(tmp_path, 5000), "THREADS": "many", "PORT": "5000"}
    done = subprocess.run(
        python("gunicorn", "-c", "python:trenddojo.server", "app:app"),
        cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "THREADS must be a whole number from 1 to 64." in done.stderr
    assert SECRET not in done.stderr + done.stdout
