"""Secrets turn up nowhere: canaries are planted in all of them, and everything is made to fail as loudly as it can."""

from __future__ import annotations

import html
import json
import logging
import traceback
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, get_type_hints
from urllib.parse import quote, quote_plus
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.brokers import secretive
from tests.canaries import Canary, database_texts, filled, form_paths, page_paths, spotted
from tests.conftest import NOW, make_seat, make_user, sign_in
from tests.services.keyed import connected
from tests.web.api.desk import Program
from trenddojo.brokers.building import build_client
from trenddojo.brokers.errors import BrokerError
from trenddojo.brokers.registry import ADAPTERS, spec_of, specs
from trenddojo.brokers.spec import BrokerSpec, Building
from trenddojo.config import Config
from trenddojo.domain.terms import MemberRole, Mode, Role
from trenddojo.runtime import Runtime, install, runtime
from trenddojo.security.vault import Bound, VaultError
from trenddojo.services import accounts, brokerage, credentials
from trenddojo.services.connection_forms import Draft
from trenddojo.services.connections import connections_of
from trenddojo.services.errors import ServiceError
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.accounts import MemberInput
from trenddojo.services.inputs.brokers import ConnectInput, CredentialsInput
from trenddojo.store.database import db
from trenddojo.store.models import BrokerConnection, BrokerCredential, User
from trenddojo.web.api.table import OPERATIONS
from trenddojo.web.locks import UNLOCKED
from trenddojo.web.security import limiter

WORDS = {
    "broker": secretive.NAME,
    "symbol": "SPY",
    "kind": "setup",
    "on": "2026-11-18",
    "number": "2026",
    "month": "11",
    "table": "days",
}
"""What stands in an address where no id does; "1" for all others."""
PREFIXES = ("", "field-", "credentials.")
"""How forms and programs may name a broker's field."""


# ---- the detector itself

