"""Patient flow: from all treated to those given prednisone, as boxes."""

from __future__ import annotations

import altair as alt
import pandas as pd

from pht_core.charts.picture import Picture, View, needs, structure, wrapped
from pht_core.charts.theme import WIDTH, Theme, palette

# Below the chain: who joins it again at its end without having been in the step before.
_ASIDE = "late"
_HALF = 0.41
_ROW_HEIGHT = 120


def flow_chart(
    flow: pd.DataFrame,
    *,
    theme: Theme = "light",
    title: str = "Patient flow",
    subtitle: str = "",
    footer: str = "",
    width: int = WIDTH,
) -> Picture:
    """Boxes from left to right, a step each; late cytopenia joins from below.

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
    # The aside shares the column of the step before it.
    boxes["column"] = (~aside).cumsum() - 1.0
    boxes["row"] = aside.astype(float)
    columns_used = int(boxes["column"].max()) + 1
    rows = 2 if aside.any() else 1
    boxes["left"], boxes["right"] = boxes["column"] - _HALF, boxes["column"] + _HALF
    boxes["top"], boxes["bottom"] = boxes["row"] - _HALF, boxes["row"] + _HALF
    boxes["words"] = boxes["label"].astype(str) + boxes["note"].fillna("").map(
        lambda note: f" ({note})" if note else ""
    )
    boxes["last"] = boxes.index == boxes.index[-1]
    told = "; ".join(f"{n} {words}" for n, words in zip(boxes["n"], boxes["words"], strict=True))
    lines, heads = _arrows(boxes)
    return Picture(
        template=_flow_structure(theme, columns=columns_used, rows=rows),
        theme=theme,
        title=title,
        subtitle=subtitle,
        footer=footer,
        description=f"Flow diagram. {told}.",
        datasets={"boxes": boxes, "lines": lines, "heads": heads},
        width=width,
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
