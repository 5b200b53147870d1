"""People, their way in, and their tokens."""

from __future__ import annotations

import threading
from typing import Any
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import func, select

from tests.conftest import NOW, PASSWORD, PASSWORD_HASH, Clock, make_user
from trenddojo.domain.terms import Role, TokenScope
from trenddojo.security import passwords
from trenddojo.services import access, people, tokens
from trenddojo.services.errors import Conflict, Forbidden, Invalid, NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.people import (
    FirstAdminInput,
    NewPasswordInput,
    OwnProfileInput,
    PasswordChangeInput,
    PersonInput,
    RoleInput,
    TokenInput,
)
from trenddojo.store import people as store
from trenddojo.store.database import db, read_only
from trenddojo.store.models import ApiToken, User

OTHER = "seven quiet umbrellas"


@pytest.fixture
def admin(app: Flask) -> User:
    return make_user("ada@example.org", "Ada Ek", Role.ADMIN)


@pytest.fixture(autouse=True)
def _hash_outside_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing takes long: while it lasts, nobody may wait for this session's transaction."""
    for name in ("hashed", "matches"):
        original = getattr(passwords, name)

        def watched(*given: str, original: Any = original) -> Any:
            assert not db.session().in_transaction(), "hashing within a transaction"
            return original(*given)

        monkeypatch.setattr(passwords, name, watched)


def person(**changed: Any) -> dict[str, Any]:
    return {
        "name": "Jonas Berg",
        "email": "Jonas@Example.ORG",
        "role": "viewer",
        "time_zone": "Europe/Stockholm",
        "key": uuid4().hex,
        **changed,
    }


def token(**changed: Any) -> TokenInput:
    return parse(TokenInput, {"name": "Backup", "scope": "read", "days": "30", "key": uuid4().hex, **changed})


# ---- input


LONG, CONTROL, DIGITS = "x" * 10_000, "a\x07b", "٣٤٥"


