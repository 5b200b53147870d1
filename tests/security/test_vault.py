"""The vault: what it seals opens again in any process with the key, for whom it was sealed, and for nobody else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from hashlib import sha256
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.services.keyed import quick
from trenddojo.domain.terms import Mode
from trenddojo.security import vault as module
from trenddojo.security.vault import (
    COSTS,
    MOST_DERIVED,
    Bound,
    Cost,
    Sealed,
    Tampered,
    UnknownVersion,
    Vault,
    VaultError,
    WrongKey,
    scrypt,
)

KEY, OLD_KEY, STRANGE_KEY = "k" * 32, "o" * 32, "s" * 32
SECRET = "sk-live-never-to-be-seen"
FIELDS = {"api_key": "PK123", "api_secret": SECRET}
BOUND = Bound(UUID(int=1), "alpaca", UUID(int=2), Mode.PAPER)


class Counting:
    """Derives quickly and counts how often."""

    def __init__(self) -> None:
        self.salts: list[bytes] = []

    def __call__(self, master: bytes, salt: bytes, cost: Cost) -> bytes:
        self.salts.append(salt)
        return quick(master, salt, cost)


def vault(key: str = KEY, *old_keys: str, derive: module.Derive = quick) -> Vault:
    return Vault(key, old_keys, derive=derive)


VAULT = vault()
SEALED = VAULT.seal(FIELDS, BOUND)


@given(st.dictionaries(st.text(), st.text()))
def test_what_was_sealed_opens_again(sent: dict[str, str]) -> None:
    assert VAULT.open(VAULT.seal(sent, BOUND), BOUND) == sent


def test_the_real_derivation_works_and_costs_memory() -> None:
    real = Vault(KEY, (OLD_KEY,))
    assert real.open(Vault(OLD_KEY).seal(FIELDS, BOUND), BOUND) == FIELDS
    assert all(128 * cost.n * cost.r >= 32 << 20 for cost in COSTS.values())
    assert scrypt(b"", b"", Cost(16, 1, 1)).hex().startswith("77d6576238657b203b19ca42c18a0497")  # RFC 7914, section 12


def test_another_process_opens_it() -> None:
    there = (
        "import json, sys; from uuid import UUID; from trenddojo.domain.terms import Mode;"
        "from trenddojo.security.vault import Bound, Vault;"
        "bound = Bound(UUID(int=1), 'alpaca', UUID(int=2), Mode.PAPER);"
        "sealed = Vault(sys.argv[1]).seal(json.loads(sys.argv[2]), bound);"
        "held = [sealed.salt.hex(), sealed.nonce.hex(), sealed.ciphertext.hex()];"
        "print(json.dumps([sealed.version, sealed.key_id, *held]))"
    )
    said = subprocess.run([sys.executable, "-c", there, KEY, json.dumps(FIELDS)], capture_output=True, check=True)
    version, key_id, *rest = json.loads(said.stdout)
    assert Vault(KEY).open(Sealed(version, key_id, *map(bytes.fromhex, rest)), BOUND) == FIELDS


REGIONS = {"salt": len(SEALED.salt), "nonce": len(SEALED.nonce), "ciphertext": len(SEALED.ciphertext)}


@given(st.data(), st.sampled_from(sorted(REGIONS)), st.integers(1, 255))
def test_one_changed_byte_anywhere_does_not_open(data: st.DataObject, region: str, flip: int) -> None:
    changed = bytearray(getattr(SEALED, region))
    changed[data.draw(st.integers(0, REGIONS[region] - 1))] ^= flip
    with pytest.raises(Tampered):
        VAULT.open(replace(SEALED, **{region: bytes(changed)}), BOUND)


@given(st.sampled_from(sorted(REGIONS)), st.binary(max_size=200))
def test_another_region_whatever_its_length_does_not_open(region: str, other: bytes) -> None:
    if other != getattr(SEALED, region):
        with pytest.raises(Tampered):
            VAULT.open(replace(SEALED, **{region: other}), BOUND)


@given(st.integers(0, len(SEALED.ciphertext) - 1))
def test_a_shortened_record_does_not_open(length: int) -> None:
    with pytest.raises(Tampered):
        VAULT.open(replace(SEALED, ciphertext=SEALED.ciphertext[:length]), BOUND)


MOVED = [
    {"user_id": UUID(int=9)},
    {"broker": "schwab"},
    {"connection_id": UUID(int=9)},
    {"mode": Mode.LIVE},
    {"mode": Mode.MOCK},
    {"user_id": UUID(int=2), "connection_id": UUID(int=1)},
]


@pytest.mark.parametrize("to", MOVED, ids=str)
def test_a_record_moved_elsewhere_does_not_open(to: dict[str, Any]) -> None:
    with pytest.raises(Tampered):
        VAULT.open(SEALED, replace(BOUND, **to))


@given(st.text(), st.sampled_from(Mode), st.text(), st.sampled_from(Mode))
def test_no_two_bindings_read_the_same(broker: str, mode: Mode, other_broker: str, other_mode: Mode) -> None:
    one, other = replace(BOUND, broker=broker, mode=mode), replace(BOUND, broker=other_broker, mode=other_mode)
    if one != other:
        with pytest.raises(Tampered):
            VAULT.open(VAULT.seal(FIELDS, one), other)


def test_no_part_of_a_binding_runs_into_the_next() -> None:
    assert module._associated(1, "1ab", BOUND) != module._associated(11, "ab", BOUND)


def test_an_unknown_key_is_named_by_its_id_only() -> None:
    strange = vault(STRANGE_KEY)
    with pytest.raises(WrongKey) as refused:
        VAULT.open(strange.seal(FIELDS, BOUND), BOUND)
    assert refused.value.key_id == strange.key_id
    assert strange.key_id in str(refused.value)


def test_a_record_that_claims_another_known_key_does_not_open() -> None:
    both = vault(KEY, OLD_KEY)
    (other,) = both.key_ids - {both.key_id}
    with pytest.raises(Tampered):
        both.open(replace(SEALED, key_id=other), BOUND)


@pytest.mark.parametrize("version", [0, 2, -1])
def test_an_unknown_format_is_refused(version: int) -> None:
    with pytest.raises(UnknownVersion, match=f"format {version}"):
        VAULT.open(replace(SEALED, version=version), BOUND)


def _wrong_key() -> None:
    vault(STRANGE_KEY).open(SEALED, BOUND)


def _tampered() -> None:
    VAULT.open(replace(SEALED, ciphertext=SEALED.ciphertext[::-1]), BOUND)


def _unknown() -> None:
    VAULT.open(replace(SEALED, version=7), BOUND)


@pytest.mark.parametrize("fail", [_wrong_key, _tampered, _unknown])
def test_a_refusal_holds_no_secret_and_no_cause(fail: Callable[[], None]) -> None:
    with pytest.raises(VaultError) as refused:
        fail()
    told = repr((str(refused.value), refused.value.args, vars(refused.value)))
    assert not any(secret in told for secret in (KEY, STRANGE_KEY, SECRET))
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_nothing_that_can_be_shown_holds_a_secret() -> None:
    shown = repr((VAULT, SEALED, BOUND)) + repr([getattr(SEALED, one.name) for one in fields(SEALED)])
    assert KEY not in shown
    assert SECRET not in shown
    assert asdict(SEALED).keys() == {"version", "key_id", "salt", "nonce", "ciphertext"}


def test_two_records_never_share_a_nonce() -> None:
    sealed = [VAULT.seal(FIELDS, BOUND) for _ in range(2_000)]
    assert len({one.nonce for one in sealed}) == len({one.ciphertext for one in sealed}) == len(sealed)
    assert {len(one.nonce) * 8 for one in sealed} == {96}


def test_a_hundred_connections_cost_one_derivation() -> None:
    writing, reading = Counting(), Counting()
    sealing, opening = vault(derive=writing), vault(derive=reading)
    sealed = [(bound, sealing.seal(FIELDS, bound)) for bound in (replace(BOUND, user_id=uuid4()) for _ in range(100))]
    assert [opening.open(one, bound) for bound, one in sealed] == [FIELDS] * 100
    # one for the id of the key, one for all records
    assert len(writing.salts) == len(reading.salts) == 2


def test_threads_that_open_at_once_derive_once() -> None:
    counting, gate, opened = Counting(), Barrier(8), []
    opening = vault(derive=counting)

    def open_it() -> None:
        gate.wait()
        opened.append(opening.open(SEALED, BOUND))

    threads = [Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [FIELDS] * 8
    assert len(counting.salts) == 2


def test_derived_keys_are_bounded_and_the_longest_unused_goes_first() -> None:
    counting = Counting()
    opening = vault(derive=counting)
    sealed = [vault().seal(FIELDS, BOUND) for _ in range(MOST_DERIVED + 1)]
    for one in sealed[:MOST_DERIVED]:
        opening.open(one, BOUND)
    opening.open(sealed[0], BOUND)  # used again, so the second is the longest unused
    opening.open(sealed[-1], BOUND)
    derived = len(counting.salts)
    opening.open(sealed[0], BOUND)
    assert len(counting.salts) == derived
    opening.open(sealed[1], BOUND)
    assert len(counting.salts) == derived + 1


def test_every_vault_draws_a_salt_of_its_own() -> None:
    assert len({vault().seal({}, BOUND).salt for _ in range(100)}) == 100


def test_a_key_id_tells_keys_apart_and_is_no_plain_hash() -> None:
    ids = {Vault(key).key_id for key in (KEY, OLD_KEY)}
    assert len(ids) == 2
    assert ids.isdisjoint(sha256(key.encode()).hexdigest()[:16] for key in (KEY, OLD_KEY))
    assert Vault(KEY).key_id in ids


def test_after_a_rotation_the_old_key_can_go() -> None:
    before = vault(OLD_KEY).seal(FIELDS, BOUND)
    during = vault(KEY, OLD_KEY)
    assert not during.is_current(before)
    after = during.seal(during.open(before, BOUND), BOUND)
    assert during.is_current(after)
    assert vault(KEY).open(after, BOUND) == FIELDS
    with pytest.raises(WrongKey):
        vault(KEY).open(before, BOUND)


def test_a_key_that_is_also_listed_as_old_is_still_the_current_one() -> None:
    assert vault(KEY, OLD_KEY, KEY).key_id == VAULT.key_id
    assert vault(KEY, KEY).key_ids == {VAULT.key_id}


def test_a_key_of_bytes_that_are_no_text_works() -> None:
    odd = "\udcff" * 32
    assert vault(odd).open(vault(odd).seal(FIELDS, BOUND), BOUND) == FIELDS
