"""Kaplan-Meier curves with the risk table under them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from textwrap import wrap
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from pht_core.charts.frame import LEFT, PLAIN, ROWS, Frame, View
from pht_core.charts.legend import Entry
from pht_core.charts.marks import TIPS, chart_of, from_top, haloed, percent_axis, tooltips
from pht_core.charts.picture import MEAN_LETTER, Picture, needs, structure, wrapped
from pht_core.charts.text_metrics import text_width, widest
from pht_core.charts.theme import DASHES, TAIL_DASH, palette
from pht_core.model.errors import PhtError
from pht_core.model.words import counted
from pht_core.stats.proportion import rate_text

ALL = "all"
RATE = ["estimate", "conf_low", "conf_high"]
_NUMBERS = ["strata", "time", "n", "place"]
_NAMES = ["place", "words", "strata", "heading"]
# What the axis of percent takes to the left; of a wide picture with the margins and its title.
AXIS, AXIS_WIDE = 30, 100
# What a line of the legend takes, with the gaps beside it.
_SYMBOL = 50
_SIZE = 12
# Between the names of the rows and the numbers at time 0, in a narrow picture.
_GAP = 6
_MOST_GROUPS = 4
# Above the curves: where numbers begin, in shares of the width, after a sample of the line.
_COLUMNS, _SWATCH, _HEAD_ROW = (0.31, 0.37, 0.45, 0.79), 34, 18
_THIN = "Dotted: fewer than 5 patients, or than 10%, are still at risk."


def survival_chart(
    curve: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    at_risk: pd.DataFrame | None = None,
    medians: pd.DataFrame | None = None,
    thin_tails: Mapping[str, float] | None = None,
    summary: pd.DataFrame | None = None,
    test: str = "",
    immortal: tuple[float, str] | None = None,
    published: pd.DataFrame | None = None,
    endpoint: str = "Overall survival",
    origin: str = "infusion",
) -> Picture:
    """Kaplan-Meier curves of up to four groups, the table of numbers at risk aligned under them.

    curve : time, n_censor, estimate, conf_low, conf_high (0-1; missing where not estimable),
    strata ("all" without groups), a row per distinct time from time 0; see
    ``survival.estimate_survival``. at_risk : strata, time, n_risk, n_event, n_censor (cumulative);
    its times are the x ticks. medians : strata, median (missing = not reached: no line).
    thin_tails : by strata, the time from which a curve is dotted, too few being at risk.
    summary : what stands above the curves, a row a group: strata, n, n_event, median_words,
    rate_words, and the rate that these are, of which several groups have an interval drawn:
    time, estimate, conf_low, conf_high (0-1; missing: none). test : the line below it.
    immortal : until when nobody could die, shaded, and that in words. published : rates that
    publications print: time, percent, words. endpoint, origin : words of the axes.
    Raises PhtError where there are no rows, a column is lacking, or there are over four groups.
    """
    table = needs(curve, ["time", "n_censor", *RATE, "strata"], endpoint.lower())
    strata = few_groups(table["strata"])
    last, beside = float(table["time"].max()), 0.0
    left: float = AXIS if frame.narrow else AXIS_WIDE
    ticks: list[float] = []
    numbers, names = pd.DataFrame(columns=_NUMBERS), pd.DataFrame(columns=_NAMES)
    if at_risk is not None and not at_risk.empty:
        shown = at_risk[at_risk["time"] <= max(last, float(at_risk["time"].min()))]
        ticks = sorted({float(time) for time in shown["time"]})
        last = max(last, ticks[-1])
        numbers, names = risk_rows(shown, strata)
        beside = beside_numbers(numbers)
        left = max(left, names_width(names, beside)) if frame.narrow else left
        ticks = spaced_times(ticks, int(numbers["n"].max()), last=last, room=frame.room - left)
        numbers = numbers[numbers["time"].isin(ticks)]
    steps = step_rows(table[table["time"] <= last], strata, thin_tails or {})
    halves = pd.DataFrame(columns=["strata", "median", "label"])
    if medians is not None:
        halves = medians[medians["median"].notna() & (medians["median"] <= last)]
        halves = halves.assign(
            label=[f"median {m:.1f} months" for m in halves["median"]],
            row=halves["median"].rank(method="first", ascending=False).astype(int) - 1,
        )
    head = pd.DataFrame(columns=["row", "x", "words", "strata", "look", "y"])
    rated = pd.DataFrame(columns=["strata", "time", *RATE])
    if summary is not None:
        head = head_rows(summary, test, frame)
        rated = _dodged(summary, last) if len(strata) > 1 else rated
    until = [(0.0, *immortal, 0, 2)] if immortal and immortal[0] > 0 else []
    if (steps["part"] == "thin").any():
        frame = replace(frame, subtitle=_add_sentence(frame.subtitle, _THIN))
    named, printed = strata != [ALL], {}
    if published is not None:
        printed = {"published": published[published["time"] <= last]}
    rows_above = 0 if head.empty else int(head["row"].max()) + 1
    return Picture(
        template=_curves_structure(
            frame.theme,
            narrow=frame.narrow,
            groups=len(strata),
            columns=legend_columns(strata, frame.width),
            named=named,
            height=curve_height(replace(frame, height=frame.height or 340)),
            ticks=bool(ticks),
            titles=(f"Months since {origin}", f"{endpoint}, %"),
            head=rows_above,
            immortal=bool(until),
            marks=bool(printed),
        ),
        frame=frame,
        description=frame.describe("Kaplan-Meier curve", _describe(table, strata, medians)),
        datasets={
            "curve": steps,
            "band": band_rows(steps),
            "censored": steps[(steps["n_censor"] > 0) & ~steps["joint"]],
            "medians": halves,
            **printed,
            "at_risk": numbers,
            "risk_rows": names,
            "head": head,
            "rated": rated,
            "immortal": pd.DataFrame(until, columns=["start", "end", "words", "low", "foot"]),
        },
        params={
            "time_high": last * 1.015,
            "ticks": ticks,
            "strata": strata,
            "risk_places": names["place"].tolist(),
            "risk_beside": beside,
        },
        rows_height=17 * len(names),
        legend=group_entries(frame, strata) if named and frame.narrow and not rows_above else (),
        left=left,
    )


def few_groups(strata: pd.Series) -> list[str]:
    """The groups in their order; PhtError where they are more than can be told apart."""
    names = [str(name) for name in dict.fromkeys(strata)]
    if len(names) > _MOST_GROUPS:
        raise PhtError(
            f"{len(names)} groups cannot be distinguished in one figure: {', '.join(names)}. "
            f"Choose a grouping with at most {_MOST_GROUPS}."
        )
    return names


def lines_legend(**more: Any) -> alt.Legend:
    """The legend of groups above a wide picture."""
    return alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        symbolType="stroke",
        symbolSize=900,
        symbolStrokeWidth=2.2,
        **more,
    )


def curve_height(frame: Frame) -> int:
    """Height of the plot: a column is not drawn taller than wide, nor flatter than 220."""
    height = frame.height or 0
    return min(height, max(220, round(frame.width * 0.7))) if frame.narrow else height


def legend_columns(names: list[str], width: int) -> int:
    """Columns of a wide picture's legend: all names in a row (0) where there is room for them."""
    widest_name = max(text_width(name, 12) for name in names) + _SYMBOL
    room = width - 2 * AXIS_WIDE
    if sum(text_width(name, 12) + _SYMBOL for name in names) <= room:
        return 0
    return max(1, min(len(names), int(room / widest_name)))


