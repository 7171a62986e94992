"""Laboratory values beside the counts (CRP, ferritin, CAR-T cells): a small panel for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

import altair as alt
import pandas as pd

from pht_core.charts.axes import day_x, infusion_rule
from pht_core.charts.picture import View
from pht_core.charts.theme import palette
from pht_core.schema import LABS

LAB_HEIGHT = 100
# Values that span more than two decades would lie on the bottom of a linear axis.
_LOG_FROM = 100.0
# Letters that fit along the side of a panel.
_TITLE_WIDTH = 14


@dataclass(frozen=True)
class LabPanel:
    """What the structure of one test's panel depends on; its limits are parameters."""

    key: str
    title: tuple[str, ...]
    log: bool


@dataclass(frozen=True)
class LabPanels:
    """The panels of a patient's tests, and the table and parameters that fill them."""

    panels: tuple[LabPanel, ...]
    points: pd.DataFrame
    params: dict[str, object]


def lab_name(test: str) -> str:
    """A test's name, such as "C-reactive protein"; one that is not of ``schema.LABS`` as it is."""
    name = LABS[test][0] if test in LABS else test
    return name[:1].upper() + name[1:]


def fit_labs(labs: pd.DataFrame | None) -> LabPanels:
    """Fit a panel to each test, in the table's order; a test in two units has two panels.

    Parameters
    ----------
    labs : subject_id, day, test, value, unit ("" = none is given), segment; or None.
    """
    columns = ["subject_id", "day", "test", "value", "unit", "segment"]
    if labs is None or labs.empty:
        return LabPanels((), pd.DataFrame(columns=columns), {})
    points = labs[columns].copy()
    names = [lab_name(str(test)) for test in points["test"]]
    points["test_words"] = names
    points["value_words"] = [
        f"{value:g} {unit}".strip()
        for value, unit in zip(points["value"], points["unit"], strict=True)
    ]
    kinds = list(zip(points["test"], points["unit"], strict=True))
    keys = {kind: f"lab_{place}" for place, kind in enumerate(dict.fromkeys(kinds))}
    points["panel"] = [keys[kind] for kind in kinds]
    panels: list[LabPanel] = []
    params: dict[str, object] = {}
    for (test, unit), key in keys.items():
        values = points.loc[points["panel"] == key, "value"].astype(float)
        positive = values[values > 0]
        wide = len(positive) > 0 and bool(positive.max() > _LOG_FROM * positive.min())
        log = wide and not bool((values < 0).any())
        if log:
            # A logarithmic axis has no zero: it stands on the lower edge, a decade below the rest.
            zeros = bool((values == 0).any())
            low, high = float(positive.min()) / (10 if zeros else 1.3), float(positive.max()) * 1.3
            ticks = [low] * zeros + decades(float(positive.min()) / 1.3, high)
        else:
            # A value below 0 is a finding; it is drawn where it lies.
            low, high = min(0.0, float(values.min()) * 1.08), max(0.0, float(values.max()) * 1.08)
            high, ticks = high if high > low else 1.0, []
        points.loc[points["panel"] == key, "drawn"] = values.clip(lower=low)
        params |= {f"{key}_low": low, f"{key}_high": high, f"{key}_ticks": ticks}
        panels.append(LabPanel(key, _title(lab_name(str(test)), str(unit)), log))
    return LabPanels(tuple(panels), points, params)


def decades(low: float, high: float) -> list[float]:
    """Powers of ten between two values, every other one where they are more than five.

    >>> decades(0.7, 1300)
    [1.0, 10.0, 100.0, 1000.0]
    """
    powers = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
    return [float(f"1e{power}") for power in powers][:: 1 if len(powers) <= 5 else 2]


def _title(name: str, unit: str) -> tuple[str, ...]:
    """Lines of an axis title: the name, and the unit where one is given."""
    lines = wrap(f"{name}," if unit else name, _TITLE_WIDTH, break_on_hyphens=False)
    if unit and len(lines[-1]) + 1 + len(unit) <= _TITLE_WIDTH:
        return (*lines[:-1], f"{lines[-1]} {unit}")
    return (*lines, *([unit] if unit else []))


def lab_views(
    theme: str, panels: Sequence[LabPanel], *, last: bool, shaded: bool, narrow: bool = False
) -> list[View]:
    """A view per panel; ``last`` if no view follows, so that the lowest has the axis of days.

    Data: ``labs`` (see `fit_labs`), ``infusion``, and with ``shaded`` ``courses``.
    """
    return [
        _panel(theme, panel, labels=last and panel is panels[-1], shaded=shaded, narrow=narrow)
        for panel in panels
    ]


def _panel(theme: str, panel: LabPanel, *, labels: bool, shaded: bool, narrow: bool) -> View:
    colours = palette(theme)
    domain = [alt.ExprRef(f"{panel.key}_low"), alt.ExprRef(f"{panel.key}_high")]
    title = " ".join(panel.title) if narrow else list(panel.title)
    if panel.log:
        scale = alt.Scale(type="log", domain=domain, nice=False, clamp=True)
        ticks = alt.ExprRef(f"{panel.key}_ticks")
        # The lowest tick of an axis with zeros is where these are drawn.
        words = f"datum.value > {panel.key}_low ? format(datum.value, ',~r') : '0'"
        axis = alt.Axis(title=title, grid=False, values=ticks, labelExpr=words)
    else:
        scale = alt.Scale(domain=domain, nice=False, zero=False)
        axis = alt.Axis(title=title, grid=False, tickCount=3)
    x, y = day_x(labels=labels), alt.Y("drawn:Q", scale=scale, axis=axis)
    base = alt.Chart(alt.NamedData("labs")).transform_filter(f"datum.panel === '{panel.key}'")
    layers: list[alt.Chart] = []
    if shaded:
        layers.append(
            alt.Chart(alt.NamedData("courses"))
            .mark_rect(color=colours.prednisone, opacity=0.13)
            .encode(x=day_x("start_day", labels=labels), x2=alt.X2("until"))
        )
    layers.append(infusion_rule(theme, labels=labels))
    layers.append(
        base.mark_line(color=colours.ink, strokeWidth=1.2).encode(
            x=x, y=y, detail=alt.Detail("segment:N"), order=alt.Order("day:Q")
        )
    )
    layers.append(
        base.mark_point(filled=True, size=26, opacity=1, color=colours.ink).encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("subject_id:N", title="Patient"),
                alt.Tooltip("day:Q", title="Day"),
                alt.Tooltip("test_words:N", title="Test"),
                alt.Tooltip("value_words:N", title="Value"),
            ],
        )
    )
    return alt.layer(*layers).properties(height=LAB_HEIGHT)
