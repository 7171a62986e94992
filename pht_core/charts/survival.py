"""Kaplan-Meier curves with the numbers at risk under them, and cumulative incidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from pht_core.charts.legend import Entry, key_height, key_rows, key_view
from pht_core.charts.picture import (
    LEFT,
    PADDING,
    PLAIN,
    ROWS,
    Frame,
    Picture,
    View,
    needs,
    structure,
)
from pht_core.charts.text_metrics import NARROW, text_width, widest
from pht_core.charts.theme import DASHES, TAIL_DASH, palette
from pht_core.model.errors import PhtError

# What the axis of percent takes to the left; of a wide picture with the margins and its title.
AXIS, AXIS_WIDE = 30, 100
# What a line of the legend takes, with the gaps beside it.
_SYMBOL = 50


def curve_height(height: int, width: int) -> int:
    """Height of the plot: a column is not drawn taller than wide, nor flatter than 220."""
    return min(height, max(220, round(width * 0.7))) if width < NARROW else height


def legend_columns(names: list[str], width: int) -> int:
    """Columns of a wide picture's legend: all names in a row (0) where there is room for them."""
    widest_name = max(text_width(name, 12) for name in names) + _SYMBOL
    room = width - 2 * AXIS_WIDE
    if sum(text_width(name, 12) + _SYMBOL for name in names) <= room:
        return 0
    return max(1, min(len(names), int(room / widest_name)))


def group_key(theme: str, names: list[str], width: int) -> pd.DataFrame:
    """The key of a narrow picture; a long name has a row of its own."""
    colours = palette(theme).groups
    entries = [
        Entry(name, stroke=colours[place], dash=place, apart=text_width(name, 12) > width / 2)
        for place, name in enumerate(names)
    ]
    return key_rows(entries, width - 2 * PADDING)


ALL = "all"
_SIZE = 12
# Between the names of the rows and the numbers at time 0, in a narrow picture.
_GAP = 6