def group_entries(frame: Frame, names: list[str]) -> list[Entry]:
    """The legend of a narrow picture; a long name has a row of its own."""
    return [
        Entry(name, stroke=colour, dash=place, apart=text_width(name, 12) > frame.width / 2)
        for place, (name, colour) in enumerate(
            zip(names, palette(frame.theme).groups, strict=False)
        )
    ]


def step_rows(table: pd.DataFrame, strata: list[str], tails: Mapping[str, float]) -> pd.DataFrame:
    """Rows of the curves in percent, each marked as of its solid or its thin part."""
    parts = []
    for name in strata:
        own = table[table["strata"].astype(str) == name].sort_values("time", kind="stable")
        own = own.assign(part="solid", joint=False)
        cut = tails.get(name, np.nan)
        if cut < own["time"].iloc[-1]:
            before, after = own[own["time"] < cut], own[own["time"] >= cut].assign(part="thin")
            # Both parts own the joint, so that the line has no gap.
            joint = before.tail(1).assign(time=float(cut), joint=True)
            own = pd.concat([before, joint, joint.assign(part="thin"), after])
        parts.append(own)
    steps = pd.concat(parts, ignore_index=True)
    percent = {name: steps[name].astype(float) * 100 for name in RATE}
    return steps.assign(
        strata=steps["strata"].astype(str), time=steps["time"].astype(float), **percent
    )


