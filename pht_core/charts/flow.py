"""Patient flow: from all treated to those given prednisone, as boxes."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.frame import PLAIN, ROWS, Frame, View
from pht_core.charts.picture import Picture, needs, structure, wrapped
from pht_core.charts.theme import palette

# Beside the chain: who joins it again at its end without having been in the step before.
_ASIDE = "late"
# In a row: half the side of a box, its place being 1 wide and 1 high.
_HALF = 0.41
_ROW_HEIGHT = 120
# In a column: heights of a box, of an arrow, and of the box beside the chain; where in the width
# the chain ends and that box begins; where the numbers end in a box.
_BOX, _ARROW, _LATE = 50, 20, 104
_MAIN, _BESIDE = 0.63, 0.7
_NUMBER = 66

Corners = list[tuple[float, float]]


class _Arrows:
    """Lines by their corners, and a head at the end of each arrow."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, int, float, float]] = []
        self.heads: list[tuple[float, float, str]] = []
        self.drawn = 0

    def add(self, corners: Corners, shape: str, head: tuple[float, float] | None = None) -> None:
        """Draw a line; its head is at its end where no other place is given."""
        self.lines += [(self.drawn, step, x, y) for step, (x, y) in enumerate(corners)]
        self.heads.append((*(head or corners[-1]), shape))
        self.drawn += 1

    def tables(self) -> dict[str, pd.DataFrame]:
        """Data ``lines`` and ``heads``."""
        return {
            "lines": pd.DataFrame(self.lines, columns=["line", "step", "x", "y"]),
            "heads": pd.DataFrame(self.heads, columns=["x", "y", "shape"]),
        }


