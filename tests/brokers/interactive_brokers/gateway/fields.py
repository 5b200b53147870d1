"""Reading the fields of one message, one after the other."""

from decimal import Decimal, InvalidOperation

from tests.brokers.interactive_brokers.gateway.refusals import malformed

_LARGEST = Decimal("1e300")


class Fields:
    """A message's fields. Reading beyond the last, or what is not what it should be, raises Refusal (320)."""

    def __init__(self, fields: list[str]) -> None:
        self._fields = fields
        self._next = 0

    def text(self) -> str:
        if self._next >= len(self._fields):
            raise malformed("message is too short")
        self._next += 1
        return self._fields[self._next - 1]

    def texts(self, names: str) -> dict[str, str]:
        """As many as there are names in a text."""
        return {name: self.text() for name in names.split()}

    def skip(self, count: int = 1) -> None:
        for _ in range(count):
            self.text()

    def integer(self) -> int:
        return whole(self.text())

    def flag(self) -> bool:
        return self.text() in ("1", "True", "true")

    @property
    def is_over(self) -> bool:
        return self._next >= len(self._fields)


def whole(text: str) -> int:
    """An integer, 0 for an empty field. Raises Refusal."""
    try:
        return int(text or 0)
    except ValueError:
        raise malformed(f"Unable to parse field: {text}") from None


def number(text: str) -> Decimal | None:
    """A number, None where it is not set. Raises Refusal."""
    try:
        value = Decimal(text) if text else None
    except InvalidOperation:
        raise malformed(f"Unable to parse field: {text}") from None
    return None if value is None or not value.is_finite() or abs(value) > _LARGEST else value