def band_rows(steps: pd.DataFrame) -> pd.DataFrame:
    """Rows of the intervals, each held to the next time, though limits may not exist there."""
    same = steps["strata"] == steps["strata"].shift()
    limits = steps[["conf_low", "conf_high"]]
    known = limits.notna().all(axis=1)
    held = same & ~known & known.shift(fill_value=False)
    shown = limits.where(~held, limits.shift())
    held_steps = steps.assign(conf_low=shown["conf_low"], conf_high=shown["conf_high"])
    return held_steps[known | held]


def risk_rows(at_risk: pd.DataFrame, strata: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Numbers under the curve, and the names of their rows: place is the row from the top."""
    kinds = {"n_risk": "at risk", "n_censor": "censored", "n_event": "events"}
    rows: list[tuple[str, str, bool, str]] = []
    for stratum in strata:
        if strata != [ALL]:
            rows.append((stratum, stratum, True, ""))
        rows += [(words, stratum, False, kind) for kind, words in kinds.items()]
    names = pd.DataFrame(rows, columns=["words", "strata", "heading", "kind"])
    names.insert(0, "place", range(len(names)))
    counts = at_risk.assign(strata=at_risk["strata"].astype(str))
    counts = counts.melt(["strata", "time"], [*kinds], var_name="kind", value_name="n")
    numbers = names.merge(counts.astype({"n": int}), on=["strata", "kind"])
    return numbers[_NUMBERS], names[_NAMES]


def spaced_times(times: Sequence[float], most: int, *, last: float, room: float) -> list[float]:
    """Times, or every second, third... of them, so that neither ticks nor numbers touch.

    times : of the ticks, ascending. most : the largest number printed. last : end of the axis.
    room : units from time 0 to the end.

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
    rows: dict[str, Any] = {"align": "right", "dx": -18, "fontSize": _SIZE, "limit": 220}
    heads, edge = rows, alt.value(0)
    if narrow:
        rows = rows | {"dx": alt.ExprRef("-risk_beside")}
        heads, edge = {"align": "left", "fontSize": _SIZE}, alt.value(alt.ExprRef(f"-{LEFT}"))
    numbers = chart_of("at_risk").mark_text(fontSize=_SIZE)
    names = chart_of("risk_rows", "!datum.heading").mark_text(color=palette(theme).ink, **rows)
    headings = chart_of("risk_rows", "datum.heading").mark_text(fontWeight=600, **heads)
    return alt.layer(
        numbers.encode(x=x, y=place, text=alt.Text("n:Q")),
        names.encode(x=alt.XValue(0), y=place, text=alt.Text("words:N")),
        headings.encode(x=edge, y=place, text=alt.Text("words:N"), color=colour),
        name=ROWS,
    )


def _add_sentence(words: str, sentence: str) -> str:
    end = "." if words and not words.endswith((".", ":", ";")) else ""
    return f"{words}{end} {sentence}".strip()


def _describe(table: pd.DataFrame, strata: list[str], medians: pd.DataFrame | None) -> str:
    parts = []
    for name in strata:
        rows = table[table["strata"].astype(str) == name]
        who = "" if strata == [ALL] else f"{name}: "
        words = f"{who}{rate_text(rows['estimate'].iloc[-1], 0)} at {rows['time'].max():.1f} months"
        if medians is not None:
            found = medians.loc[medians["strata"].astype(str) == name, "median"].dropna()
            words += (
                f", median {found.iloc[0]:.2f} months" if len(found) else ", median not reached"
            )
        parts.append(f"{words}.")
    return " ".join(parts)


def _x(title: str | None, ticks: bool) -> partial[alt.X]:
    """Encodes a column of months; without a title the axis is that of the view above."""
    labels = title is not None
    axis = alt.Axis(
        title=title,
        grid=False,
        labels=labels,
        ticks=labels,
        domain=labels,
        labelFlush=False,
        # A format of the axis would be rounded to its step: 12 would read 1e+1.
        labelExpr="format(datum.value, '~g')",
        # Nobody is counted at half a day or half a month.
        **({"values": alt.ExprRef("ticks")} if ticks else {"tickMinStep": 1}),
    )
    scale = alt.Scale(domain=[0, alt.ExprRef("time_high")], nice=False)
    return partial(alt.X, scale=scale, axis=axis)


@structure
def _curves_structure(
    theme: str,
    *,
    narrow: bool,
    groups: int,
    columns: int,
    named: bool,
    height: int,
    ticks: bool,
    titles: tuple[str, str],
    head: int,
    immortal: bool,
    marks: bool,
) -> list[View]:
    """Curves of groups, ``named`` where there are several.

    ticks : of the axis are given, and a table of numbers under them. head : rows of words above,
    which name the groups; without them a legend does.
    """
    colours = palette(theme)
    own = list(colours.groups[:groups]) if named else [colours.accent]
    scale = alt.Scale(domain=alt.ExprRef("strata"), range=own)
    dashes = alt.Scale(domain=alt.ExprRef("strata"), range=list(DASHES[:groups]))
    legend = None
    if named and not narrow and not head:
        legend = lines_legend(symbolOpacity=1, columns=columns)
    colour = alt.Color("strata:N", scale=scale, legend=legend)
    plain = alt.Color("strata:N", scale=scale, legend=None)
    percent = alt.Scale(domain=[0, 100])
    x, y = _x(titles[0], ticks), partial(alt.Y, scale=percent, axis=percent_axis(titles[1]))
    time, share = x("time:Q"), y("estimate:Q")
    limits = {"x": time, "y": y("conf_low:Q"), "y2": "conf_high"}
    step: dict[str, Any] = {"interpolate": "step-after"}
    layers = _immortal_layers(theme, x, y) if immortal else []
    # A layer a group: a colour scale of the areas would draw areas into the legend of lines.
    bands = [chart_of("band", f"datum.strata === strata[{place}]") for place in range(groups)]
    # Bands that cross hide nothing where they are faint, and are told apart by their edges.
    faint = 0.25 if groups == 1 else 0.1
    for band, paint in zip(bands, own, strict=True):
        area = band.mark_area(opacity=faint, line=False, color=paint, **step)
        layers.append(area.encode(**limits))
    if groups > 1:
        for place, band in enumerate(bands):
            edge: dict[str, Any] = {"strokeDash": [3, 2.5] if place else [1, 0], **step}
            line = band.mark_line(strokeWidth=0.9, color=own[place], **edge)
            layers += [
                line.encode(x=time, y=y(f"{limit}:Q")) for limit in ("conf_low", "conf_high")
            ]
    solid = chart_of("curve", "datum.part === 'solid'").mark_line(clip=True, strokeWidth=2, **step)
    thin = chart_of("curve", "datum.part === 'thin'").mark_line(
        clip=True, strokeDash=TAIL_DASH, strokeWidth=1.6, **step
    )
    curve: dict[str, Any] = {"x": time, "y": share, "color": colour}
    dash = alt.StrokeDash("strata:N", scale=dashes, legend=legend)
    layers += [solid.encode(strokeDash=dash, **curve), thin.encode(**curve)]
    layers += _median_layers(theme, colour, percent, x("median:Q"))
    censored = chart_of("censored").mark_tick(orient="vertical", thickness=1.6, size=12, opacity=1)
    layers.append(censored.encode(tooltip=tooltips(TIPS["censored"]), **curve))
    if groups > 1 and head:
        rated = chart_of("rated")
        layers.append(rated.mark_rule(strokeWidth=2).encode(color=colour, **limits))
        layers.append(rated.mark_point(filled=True, size=50, opacity=1).encode(**curve))
    if marks:
        printed = {"x": time, "y": y("percent:Q")}
        point = chart_of("published").mark_point(
            shape="diamond", filled=True, size=110, opacity=1, color=colours.ink
        )
        words: dict[str, Any] = {"align": "left", "dx": 6, "dy": -13, "fontSize": 11}
        layers.append(point.encode(**printed))
        layers += haloed(chart_of("published"), theme, printed | {"text": "words:N"}, **words)
    pointed = chart_of("curve").mark_point(size=120, opacity=0)
    layers.append(pointed.encode(x=time, y=share, tooltip=tooltips(TIPS["survival"])))
    views: list[View] = [alt.layer(*layers).properties(height=height)]
    if head:
        pattern = alt.StrokeDash("strata:N", scale=dashes, legend=None)
        views.insert(0, _head_view(theme, plain, pattern, narrow=narrow, rows=head))
    if ticks:
        views.append(risk_view(theme, _x(None, ticks)("time:Q"), plain, narrow=narrow))
    return views


def head_rows(summary: pd.DataFrame, test: str, frame: Frame) -> pd.DataFrame:
    """Cells above the curves: row, x (share of the width), words, strata, look, y (units).

    In a narrow picture a group's numbers stand in lines under its name.
    """
    cells: list[tuple[int, float, str, str, str]] = []
    months = f"{summary['time'].iloc[0]:g} months"
    room = frame.room if frame.narrow else frame.room - AXIS_WIDE
    letters = int(room / (_SIZE * MEAN_LETTER))
    row = 0
    if not frame.narrow:
        titles = ("n", "events", "median, months (95% CI)", f"at {months} (95% CI)")
        cells = [(0, x, title, "", "muted") for x, title in zip(_COLUMNS, titles, strict=True)]
        row = 1
    names = ["all patients" if name == ALL else str(name) for name in summary["strata"]]
    columns = ["n", "n_event", "median_words", "rate_words"]
    for name, strata, values in zip(
        names, summary["strata"].astype(str), summary[columns].astype(str).to_numpy(), strict=True
    ):
        cells.append((row, 0.0, name, strata, "name"))
        if frame.narrow:
            n, n_event, median, rate = values
            words = (
                f"n = {n}; {counted(int(n_event), 'event', 'events')}; median, months: {median}; "
                f"at {months} {rate}"
            )
            for line in wrap(words, letters):
                row += 1
                cells.append((row, 0.0, line, strata, "cell"))
        else:
            cells += [
                (row, x, value, strata, "cell") for x, value in zip(_COLUMNS, values, strict=True)
            ]
        row += 1
    for line in wrap(test, letters):
        cells.append((row, 0.0, line, "", "test"))
        row += 1
    table = pd.DataFrame(cells, columns=["row", "x", "words", "strata", "look"])
    return table.assign(y=(table["row"] + 0.5) * _HEAD_ROW)


def _dodged(summary: pd.DataFrame, last: float) -> pd.DataFrame:
    """Rates in percent with their intervals, beside each other around their time."""
    rows = summary[summary["estimate"].notna() & summary["conf_low"].notna()]
    apart = last * 0.009 * (2 * np.arange(len(rows)) - (len(rows) - 1))
    percent = {name: rows[name] * 100 for name in RATE}
    return rows[["strata", "time"]].assign(time=rows["time"] + apart, **percent)


def _head_view(
    theme: str, colour: alt.Color, dash: alt.StrokeDash, *, narrow: bool, rows: int
) -> View:
    """Words above the curves; data ``head``, as of `head_rows`."""
    colours, base = palette(theme), chart_of("head")
    share = alt.X("x:Q", scale=alt.Scale(domain=[0, 1], nice=False, zero=False), axis=None)
    y, edge = from_top("y:Q"), f" - {LEFT}" if narrow else ""
    swatch = base.transform_filter("datum.look === 'name'").mark_rule(strokeWidth=2.2)
    layers = [
        swatch.encode(
            x=alt.XValue(alt.ExprRef(f"-{LEFT}" if narrow else "0")),
            x2=alt.X2Value(alt.ExprRef(f"{_SWATCH}{edge}")),
            y=y,
            color=colour,
            strokeDash=dash,
        )
    ]
    looks: dict[str, dict[str, Any]] = {
        "name": {"fontWeight": 600},
        "cell": {"color": colours.ink},
        "muted": {"color": colours.muted},
        "test": {"color": colours.ink, "fontWeight": 600},
    }
    for look, own in looks.items():
        dx = alt.ExprRef(f"{_SWATCH + 8 if look == 'name' else 0}{edge}")
        words = base.transform_filter(f"datum.look === '{look}'")
        words = words.mark_text(align="left", fontSize=_SIZE, dx=dx, **own)
        more = {"color": colour} if look == "name" else {}
        layers.append(words.encode(x=share, y=y, text=alt.Text("words:N"), **more))
    return alt.layer(*layers).properties(height=rows * _HEAD_ROW)


def _immortal_layers(theme: str, x: partial[alt.X], y: partial[alt.Y]) -> list[alt.Chart]:
    """The time in which nobody could die, and why, at the foot of the curves."""
    colours, base = palette(theme), chart_of("immortal")
    lines = wrapped("datum.words", "width * (1 - datum.end / time_high) - 12", 11)
    words: dict[str, Any] = {"align": "left", "baseline": "bottom", "dx": 6, "fontSize": 11}
    words |= {"lineHeight": 14, "dy": alt.ExprRef(f"-14 * (length({lines}) - 1)")}
    words |= {"text": alt.ExprRef(lines), "color": colours.muted}
    shade = base.mark_rect(color=colours.outline, opacity=0.16)
    return [
        shade.encode(x=x("start:Q"), x2=alt.X2("end"), y=y("low:Q"), y2=alt.datum(100)),
        *haloed(base, theme, {"x": x("end:Q"), "y": y("foot:Q")}, **words),
    ]


def _median_layers(theme: str, colour: alt.Color, percent: alt.Scale, x: alt.X) -> list[alt.Chart]:
    base, half = chart_of("medians"), alt.YDatum(50, scale=percent)
    line: dict[str, Any] = {"strokeDash": [3, 3], "strokeWidth": 1}
    # The leftmost label stands highest: it would run into the next one's. Where it would leave
    # the picture, it stands left of its line.
    outside = "width * (1 - datum.median / time_high) < 6.2 * length(datum.label)"
    words = haloed(
        base,
        theme,
        {"x": x, "y": half, "text": "label:N"},
        colour,
        baseline="bottom",
        fontSize=11,
        align=alt.ExprRef(f"{outside} ? 'right' : 'left'"),
        dx=alt.ExprRef(f"{outside} ? -5 : 5"),
        dy=alt.ExprRef("-3 - 14 * datum.row"),
    )
    # One line at 50 %, to the last median: dashes drawn over dashes would make it solid.
    across = base.transform_filter("datum.row === 0").mark_rule(
        color=palette(theme).outline, **line
    )
    return [
        across.encode(x=x, x2=alt.X2Value(0), y=half),
        base.mark_rule(**line).encode(x=x, y=half, y2=alt.datum(0), color=colour),
        *words,
    ]
