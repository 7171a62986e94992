"""Patient flow: from all treated to those given prednisone, as boxes."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.picture import PLAIN, ROWS, Frame, Picture, View, needs, structure, wrapped
from pht_core.charts.theme import palette

# Below the chain: who joins it again at its end without having been in the step before.
_ASIDE = "late"
_HALF = 0.41
_ROW_HEIGHT = 120
# In a column: heights of a box, of an arrow, and of the box beside the chain; where in the width
# the chain ends and that box begins.
_BOX, _ARROW, _LATE = 50, 20, 104
_MAIN, _BESIDE = 0.63, 0.7
# Where the numbers end in a box.
_NUMBER = 66


def flow_chart(
    flow: pd.DataFrame,
    frame: Frame = PLAIN,
) -> Picture:
    """Boxes from left to right, a step each; late cytopenia joins from below.

    Below 640 units they stand one under the other, and late cytopenia joins from the right.

    Parameters
    ----------
    flow : step, label, n, n_total (missing: none), note, order; see ``summary.count_flow``.

    Raises
    ------
    PhtError : no rows, or a column is lacking.
    """
    columns = ["step", "label", "n", "note", "order"]
    boxes = needs(flow, columns, "the patient flow").sort_values("order").reset_index(drop=True)
    aside = boxes["step"] == _ASIDE
    boxes["words"] = boxes["label"].astype(str) + boxes["note"].fillna("").map(
        lambda note: f" ({note})" if note else ""
    )
    boxes["last"] = boxes.index == boxes.index[-1]
    # The aside shares the column of the step before it.
    boxes["column"] = (~aside).cumsum() - 1.0
    boxes["row"] = aside.astype(float)
    if frame.narrow:
        return _column(boxes, frame)
    columns_used = int(boxes["column"].max()) + 1
    rows = 2 if aside.any() else 1
    boxes["left"], boxes["right"] = boxes["column"] - _HALF, boxes["column"] + _HALF
    boxes["top"], boxes["bottom"] = boxes["row"] - _HALF, boxes["row"] + _HALF
    lines, heads = _arrows(boxes)
    return Picture(
        template=_flow_structure(frame.theme, columns=columns_used, rows=rows),
        frame=frame,
        description=_describe(frame, boxes),
        datasets={"boxes": boxes, "lines": lines, "heads": heads},
    )


def _describe(frame: Frame, boxes: pd.DataFrame) -> str:
    told = "; ".join(f"{n} {words}" for n, words in zip(boxes["n"], boxes["words"], strict=True))
    return frame.describe("Flow diagram", f"{told}.")


def _column(boxes: pd.DataFrame, frame: Frame) -> Picture:
    """The chain from top to bottom; units of y are pixels, of x shares of the width."""
    boxes = boxes.copy()
    chain, late = boxes[boxes["row"] == 0], boxes[boxes["row"] > 0]
    edge = _MAIN if len(late) else 1.0
    step = _BOX + _ARROW
    place = dict(zip(chain.index, range(len(chain)), strict=True))
    row = [place.get(index, 0) for index in boxes.index]
    boxes["left"], boxes["right"] = 0.0, edge
    boxes["top"] = [n * step for n in row]
    boxes["bottom"] = boxes["top"] + _BOX
    lines: list[tuple[int, int, float, float]] = [
        (n, end, edge / 2, n * step + (_BOX if end == 0 else step))
        for n in range(len(chain) - 1)
        for end in (0, 1)
    ]
    heads: list[tuple[float, float, str]] = [
        (edge / 2, (n + 1) * step - 5, "triangle-down") for n in range(len(chain) - 1)
    ]
    for index in late.index:
        # From those followed, past those with PHT at day 28, to those given prednisone.
        first = max(int(late.loc[index, "column"]) - 2, 0)
        last = min(int(late.loc[index, "column"]) + 1, len(chain) - 1)
        top, bottom = first * step + _BOX / 2, last * step + _BOX / 2
        middle, half = (top + bottom) / 2, min(_LATE / 2, (bottom - top) / 2 - _ARROW)
        at = (_BESIDE + 1) / 2
        boxes.loc[index, ["left", "right", "top", "bottom"]] = [
            _BESIDE, 1.0, middle - half, middle + half,
        ]  # fmt: skip
        for corners in (
            [(edge, top), (at, top), (at, middle - half)],
            [(at, middle + half), (at, bottom), (edge, bottom)],
        ):
            number = max((line[0] for line in lines), default=-1) + 1
            lines += [(number, n, x, y) for n, (x, y) in enumerate(corners)]
        heads.append((at, middle - half - 5, "triangle-down"))
        heads.append((edge + 0.016, bottom, "triangle-left"))
    boxes["middle"] = (boxes["top"] + boxes["bottom"]) / 2
    return Picture(
        template=_column_structure(frame.theme, narrow=True),
        frame=frame,
        description=_describe(frame, boxes),
        datasets={
            "boxes": boxes,
            "lines": pd.DataFrame(lines, columns=["line", "step", "x", "y"]),
            "heads": pd.DataFrame(heads, columns=["x", "y", "shape"]),
        },
        rows_height=len(chain) * step - _ARROW,
    )


def _arrows(boxes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Corners of the lines between boxes, and their heads."""
    chain = boxes[boxes["row"] == 0]
    lines: list[tuple[int, int, float, float]] = []
    heads: list[tuple[float, float]] = []

    def draw(corners: list[tuple[float, float]]) -> None:
        number = len(heads)
        lines.extend((number, step, x, y) for step, (x, y) in enumerate(corners))
        heads.append(corners[-1])

    for left, right in zip(chain["right"], chain["left"].iloc[1:], strict=False):
        draw([(left, 0.0), (right, 0.0)])
    for column in boxes.loc[boxes["row"] > 0, "column"].tolist():
        # Late cytopenia comes from those followed, not from those with PHT at day 28.
        source = max(column - 2, 0.0)
        draw([(source, _HALF), (source, 1.0), (column - _HALF, 1.0)])
        if column < chain["column"].max():
            draw([(column + _HALF, 1.0), (column + 1, 1.0), (column + 1, _HALF)])
    return (
        pd.DataFrame(lines, columns=["line", "step", "x", "y"]),
        pd.DataFrame(heads, columns=["x", "y"]).assign(up=[y == _HALF for _, y in heads]),
    )


