"""Every chart, whatever it shows: valid Vega-Lite, titles, texts, data, missing values, errors."""

import json
import re
from typing import Any

import altair as alt
import pandas as pd
import pytest
import vl_convert

from pht_core.charts import Picture
from pht_core.charts.marks import dodge
from pht_core.model.errors import PhtError
from tests.drawn import DRAW, FROM_TABLE, INCIDENCE, params_of, rows_of, spec_of, units

TEXTS = {
    "title": "What the figure shows",
    "subtitle": "How it was counted.",
    "footer": "Simulated data: made up (SHA-256 01234567); 17 of 17 patients.",
}
# Names that a view's own transforms give; all others must be columns of its table.
MADE = {"low", "high", "middle", "words", "at", "centre", "line"}


# A slide and a column of a journal are laid out differently.
WIDTHS = pytest.mark.parametrize("width", [960, 413])


def draw(name: str, theme: str = "light", width: int = 960) -> Picture:
    return DRAW[name](theme=theme, width=width, **TEXTS)


@WIDTHS
@pytest.mark.parametrize("theme", ["light", "dark", "grey"])
@pytest.mark.parametrize("name", DRAW)
def test_it_is_valid_vega_lite(name: str, theme: str, width: int) -> None:
    # Vega-Lite's schema checks the whole once, Vega-Lite's compiler checks it against itself.
    spec = spec_of(draw(name, theme, width))
    alt.VConcatChart.validate(spec)
    compiled = vl_convert.vegalite_to_vega(spec)
    assert compiled["marks"]


@pytest.mark.parametrize("name", DRAW)
def test_texts_are_in_the_picture(name: str) -> None:
    spec = spec_of(draw(name))
    params = params_of(spec)
    for text in ("title", "subtitle", "footer"):
        assert TEXTS[text] in params[f"{text}_text"]
    assert "title_text" in spec["title"]["text"]["expr"]
    drawn = [str(view["mark"].get("text")) for view in units(spec)]
    assert "subtitle_text" in drawn[0]
    assert "footer_text" in drawn[-1]
    # The alternative text says what kind of chart it is, what it shows, and figures.
    words = "Flow diagram" if name == "flow" else TEXTS["title"]
    assert words in spec["description"]
    assert spec["description"].split()[0].istitle()


@pytest.mark.parametrize("name", DRAW)
def test_without_subtitle_and_footer_no_room_is_left_for_them(name: str) -> None:
    picture = DRAW[name](title="What the figure shows", subtitle="", footer="")
    drawn = [str(view["mark"].get("text")) for view in units(spec_of(picture))]
    assert not any("footer_text" in text for text in drawn)
    # A thin tail explains itself in the subtitle.
    assert any("subtitle_text" in text for text in drawn) == (name == "survival")


def computed_in(view: dict[str, Any]) -> set[str]:
    """Columns that the browser adds by the view's own transforms."""
    made: list[Any] = []
    for step in view.get("transform", []):
        for one in (step, *step.get("window", [])):
            made += one["as"] if isinstance(one.get("as"), list) else [one.get("as")]
    return set(map(str, made))


@WIDTHS
@pytest.mark.parametrize("name", DRAW)
def test_encodings_name_columns_that_are_there(name: str, width: int) -> None:
    spec = spec_of(draw(name, width=width))
    for view in units(spec):
        if "name" not in view.get("data", {}):
            continue
        rows = spec["datasets"][view["data"]["name"]]
        columns = (
            set(rows[0])
            if rows
            else set(draw(name, width=width).datasets[view["data"]["name"]].columns)
        )
        for channel in view["encoding"].values():
            for part in channel if isinstance(channel, list) else [channel]:
                assert part.get("field", "words") in columns | MADE | computed_in(view)


@WIDTHS
@pytest.mark.parametrize("name", DRAW)
def test_parameters_that_are_used_have_values(name: str, width: int) -> None:
    spec = spec_of(draw(name, width=width))
    used = set(re.findall(r'"expr": "-?([A-Za-z_]+)"', json.dumps(spec["vconcat"])))
    # Those of every view are Vega's own.
    assert used <= set(params_of(spec)) | {"width", "height"}


@pytest.mark.parametrize("name", DRAW)
def test_the_structure_is_built_once(name: str) -> None:
    assert draw(name).template is draw(name).template
    assert draw(name).template != draw(name, "dark").template


