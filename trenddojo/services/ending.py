"""The process is about to end: long work stops at its next step, for the next process."""

from flask import current_app

ENDING = "ending"
"""The extension that is set then."""


def is_ending() -> bool:
    """Whether the process that does the work is about to end."""
    return ENDING in current_app.extensions
