"""Passwords and tokens: what is kept of them, and what is refused."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher, Type

from tests.conftest import LIFES_HASHER, PASSWORD, PASSWORD_HASH
from trenddojo.security import passwords, tokens


def test_what_a_hash_costs_in_life() -> None:
    # At least what OWASP asks for: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
    assert LIFES_HASHER.type is Type.ID
    assert LIFES_HASHER.memory_cost >= 19 * 1024
    assert LIFES_HASHER.time_cost >= 2


def test_a_hash_is_argon2id_and_salted() -> None:
    assert PASSWORD_HASH.startswith("$argon2id$")
    assert passwords.hashed(PASSWORD) != PASSWORD_HASH


@pytest.mark.parametrize("wrong", ["", PASSWORD + " ", PASSWORD.upper(), "x" * 10_000, "twelve\x00llamas", "١٢٣"])
def test_only_the_password_itself_matches(wrong: str) -> None:
    assert passwords.matches(PASSWORD, PASSWORD_HASH)
    assert not passwords.matches(wrong, PASSWORD_HASH)


def test_a_broken_hash_matches_nothing() -> None:
    assert not passwords.matches(PASSWORD, "not a hash")


def test_the_decoy_matches_nothing_that_is_typed_and_costs_as_much() -> None:
    assert not passwords.matches(PASSWORD, passwords.decoy())
    assert passwords.decoy().split("$")[:4] == PASSWORD_HASH.split("$")[:4]


def test_an_accent_is_the_same_however_the_keyboard_sends_it() -> None:
    assert passwords.matches("cafe\u0301 au lait sans sucre", passwords.hashed("caf\u00e9 au lait sans sucre"))


def test_weaker_parameters_ask_for_a_new_hash() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    assert passwords.needs_rehash(weak)
    assert not passwords.needs_rehash(PASSWORD_HASH)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "at least 12"),
        ("elevenchars", "at least 12"),
        ("١٢٣٤٥٦", "at least 12"),
        ("x" * 10_000, "at most 200"),
        ("aaaaaaaaaaaaaaaa", "first passwords"),
        ("passwordpassword", "first passwords"),
        ("Password12345!", "first passwords"),
        ("I am Marta of Trend", "Leave your name"),
        ("mail: EXAMPLE.ORG now", "Leave your name"),
    ],
)
def test_a_weak_password_is_told_why(password: str, sentence: str) -> None:
    assert sentence in (passwords.weakness(password, "Marta", "example.org") or "")


@pytest.mark.parametrize("password", [PASSWORD, "12 Lamas über'n Berg", "x7!" * 4 + "q9", "correct-horse-battery"])
def test_a_good_password_is_taken(password: str) -> None:
    assert passwords.weakness(password, "Marta", "Li") is None


def test_a_generated_password_is_good_and_never_the_same() -> None:
    made = {passwords.generated() for _ in range(200)}
    assert len(made) == 200
    assert all(passwords.weakness(password) is None for password in made)
    assert all(not set(password) & set("01lO") for password in made)


def test_a_token_is_kept_as_its_digest_only() -> None:
    token = tokens.new_token()
    assert token.startswith("td_")
    assert len(token) >= 43
    assert token not in tokens.digest(token)
    assert tokens.digest(token) == tokens.digest(token) != tokens.digest(tokens.new_token())
    assert tokens.shown_prefix(token) == token[:9]
    assert len(tokens.digest("\ud800")) == 64


def test_the_setup_token_hangs_on_the_secret_key() -> None:
    assert tokens.setup_token("a" * 32) == tokens.setup_token("a" * 32) != tokens.setup_token("b" * 32)
    assert tokens.is_same("x", "x")
    assert not tokens.is_same("x", "\u0661")
