"""The chain shows every change of a past entry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.security import chain
from trenddojo.security.chain import GENESIS, Entry, verify


def chained(*fields: dict[str, Any]) -> list[Entry]:
    entries: list[Entry] = []
    for seq, one in enumerate(fields, start=chain.FIRST):
        previous = entries[-1].hash if entries else GENESIS
        entries.append(Entry(seq, one, previous, chain.sealed(seq, one, previous)))
    return entries


FIVE = chained(*({"act": f"act {number}", "changes": []} for number in range(5)))


def test_an_empty_log_is_whole() -> None:
    assert verify([]) == chain.Verdict(0, GENESIS, None, has_anchor=False)


def test_a_whole_chain() -> None:
    verdict = verify(FIVE, FIVE[2].hash)
    assert (verdict.entries, verdict.last_hash, verdict.broken, verdict.has_anchor) == (5, FIVE[4].hash, None, True)


def broken_at(entries: list[Entry]) -> int:
    verdict = verify(entries)
    assert verdict.broken is not None
    assert verdict.entries == verdict.broken.seq - 1
    return verdict.broken.seq


@pytest.mark.parametrize("at", range(5))
def test_a_changed_entry(at: int) -> None:
    changed = [*FIVE]
    changed[at] = replace(FIVE[at], fields={"act": "something else", "changes": []})
    assert broken_at(changed) == at + 1


@pytest.mark.parametrize("at", range(4))
def test_a_changed_entry_that_was_sealed_again(at: int) -> None:
    fields = {"act": "something else", "changes": []}
    forged = Entry(at + 1, fields, FIVE[at].previous_hash, chain.sealed(at + 1, fields, FIVE[at].previous_hash))
    assert broken_at([*FIVE[:at], forged, *FIVE[at + 1 :]]) == at + 2


@pytest.mark.parametrize("at", range(4))
def test_a_removed_entry(at: int) -> None:
    assert broken_at(FIVE[:at] + FIVE[at + 1 :]) == at + 1


@pytest.mark.parametrize("at", range(4))
def test_a_removed_entry_whose_followers_were_renumbered(at: int) -> None:
    renumbered = [replace(entry, seq=entry.seq - 1) for entry in FIVE[at + 1 :]]
    assert broken_at([*FIVE[:at], *renumbered]) == at + 1


@pytest.mark.parametrize("at", range(4))
def test_two_entries_that_changed_places(at: int) -> None:
    here, there = FIVE[at], FIVE[at + 1]
    swapped = [replace(there, seq=here.seq), replace(here, seq=there.seq)]
    assert broken_at([*FIVE[:at], *swapped, *FIVE[at + 2 :]]) == at + 1


@pytest.mark.parametrize("at", range(5))
def test_an_added_entry(at: int) -> None:
    previous = FIVE[at].previous_hash
    added = Entry(at + 1, {"act": "new"}, previous, chain.sealed(at + 1, {"act": "new"}, previous))
    followers = [replace(entry, seq=entry.seq + 1) for entry in FIVE[at:]]
    assert broken_at([*FIVE[:at], added, *followers]) == at + 2


def test_entries_taken_off_the_end_are_shown_by_an_anchor() -> None:
    assert verify(FIVE[:3]).broken is None
    assert not verify(FIVE[:3], FIVE[4].hash).has_anchor


def test_the_canonical_form_is_the_same_for_the_same_value() -> None:
    assert chain.canonical({"b": [1, None], "a": "é"}) == chain.canonical({"a": "é", "b": [1, None]})
    assert chain.canonical({"b": 1, "a": "é"}) == b'{"a":"\\u00e9","b":1}'


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        chain.sealed(1, {"figure": float("nan")}, GENESIS)
    with pytest.raises(TypeError):
        chain.sealed(1, {"secret": b"bytes"}, GENESIS)


_JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3))


@given(st.lists(st.dictionaries(st.text(max_size=5), _JSON, max_size=3), min_size=1, max_size=5), st.data())
def test_no_field_of_any_chain_changes_unnoticed(fields: list[dict[str, Any]], data: st.DataObject) -> None:
    entries = chained(*fields)
    assert verify(entries).broken is None
    at = data.draw(st.integers(0, len(entries) - 1))
    other = data.draw(st.dictionaries(st.text(max_size=5), _JSON, max_size=3))
    if chain.canonical(other) != chain.canonical(fields[at]):
        entries[at] = replace(entries[at], fields=other)
        assert broken_at(entries) == at + 1
