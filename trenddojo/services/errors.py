"""What a service refuses, named by what the caller should do about it; the web gives each its status once."""

from collections.abc import Mapping

FORM = "form"
"""The key of a sentence that concerns no single field."""


class ServiceError(Exception):
    """A request that cannot be done as asked; `message` is a sentence for the person."""

    code = "INVALID_REQUEST"
    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(ServiceError):
    """Input to mend: one sentence for each field, or under FORM for the whole."""

    code = "VALIDATION_ERROR"
    status = 422

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(next(iter(fields.values())))
        self.fields = dict(fields)


class NotFound(ServiceError):
    """There is no such thing, or the person may not know of it."""

    code = "NOT_FOUND"
    status = 404

    def __init__(self, message: str = "There is nothing here, or it is not yours to see.") -> None:
        super().__init__(message)


class Forbidden(ServiceError):
    """The person may see it but not do this."""

    code = "FORBIDDEN"
    status = 403


class Conflict(ServiceError):
    """It changed meanwhile, or was done already; look again before you go on."""

    code = "CONFLICT"
    status = 409
