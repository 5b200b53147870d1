"""The vault: broker credentials at rest, AES-256-GCM under keys that scrypt derives from the master key.

A record carries everything but the master key: format, key id, salt, nonce, ciphertext. Any process with the master key
can therefore open what another one sealed. Person, broker, connection and mode are bound as associated data: a record
moved between people, or from paper to live, does not open.

scrypt is slow on purpose, so a vault seals everything with one salt, drawn when it is made, and keeps what it derived:
after the first time a record opens in microseconds. Its cost belongs to the format and not to the record, so that
nobody who can write to the database can weaken it.
"""

import hashlib
import json
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import cast
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from trenddojo.domain.terms import Mode

VERSION = 1
"""The format in which records are sealed."""
KEY_BYTES, SALT_BYTES, NONCE_BYTES = 32, 16, 12
MOST_DERIVED = 256
"""How many derived keys are kept at most; one for each run of the application that sealed something."""

_PURPOSE = b"trenddojo broker credentials"
_FINGERPRINT_SALT = b"trenddojo: the id of a master key"
"""Of another length than a record's salt, so that no record's key can ever be a key id."""


class VaultError(Exception):
    """A record does not open. Neither message nor attributes hold a key or a secret."""


class WrongKey(VaultError):
    """The record was sealed with a master key that the vault has not been given."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"Encrypted with a key that is not configured: its id is {key_id}.")
        self.key_id = key_id


class Tampered(VaultError):
    """The record was changed, or belongs to another person, broker, connection or mode."""

    def __init__(self) -> None:
        super().__init__("Changed after it was encrypted, or moved from where it belongs.")


class UnknownVersion(VaultError):
    """The record is of a format that this program does not know."""

    def __init__(self, version: int) -> None:
        super().__init__(f"Encrypted in format {version}, which this version of TrendDojo cannot read.")


@dataclass(frozen=True, slots=True)
class Cost:
    """scrypt's parameters: memory is 128 * n * r bytes, time grows with n * r * p (RFC 7914, section 2)."""

    n: int
    r: int
    p: int


COSTS: Mapping[int, Cost] = {1: Cost(n=2**15, r=8, p=1)}
"""The cost of each format. 1: 32 MiB and 30 to 100 ms. OWASP asks passwords for three times that (n=2^15, p=3); a
master key has at least 32 random characters, for which scrypt is a second line."""

Derive = Callable[[bytes, bytes, Cost], bytes]
"""(master key, salt, cost) -> a key of KEY_BYTES."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Whom and what a record belongs to."""

    user_id: UUID
    broker: str
    connection_id: UUID
    mode: Mode


@dataclass(frozen=True, slots=True)
class Sealed:
    """One encrypted record; `ciphertext` ends with the tag of 16 bytes."""

    version: int
    key_id: str
    salt: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)


def scrypt(master: bytes, salt: bytes, cost: Cost) -> bytes:
    """A key derived from the master key; other threads run meanwhile."""
    memory = 2 * 128 * cost.n * cost.r  # OpenSSL refuses what needs more, and counts a little beside the table
    return hashlib.scrypt(master, salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=memory, dklen=KEY_BYTES)


class Vault:
    """Seals with the current master key, opens what it or an old one sealed; safe between threads.

    `random` gives so many random bytes. Making a vault costs one derivation for each key, to know their ids.
    """

    def __init__(
        self,
        key: str,
        old_keys: Sequence[str] = (),
        random: Callable[[int], bytes] = os.urandom,
        derive: Derive = scrypt,
    ) -> None:
        masters = {_fingerprint(master, derive): master for master in map(_as_bytes, (key, *old_keys))}
        self._keys = _DerivedKeys(masters, derive)
        self._random = random
        self._salt = random(SALT_BYTES)
        self.key_id = next(iter(masters))
        """The id of the current master key: says which one it is, and nothing about it."""
        self.key_ids = frozenset(masters)
        """The ids of all keys that it opens with."""

    def is_current(self, sealed: Sealed) -> bool:
        """Whether a record is in today's format and under the current key."""
        return (sealed.version, sealed.key_id) == (VERSION, self.key_id)

    def seal(self, fields: Mapping[str, str], bound: Bound) -> Sealed:
        """Encrypt `fields` for whom they are bound to, with a nonce of their own."""
        nonce = self._random(NONCE_BYTES)
        cipher = self._keys.cipher(VERSION, self.key_id, self._salt)
        plain = json.dumps(dict(fields), sort_keys=True).encode()
        ciphertext = cipher.encrypt(nonce, plain, _associated(VERSION, self.key_id, bound))
        return Sealed(VERSION, self.key_id, self._salt, nonce, ciphertext)

    def open(self, sealed: Sealed, bound: Bound) -> dict[str, str]:
        """The fields. Raises WrongKey, Tampered or UnknownVersion."""
        self._check(sealed)
        cipher = self._keys.cipher(sealed.version, sealed.key_id, sealed.salt)
        try:
            associated = _associated(sealed.version, sealed.key_id, bound)
            plain = cipher.decrypt(sealed.nonce, sealed.ciphertext, associated)
        except InvalidTag:
            raise Tampered from None
        return cast(dict[str, str], json.loads(plain))

    def _check(self, sealed: Sealed) -> None:
        if sealed.version not in COSTS:
            raise UnknownVersion(sealed.version)
        if sealed.key_id not in self.key_ids:
            raise WrongKey(sealed.key_id)
        if (len(sealed.salt), len(sealed.nonce)) != (SALT_BYTES, NONCE_BYTES):
            raise Tampered


class _DerivedKeys:
    """Ciphers by format, key id and salt: derived once, the longest unused forgotten first."""

    def __init__(self, masters: Mapping[str, bytes], derive: Derive) -> None:
        self._masters = masters
        self._derive = derive
        self._kept: OrderedDict[tuple[int, str, bytes], AESGCM] = OrderedDict()
        self._lock = Lock()

    def cipher(self, version: int, key_id: str, salt: bytes) -> AESGCM:
        # Derived within the lock: of a hundred connections that open at once, one derives and the others find it.
        wanted = (version, key_id, salt)
        with self._lock:
            if wanted not in self._kept:
                self._kept[wanted] = AESGCM(self._derive(self._masters[key_id], salt, COSTS[version]))
            self._kept.move_to_end(wanted)
            if len(self._kept) > MOST_DERIVED:
                self._kept.popitem(last=False)
            return self._kept[wanted]


def _as_bytes(key: str) -> bytes:
    return key.encode("utf-8", "surrogateescape")  # an environment may hold bytes that are no UTF-8


def _fingerprint(master: bytes, derive: Derive) -> str:
    # By scrypt: with a fast hash here, a weak master key could be guessed from its id alone.
    return derive(master, _FINGERPRINT_SALT, COSTS[1])[:8].hex()


def _associated(version: int, key_id: str, bound: Bound) -> bytes:
    """What a record is bound to, each part after its length, so that no two bindings read the same."""
    parts = (
        _PURPOSE,
        str(version).encode(),
        key_id.encode(),
        bound.user_id.bytes,
        bound.broker.encode(),
        bound.connection_id.bytes,
        bound.mode.value.encode(),
    )
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
