"""Random numbers that are a pure function of a key: the same in every process, on every platform and Python.

They are bytes of a hash (SHAKE-256). Normal ones come from a table whose entries are rounded, so that no library's last
digit shows.
"""

import struct
from hashlib import shake_256
from statistics import NormalDist

SIZE = 1 << 16
"""A draw is a whole number from 0 to SIZE - 1, each as likely."""
_SHIFT = 4
_CELLS = SIZE >> _SHIFT
_NORMALS = tuple(round(NormalDist().inv_cdf((cell + 0.5) / _CELLS), 6) for cell in range(_CELLS))


def draws(count: int, *key: object) -> tuple[int, ...]:
    """`count` draws; the key's parts are told apart by their text."""
    return struct.unpack(f"<{count}H", shake_256("/".join(map(str, key)).encode()).digest(2 * count))


def normal(draw: int) -> float:
    """A standard normal number, at most 3.7 away from 0. It leaves the draw's lowest four bits unused."""
    return _NORMALS[draw >> _SHIFT]


def uniform(draw: int) -> float:
    """A number in [0, 1)."""
    return draw / SIZE
