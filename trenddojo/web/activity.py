"""Whether a person did something: what an open page asks by itself keeps neither a session nor a lock open."""

from flask import request

HEADER = "X-Pulse"
"""What the page's script sends with a request that nobody made, and what the pulse answers its version in."""


def is_a_persons() -> bool:
    """Whether this request comes of somebody's act, and not of an open page that follows what changes."""
    return request.blueprint != "pulse" and HEADER not in request.headers
