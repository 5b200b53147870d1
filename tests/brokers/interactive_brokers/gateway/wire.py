"""Frames of the TWS socket protocol: four bytes of length, then fields that each end with a zero byte.

Source: IBKR's own clients (EClient, EReader) as both Python libraries implement them.
"""

import struct
from collections.abc import Iterable
from decimal import Decimal

UNSET_DOUBLE = "1.7976931348623157E308"
"""How the gateway, a Java program, writes a number that is not set."""
UNSET_INTEGER = "2147483647"
Value = str | int | bool | Decimal | None
_LONGEST = 1 << 20


class Unreadable(Exception):
    """What came is not a frame of the protocol."""


def written(value: Value) -> str:
    """A field as text: nothing for None, no exponents."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def frame(payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + payload


def encoded(fields: Iterable[Value]) -> bytes:
    """A whole message."""
    return frame("".join(f"{written(field)}\0" for field in fields).encode())


class Frames:
    """Takes frames off a stream of bytes."""

    def __init__(self) -> None:
        self._left = b""

    def feed(self, data: bytes) -> None:
        self._left += data

    def prefix(self, word: bytes) -> bool:
        """Whether the stream begins with a word, which is taken off; False while there is too little of it.

        Raises Unreadable where it begins otherwise.
        """
        if not word.startswith(self._left[: len(word)]):
            raise Unreadable(self._left[:16])
        if len(self._left) < len(word):
            return False
        self._left = self._left[len(word) :]
        return True

    def take(self) -> bytes | None:
        """The next frame's payload; None while it is not there in full. Raises Unreadable."""
        if len(self._left) < 4:
            return None
        (length,) = struct.unpack(">I", self._left[:4])
        if length > _LONGEST:
            raise Unreadable(length)
        if len(self._left) < 4 + length:
            return None
        payload, self._left = self._left[4 : 4 + length], self._left[4 + length :]
        return payload


def fields_of(payload: bytes) -> list[str]:
    """Raises Unreadable."""
    text = payload.decode(errors="replace")
    if not text.endswith("\0"):
        raise Unreadable(text)
    return text.split("\0")[:-1]