def risk_rows(
    at_risk: pd.DataFrame, strata: list[str], event_word: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Numbers under the curve, and the names of their rows: place is the row from the top."""
    kinds = {"n_risk": "at risk", "n_censor": "censored", "n_event": event_word}
    numbers: list[tuple[str, float, int, int]] = []
    names: list[tuple[int, str, str, bool]] = []
    owners = at_risk["strata"].astype(str).tolist()
    times = at_risk["time"].tolist()
    counts = {column: at_risk[column].tolist() for column in kinds}
    for stratum in strata:
        if strata != [ALL]:
            names.append((len(names), stratum, stratum, True))
        for column, words in kinds.items():
            place = len(names)
            names.append((place, words, stratum, False))
            numbers += [
                (stratum, time, int(n), place)
                for owner, time, n in zip(owners, times, counts[column], strict=True)
                if owner == stratum
            ]
    return (
        pd.DataFrame(numbers, columns=["strata", "time", "n", "place"]),
        pd.DataFrame(names, columns=["place", "words", "strata", "heading"]),
    )


def spaced_times(times: Sequence[float], most: int, *, last: float, room: float) -> list[float]:
    """Times, or every second, third... of them, so that neither ticks nor numbers touch.

    Parameters
    ----------
    times : of the ticks, ascending. most : the largest number printed. last : end of the axis.
    room : units from time 0 to the end.

    Examples
    --------
    >>> spaced_times([0.0, 3.0, 6.0, 9.0, 12.0], 200, last=12.0, room=100.0)
    [0.0, 6.0, 12.0]
    """
    words = [str(most), *(f"{time:g}" for time in times)]
    needed = max(text_width(word, _SIZE) for word in words) + 8
    for step in range(1, len(times)):
        chosen = list(times[::step])
        gaps = [after - before for before, after in pairwise(chosen)]
        if min(gaps) * room >= needed * last:
            return chosen
    return list(times[:1])


def beside_numbers(numbers: pd.DataFrame) -> float:
    """Units from time 0 to the names of the rows in a narrow picture: half a number and a gap."""
    first = numbers.loc[numbers["time"] == numbers["time"].min(), "n"]
    return widest((f"{n}" for n in first), _SIZE) / 2 + _GAP


def names_width(names: pd.DataFrame, beside: float) -> float:
    """Units that the names of the rows take beside a narrow plot; headings stand above."""
    return widest(names.loc[~names["heading"].astype(bool), "words"], _SIZE) + beside


def risk_view(theme: str, x: alt.X, colour: alt.Color, *, narrow: bool) -> View:
    """The table, aligned to the axis ``x``; data ``at_risk`` and ``risk_rows``."""
    place = alt.Y("place:O", axis=None, scale=alt.Scale(domain=alt.ExprRef("risk_places")))
    numbers = (
        alt.Chart(alt.NamedData("at_risk"))
        .mark_text(fontSize=_SIZE)
        .encode(x=x, y=place, text=alt.Text("n:Q"))
    )
    names = alt.Chart(alt.NamedData("risk_rows"))
    beside: dict[str, Any] = {"align": "right", "dx": -18, "fontSize": _SIZE, "limit": 220}
    rows, heads = dict(beside), dict(beside)
    edge = alt.XValue(0)
    if narrow:
        rows, heads = (
            {**rows, "dx": alt.ExprRef("-risk_beside")},
            {"align": "left", "fontSize": _SIZE},
        )
        edge = alt.XValue(alt.ExprRef(f"-{LEFT}"))
    return alt.layer(
        numbers,
        names.transform_filter("!datum.heading")
        .mark_text(color=palette(theme).ink, **rows)
        .encode(x=alt.XValue(0), y=place, text=alt.Text("words:N")),
        names.transform_filter("datum.heading")
        .mark_text(fontWeight=600, **heads)
        .encode(x=edge, y=place, text=alt.Text("words:N"), color=colour),
        name=ROWS,
    )


def step_rows(
    table: pd.DataFrame, strata: list[str], tails: dict[str, float | None] | dict[str, float]
) -> pd.DataFrame:
    """Rows of the curves in percent, each marked as of its solid or its thin part."""
    names = table["strata"].astype(str).to_numpy()
    times = table["time"].to_numpy(dtype=float)
    places: list[int] = []
    drawn: list[tuple[str, float, str, bool]] = []  # stratum, time, part, joint
    for name in strata:
        own = np.flatnonzero(names == name)
        own = own[np.argsort(times[own], kind="stable")].tolist()
        cut = tails.get(name)
        thin = cut is not None and not np.isnan(cut) and cut < times[own[-1]]
        before = [place for place in own if not thin or times[place] < cut]
        places += before
        drawn += [(name, times[place], "solid", False) for place in before]
        if thin and cut is not None:
            # Both parts own the joint, so that the line has no gap.
            joint, after = before[-1:], own[len(before) :]
            places += joint + joint + after
            drawn += [(name, float(cut), part, True) for part in ("solid", "thin")] * len(joint)
            drawn += [(name, times[place], "thin", False) for place in after]
    steps = table.iloc[places].reset_index(drop=True)
    marks = zip(("strata", "time", "part", "joint"), zip(*drawn, strict=True), strict=True)
    percents = {
        column: steps[column].to_numpy(dtype=float) * 100
        for column in ("estimate", "conf_low", "conf_high")
    }
    return steps.assign(**dict(marks), **percents)


def band_rows(steps: pd.DataFrame) -> pd.DataFrame:
    """Rows of the intervals, each held to the next time, though limits may not exist there."""
    same = steps["strata"] == steps["strata"].shift()
    limits = steps[["conf_low", "conf_high"]]
    known = limits.notna().all(axis=1)
    held = same & ~known & known.shift(fill_value=False)
    shown = limits.where(~held, limits.shift())
    held_steps = steps.assign(conf_low=shown["conf_low"], conf_high=shown["conf_high"])
    return held_steps[known | held]


_MOST_GROUPS = 4
_THIN = "Dotted: fewer than 5 patients, or than 10%, are still at risk."


def survival_chart(
    curve: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    at_risk: pd.DataFrame | None = None,
    medians: pd.DataFrame | None = None,
    thin_tail: float | dict[str, float] | None = None,
    endpoint: str = "Overall survival",
    origin: str = "infusion",
    unit: str = "months",
    event_word: str = "events",
    end: float | None = None,
    intervals: bool = True,
) -> Picture:
    """Kaplan-Meier curves of up to four groups, the table of numbers at risk aligned under them.

    Parameters
    ----------
    curve : time, n_censor, estimate, conf_low, conf_high (0-1; missing where not estimable),
        strata ("all" without groups), a row per distinct time from time 0; see
        ``survival.estimate_survival``.
    at_risk : strata, time, n_risk, n_event, n_censor (cumulative); its times are the x ticks.
    medians : strata, median (missing = not reached: no line).
    thin_tail : time from which a curve is dashed, too few being at risk; for all or by strata.
    endpoint, origin, unit, event_word : words of the axes and the table. end : last time shown.

    Raises
    ------
    PhtError : no rows, a column is lacking, or more than four groups.
    """
    columns = ["time", "n_censor", "estimate", "conf_low", "conf_high", "strata"]
    table = needs(curve, columns, endpoint.lower())
    strata = [str(name) for name in dict.fromkeys(table["strata"])]
    _check_groups(strata)
    tails = thin_tail if isinstance(thin_tail, dict) else dict.fromkeys(strata, thin_tail)
    last = float(end if end is not None else table["time"].max())
    narrow = frame.narrow
    beside = 0.0
    left: float = AXIS if narrow else AXIS_WIDE
    ticks: list[float] = []
    numbers = pd.DataFrame(columns=["strata", "time", "n", "place"])
    names = pd.DataFrame(columns=["place", "words", "strata", "heading"])
    if at_risk is not None and not at_risk.empty:
        shown = at_risk[at_risk["time"] <= max(last, float(at_risk["time"].min()))]
        ticks = sorted({float(time) for time in shown["time"]})
        last = max(last, ticks[-1]) if end is None else last
        numbers, names = risk_rows(shown, strata, event_word)
        beside = beside_numbers(numbers)
        left = max(left, names_width(names, beside)) if narrow else left
        ticks = spaced_times(ticks, int(numbers["n"].max()), last=last, room=frame.room - left)
        numbers = numbers[numbers["time"].isin(ticks)]
    steps = step_rows(table[table["time"] <= last], strata, tails)
    halves = pd.DataFrame(columns=["strata", "median", "label"])
    if medians is not None:
        halves = medians[medians["median"].notna() & (medians["median"] <= last)]
        halves = halves.assign(
            label=[f"median {m:.1f} {unit}" for m in halves["median"]],
            row=halves["median"].rank(method="first", ascending=False).astype(int) - 1,
        )
    named = strata != [ALL]
    key = group_key(frame.theme, strata if named and narrow else [], frame.width)
    return Picture(
        template=_survival_structure(
            frame.theme,
            narrow=narrow,
            groups=len(strata),
            columns=legend_columns(strata, frame.width),
            named=named,
            height=curve_height(frame.height or 340, frame.width),
            at_risk=bool(ticks),
            bands=intervals,
            ticks=bool(ticks),
            titles=(f"{unit.capitalize()} since {origin}", f"{endpoint}, %"),
        ),
        frame=replace(
            frame, subtitle=_subtitle(frame.subtitle, thin=bool((steps["part"] == "thin").any()))
        ),
        description=frame.describe("Kaplan-Meier curve", _tell(table, strata, medians, unit)),
        datasets={
            "curve": steps,
            "band": band_rows(steps),
            "censored": steps[(steps["n_censor"] > 0) & ~steps["joint"]],
            "medians": halves,
            "at_risk": numbers,
            "risk_rows": names,
            **({"key": key} if len(key) else {}),
        },
        params={
            "time_high": last * 1.015,
            "ticks": ticks,
            "strata": strata,
            "risk_places": names["place"].tolist(),
            "risk_beside": beside,
        },
        rows_height=17 * len(names),
        key_height=key_height(key),
        left=left,
    )


def cumulative_incidence_chart(
    table: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    intervals: bool = True,
    end: float | None = None,
    unit: str = "days",
    origin: str = "prednisone start",
) -> Picture:
    """Step curves of each cause, competing with one another.

    Parameters
    ----------
    table : time, cause (as shown), estimate, conf_low, conf_high (0-1; missing where not
        estimable), a row per cause and time from time 0.

    Raises
    ------
    PhtError : no rows, a column is lacking, or more than four causes.
    """
    columns = ["time", "cause", "estimate", "conf_low", "conf_high"]
    rows = needs(table, columns, "the cumulative incidence")
    causes = [str(name) for name in dict.fromkeys(rows["cause"])]
    _check_groups(causes)
    steps = step_rows(rows.assign(strata=rows["cause"], n_censor=0), causes, {})
    last = float(end if end is not None else rows["time"].max())
    # The least step between ticks does not hold on an axis of one or two days.
    few = list(range(int(last) + 1)) if last < 10 else []
    ends = ", ".join(
        f"{cause} {100 * part['estimate'].iloc[-1]:.0f}%"
        for cause, part in rows.sort_values("time", kind="stable").groupby("cause", sort=False)
    )
    narrow = frame.narrow
    key = group_key(frame.theme, causes if narrow else [], frame.width)
    return Picture(
        template=_survival_structure(
            frame.theme,
            narrow=narrow,
            groups=len(causes),
            columns=legend_columns(causes, frame.width),
            named=True,
            height=curve_height(frame.height or 320, frame.width),
            at_risk=False,
            bands=intervals,
            ticks=bool(few),
            titles=(f"{unit.capitalize()} since {origin}", "Patients, %"),
        ),
        frame=frame,
        description=frame.describe("Cumulative incidence curves", f"At the end: {ends}."),
        datasets={
            "curve": steps,
            "band": band_rows(steps),
            "censored": steps.iloc[:0],
            "medians": pd.DataFrame(columns=["strata", "median", "label"]),
            **({"key": key} if len(key) else {}),
        },
        params={
            "time_high": last * 1.015,
            "ticks": few,
            "strata": causes,
        },
        key_height=key_height(key),
        left=AXIS,
    )


def _subtitle(words: str, *, thin: bool) -> str:
    if not thin:
        return words
    ended = words and not words.endswith((".", ":", ";"))
    return f"{words}{'.' if ended else ''} {_THIN}".strip()


def _check_groups(names: list[str]) -> None:
    if len(names) > _MOST_GROUPS:
        raise PhtError(
            f"{len(names)} groups cannot be told apart in one figure: {', '.join(names)}. "
            f"Choose a grouping with at most {_MOST_GROUPS}."
        )


def _tell(table: pd.DataFrame, strata: list[str], medians: pd.DataFrame | None, unit: str) -> str:
    told = []
    for name in strata:
        rows = table[table["strata"].astype(str) == name]
        who = "" if strata == [ALL] else f"{name}: "
        words = f"{who}{100 * rows['estimate'].iloc[-1]:.0f}% at {rows['time'].max():.1f} {unit}"
        if medians is not None:
            found = medians.loc[medians["strata"].astype(str) == name, "median"].dropna()
            words += (
                f", median {found.iloc[0]:.2f} {unit}" if len(found) else ", median not reached"
            )
        told.append(f"{words}.")
    return " ".join(told)


def _x(title: str | None, *, ticks: bool, field: str = "time") -> alt.X:
    labels = title is not None
    axis: dict[str, Any] = {"grid": False, "labels": labels, "ticks": labels, "domain": labels}
    axis["labelFlush"] = False
    if ticks:
        axis["values"] = alt.ExprRef("ticks")
    else:
        # Nobody is counted at half a day or half a month.
        axis["tickMinStep"] = 1
    return alt.X(
        f"{field}:Q",
        scale=alt.Scale(domain=[0, alt.ExprRef("time_high")], nice=False),
        axis=alt.Axis(title=title, format="~g", **axis),
    )


@structure
def _survival_structure(
    theme: str,
    *,
    narrow: bool,
    groups: int,
    columns: int,
    named: bool,
    height: int,
    at_risk: bool,
    bands: bool,
    ticks: bool,
    titles: tuple[str, str],
) -> list[View]:
    colours = palette(theme)
    own = list(colours.groups[:groups]) if named else [colours.accent]
    scale = alt.Scale(domain=alt.ExprRef("strata"), range=own)
    dashes = alt.Scale(domain=alt.ExprRef("strata"), range=list(DASHES[:groups]))
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        symbolType="stroke",
        symbolSize=900,
        symbolStrokeWidth=2.2,
        symbolOpacity=1,
        columns=columns,
    )
    colour = alt.Color("strata:N", scale=scale, legend=legend if named and not narrow else None)
    x = _x(titles[0], ticks=ticks)
    share = alt.Y(
        "estimate:Q",
        scale=alt.Scale(domain=[0, 100]),
        axis=alt.Axis(title=titles[1], values=[0, 25, 50, 75, 100], domain=False, ticks=False),
    )
    curve = alt.Chart(alt.NamedData("curve"))
    layers: list[alt.Chart] = []
    if bands:
        low = alt.Y("conf_low:Q", scale=share["scale"], axis=share["axis"])
        # A layer a group: a colour scale of the areas would draw areas into the legend of lines.
        layers += [
            alt.Chart(alt.NamedData("band"))
            .transform_filter(f"datum.strata === strata[{place}]")
            .mark_area(interpolate="step-after", opacity=0.25, line=False, color=own[place])
            .encode(x=x, y=low, y2=alt.Y2("conf_high"))
            for place in range(groups)
        ]
    dash = alt.StrokeDash("strata:N", scale=dashes, legend=legend if named and not narrow else None)
    tail = {"strokeDash": TAIL_DASH, "strokeWidth": 1.6}
    for part, line in (("solid", {"strokeWidth": 2}), ("thin", tail)):
        layers.append(
            curve.transform_filter(f"datum.part === '{part}'")
            .mark_line(interpolate="step-after", clip=True, **line)
            .encode(x=x, y=share, color=colour, **({"strokeDash": dash} if part == "solid" else {}))
        )
    layers += _median_layers(theme, colour, share, titles[0], ticks=ticks)
    layers.append(
        alt.Chart(alt.NamedData("censored"))
        .mark_tick(orient="vertical", thickness=1.6, size=12, opacity=1)
        .encode(
            x=x,
            y=share,
            color=colour,
            tooltip=[
                alt.Tooltip("strata:N", title="Group"),
                alt.Tooltip("time:Q", title="Censored at", format=".1f"),
                alt.Tooltip("n_censor:Q", title="Patients"),
            ],
        )
    )
    layers.append(
        curve.mark_point(size=120, opacity=0).encode(
            x=x,
            y=share,
            tooltip=[
                alt.Tooltip("strata:N", title="Group"),
                alt.Tooltip("time:Q", title="Time", format=".1f"),
                alt.Tooltip("estimate:Q", title="Estimate, %", format=".1f"),
                alt.Tooltip("conf_low:Q", title="95% interval from", format=".1f"),
                alt.Tooltip("conf_high:Q", title="to", format=".1f"),
            ],
        )
    )
    views: list[View] = [alt.layer(*layers).properties(height=height)]
    if at_risk:
        heading = alt.Color("strata:N", scale=scale, legend=None)
        views.append(risk_view(theme, _x(None, ticks=ticks), heading, narrow=narrow))
    return [key_view(theme, lines=groups), *views] if named and narrow else views


def _median_layers(
    theme: str, colour: alt.Color, share: alt.Y, title: str, *, ticks: bool
) -> list[alt.Chart]:
    colours = palette(theme)
    base = alt.Chart(alt.NamedData("medians"))
    x = _x(title, ticks=ticks, field="median")
    half = alt.YDatum(50, scale=share["scale"])
    line: dict[str, Any] = {"strokeDash": [3, 3], "strokeWidth": 1}
    layers = [
        # One line at 50 %, to the last median: dashes drawn over dashes would make it solid.
        base.transform_filter("datum.row === 0")
        .mark_rule(color=colours.outline, **line)
        .encode(x=x, x2=alt.X2Value(0), y=half),
        base.mark_rule(**line).encode(x=x, y=half, y2=alt.Y2Datum(0), color=colour),
    ]
    # The leftmost label stands highest: it would run into the next one's.
    words: dict[str, Any] = {"baseline": "bottom", "fontSize": 11}
    # Where it would leave the picture, it stands left of its line.
    outside = "width * (1 - datum.median / time_high) < 6.2 * length(datum.label)"
    words["align"] = alt.ExprRef(f"{outside} ? 'right' : 'left'")
    words["dx"] = alt.ExprRef(f"{outside} ? -5 : 5")
    words["dy"] = alt.ExprRef("-3 - 14 * datum.row")
    label = {"x": x, "y": half, "text": alt.Text("label:N")}
    rim = base.mark_text(stroke=colours.background, strokeWidth=4, strokeJoin="round", **words)
    return [*layers, rim.encode(**label), base.mark_text(**words).encode(color=colour, **label)]
