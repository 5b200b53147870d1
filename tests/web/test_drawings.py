"""The drawings say what their figures say."""

import re
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.web import drawings as draw

R = st.floats(min_value=-20, max_value=20)


def shapes(svg, tag="rect"):
    """The attributes of every shape of one kind, in order."""
    return [element.attrib for element in ET.fromstring(str(svg)).iter(tag)]


def of_class(svg, kind, tag="rect"):
    """Those of them that wear a class."""
    return [shape for shape in shapes(svg, tag) if kind in shape["class"].split()]


def percent(text):
    return float(text.rstrip("%"))


@given(R, R, st.none() | R)
def test_an_r_line_stays_on_its_axis(now, stop, target):
    for shape in shapes(draw.r_line(now, stop, target)):
        assert float(shape["x"]) >= -1
        assert float(shape["x"]) + float(shape["width"]) <= draw.R_LINE.width + 1


def test_an_r_line_parts_what_is_locked_in_from_what_is_at_risk():
    solid, pale, _now = of_class(draw.r_line(2, 1, 4), "v-gain")
    assert float(solid["x"]) == pytest.approx(draw.R_LINE.at(0), abs=0.01)
    assert float(pale["x"]) == pytest.approx(draw.R_LINE.at(1), abs=0.01)
    assert "v-soft" in pale["class"]


def test_an_r_line_without_profit_at_the_stop_is_all_at_risk():
    risk, _now = of_class(draw.r_line(1, -1), "v-gain")
    assert "v-soft" in risk["class"]
    assert 'stroke-dasharray="2 2"' in draw.r_line(1, -1)


def test_a_loser_runs_left_of_zero_and_a_gap_past_the_stop_has_no_way_left():
    loss = of_class(draw.r_line(-0.5, -1), "v-loss")[0]
    assert float(loss["x"]) + float(loss["width"]) == pytest.approx(draw.R_LINE.at(0), abs=0.01)
    assert "dasharray" not in draw.r_line(-1.2, -1)


def test_the_axis_names_whole_values_and_the_unit_once():
    texts = [element.text for element in ET.fromstring(str(draw.r_axis())).iter("text")]
    assert texts == ["−1", "0", "1", "2", "3", "4", "5R"]


@given(R)
def test_a_bar_starts_at_zero_on_the_side_of_its_sign(value):
    gains, losses = of_class(draw.r_bar(value), "v-gain"), of_class(draw.r_bar(value), "v-loss")
    assert not gains or (value > 0 and float(gains[0]["x"]) == pytest.approx(draw.R_BAR.at(0), abs=0.01))
    assert not losses or value < 0
    assert ("<path" in draw.r_bar(value)) == (value > draw.R_BAR.high or value < draw.R_BAR.low)


def test_distance_to_the_stop_turns_amber_below_the_notch():
    assert of_class(draw.to_stop(Decimal("0.33")), "v-warn")
    assert of_class(draw.to_stop(Decimal("0.5")), "v-mid")
    assert float(of_class(draw.to_stop(9), "v-mid")[0]["width"]) == 44


@pytest.mark.parametrize(("taken", "lost", "kind"), [(1.5, 0.67, "v-acc"), (2.7, 0, "v-warn"), (1, 1.8, "v-warn")])
def test_a_meter_turns_amber_from_ninety_percent(taken, lost, kind):
    assert of_class(draw.meter(taken, 3, lost), kind)


@given(st.decimals(0, 100, places=2), st.decimals(0, 100, places=2), st.decimals(0, 50, places=2))
def test_a_meter_never_runs_over(taken, lost, limit):
    parts = shapes(draw.meter(taken, limit, lost))[1:]
    assert all(percent(part["x"] if "%" in part.get("x", "") else "0") <= 100 for part in parts)
    assert sum(percent(part["width"]) for part in parts if part["width"].endswith("%")) <= 100.01


def test_progress_of_nothing_is_nothing():
    assert len(shapes(draw.progress(0, 0))) == 1
    assert shapes(draw.progress(5, 10))[1]["width"] == "50%"


def test_shares_are_drawn_by_size_and_named_where_the_name_fits():
    svg = draw.share_bar([("NVDA", 2), ("GLD", 50), ("<GE>", 30)], 100)
    assert re.findall(r'class="seg-t">([^<]*)<', svg) == ["GLD", "&lt;GE&gt;"]
    assert [part["width"] for part in shapes(svg) if part["class"].startswith("seg")] == ["50%", "30%", "2%"]
    assert len(of_class(draw.share_bar([("A", 1)], 4, "loss"), "v-loss")) == 1


@pytest.mark.parametrize(
    ("chosen", "scale"), [(118, 250), (100, 200), (1, 2), (26, 100), (0, 1), (Decimal("0.05"), 0.1)]
)
def test_cap_bars_share_a_round_scale(chosen, scale):
    assert draw.cap_scale(chosen) == pytest.approx(scale)


def test_a_cap_beyond_the_scale_is_cut():
    assert len(of_class(draw.cap_bar(764, 118, 250), "v-surface")) == 2
    assert of_class(draw.cap_bar(118, 118, 250, binds=True), "v-acc")[0]["width"] == "47.2%"