@pytest.mark.parametrize("field", ["name", "email", "role", "time_zone", "key"])
@pytest.mark.parametrize("value", ["", "   ", LONG, CONTROL, None, 7, ["a", "b"]])
def test_a_bad_field_is_named(field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        parse(PersonInput, person(**{field: value}))
    assert list(refused.value.fields) == [field]
    assert refused.value.fields[field].endswith(".")


@pytest.mark.parametrize(
    "email",
    [
        "plain",
        "@b.co",
        "a@",
        "a b@c.d",
        "a@b@c.d",
        f"{DIGITS}@b.co",
        f"a@{DIGITS}.co",
        "a@-b.co",
        "a@b..co",
        "ä@b.co",
        f"{'a' * 65}@b.co",
        f"a@{'b' * 64}.co",
        "a@" + "b." * 130 + "co",
        "a@b.co\n",
        "<a@b.co>",
    ],
)
def test_a_bad_email_is_refused(email: str) -> None:
    if email.endswith("\n"):
        email = f"a\n{email}"
    with pytest.raises(Invalid) as refused:
        parse(PersonInput, person(email=email))
    assert refused.value.fields == {"email": "Enter an e-mail such as marta@example.org."}


@pytest.mark.parametrize("email", ["a@b.co", "first.last+tag@sub.example.co.uk", "root@localhost", "o'neil@desk.local"])
def test_a_good_email_is_taken(email: str) -> None:
    assert parse(PersonInput, person(email=f" {email.upper()} ")).email == email


@pytest.mark.parametrize(("field", "value"), [("password", "short"), ("password", LONG), ("password", 5)])
def test_a_bad_first_password_is_named(field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        parse(PersonInput, person(**{field: value}))
    assert list(refused.value.fields) == ["password"]


@pytest.mark.parametrize("days", ["0", "-1", "3651", "1.5", "٣٠", LONG, "thirty"])
def test_bad_days_are_named(days: str) -> None:
    with pytest.raises(Invalid) as refused:
        token(days=days)
    assert list(refused.value.fields) == ["days"]


def test_two_passwords_must_be_the_same() -> None:
    with pytest.raises(Invalid) as refused:
        parse(NewPasswordInput, {"password": OTHER, "again": OTHER + "x"})
    assert list(refused.value.fields) == ["again"]


# ---- adding people


def test_a_person_gets_a_password_that_is_shown_once(app: Flask) -> None:
    added = people.create_person(parse(PersonInput, person()), NOW)
    assert added.password
    assert added.user.email == "jonas@example.org"
    assert added.user.role is Role.VIEWER
    assert added.user.must_change_password
    assert added.password not in added.user.password_hash
    assert access.sign_in("JONAS@example.org ", added.password).id == added.user.id


def test_a_typed_first_password_is_not_shown(app: Flask) -> None:
    added = people.create_person(parse(PersonInput, person(password=OTHER)), NOW)
    assert added.password is None
    assert added.user.must_change_password
    assert access.sign_in("jonas@example.org", OTHER)


def test_an_email_is_taken_in_whatever_case(user: User) -> None:
    with pytest.raises(Invalid) as refused:
        people.create_person(parse(PersonInput, person(email="MARTA@example.org")), NOW)
    assert list(refused.value.fields) == ["email"]
    assert len(store.everybody()) == 1


def test_a_form_sent_twice_adds_one_person_with_the_last_password(app: Flask, clock: Clock) -> None:
    entered = parse(PersonInput, person())
    first = people.create_person(entered, NOW).password
    second = people.create_person(entered, NOW).password
    assert first
    assert second
    assert len(store.everybody()) == 1
    assert access.sign_in(entered.email, second)
    with pytest.raises(Invalid):
        access.sign_in(entered.email, first)


@pytest.mark.parametrize("seconds", [120, 10_000])
def test_an_old_form_changes_nobody(app: Flask, clock: Clock, seconds: int) -> None:
    entered = parse(PersonInput, person())
    password = people.create_person(entered, NOW).password
    clock.turn(seconds=seconds)
    with pytest.raises(Conflict):
        people.create_person(entered, clock())
    assert password
    assert access.sign_in(entered.email, password)


def test_a_key_cannot_reach_somebody_else(user: User) -> None:
    user_id = user.id
    with pytest.raises(Conflict):
        people.create_person(parse(PersonInput, person(key=user_id.hex)), NOW)
    assert access.sign_in("marta@example.org", PASSWORD).id == user_id


class TestFirstAdmin:
    @pytest.fixture
    def database_url(self, both_databases: str) -> str:
        return both_databases

    def test_two_at_once_make_one_admin(self, app: Flask) -> None:
        outcomes: list[str] = []
        start = threading.Barrier(3)

        def set_up(number: int) -> None:
            with app.app_context():
                start.wait()
                entered = FirstAdminInput(
                    name="A", email=f"a{number}@example.org", time_zone="UTC", password=f"{OTHER} {number}"
                )
                try:
                    people.create_first_admin(entered, NOW)
                    outcomes.append("made")
                except Conflict:
                    outcomes.append("refused")
                finally:
                    db.session.remove()

        threads = [threading.Thread(target=set_up, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["made", "refused", "refused"]
        assert db.session.scalar(select(func.count()).select_from(User)) == 1

    def test_two_admins_cannot_put_each_other_out(self, app: Flask) -> None:
        ids = [make_user(f"a{n}@example.org", "A", Role.ADMIN).id for n in range(2)]
        db.session.commit()
        start = threading.Barrier(2)
        outcomes: list[str] = []

        def put_out(own: int) -> None:
            with app.app_context():
                me = store.user_by_id(ids[own])
                assert me is not None
                db.session.commit()
                start.wait()
                try:
                    people.set_active(me, ids[1 - own], active=False)
                    outcomes.append("out")
                except Forbidden:
                    outcomes.append("refused")
                finally:
                    db.session.remove()

        threads = [threading.Thread(target=put_out, args=(own,)) for own in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["out", "refused"]
        assert len(store.lock_admins()) == 1

    def test_an_email_that_another_took_meanwhile_is_a_field_error(self, app: Flask) -> None:
        make_user("marta@example.org", "Marta Lind")
        jonas = make_user("jonas@example.org", "Jonas Berg")
        taken = OwnProfileInput(name="Jonas", email="marta@example.org", time_zone="UTC")
        with pytest.raises(Invalid) as refused:
            people.update_profile(jonas, taken)
        assert list(refused.value.fields) == ["email"]
        assert jonas.name == "Jonas Berg"


# ---- signing in


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("marta@example.org", "wrong"),
        ("marta@example.org", ""),
        ("nobody@example.org", PASSWORD),
        ("", ""),
        (LONG, LONG),
        ("marta\x00@example.org", PASSWORD),
        ("gone@example.org", PASSWORD),
    ],
)
def test_every_refusal_reads_the_same(user: User, email: str, password: str) -> None:
    make_user("gone@example.org", "Gone").is_active = False
    db.session.commit()
    with pytest.raises(Invalid) as refused:
        access.sign_in(email, password)
    assert refused.value.fields == {"form": access.REFUSED}


def test_a_refusal_costs_one_hash_whoever_it_is(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    monkeypatch.setattr(passwords, "matches", lambda _password, stored: bool(checked.append(stored)))
    for email in ("marta@example.org", "nobody@example.org"):
        with pytest.raises(Invalid):
            access.sign_in(email, "wrong")
    assert checked == [PASSWORD_HASH, passwords.decoy()]


def test_an_old_hash_is_renewed_at_sign_in(user: User) -> None:
    user.password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    db.session.commit()
    assert access.sign_in(user.email, PASSWORD)
    db.session.expire_all()
    assert not passwords.needs_rehash(user.password_hash)
    assert access.sign_in(user.email, PASSWORD)


def test_whoever_is_reset_while_the_password_is_checked_stays_out(
    user: User, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_id, email = user.id, user.email

    def reset_meanwhile(password: str, stored: str) -> bool:
        monkeypatch.undo()
        people.reset_password(admin, user_id)
        db.session.commit()
        return passwords.matches(password, stored)

    monkeypatch.setattr(passwords, "matches", reset_meanwhile)
    with pytest.raises(Invalid):
        access.sign_in(email, PASSWORD)


# ---- new passwords and sessions


def change(**changed: str) -> PasswordChangeInput:
    return parse(PasswordChangeInput, {"present": PASSWORD, "password": OTHER, "again": OTHER, **changed})


def test_a_changed_password_ends_every_session(user: User) -> None:
    access.change_password(user, change())
    assert user.session_epoch == 1
    assert access.sign_in(user.email, OTHER)
    with pytest.raises(Invalid):
        access.sign_in(user.email, PASSWORD)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"present": "wrong"}, "present"),
        ({"present": ""}, "present"),
        ({"password": "marta and llamas", "again": "marta and llamas"}, "password"),
        ({"password": PASSWORD, "again": PASSWORD}, "password"),
    ],
)
def test_a_password_that_does_not_fit_changes_nothing(user: User, changed: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        access.change_password(user, change(**changed))
    assert list(refused.value.fields) == [field]
    assert user.password_hash == PASSWORD_HASH
    assert user.session_epoch == 0


def test_signing_out_everywhere_raises_the_epoch(user: User) -> None:
    access.sign_out_everywhere(user)
    assert user.session_epoch == 1


def test_a_lost_password_is_set_from_the_terminal(user: User) -> None:
    user.must_change_password = True
    db.session.commit()
    access.set_from_terminal(" MARTA@example.org", NewPasswordInput(password=OTHER, again=OTHER))
    assert not user.must_change_password
    assert user.session_epoch == 1
    with pytest.raises(Invalid) as refused:
        access.set_from_terminal("nobody@example.org", NewPasswordInput(password=OTHER, again=OTHER))
    assert list(refused.value.fields) == ["email"]


# ---- what an admin decides


def test_a_reset_ends_sessions_and_asks_for_a_new_password(user: User, admin: User) -> None:
    reset = people.reset_password(admin, user.id)
    assert reset.password
    assert user.session_epoch == 1
    assert user.must_change_password
    assert access.sign_in(user.email, reset.password)


def test_roles_and_access_change(user: User, admin: User) -> None:
    assert people.set_role(admin, user.id, RoleInput(role=Role.ADMIN)).role is Role.ADMIN
    assert not people.set_active(admin, user.id, active=False).is_active
    assert user.session_epoch == 1
    assert people.set_active(admin, user.id, active=True).is_active
    assert user.session_epoch == 1


def test_an_admin_always_remains(admin: User) -> None:
    for act in (
        lambda: people.set_active(admin, admin.id, active=False),
        lambda: people.set_role(admin, admin.id, RoleInput(role=Role.VIEWER)),
        lambda: people.reset_password(admin, admin.id),
    ):
        with pytest.raises(Forbidden):
            act()
    assert admin.is_active
    assert admin.role is Role.ADMIN


def test_nobody_is_not_found(admin: User) -> None:
    for act in (
        lambda: people.set_active(admin, uuid4(), active=False),
        lambda: people.set_role(admin, uuid4(), RoleInput(role=Role.VIEWER)),
        lambda: people.reset_password(admin, uuid4()),
    ):
        with pytest.raises(NotFound):
            act()


# ---- tokens


def test_a_token_opens_for_its_owner(user: User) -> None:
    made, secret = tokens.create_token(user, token(scope="trade"), NOW)
    found = tokens.token_user(secret, NOW)
    assert found
    assert (found.user.id, found.token.id, found.token.scope) == (user.id, made.id, TokenScope.TRADE)
    assert secret.startswith(made.prefix)
    assert secret not in (made.digest, made.prefix)


@pytest.mark.parametrize("secret", ["", "td_", LONG, CONTROL, "td_" + "a" * 43, "\ud800"])
def test_an_unknown_secret_opens_nothing(user: User, secret: str) -> None:
    tokens.create_token(user, token(), NOW)
    assert tokens.token_user(secret, NOW) is None


def test_a_token_ends_at_its_time_when_revoked_and_with_its_owner(user: User, clock: Clock) -> None:
    _, timed = tokens.create_token(user, token(days="1"), NOW)
    forever, kept = tokens.create_token(user, token(days=""), NOW)
    clock.turn(hours=23, minutes=59)
    assert tokens.token_user(timed, clock())
    clock.turn(minutes=1)
    assert tokens.token_user(timed, clock()) is None
    clock.turn(days=9_000)
    assert tokens.token_user(kept, clock())
    user.is_active = False
    db.session.commit()
    assert tokens.token_user(kept, clock()) is None
    user.is_active = True
    db.session.commit()
    tokens.revoke_token(user, forever.id, clock())
    assert tokens.token_user(kept, clock()) is None


def test_the_last_use_is_noted_at_most_once_a_minute(user: User, clock: Clock) -> None:
    made, secret = tokens.create_token(user, token(), NOW)
    read_only(True)  # as in a GET
    try:
        for seconds, noted in ((0, 0), (59, 0), (1, 60), (10, 60)):
            clock.turn(seconds=seconds)
            tokens.token_user(secret, clock())
            db.session.expire_all()
            assert made.last_used_at
            assert (made.last_used_at - NOW).total_seconds() == noted
    finally:
        read_only(False)


def test_a_viewers_token_only_reads(app: Flask) -> None:
    viewer = make_user("v@example.org", "V", Role.VIEWER)
    assert tokens.create_token(viewer, token(), NOW)
    for scope in ("trade", "admin"):
        with pytest.raises(Invalid) as refused:
            tokens.create_token(viewer, token(scope=scope), NOW)
        assert list(refused.value.fields) == ["scope"]


def test_a_token_form_sent_twice_makes_one_token_with_the_last_secret(user: User) -> None:
    entered = token()
    _, first = tokens.create_token(user, entered, NOW)
    _, second = tokens.create_token(user, entered, NOW)
    assert len(store.tokens_of(user.id)) == 1
    assert tokens.token_user(first, NOW) is None
    assert tokens.token_user(second, NOW)
    with pytest.raises(Conflict):  # it is in use by now
        tokens.create_token(user, entered, NOW)


def test_somebody_elses_token_can_neither_be_revoked_nor_made_anew(user: User) -> None:
    entered = token()
    made, secret = tokens.create_token(user, entered, NOW)
    other = make_user("o@example.org", "O")
    with pytest.raises(NotFound):
        tokens.revoke_token(other, made.id, NOW)
    with pytest.raises(NotFound):
        tokens.revoke_token(other, uuid4(), NOW)
    with pytest.raises(Conflict):
        tokens.create_token(other, entered, NOW)
    assert tokens.token_user(secret, NOW)
    tokens.revoke_token(user, made.id, NOW)
    with pytest.raises(NotFound):
        tokens.revoke_token(user, made.id, NOW)


def test_tokens_are_bounded(user: User) -> None:
    for number in range(tokens.MOST):
        db.session.add(
            ApiToken(user_id=user.id, name="x", prefix="td_", digest=str(number), scope=TokenScope.READ, created_at=NOW)
        )
    db.session.commit()
    with pytest.raises(Conflict):
        tokens.create_token(user, token(), NOW)


# ---- the terminal


@pytest.fixture
def runner(app: Flask) -> Any:
    return app.test_cli_runner()


def test_the_terminal_adds_a_person(runner: Any) -> None:
    asked = ["user", "create", "--email", "Root@desk.local", "--name", "Root", "--admin"]
    result = runner.invoke(args=asked, input=f"{OTHER}\n{OTHER}\n")
    assert result.exit_code == 0, result.output
    assert OTHER not in result.output
    made = store.user_by_email("root@desk.local")
    assert made
    assert made.role is Role.ADMIN
    assert not made.must_change_password
    assert made.time_zone == "America/New_York"
    again = runner.invoke(args=asked, input=f"{OTHER}\n{OTHER}\n")
    assert again.exit_code == 1
    assert "email: Somebody" in again.output


@pytest.mark.parametrize(
    ("options", "password", "said"),
    [
        (["--email", "no", "--name", "X"], OTHER, "email: "),
        (["--email", "a@b.co", "--name", CONTROL], OTHER, "name: "),
        (["--email", "a@b.co", "--name", "X", "--time-zone", "Mars"], OTHER, "time_zone: "),
        (["--email", "a@b.co", "--name", "X"], "short", "password: "),
        (["--email", "a@b.co", "--name", "X", "--role", "king"], OTHER, "--role"),
    ],
)
def test_the_terminal_says_what_is_wrong(runner: Any, options: list[str], password: str, said: str) -> None:
    result = runner.invoke(args=["user", "create", *options], input=f"{password}\n{password}\n")
    assert result.exit_code in (1, 2)
    assert said in result.output
    assert store.is_empty()


def test_the_terminal_resets_a_password(runner: Any, user: User) -> None:
    result = runner.invoke(args=["user", "reset-password", "Marta@example.org"], input=f"{OTHER}\n{OTHER}\n")
    assert result.exit_code == 0, result.output
    assert access.sign_in("marta@example.org", OTHER)
    unknown = runner.invoke(args=["user", "reset-password", "no@example.org"], input=f"{OTHER}\n{OTHER}\n")
    assert unknown.exit_code == 1
    assert "email: Nobody" in unknown.output