ONE = Canary("a test")
DISGUISES: dict[str, Callable[[str], str]] = {
    "in the clear": str,
    "in a URL": lambda secret: f"https://host/?key={quote(secret)}&x=1",
    "in a form": quote_plus,
    "in a page": lambda secret: f"<p>{html.escape(secret)}</p>",
    "in JSON": lambda secret: json.dumps({"key": secret}),
    "as a repr": lambda secret: repr({"key": secret.encode()}),
    "in hex": lambda secret: secret.encode().hex().upper(),
    "in a basic header": lambda secret: "Basic " + b64encode(f"name:{secret}".encode()).decode(),
    "in URL-safe base64": lambda secret: urlsafe_b64encode(f"{secret}\n".encode()).decode(),
    "in base64, one byte on": lambda secret: b64encode(b"x" + secret.encode()).decode(),
    "in capitals": str.upper,
    "cut short": lambda secret: secret[:20] + "...",
    "masked but for its end": lambda secret: "*****" + secret[-18:],
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_the_detector_sees_through(disguise: str) -> None:
    seen = {"a log": DISGUISES[disguise](ONE.text), "elsewhere": DISGUISES[disguise](Canary("another").text)}
    assert spotted([ONE], seen) == ["a test in a log"]


def test_the_detector_looks_into_the_database(app: Flask) -> None:
    make_user("leak@example.org", f"Leak {ONE.text}")
    assert spotted([ONE], database_texts()) == ["a test in table audit_log", "a test in table users"]


@pytest.mark.usefixtures("furnished")
def test_the_detector_goes_to_every_page(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    routes = app.url_map.bind("")
    reached = {routes.match(path)[0] for path in page_paths(app, [str(UUID(int=1))], WORDS)}
    assert endpoints - reached == {"static", "api.call"}


# ---- what is planted


@dataclass
class Planted:
    """An installation with a canary in every secret: of its configuration, and of connections of every kind."""

    app: Flask
    owner: User
    admin: User
    viewer: User
    connections: list[BrokerConnection] = field(default_factory=list)
    canaries: set[Canary] = field(default_factory=set)
    ids: list[str] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)

    def canary(self, where: str) -> str:
        """The secret for this place."""
        made = Canary(where)
        self.canaries.add(made)
        return made.text

    def secrets(self, spec: BrokerSpec, mode: Mode, why: str) -> dict[str, str]:
        """A canary for each field of a broker that is not kept in the open."""
        asked = [one for one in spec.fields_for(mode) if not one.is_setting]
        return {one.name: self.canary(f"{why}: {spec.name}, {mode}, {one.name}") for one in asked}

    def see(self, place: str, text: object) -> None:
        """Something that a person, a log or a program gets to see."""
        self.seen[f"{place} ({len(self.seen)})"] = f"{text}\n{text!r}"

    def people(self) -> Iterator[tuple[str, User]]:
        yield from (("owner", self.owner), ("admin", self.admin), ("viewer", self.viewer))


SHAPES: dict[Any, Callable[[str], Any]] = {
    str: str,
    tuple[str, ...]: lambda text: (text,),
    Mapping[str, str]: lambda text: {"API_SECRET": text},
}
"""How a variable of each type holds a secret."""


def _secret_variables(canary: Callable[[str], str]) -> dict[str, Any]:
    """A value with a canary for each field of the configuration that is left out of its repr."""
    types = get_type_hints(Config)
    hidden = [one.name for one in fields(Config) if not one.repr]
    return {name: SHAPES[types[name]](canary(f"configuration: {name}")) for name in hidden}


@pytest.fixture
def planted(furnished: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Planted:
    monkeypatch.setitem(ADAPTERS, secretive.NAME, secretive.__name__)
    monkeypatch.setattr(limiter, "enabled", False)
    app = furnished
    manager = app.extensions[brokerage.EXTENSION]
    manager._tools = replace(manager._tools, sleep=lambda _seconds: None)  # nobody waits for a latency that is played
    app.config["PROPAGATE_EXCEPTIONS"] = False  # an unhandled exception is logged and answered, as in production
    caplog.set_level(logging.DEBUG)
    made = Planted(
        app,
        owner=make_user("owner@example.org", "Olga Owner"),
        admin=make_user("admin@example.org", "Anna Admin", Role.ADMIN),
        viewer=make_user("viewer@example.org", "Viktor Viewer", Role.VIEWER),
    )
    _configure(made)
    _connect(made)
    return made


def _configure(planted: Planted) -> None:
    before = runtime()
    switches = {"enable_broker_integrations": True, "enable_live_trading": True}
    changed = replace(before.config, **_secret_variables(planted.canary), **switches)
    install(planted.app, Runtime(changed, before.clock))


def _connect(planted: Planted) -> None:
    seat = make_seat(planted.owner)
    accounts.set_member(seat, parse(MemberInput, {"email": planted.viewer.email, "role": MemberRole.VIEWER}))
    for spec in specs():
        for mode in spec.modes:
            if secrets := planted.secrets(spec, mode, "kept"):
                connection = connected(planted.owner, f"{spec.label} {mode}", broker=spec.name, mode=mode)
                credentials.keep(connection, secrets, NOW)
                planted.connections.append(connection)
    db.session.commit()
    planted.ids = [str(seat.account.id), str(planted.owner.id), *(str(one.id) for one in planted.connections)]


# ---- what is made to fail


def _failure(planted: Planted, what: str, act: Callable[[], object], *kinds: type[Exception]) -> None:
    with pytest.raises(kinds) as failed:
        act()
    error = failed.value
    planted.see(what, "".join(traceback.format_exception(error)))
    planted.see(what, (error, error.args, vars(error), error.__cause__, error.__context__))
    logging.getLogger("trenddojo").error("%s failed", what, exc_info=error)


def fail_to_reveal(planted: Planted) -> None:
    """A wrong key, a missing one, and records that were changed or moved."""
    first, second, *_ = planted.connections
    row, other = (db.session.get_one(BrokerCredential, one.id) for one in (first, second))
    config, first_id = runtime().config, first.id
    kept = (row.ciphertext, row.nonce)
    row.ciphertext, row.nonce = other.ciphertext, other.nonce
    db.session.commit()
    _failure(planted, "a moved record", lambda: credentials.reveal(first_id), VaultError)
    row.ciphertext, row.nonce = kept[0][::-1], kept[1]
    db.session.commit()
    _failure(planted, "a tampered record", lambda: credentials.reveal(first_id), VaultError)
    planted.see("a rotation", credentials.rotate(NOW))
    for key, kinds in ((planted.canary("a wrong key"), VaultError), ("", ServiceError)):
        wrong = replace(config, broker_encryption_key=key, broker_encryption_keys_old=())
        install(planted.app, Runtime(wrong, runtime().clock))
        planted.app.extensions.pop("vault", None)
        _failure(planted, "a wrong or missing key", lambda: credentials.reveal(first_id), kinds)
        planted.see("the doctor", planted.app.test_cli_runner().invoke(args=["doctor"]).output)
        planted.see("a rotation", planted.app.test_cli_runner().invoke(args=["credentials", "rotate"]).output)
    install(planted.app, Runtime(config, runtime().clock))
    planted.app.extensions.pop("vault", None)
    row.ciphertext = kept[0]
    db.session.commit()


def show_everything(planted: Planted) -> None:
    """The repr of whatever holds a secret, or stands beside one."""
    spec, mode = secretive.SPEC, Mode.PAPER
    secrets = planted.secrets(spec, mode, "shown")
    sent = {"broker": spec.name, "mode": mode, "name": "x", "credentials": secrets}
    vault = credentials.vault()
    bound = Bound(planted.owner.id, spec.name, planted.connections[0].id, mode)
    things = [
        *(runtime().config, runtime(), vault, vault.seal(secrets, bound), bound, spec, spec.problems(mode, secrets)),
        *(parse(ConnectInput, sent), parse(CredentialsInput, {"credentials": secrets})),
        *(Draft(spec, mode, "x", {}, secrets), _building(secrets, mode), planted.app, planted.app.extensions),
        *planted.connections,
        *(db.session.get_one(BrokerCredential, one.id) for one in planted.connections),
        *(vars(one) for one in planted.connections),
    ]
    for thing in things:
        planted.see(f"the repr of a {type(thing).__name__}", thing)
        logging.getLogger("trenddojo").debug("%r and %s", thing, thing)


def _building(secrets: dict[str, str], mode: Mode) -> Building:
    nothing: Any = None
    return Building(
        connection="x", mode=mode, credentials=secrets, settings={}, clock=runtime().clock, sleep=nothing,
        transport=nothing, ledger=nothing, tokens=nothing,
    )  # fmt: skip


def be_refused_by_a_broker(planted: Planted) -> None:
    """A broker that does not take the credentials, asked directly and through the manager."""
    for mode in (Mode.PAPER, Mode.LIVE):
        building = _building(planted.secrets(secretive.SPEC, mode, "refused"), mode)
        _failure(planted, "a refusal", lambda made=building: build_client(secretive.SPEC, made), BrokerError)


def break_a_page(planted: Planted) -> None:
    """A page that has decrypted everything and then meets an error that nobody foresaw."""
    ids = [one.id for one in planted.connections]

    def broken() -> str:
        revealed = [credentials.reveal(one) for one in ids]
        raise RuntimeError(f"{len(revealed)} connections, and something that nobody foresaw")

    whole = planted.app.view_functions["dashboard.index"]
    planted.app.view_functions["dashboard.index"] = broken
    answer = sign_in(planted.app, planted.owner).get("/")
    planted.app.view_functions["dashboard.index"] = whole
    assert answer.status_code == 500
    planted.see("a page that broke", answer.get_data(as_text=True))


def walk_the_pages(planted: Planted) -> None:
    """Every page, as the owner of the connections, as an admin, as a viewer, and as a stranger."""
    for mode in Mode:
        browser, sent = _browser(planted, planted.owner), _form(planted, mode)
        _look(planted, browser, "owner", "/brokers/connect", method="POST", data=sent)
    made = [str(one.id) for one in connections_of(planted.owner)]
    assert len(made) == len(planted.connections) + 1, "the simulated one is new, the others were refused"
    paths = page_paths(planted.app, list({*planted.ids, *made}), WORDS)
    browsers = {name: _browser(planted, person) for name, person in planted.people()}
    for name, browser in {**browsers, "stranger": planted.app.test_client()}.items():
        found = {path: _look(planted, browser, name, path) for path in paths}
        assert [path for path, status in found.items() if status == 500] == []
        assert sum(status == 200 for status in found.values()) >= (3 if name == "stranger" else 10)


def _browser(planted: Planted, person: User) -> FlaskClient:
    """A browser in which `person` is signed in and has unlocked live trading."""
    browser = sign_in(planted.app, person)
    with browser.session_transaction() as session:
        session[UNLOCKED] = session["seen"]
    return browser


def _form(planted: Planted, mode: Mode, missing: str = "") -> dict[str, str]:
    """A form about a broker with a canary in every secret field, except for one that is left out."""
    secrets = planted.secrets(secretive.SPEC, mode, "typed")
    typed = {name: text for name, text in secrets.items() if name != missing}
    return {
        **{f"{prefix}{name}": text for prefix in PREFIXES for name, text in typed.items()},
        "broker": secretive.NAME,
        "mode": mode.value,
        "name": f"Typed {mode}",
        "field-latency_ms": "0",
        "symbol": "SPY",
        "code": "AUTHENTICATION_FAILED",
    }


def _look(planted: Planted, browser: FlaskClient, who: str, path: str, **sent: Any) -> int:
    answer = browser.open(path, **sent)
    planted.see(f"{path} for the {who}", f"{answer.headers}\n{answer.get_data(as_text=True)}")
    return answer.status_code


def send_every_form(planted: Planted) -> None:
    """Canaries in every field of every form about brokers: taken, refused, and sent with something missing."""
    paths = form_paths(planted.app, "brokers", planted.ids, WORDS)
    paths.sort(key=lambda path: path.endswith("/disconnect"))  # at the end: nothing more can be asked of what it leaves
    for name, person in planted.people():
        browser = _browser(planted, person)
        found = {
            _look(planted, browser, name, path, method="POST", data=_form(planted, mode, missing))
            for path in paths
            for missing in ("secret", "key", "")
            for mode in Mode
        }
        assert 500 not in found
        assert found >= ({200, 303, 422} if person is planted.owner else {404})


def call_every_operation(planted: Planted) -> None:
    """Every operation that looks, and every one that takes credentials, with and without what it needs."""
    for name, person in planted.people():
        program = Program(planted.app, person, "read" if person.role is Role.VIEWER else "admin")
        found = set()
        for operation in OPERATIONS:
            for path in filled(operation.path, planted.ids, WORDS):
                for body in _bodies(planted, operation.takes) if operation.method != "GET" else [None]:
                    answer = program.call(operation.method, path, body)
                    planted.see(f"{operation.method} {path} for the {name}", answer.get_data(as_text=True))
                    found.add(answer.status_code)
        assert 500 not in found
        assert found >= ({200, 403} if person is planted.viewer else {200, 400, 404, 502})


def _bodies(planted: Planted, takes: type[Any] | None) -> Iterator[dict[str, Any]]:
    if takes is None or "credentials" not in takes.model_fields:
        return
    for mode in Mode:
        secrets = planted.secrets(secretive.SPEC, mode, "sent")
        for sent in (secrets, {**secrets, "secret": ""}, {**secrets, "stray": planted.canary("a stray field")}):
            yield {"mode": mode.value, "name": f"Sent {mode}", "credentials": sent}
            yield {"mode": "none", "credentials": list(sent.values())}


LOUD = [
    fail_to_reveal,
    show_everything,
    be_refused_by_a_broker,
    break_a_page,
    send_every_form,
    call_every_operation,
    walk_the_pages,
]
"""Whoever adds a way in which a secret could show adds it here."""


@pytest.mark.parametrize("loud", LOUD, ids=lambda act: act.__name__)
def test_no_secret_turns_up(
    planted: Planted, caplog: pytest.LogCaptureFixture, loud: Callable[[Planted], None]
) -> None:
    loud(planted)
    for record in caplog.records:
        planted.see(f"the log of {record.name}", f"{record.getMessage()} {vars(record)}")
    seen = {**planted.seen, "the log as it is written": caplog.text, **database_texts()}
    assert len(planted.canaries) > 10
    assert len(seen) > 20
    assert spotted(planted.canaries, seen) == []


def test_every_broker_that_asks_for_secrets_is_planted(planted: Planted) -> None:
    asking = {
        (spec.name, mode)
        for spec in specs()
        for mode in spec.modes
        if any(not f.is_setting for f in spec.fields_for(mode))
    }
    assert {(one.broker, one.mode) for one in planted.connections} == asking
    assert (secretive.NAME, Mode.LIVE) in asking
    assert all(credentials.reveal(one.id) for one in planted.connections)
    assert spec_of(secretive.NAME) is secretive.SPEC
