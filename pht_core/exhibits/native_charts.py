"""Bars and pies as the numbers that another program's charts are made of."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pht_core.charts.theme import GRADES, lineage_fills, palette
from pht_core.exhibits.exhibit import NativeChart
from pht_core.model.lineage import LINEAGES
from pht_core.stats.proportion import label_text


def incidence_bars(incidence: pd.DataFrame, title: str, theme: str) -> NativeChart:
    """A group of bars per period, a bar per lineage.

    incidence : see ``summary.count_incidence``.
    """
    return _bars(
        incidence,
        title,
        series={param: lineage.term for param, lineage in LINEAGES.items()},
        column="param",
        colours=tuple(lineage_fills(theme).values()),
    )


def lineage_bars(lineages: pd.DataFrame, title: str, theme: str) -> NativeChart:
    """A group of bars per period, a bar for three, two, one and no lineage low.

    lineages : see ``summary.count_lineages``.
    """
    names = dict(zip(lineages["lineages"], lineages["label"], strict=True))
    shades = palette(theme).counts
    return _bars(
        lineages,
        title,
        series=names,
        column="lineages",
        colours=tuple(shades[int(count)] for count in names),
    )


def grade_stacks(grades: pd.DataFrame, theme: str) -> tuple[NativeChart, ...]:
    """Stacked bars of grades, the highest at the foot: a chart per period, a bar per lineage.

    grades : see ``summary.count_grades``.
    """
    worst_first = sorted(GRADES, reverse=True)
    return tuple(
        _stack(rows, str(period), worst_first, theme)
        for period, rows in grades.groupby("period_label", sort=False)
    )


def incidence_pies(incidence: pd.DataFrame, theme: str) -> tuple[NativeChart, ...]:
    """A pie per period and lineage: affected or not.

    incidence : see ``summary.count_incidence``; a pie of nobody is left out.
    """
    fills, box = lineage_fills(theme), palette(theme).box
    columns = ("period_label", "param", "term", "n", "n_total", "percent")
    rows = zip(*(incidence[name].tolist() for name in columns), strict=True)
    return tuple(
        NativeChart(
            kind="pie",
            title=f"{period}: {term}",
            categories=("affected", "not affected"),
            series=((term, (percent, 100 - percent)),),
            labels=((label_text(n, n_total), label_text(n_total - n, n_total)),),
            colours=(fills[param], box),
        )
        for period, param, term, n, n_total, percent in rows
        if n_total > 0
    )


def recovery_bars(recovery: pd.DataFrame, title: str, theme: str) -> NativeChart:
    """A horizontal bar per row.

    recovery : see ``recovery.count_complete_recovery``.
    """
    return NativeChart(
        kind="horizontal",
        title=title,
        categories=tuple(
            LINEAGES[param].name if param in LINEAGES else "all three on one draw"
            for param in recovery["param"]
        ),
        series=((title, tuple(map(_value, recovery["percent"]))),),
        labels=(tuple(map(label_text, recovery["n"], recovery["n_total"])),),
        colours=(palette(theme).accent,),
    )


def _bars(
    table: pd.DataFrame,
    title: str,
    *,
    series: Mapping[Any, str],
    column: str,
    colours: tuple[str, ...],
) -> NativeChart:
    periods = list(dict.fromkeys(table["period_label"]))
    values, labels = [], []
    for key, name in series.items():
        rows = table[table[column] == key].set_index("period_label").reindex(periods)
        values.append((str(name), tuple(map(_value, rows["percent"]))))
        labels.append(tuple(map(label_text, rows["n"], rows["n_total"])))
    totals = table.groupby("period_label", sort=False)["n_total"].unique()
    names = tuple(_with_total(str(period), totals[period].tolist()) for period in periods)
    return NativeChart("bars", title, names, tuple(values), tuple(labels), colours)


def _stack(rows: pd.DataFrame, title: str, grades: list[int], theme: str) -> NativeChart:
    values, labels = [], []
    for grade in grades:
        own = rows[rows["grade"] == grade].set_index("param").reindex(list(LINEAGES))
        values.append((f"grade {grade}", tuple(map(_value, own["percent"]))))
        labels.append(tuple(map(label_text, own["n"], own["n_total"])))
    shades = palette(theme).grades
    totals = rows.groupby("param")["n_total"].unique()
    of_all = sorted(set(rows["n_total"].tolist()))
    of_each = len(of_all) > 1
    return NativeChart(
        "stacked",
        title if of_each else _with_total(title, of_all),
        tuple(
            _with_total(lineage.term, totals[param].tolist()) if of_each else lineage.term
            for param, lineage in LINEAGES.items()
        ),
        tuple(values),
        tuple(labels),
        tuple(shades[grade] for grade in grades),
    )


def _with_total(name: str, totals: list[float]) -> str:
    """A name with its denominator, if it has only one."""
    return f"{name}, n\u00a0=\u00a0{int(totals[0])}" if len(totals) == 1 else name


def _value(percent: float) -> float | None:
    return None if pd.isna(percent) else float(percent)