def flow_chart(flow: pd.DataFrame, frame: Frame = PLAIN) -> Picture:
    """Boxes from left to right, a step each; late cytopenia joins from below.

    In a narrow frame they stand one under the other, and late cytopenia joins from the right.

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
    content = "; ".join(f"{n} {words}" for n, words in zip(boxes["n"], boxes["words"], strict=True))
    steps = int((~aside).sum())
    if frame.narrow:
        arrows = _place_in_column(boxes, steps)
        template = _column_structure(frame.theme, narrow=True)
    else:
        arrows = _place_in_row(boxes)
        template = _row_structure(frame.theme, columns=steps, rows=2 if aside.any() else 1)
    return Picture(
        template=template,
        frame=frame,
        description=frame.describe("Flow diagram", f"{content}."),
        datasets={"boxes": boxes, **arrows.tables()},
        rows_height=steps * (_BOX + _ARROW) - _ARROW,
    )


def _place_in_row(boxes: pd.DataFrame) -> _Arrows:
    """The chain from left to right, a unit each."""
    boxes["left"], boxes["right"] = boxes["column"] - _HALF, boxes["column"] + _HALF
    boxes["top"], boxes["bottom"] = boxes["row"] - _HALF, boxes["row"] + _HALF
    chain = boxes[boxes["row"] == 0]
    arrows = _Arrows()
    for left, right in zip(chain["right"], chain["left"].iloc[1:], strict=False):
        arrows.add([(left, 0.0), (right, 0.0)], "triangle-right")
    for column in boxes.loc[boxes["row"] > 0, "column"].tolist():
        # Late cytopenia comes from those followed, not from those with PHT at day 28.
        source = max(column - 2, 0.0)
        arrows.add([(source, _HALF), (source, 1.0), (column - _HALF, 1.0)], "triangle-right")
        if column < chain["column"].max():
            end = [(column + _HALF, 1.0), (column + 1, 1.0), (column + 1, _HALF)]
            arrows.add(end, "triangle-up")
    return arrows


def _place_in_column(boxes: pd.DataFrame, steps: int) -> _Arrows:
    """The chain from top to bottom; units of y are pixels, of x shares of the width."""
    late = boxes[boxes["row"] > 0]
    edge = _MAIN if len(late) else 1.0
    step = _BOX + _ARROW
    boxes["left"], boxes["right"] = 0.0, edge
    boxes["top"] = boxes["column"] * step
    boxes["bottom"] = boxes["top"] + _BOX
    arrows = _Arrows()
    for n in range(steps - 1):
        x, below = edge / 2, (n + 1) * step
        arrows.add([(x, n * step + _BOX), (x, below)], "triangle-down", (x, below - 5))
    for index in late.index:
        # From those followed, past those with PHT at day 28, to those given prednisone.
        first = max(int(late.loc[index, "column"]) - 2, 0)
        last = min(int(late.loc[index, "column"]) + 1, steps - 1)
        top, bottom = first * step + _BOX / 2, last * step + _BOX / 2
        middle, half = (top + bottom) / 2, min(_LATE / 2, (bottom - top) / 2 - _ARROW)
        x, upper, lower = (_BESIDE + 1) / 2, middle - half, middle + half
        boxes.loc[index, ["left", "right", "top", "bottom"]] = [_BESIDE, 1.0, upper, lower]
        arrows.add([(edge, top), (x, top), (x, upper)], "triangle-down", (x, upper - 5))
        end = [(x, lower), (x, bottom), (edge, bottom)]
        arrows.add(end, "triangle-left", (edge + 0.016, bottom))
    boxes["middle"] = (boxes["top"] + boxes["bottom"]) / 2
    return arrows


def _boxes_and_arrows(
    theme: str, across: alt.Scale, down: alt.Scale | None, *, corner: int, head: int
) -> list[alt.Chart]:
    """Lines, boxes (the last one stands out) and heads."""
    colours = palette(theme)
    boxes = alt.Chart(alt.NamedData("boxes"))
    x, y = alt.X("x:Q", scale=across, axis=None), alt.Y("y:Q", scale=down, axis=None)
    lines = (
        alt.Chart(alt.NamedData("lines"))
        .mark_line(color=colours.outline, strokeWidth=1.5)
        .encode(x=x, y=y, detail=alt.Detail("line:N"), order=alt.Order("step:Q"))
    )
    heads = (
        alt.Chart(alt.NamedData("heads"))
        .mark_point(filled=True, size=head, opacity=1, color=colours.outline)
        .encode(x=x, y=y, shape=alt.Shape("shape:N", scale=None))
    )
    frames = [
        boxes.transform_filter(test)
        .mark_rect(fill=colours.box, stroke=stroke, strokeWidth=thick, cornerRadius=corner)
        .encode(
            x=alt.X("left:Q", scale=across, axis=None),
            x2=alt.X2("right"),
            y=alt.Y("top:Q", scale=down, axis=None),
            y2=alt.Y2("bottom"),
        )
        for test, stroke, thick in (
            ("!datum.last", colours.outline, 1),
            ("datum.last", colours.accent, 2.5),
        )
    ]
    return [lines, *frames, heads]


@structure
def _row_structure(theme: str, *, columns: int, rows: int) -> list[View]:
    across = alt.Scale(domain=[-0.45, columns - 0.55], nice=False, zero=False)
    down = alt.Scale(domain=[-0.45, rows - 0.55], nice=False, zero=False, reverse=True)
    boxes = alt.Chart(alt.NamedData("boxes"))
    place = {
        "x": alt.X("column:Q", scale=across, axis=None),
        "y": alt.Y("row:Q", scale=down, axis=None),
    }
    numbers = boxes.mark_text(fontSize=24, fontWeight=600, dy=-24).encode(
        text=alt.Text("n:Q", format=","), **place
    )
    words = wrapped("datum.words", f"width / {columns} * 0.76", 12)
    labels = boxes.mark_text(
        fontSize=12, dy=4, baseline="middle", lineHeight=15, text=alt.ExprRef(words)
    ).encode(**place)
    drawn = _boxes_and_arrows(theme, across, down, corner=6, head=70)
    return [alt.layer(*drawn, numbers, labels).properties(height=rows * _ROW_HEIGHT)]


@structure
def _column_structure(theme: str, *, narrow: bool) -> list[View]:
    across = alt.Scale(domain=[0, 1], nice=False, zero=False)
    boxes = alt.Chart(alt.NamedData("boxes"))
    chain, late = (boxes.transform_filter(f"datum.row {sign} 0") for sign in ("===", ">"))
    late = late.transform_calculate(centre="(datum.left + datum.right) / 2")
    beside = {
        "x": alt.X("left:Q", scale=across, axis=None),
        "y": alt.Y("middle:Q", scale=None, axis=None),
    }
    below = {
        "x": alt.X("centre:Q", scale=across, axis=None),
        "y": alt.Y("top:Q", scale=None, axis=None),
    }
    number: dict[str, Any] = {"fontSize": 22, "fontWeight": 600, "baseline": "middle"}
    words: dict[str, Any] = {"fontSize": 12, "lineHeight": 14}
    n = alt.Text("n:Q", format=",")
    # Beside the number where a box is flat, under it where it is not.
    room = f"width * (datum.right - datum.left) - {_NUMBER + 14}"
    flat = wrapped("datum.words", room, 12)
    tall = wrapped("datum.words", f"width * {1 - _BESIDE:.2f} - 12", 12)
    texts = [
        chain.mark_text(align="right", dx=_NUMBER, **number).encode(text=n, **beside),
        chain.mark_text(
            align="left",
            baseline="middle",
            dx=_NUMBER + 8,
            dy=alt.ExprRef(f"-7 * (length({flat}) - 1)"),
            text=alt.ExprRef(flat),
            **words,
        ).encode(**beside),
        late.mark_text(dy=22, **number).encode(text=n, **below),
        late.mark_text(baseline="top", dy=40, text=alt.ExprRef(tall), **words).encode(**below),
    ]
    drawn = _boxes_and_arrows(theme, across, None, corner=5, head=60)
    return [alt.layer(*drawn, *texts).properties(name=ROWS)]