@structure
def _flow_structure(theme: str, *, columns: int, rows: int) -> list[View]:
    colours = palette(theme)
    across = alt.Scale(domain=[-0.45, columns - 0.55], nice=False, zero=False)
    down = alt.Scale(domain=[-0.45, rows - 0.55], nice=False, zero=False, reverse=True)
    boxes = alt.Chart(alt.NamedData("boxes"))

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=across, axis=None)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=down, axis=None)

    lines = (
        alt.Chart(alt.NamedData("lines"))
        .mark_line(color=colours.outline, strokeWidth=1.5)
        .encode(x=x("x"), y=y("y"), detail=alt.Detail("line:N"), order=alt.Order("step:Q"))
    )
    head = alt.Chart(alt.NamedData("heads")).mark_point(
        filled=True, size=70, opacity=1, color=colours.outline
    )
    heads = [
        head.transform_filter(test).encode(x=x("x"), y=y("y"), shape=alt.ShapeValue(shape))
        for test, shape in (("!datum.up", "triangle-right"), ("datum.up", "triangle-up"))
    ]
    frames = boxes.mark_rect(
        fill=colours.box, stroke=colours.outline, strokeWidth=1, cornerRadius=6
    ).encode(x=x("left"), x2=alt.X2("right"), y=y("top"), y2=alt.Y2("bottom"))
    last = (
        boxes.transform_filter("datum.last")
        .mark_rect(fill=colours.box, stroke=colours.accent, strokeWidth=2.5, cornerRadius=6)
        .encode(x=x("left"), x2=alt.X2("right"), y=y("top"), y2=alt.Y2("bottom"))
    )
    numbers = boxes.mark_text(fontSize=24, fontWeight=600, dy=-24).encode(
        x=x("column"), y=y("row"), text=alt.Text("n:Q", format=",")
    )
    labels = boxes.mark_text(
        fontSize=12,
        dy=4,
        baseline="middle",
        lineHeight=15,
        text=alt.ExprRef(wrapped("datum.words", f"width / {columns} * 0.76", 12)),
    ).encode(x=x("column"), y=y("row"))
    figure = alt.layer(lines, frames, last, *heads, numbers, labels)
    return [figure.properties(height=rows * _ROW_HEIGHT)]


@structure
def _column_structure(theme: str, *, narrow: bool) -> list[View]:
    colours = palette(theme)
    across = alt.Scale(domain=[0, 1], nice=False, zero=False)
    boxes = alt.Chart(alt.NamedData("boxes"))

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=across, axis=None)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=None, axis=None)

    lines = (
        alt.Chart(alt.NamedData("lines"))
        .mark_line(color=colours.outline, strokeWidth=1.5)
        .encode(x=x("x"), y=y("y"), detail=alt.Detail("line:N"), order=alt.Order("step:Q"))
    )
    heads = (
        alt.Chart(alt.NamedData("heads"))
        .mark_point(filled=True, size=60, opacity=1, color=colours.outline)
        .encode(x=x("x"), y=y("y"), shape=alt.Shape("shape:N", scale=None))
    )
    frames = [
        boxes.transform_filter(test)
        .mark_rect(fill=colours.box, stroke=stroke, strokeWidth=thick, cornerRadius=5)
        .encode(x=x("left"), x2=alt.X2("right"), y=y("top"), y2=alt.Y2("bottom"))
        for test, stroke, thick in (
            ("!datum.last", colours.outline, 1),
            ("datum.last", colours.accent, 2.5),
        )
    ]
    chain, late = (boxes.transform_filter(f"datum.row {sign} 0") for sign in ("===", ">"))
    number: dict[str, Any] = {"fontSize": 22, "fontWeight": 600, "baseline": "middle"}
    words: dict[str, Any] = {"fontSize": 12, "lineHeight": 14}
    # Beside the number where a box is flat, under it where it is not.
    room = f"width * (datum.right - datum.left) - {_NUMBER + 14}"
    beside = wrapped("datum.words", room, 12)
    lines_of = f"length({beside})"
    under = wrapped("datum.words", f"width * {1 - _BESIDE:.2f} - 12", 12)
    texts = [
        chain.mark_text(align="right", dx=_NUMBER, **number).encode(
            x=x("left"), y=y("middle"), text=alt.Text("n:Q", format=",")
        ),
        chain.mark_text(
            align="left",
            baseline="middle",
            dx=_NUMBER + 8,
            dy=alt.ExprRef(f"-7 * ({lines_of} - 1)"),
            text=alt.ExprRef(beside),
            **words,
        ).encode(x=x("left"), y=y("middle")),
        late.transform_calculate(centre="(datum.left + datum.right) / 2")
        .mark_text(dy=22, **number)
        .encode(x=x("centre"), y=y("top"), text=alt.Text("n:Q", format=",")),
        late.transform_calculate(centre="(datum.left + datum.right) / 2")
        .mark_text(baseline="top", dy=40, text=alt.ExprRef(under), **words)
        .encode(x=x("centre"), y=y("top")),
    ]
    return [alt.layer(lines, *frames, heads, *texts).properties(name=ROWS)]
