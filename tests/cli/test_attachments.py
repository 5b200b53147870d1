"""`flask attachments clean`."""

from datetime import date, timedelta

from flask import Flask

from tests.conftest import NOW, Clock
from tests.services.pictured import attached
from trenddojo.services import attachments
from trenddojo.services.attachments import Target
from trenddojo.store.seats import Seat


def test_clean_says_what_it_took_away(app: Flask, clock: Clock, seat: Seat) -> None:
    attachments.delete(seat, attached(seat, Target(on=date(2026, 11, 18))), NOW)
    clock.now = NOW + timedelta(days=8)
    told = app.test_cli_runner().invoke(args=["attachments", "clean"])
    assert (told.exit_code, told.output) == (0, "Cleared away 1 deleted pictures and 0 unknown files.\n")
