"""What statements of a hundred megabytes, and hostile ones, cost in memory and time.

Run: .venv/bin/python -m benchmarks.hostile_statements [CASE ...]
Each is sent as a browser sends it and worked off in a process of its own; told is the most memory that it took over
what the application had before. The goal is 200 MB.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

GOAL_MB = 200
MB = 1_000_000
_HEAD = b"Date,Time,Symbol,Quantity,Price,Side,Commission\n"


_FLEX_HEAD = (
    b"ClientAccountID,CurrencyPrimary,AssetClass,Symbol,Buy/Sell,Quantity,TradePrice,DateTime,IBCommission,IBExecID\n"
)
_FLEX = b'<FlexQueryResponse type="AF">\n<FlexStatements count="1">\n<FlexStatement accountId="U1">\n<Trades>\n'
_FLEX_END = b"</Trades>\n</FlexStatement>\n</FlexStatements>\n</FlexQueryResponse>\n"


def _rows(number: int) -> Iterator[bytes]:
    yield _HEAD
    for start in range(0, number, 1000):
        yield b"".join(map(_row, range(start, start + 1000)))


def _row(one: int) -> bytes:
    on = b"20%02d-%02d-%02d,10:%02d:%02d" % (10 + one % 15, one % 12 + 1, one % 28 + 1, one % 60, one // 60 % 60)
    side = b"BS"[one % 2 : one % 2 + 1]
    return b"%s,S%03d,%d,%d.25,%s,1.00\n" % (on, one % 400, one % 90 + 1, one % 300 + 5, side)


def _flex(number: int, end: bytes = b"\n") -> Iterator[bytes]:
    yield _FLEX
    for start in range(0, number, 1000):
        yield b"".join(_element(one) + end for one in range(start, start + 1000))
    yield _FLEX_END


def _element(one: int) -> bytes:
    on = b"20%02d%02d%02d;10%02d%02d" % (10 + one % 15, one % 12 + 1, one % 28 + 1, one % 60, one // 60 % 60)
    fields = (
        b'currency="USD" fxRateToBase="1" assetCategory="STK" symbol="S%03d" description="SOME INC" multiplier="1" '
        b'dateTime="%s" transactionType="ExchTrade" exchange="NASDAQ" quantity="%d" tradePrice="%d.25" taxes="0" '
        b'ibCommission="-1.00" ibCommissionCurrency="USD" openCloseIndicator="" notes="P" buySell="%s" tradeID="%d" '
        b'ibExecID="0000e0d5.%08x.01.01" levelOfDetail="EXECUTION"'
    )
    side = (b"BUY", b"SELL")[one % 2]
    return b'<Trade accountId="U1" ' + fields % (one % 400, on, one % 90 + 1, one % 300 + 5, side, one, one) + b" />"


def _one_symbol(number: int) -> Iterator[bytes]:
    """Round trips of ten shares in one instrument, one after the other."""
    yield _HEAD
    for start in range(0, number, 1000):
        yield b"".join(map(_trip, range(start, start + 1000)))


def _trip(one: int) -> bytes:
    day, moment = divmod(one, 100)
    on = b"20%02d-%02d-%02d,10:%02d:%02d" % (
        10 + day // 336,
        day // 28 % 12 + 1,
        day % 28 + 1,
        moment // 60,
        moment % 60,
    )
    return b"%s,ONE,10,%d.25,%s,1.00\n" % (on, one % 300 + 5, b"BS"[one % 2 : one % 2 + 1])


def _repeated(piece: bytes, megabytes: int, head: bytes = _HEAD) -> Iterator[bytes]:
    yield head
    block = piece * (MB // len(piece) + 1)
    for _ in range(megabytes):
        yield block


CASES: dict[str, Callable[[], Iterator[bytes]]] = {
    "1,000 fills": lambda: _rows(1000),
    "200,000 fills": lambda: _rows(200_000),
    "200,000 fills of one symbol": lambda: _one_symbol(200_000),
    "100 MB, one line": lambda: _repeated(b"a", 100, b""),
    "100 MB of cells in one line": lambda: _repeated(b"a,", 100),
    "100 MB of lines that are nothing": lambda: _repeated(b"x,y,z\n", 100),
    "100 MB of NUL bytes": lambda: _repeated(b"\0", 100),
    "100 MB of quotes": lambda: _repeated(b'"', 100),
    "100 MB of open quotes": lambda: _repeated(b'"a\n', 100),
    "100 MB of line ends": lambda: _repeated(b"\n", 100),
    "a fill, 11 MB of lone quotes": lambda: _repeated(b'"a\n', 11, _HEAD + _row(1)),
    "a fill, 95 MB of quotes staying open": lambda: _repeated(b'x","' + b"z" * 19 + b"\n", 95, _HEAD + _row(1)),
    "a fill, 100 MB of line ends": lambda: _repeated(b"\n", 100, _HEAD + _row(1)),
    "100,000 repeated headers": lambda: iter([_FLEX_HEAD * 100_000]),
    "200,000 fills as XML, 85 MB": lambda: _flex(200_000),
    "20,000 fills as XML, one line": lambda: _flex(20_000, b""),
    "100 MB of text in XML": lambda: _repeated(b"text ", 100, _FLEX),
    "100 MB of one attribute in XML": lambda: _repeated(b"x", 100, _FLEX + b'<Trade a="'),
    "100 MB of elements within others": lambda: _repeated(b"<a>", 100, _FLEX),
    "100 MB of short elements in XML": lambda: _repeated(b'<Trade a="1"/>', 100, _FLEX),
    "95 MB of lines that are skipped": lambda: _repeated(b"EOS" + b"," * 22 + b"\n", 95, _FLEX_HEAD),
    "100 MB of names in XML": lambda: _names(4_000_000),
    "100 MB of fills of one symbol": lambda: _repeated(_row(1), 100),
    "100 MB of fills of as many symbols": lambda: _symbols(2_400_000),
    "40 MB in UTF-16": lambda: _wide(400_000),
}


def _names(number: int) -> Iterator[bytes]:
    yield _FLEX
    for start in range(0, number, 1000):
        yield b"".join(b'<Trade a%d="1" b="" />' % one for one in range(start, start + 1000))


def _symbols(number: int) -> Iterator[bytes]:
    yield _HEAD
    for start in range(0, number, 1000):
        yield b"".join(b"2020-01-02,10:00:00,S%07d,1,5.25,B,1.00\n" % one for one in range(start, start + 1000))


def _wide(number: int) -> Iterator[bytes]:
    yield b"\xff\xfe"
    for block in _rows(number):
        yield block.decode().encode("utf-16-le")


def _run(name: str, folder: Path) -> None:
    """Send one, work it off, and tell."""
    import logging

    from tests.conftest import Clock, make_seat, make_user, settings, sign_in
    from trenddojo.factory import create_app
    from trenddojo.services.imports import work
    from trenddojo.store.database import db
    from trenddojo.store.models import Import

    logging.disable(logging.CRITICAL)
    app = create_app(settings(f"sqlite:///{folder}/x.db", IMPORTS_PATH=str(folder / "imports")), Clock())
    app.config["WTF_CSRF_ENABLED"] = False
    app.furnish()
    with app.app_context():
        db.create_all()
        seat = make_seat(make_user("marta@example.org", "Marta Lind"))
        account_id, browser = str(seat.account.id), sign_in(app, seat.user)
        browser.get("/imports")
        db.session.remove()
    file = folder / "body"
    begin, end = _frame(account_id)
    with file.open("wb") as body:
        body.write(begin)
        for block in CASES[name]():
            body.write(block)
        body.write(end)
    idle, started = _most(), time.perf_counter()
    with file.open("rb") as body:
        answer = browser.post(
            "/imports", input_stream=body, content_length=file.stat().st_size,
            content_type="multipart/form-data; boundary=x",
        )  # fmt: skip
    sent = time.perf_counter() - started
    told = [f"{answer.status_code}"]
    with app.app_context():
        row = db.session.scalars(db.select(Import)).one_or_none()
        if row is not None:
            browser.post(f"/imports/{row.id}/answers", data=_answers(row.format))
            for _ in range(3):
                db.session.rollback()
                work.work(row.id, None, app.extensions["trenddojo"].clock())
                page = browser.get(f"/imports/{row.id}")
                told.append(f"{page.status_code}")
                if db.session.get(Import, row.id, populate_existing=True).status != "ready":
                    break
                browser.post(f"/imports/{row.id}/book", data={"stop_kind": "none"})
            db.session.rollback()
            row = db.session.get(Import, row.id, populate_existing=True)
            told.append(f"{row.status} {row.counts.get('fills_new', '')} {row.error[:60]}")
    took = time.perf_counter() - started
    print(f"{name:36} {(_most() - idle) / 1000:8.0f} MB {sent:7.1f} s {took:7.1f} s  {' '.join(told)}")


def _answers(format_name: str) -> dict[str, Any]:
    columns = {"column:date": "Date", "column:symbol": "Symbol", "column:quantity": "Quantity", "column:price": "Price"}
    return {"format": format_name or "mapped", "zone": "America/New_York", **columns}


def _frame(account_id: str) -> tuple[bytes, bytes]:
    begin = (
        f'--x\r\nContent-Disposition: form-data; name="account"\r\n\r\n{account_id}\r\n'
        '--x\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\nContent-Type: text/csv\r\n\r\n'
    )
    return begin.encode(), b"\r\n--x--\r\n"


def _most() -> int:
    """The most memory that this process has had, in KB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    print(f"{'':36} {'over idle':>11} {'sent':>9} {'in all':>9}  answers; the goal is {GOAL_MB} MB")
    for name in sys.argv[1:] or CASES:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, "-m", __spec__.name, "--one", name, folder], check=True)


if __name__ == "__main__":
    if "--one" in sys.argv:
        _run(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