def test_reward_divides_the_line_at_its_levels():
    svg = draw.reward([(0, "138.60", "stop"), (1, "146.20", "entry"), (3.5, "165.20", "2.5R"), (5, "176.60", "4.0R")])
    assert [part["width"] for part in shapes(svg) if part["height"] == "10"] == ["20%", "50%", "30%"]


def test_steps_fill_from_the_left():
    assert [part["class"] for part in shapes(draw.steps(1, 3))] == ["v-acc", "v-track", "v-track"]


def test_an_interval_over_zero_is_hollow():
    assert of_class(draw.interval(0.3, -0.1, 0.7, draw.MEAN_R), "s-ink3", "circle")
    assert of_class(draw.interval(0.6, 0.1, 1.1, draw.MEAN_R), "v-acc", "circle")
    assert of_class(draw.interval(0.5, 0.3, 0.7, draw.WIN_RATE, zero=False), "v-acc", "circle")
    assert len(shapes(draw.interval(0.3, None, None, draw.MEAN_R), "line")) == 1


def test_a_sparkline_has_a_ring_at_the_entry_and_a_dot_at_the_end():
    svg = draw.sparkline([1, 3, 2, 4], entry=1)
    assert len(shapes(svg, "circle")) == 2
    assert shapes(svg, "circle")[1]["cx"] == "73"
    assert ET.fromstring(str(draw.sparkline([5, 5]))) is not None


def test_an_equity_curve_is_as_wide_as_its_panel_and_says_what_it_shows():
    svg = draw.equity_curve([Decimal(100), Decimal(90), Decimal(120)], 'From "A" to <b>')
    assert shapes(svg, "polyline")[0]["points"] == "0,31.33 50,46 100,2"
    assert (shapes(svg, "line")[0]["y1"], shapes(svg, "polygon")[0]["class"]) == ("31.33", "v-acc")
    drawn = ET.fromstring(str(svg))
    assert (drawn.get("role"), drawn.get("aria-label")) == ("img", 'From "A" to <b>')
    assert "style" not in svg
    assert shapes(draw.equity_curve([5, 5], ""), "polyline")[0]["points"] == "0,46 100,46"


def test_a_scatter_tells_wins_and_losses_apart_by_their_shape():
    svg = draw.scatter(
        [draw.Spot(Decimal("-0.4"), 3, Decimal("2.1"), "NVDA"), draw.Spot(-1, Decimal("0.3"), -1, "<A>")]
    )
    assert 'aria-label="2 trades by how far they went against and for you, in R"' in svg
    assert '<circle cx="294.4" cy="137" r="3.4" class="v-gain v-half"><title>NVDA</title>' in svg
    assert (
        '<path d="M181 241.1L187 247.1M181 247.1L187 241.1" class="s-loss" stroke-width="1.6"><title>&lt;A&gt;' in svg
    )
    assert draw.scatter([]) == ""


def test_a_scatter_keeps_what_lies_beyond_at_its_edges():
    svg = draw.scatter([draw.Spot(-9, 99, 1, "AMC")])
    assert '<circle cx="0" cy="18" ' in svg


def test_a_histogram_counts_and_reads_itself_out():
    svg = draw.histogram([(-1, -0.5, 3), (-0.5, 0, 0), (0, 0.5, 1)], Decimal("-0.2"), None, None)
    assert "Histogram of R: -1 to -0.5R 3 trades, 0 to 0.5R 1 trades" in svg
    assert len(of_class(svg, "v-loss")) == len(of_class(svg, "v-gain")) == 1


@pytest.mark.parametrize(
    "drawn",
    [
        draw.r_line(None, None),
        draw.r_bar(None),
        draw.to_stop(None),
        draw.interval(None, None, None, draw.MEAN_R),
        draw.sparkline([1]),
        draw.equity_curve([1], "One"),
    ],
)
def test_unknown_draws_nothing(drawn):
    assert drawn == ""


def test_no_drawing_needs_inline_style():
    drawn = (
        draw.r_line(1, -1, 3) + draw.meter(1, 3) + draw.reward([(0, "1", "stop"), (1, "2", "entry")]) + draw.r_axis()
    )
    assert "style" not in drawn


def test_an_excursion_reaches_from_mae_to_mfe_with_the_result_between():
    drawn = draw.excursion(Decimal("-0.5"), Decimal("1.5"), 1, draw.Scale(-1, 3, 80))
    assert '<rect x="10" y="5" width="10" height="6" class="v-loss v-soft"/>' in drawn
    assert '<rect x="20" y="5" width="30" height="6" class="v-gain v-soft"/>' in drawn
    assert '<rect x="39" y="2" width="2" height="12" class="v-ink"/>' in drawn
    assert "<path" not in drawn
    assert "<path" in draw.excursion(Decimal("-0.5"), 9, None, draw.Scale(-1, 3, 80))  # cut
    assert draw.excursion(None, None, 1) == ""


def test_a_bar_of_what_is_no_result_has_its_own_kind():
    assert "v-acc" in draw.bar(1, kind="v-acc")
    assert "v-gain" not in draw.bar(1, kind="v-acc")
