"""What Alpaca says no with: a status, a code and a message."""

from collections.abc import Mapping


class Refusal(Exception):
    """An answer that is not a success; `extras` stand beside code and message."""

    def __init__(self, status: int, code: int | None, message: str, **extras: object) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.extras = extras

    @property
    def body(self) -> Mapping[str, object]:
        code = {} if self.code is None else {"code": self.code}
        return dict(sorted({**code, "message": self.message, **self.extras}.items()))


def unreadable() -> Refusal:
    return Refusal(400, 40010000, "request body format is invalid")


def missing(message: str) -> Refusal:
    """A parameter is missing or contradicts another."""
    return Refusal(422, 40010001, message)


def illegal(message: str, **extras: object) -> Refusal:
    """A combination that is not allowed."""
    return Refusal(422, 42210000, message, **extras)


def forbidden(message: str, **extras: object) -> Refusal:
    """What the account may not do."""
    return Refusal(403, 40310000, message, **extras)


def not_found(message: str) -> Refusal:
    return Refusal(404, 40410000, message)
