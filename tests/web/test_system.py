"""The System page: jobs as they went, who owns the brokers, and who may start a job."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import NOW, make_user, sign_in
from trenddojo import __version__
from trenddojo.domain.terms import Role
from trenddojo.services import jobs, leases
from trenddojo.store.models import JobOutcome

pytestmark = pytest.mark.usefixtures("app")


class Scheduled:
    """A scheduler that only notes what it is asked."""

    is_running = True

    def __init__(self) -> None:
        self.asked: list[tuple[str, datetime]] = []

    def run_now(self, name: str, now: datetime) -> None:
        self.asked.append((name, now))


@pytest.fixture
def scheduler(app: Flask) -> Scheduled:
    app.extensions["scheduler"] = Scheduled()
    found: Scheduled = app.extensions["scheduler"]
    return found


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    return sign_in(app, make_user("ada@example.org", "Ada Roy", Role.ADMIN))


def ran(outcome: JobOutcome = JobOutcome.OK, told: str = "Connections: 2.") -> None:
    jobs.scheduled("snapshots", 10, NOW)
    jobs.began("snapshots", NOW - timedelta(seconds=40))
    jobs.ended("snapshots", outcome, told, NOW - timedelta(seconds=38, milliseconds=750), NOW + timedelta(seconds=5))


def text(answer: Any) -> str:
    return " ".join(answer.text.split())


def test_before_any_run_it_says_so(client: FlaskClient) -> None:
    page = text(client.get("/system"))
    assert "No job has run yet" in page
    assert "not in this process" in page
    assert "no process owns them" in page
    assert __version__ in page


def test_a_run_shows_when_how_long_how_it_ended_and_when_the_next_comes(client: FlaskClient) -> None:
    ran()
    page = text(client.get("/system"))
    for shown in ("Snapshots", "40 s ago", "1.25 s", ">ok<", "Connections: 2.", "in 5 s"):
        assert shown in page


def test_a_failed_run_and_the_count_of_failures(client: FlaskClient) -> None:
    ran(JobOutcome.FAILED, "ZeroDivisionError: it is in the log.")
    table = text(client.get("/system/jobs"))
    assert ">failed<" in table
    assert "1 failed" in table
    assert "<html" not in table


def test_the_owner_of_the_brokers_is_named_without_its_process(client: FlaskClient) -> None:
    leases.acquire(leases.BROKERS, "desk-1:77:abcdef", leases.TTL, NOW)
    page = text(client.get("/system"))
    assert "desk-1" in page
    assert "abcdef" not in page


def test_an_admin_starts_a_job(admin: FlaskClient, scheduler: Scheduled) -> None:
    ran()
    assert "Run now" in admin.get("/system").text
    assert admin.post("/system/jobs/snapshots/run").status_code == 303
    assert scheduler.asked == [("snapshots", NOW)]


def test_nobody_else_does(client: FlaskClient, scheduler: Scheduled) -> None:
    ran()
    assert "Run now" not in client.get("/system").text
    assert client.post("/system/jobs/snapshots/run").status_code == 403
    assert scheduler.asked == []


def test_without_a_scheduler_nothing_can_be_started(admin: FlaskClient) -> None:
    ran()
    assert "Run now" not in admin.get("/system").text
    assert admin.post("/system/jobs/snapshots/run").status_code == 409


def test_ready_says_whether_somebody_owns_the_brokers(app: Flask, client: FlaskClient) -> None:
    assert client.get("/readyz").json == {"status": "ok", "database": "ok", "lease": "no scheduler in this process"}
    app.extensions["scheduler"] = Scheduled()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["lease"]) == (503, "free")
    leases.acquire(leases.BROKERS, "desk-1:77:abcdef", leases.TTL, NOW)
    assert client.get("/readyz").json == {"status": "ok", "database": "ok", "lease": "held"}
