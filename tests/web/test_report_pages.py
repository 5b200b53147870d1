"""What the reports offer beside figures: filters, two selections side by side, files, explanations, kept views."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.conftest import make_seat, make_user
from tests.web.test_reports import traded, words
from trenddojo.store.seats import Seat

TABLES = ("figures", "days", "months", "groups", "trades")


@pytest.fixture
def told(client: FlaskClient, seat: Seat) -> FlaskClient:
    """Two trades by one setup and one by another."""
    traded(seat, "AAA", "110", setup="Breakout", setup_quality=4)
    traded(seat, "BBB", "97.50", setup="Breakout")
    traded(seat, "CCC", "105", setup="Pullback")
    return client


def file_of(client: FlaskClient, table: str, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/reports/{table}.csv{query}")
    assert answer.status_code == 200
    name = table.replace("groups", "by-setup")
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="trenddojo-{name}-2026-')
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


class TestFilters:
    def test_a_setup(self, told: FlaskClient) -> None:
        page = told.get("/reports?setup=Breakout").text
        assert "Closed trades +75.00 USD 2 trades, 1 won" in words(page)
        assert 'aria-label="Setup Breakout: clear"' in page
        assert "P&L added up" in words(page)
        for heading in ("Largest drawdown", "Sharpe", "Equity and drawdown", "In the market"):
            assert heading not in words(page)

    def test_nothing_answers_to_it(self, told: FlaskClient) -> None:
        text = words(told.get("/reports?symbol=ZZZ").text)
        assert "No such trades No trade that answers to all of these filters was closed" in text

    @pytest.mark.parametrize(
        ("query", "trades"),
        [("quality=4", 1), ("direction=long", 3), ("direction=short", 0), ("symbol=ccc", 1), ("tag=none", 0)],
    )
    def test_the_others(self, told: FlaskClient, query: str, trades: int) -> None:
        assert f"{trades} trade{'' if trades == 1 else 's'}," in words(told.get(f"/reports?{query}").text)

    @pytest.mark.parametrize("query", ["quality=9", "direction=up", "account=mine", "mode=paper", "market=" + "x" * 99])
    def test_what_cannot_be_read_is_named(self, told: FlaskClient, query: str) -> None:
        answer = told.get(f"/reports?{query}")
        assert answer.status_code == 422
        assert f"<b>{query.partition('=')[0]}</b>:" in answer.text
        assert "3 trades" in words(answer.text)

    def test_another_persons_account_is_not_there(self, told: FlaskClient) -> None:
        other = make_seat(make_user("pia@example.org", "Pia"))
        for path in ("/reports", "/reports/compare", "/reports/trades.csv"):
            assert told.get(f"{path}?account={other.account.id}").status_code == 404


class TestCompare:
    def test_side_by_side(self, told: FlaskClient) -> None:
        text = words(told.get("/reports/compare?a_setup=Breakout&b_setup=Pullback").text)
        assert "Trades 2 1" in text
        assert "Net P&L +75.00 +50.00 −25.00" in text
        assert "Win rate 50.0% 100.0% +50.0 points" in text
        assert "Mean R +0.75R +1.00R +0.25R" in text

    def test_without_a_choice_both_are_all(self, told: FlaskClient) -> None:
        text = words(told.get("/reports/compare").text)
        assert "all trades" in text
        assert "Net P&L +125.00 +125.00 0.00" in text

    def test_what_is_wrong_stands_by_its_field_and_stays(self, told: FlaskClient) -> None:
        answer = told.get("/reports/compare?a_quality=9&b_symbol=AAA")
        assert answer.status_code == 422
        assert re.search(r'id="f-a_quality"[^>]*aria-invalid="true"', answer.text)
        assert re.search(r'id="f-b_symbol"[^>]*value="AAA"', answer.text)

    def test_dates_the_wrong_way_round(self, told: FlaskClient) -> None:
        answer = told.get("/reports/compare?from=2026-11-02&to=2026-11-01")
        assert answer.status_code == 422
        assert "<b>to</b>:" in answer.text

    def test_empty(self, client: FlaskClient, seat: Seat) -> None:
        assert "No closed trades" in words(client.get("/reports/compare").text)


class TestFiles:
    def test_the_trades_that_the_figures_are_of(self, told: FlaskClient) -> None:
        rows = file_of(told, "trades", "?setup=Breakout")
        assert sorted((row["symbol"], row["net_pnl"], row["outcome"]) for row in rows) == [
            ("AAA", "100.00", "win"), ("BBB", "-25.00", "loss"),
        ]  # fmt: skip

    def test_figures_are_exact(self, told: FlaskClient) -> None:
        found = {row["figure"]: row["value"] for row in file_of(told, "figures")}
        assert (found["trades"], found["net_pnl"], found["equity"]) == ("3", "125.00", "100125.00")
        assert found["win_rate"].startswith("0.666666666")

    def test_groups_and_months(self, told: FlaskClient) -> None:
        groups = {row["setup"]: row["net_pnl"] for row in file_of(told, "groups")}
        assert groups == {"Breakout": "75.00", "Pullback": "50.00"}
        assert [row["closed_net_pnl"] for row in file_of(told, "months") if row["month"] == "2026-11"] == ["125.00"]

    def test_days_of_some_trades_add_up(self, told: FlaskClient) -> None:
        assert [row["net_pnl_so_far"] for row in file_of(told, "days", "?setup=Pullback")] == ["50.00"]
        assert file_of(told, "days")[-1]["equity"] == "100125.00"

    @pytest.mark.parametrize("table", TABLES)
    def test_the_page_leads_to_them(self, told: FlaskClient, table: str) -> None:
        page = unescape(told.get("/reports?setup=Breakout&by=tag").text)
        assert f'href="/reports/{table}.csv?setup=Breakout&by=tag"' in page

    @pytest.mark.parametrize("table", TABLES)
    def test_what_cannot_be_read(self, told: FlaskClient, table: str) -> None:
        answer = told.get(f"/reports/{table}.csv?from=never")
        assert answer.status_code == 422
        assert "<b>from</b>:" in answer.text


def test_a_table_stands_behind_each_chart(told: FlaskClient) -> None:
    page = words(told.get("/reports").text)
    assert "As a table Date Equity Below the peak" in page
    assert "19 Nov 2026 100,125.00 0.00%" in page
    assert "As a table R Trades −0.50R to 0.00R 1 1.00R to 1.50R 1 2.00R to 2.50R 1" in page.replace("+", "")
    both = words(told.get("/reports/compare?a_setup=Breakout&b_setup=Pullback").text)
    assert "As a table Closed Breakout Pullback 11 Nov 2026 +1.50R +1.00R" in both


def test_every_figure_explains_itself(told: FlaskClient) -> None:
    page = told.get("/reports").text
    told_of = dict(re.findall(r'aria-describedby="(why-[\w-]+)">([^<]+)</button>', page))
    texts = dict(re.findall(r'<span role="tooltip" id="(why-[\w-]+)">([^<]+)</span>', page))
    assert told_of.keys() == texts.keys()
    assert len(texts) >= 27
    assert unescape(texts["why-win-rate"]).startswith("Wins / all closed trades: 2 / 3.")
    assert "over 3 trades" in texts["why-mean-r"]


def test_a_view_is_kept_with_its_filters(told: FlaskClient) -> None:
    page = told.get("/reports?setup=Breakout&by=tag").text
    assert '<input type="hidden" name="query" value="setup=Breakout&amp;by=tag">' in page
    sent = {"room": "reports", "name": "Breakouts", "query": "setup=Breakout&by=tag"}
    assert told.post("/views", data=sent).location == "/reports?setup=Breakout&by=tag"
    assert 'aria-current="true"><span>Breakouts</span>' in told.get("/reports?setup=Breakout&by=tag").text


class TestFilesOfDiscipline:
    @pytest.mark.parametrize("table", ["moves", "overrides", "skipped", "slippage", "checklist", "sizing", "adds"])
    def test_each_table(self, told: FlaskClient, table: str) -> None:
        page = told.get("/reports/discipline?period=3m").text
        assert f'href="/reports/discipline/{table}.csv?period=3m"' in page
        answer = told.get(f"/reports/discipline/{table}.csv?period=3m")
        rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
        assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="trenddojo-{table}-2026-08-19')
        assert all(len(row) == len(rows[0]) for row in rows)

    def test_its_rows_are_those_of_the_page(self, told: FlaskClient) -> None:
        told_rows = csv.DictReader(
            io.StringIO(told.get("/reports/discipline/sizing.csv").get_data().decode("utf-8-sig"))
        )
        assert sorted(row["symbol"] for row in told_rows) == ["AAA", "BBB", "CCC"]

    def test_what_is_not_there(self, told: FlaskClient) -> None:
        assert told.get("/reports/discipline/luck.csv").status_code == 404
        assert told.get("/reports/discipline/moves.csv?from=never").status_code == 422
