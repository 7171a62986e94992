"""Medians and quantile bands of counts by day, for more patients than rows could show."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from pht_core.charts.axes import AXIS_LEFT, Limits, Panels, PanelView, day_limits
from pht_core.charts.frame import PLAIN, Frame, View
from pht_core.charts.marks import tooltips
from pht_core.charts.picture import Picture, needs, structure
from pht_core.model.lineage import LINEAGES

_SUMMARY_TIPS = {
    "Day": "day:Q",
    "Median": "median:Q",
    "Lower quartile": "q25:Q",
    "Upper quartile": "q75:Q",
    "Patients": "n:Q",
}


def summary_chart(
    summary: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    params: Sequence[str] = (),
    cuts: pd.DataFrame | None = None,
    lln: pd.DataFrame | None = None,
    log: bool = False,
) -> Picture:
    """Medians and quantile bands by day, for more patients than lines could show.

    Parameters
    ----------
    summary : param, day, q10, q25, median, q75, q90, n (patients with a count in the bin).
    params : lineages to draw; by default all. cuts, lln, log : as in `trajectory_chart`.

    Raises
    ------
    PhtError : no rows of these lineages, or a column is lacking.
    """
    columns = ["param", "day", "q10", "q25", "median", "q75", "q90", "n"]
    params = tuple(params or LINEAGES)
    table = needs(summary, columns, "the summary of blood counts")
    bands = needs(table[table["param"].isin(params)], [], "these lineages' counts")
    limits = Limits.of(cuts, lln)
    panels = Panels.fit(bands, params, ["q10", "q90"], limits, frame, log=log, height=190)
    low, high = day_limits(bands)
    numbers = ", ".join(
        f"{param} {int(rows['n'].min())} to {int(rows['n'].max())}"
        for param, rows in bands.groupby("param", sort=False)
    )
    return Picture(
        template=_summary_structure(frame.theme, narrow=frame.narrow, panels=panels.views()),
        frame=frame,
        description=frame.describe("Median lines with bands", f"Patients per day: {numbers}."),
        datasets={"counts": bands, **panels.tables},
        params=panels.params(low, high),
        left=AXIS_LEFT,
    )


@structure
def _summary_structure(theme: str, *, narrow: bool, panels: tuple[PanelView, ...]) -> list[View]:
    views: list[View] = []
    for panel in panels:
        rows, colour = panel.rows(), panel.colour
        bands = [
            rows.mark_area(color=colour, opacity=opacity).encode(
                x=panel.x(), y=panel.y(low), y2=alt.Y2(high)
            )
            for low, high, opacity in (("q10", "q90", 0.18), ("q25", "q75", 0.32))
        ]
        line = rows.mark_line(
            color=colour, strokeWidth=2, point=alt.OverlayMarkDef(size=18, color=colour)
        ).encode(x=panel.x(), y=panel.y("median"), tooltip=tooltips(_SUMMARY_TIPS))
        views.append(panel.draw([*bands, line]))
    return views