@pytest.mark.parametrize("name", DRAW)
def test_width_is_the_whole_pictures(name: str) -> None:
    spec = spec_of(DRAW[name](width=700))
    assert {view["width"] for view in spec["vconcat"]} == {700}
    assert spec["autosize"]["type"] == "fit-x"


@pytest.mark.parametrize("name", FROM_TABLE)
def test_no_rows_is_said_in_words(name: str) -> None:
    chart, table = FROM_TABLE[name]
    with pytest.raises(PhtError, match=r"Nothing to draw: no rows for .+\. Widen the filter\."):
        chart(table.iloc[:0])


@pytest.mark.parametrize("name", FROM_TABLE)
def test_a_lacking_column_is_named(name: str) -> None:
    chart, table = FROM_TABLE[name]
    needed = {"n", "value", "q10", "grade", "estimate", "response_time", "dose"}
    lacking = next(column for column in table.columns if column in needed)
    with pytest.raises(PhtError, match=rf"lacks .*{lacking}.*; it has"):
        chart(table.drop(columns=lacking))


def test_an_unknown_theme_is_named() -> None:
    with pytest.raises(PhtError, match=r"Theme 'sepia' is not known.*light, dark"):
        DRAW["flow"](theme="sepia")


def test_a_missing_value_stays_missing() -> None:
    rows = rows_of(draw("incidence"), "bars")
    spec = spec_of(draw("incidence"))
    assert spec["datasets"]["bars"][5]["percent"] is None
    assert rows["n"].tolist() == INCIDENCE["n"].tolist()
    json.dumps(spec, allow_nan=False)


@pytest.mark.parametrize("name", DRAW)
def test_every_value_is_plain_json(name: str) -> None:
    json.dumps(spec_of(draw(name)), allow_nan=False)


def test_a_caller_may_change_what_it_gets() -> None:
    picture = draw("incidence")
    spec = spec_of(picture)
    spec["config"].clear()
    spec["datasets"]["bars"].clear()
    again = spec_of(picture)
    assert again["config"]
    assert len(again["datasets"]["bars"]) == len(INCIDENCE)


def test_the_table_given_is_not_changed() -> None:
    before = INCIDENCE.copy()
    draw("incidence")
    pd.testing.assert_frame_equal(INCIDENCE, before)


def test_the_first_table_is_the_figures_own() -> None:
    # The chart's toolbar shows the first one as its data.
    assert next(iter(spec_of(draw("trajectory"))["datasets"])) == "counts"


def svg_of(**texts: str) -> tuple[float, float, list[str]]:
    """Width, height and texts of the flow diagram, drawn narrow."""
    picture = DRAW["flow"](width=500, **texts)
    svg = vl_convert.vegalite_to_svg(picture.to_dict(font="DejaVu Sans, sans-serif"))
    size = re.search(r'width="([0-9.]+)" height="([0-9.]+)"', svg)
    assert size is not None
    return float(size[1]), float(size[2]), re.findall(r">([^<>]+)</", svg)


def test_long_texts_wrap_inside_the_picture() -> None:
    words = "A footer of many words that no narrow picture could hold in one line. " * 3
    _, bare, _ = svg_of()
    width, height, texts = svg_of(footer=words.strip(), title="A long title " * 8)
    assert width == pytest.approx(500, abs=2)
    # One more line of title, and three of footer, all within the picture's height.
    assert height > bare + 17 + 2 * 13
    # A line of 500 units has at most 100 letters of half the height of 10.
    assert max(len(text) for text in texts) <= 100
    assert " ".join(texts).count("narrow picture") == 3


@pytest.mark.parametrize(
    ("wanted", "placed"),
    [
        ([10, 50, 90], [10, 50, 90]),  # far apart: where they are wanted
        ([50, 50], [44, 56]),  # two at one place: to both sides
        ([90, 50, 52], [90, 45, 57]),  # the order of the input is kept
        ([1, 2, 3], [0, 12, 24]),  # not above the panel
        ([99, 100], [88, 100]),  # nor below it
        ([40, 50, 51, 62], [32.75, 44.75, 56.75, 68.75]),  # a run is moved as one
        ([], []),
    ],
)
def test_labels_are_moved_apart(wanted: list[float], placed: list[float]) -> None:
    assert dodge(wanted, 12, low=0, high=100) == pytest.approx(placed)


def test_tables_can_be_encoded_otherwise() -> None:
    spec = draw("incidence").to_dict(encode=lambda table: len(table))
    assert spec["datasets"]["bars"] == len(INCIDENCE)
    # Values that Altair named itself stay as they are.
    assert [{}] in spec["datasets"].values()
