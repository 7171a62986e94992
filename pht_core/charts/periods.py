"""What bars and pies of Figure 1 share: labels, the axis of periods, names, words, pointers."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.marks import chart_of, tooltips
from pht_core.charts.theme import palette
from pht_core.model.lineage import LINEAGES
from pht_core.stats.proportion import label_text


def label_rows(table: pd.DataFrame, decimals: int | None = None) -> pd.DataFrame:
    """Copy with the texts of the labels: "n (%)", what a bar is of, the place in the order."""
    # Lists put into one frame at the end: a column at a time costs several times as much.
    columns: dict[str, list[Any]] = {str(name): table[name].tolist() for name in table.columns}
    columns["label"] = [
        label_text(n, total, decimals)
        for n, total in zip(columns["n"], columns["n_total"], strict=True)
    ]
    if "under" not in columns:
        unknown = columns.get("missing", [0] * len(table))
        columns["under"] = [
            f"of {int(total)}" + (f"\n{int(missing)} unknown" if missing > 0 else "")
            for total, missing in zip(columns["n_total"], unknown, strict=True)
        ]
    if "param" in columns:
        places = {param: place for place, param in enumerate(LINEAGES)}
        columns["term"] = [LINEAGES[param].term for param in columns["param"]]
        columns["narrow_term"] = [LINEAGES[param].narrow_term for param in columns["param"]]
        columns["order"] = [places[param] for param in columns["param"]]
    return pd.DataFrame(columns)


def describe_rows(bars: pd.DataFrame, name: str) -> str:
    """Bars or pies in words, for those who do not see them."""
    described: dict[str, list[str]] = {}
    texts = (bars[column].tolist() for column in ("period_label", name, "label", "under"))
    for period, word, label, under in zip(*texts, strict=True):
        described.setdefault(period, []).append(f"{word} {label} {under}".replace("\n", ", "))
    return " ".join(f"{period}: {'; '.join(words)}." for period, words in described.items())


def period_params(bars: pd.DataFrame) -> dict[str, Any]:
    """Periods in their order, as a parameter of the picture."""
    return {"periods": list(dict.fromkeys(bars["period_label"]))}


def period_x(padding: dict[str, Any]) -> alt.X:
    """Periods side by side, named above; their names say the rule."""
    axis = alt.Axis(
        orient="top",
        labelAngle=0,
        labelFontSize=13,
        labelFontWeight=600,
        labelLimit=0,
        labelPadding=8,
        domain=False,
        ticks=False,
    )
    scale = alt.Scale(domain=alt.ExprRef("periods"), **padding)
    return alt.X("period_label:N", title=None, scale=scale, axis=axis)


def names_under(theme: str, field: str) -> list[alt.Chart]:
    """Names under the bars and, smaller, of how many."""
    base = chart_of("bars")
    name = base.mark_text(baseline="top", dy=6, lineBreak="\n", lineHeight=14, fontSize=12)
    of = base.mark_text(
        baseline="top",
        dy=36 if field == "narrow_term" else 22,
        lineBreak="\n",
        lineHeight=12,
        fontSize=10,
        color=palette(theme).muted,
    )
    return [
        name.encode(y=alt.YValue("height"), text=alt.Text(f"{field}:N")),
        of.encode(y=alt.YValue("height"), text=alt.Text("under:N")),
    ]


def period_tooltips(fields: dict[str, str]) -> list[alt.Tooltip]:
    """What a bar or a pie says when pointed at."""
    return tooltips(
        {"Period": "period_label:N", **fields, "Patients": "label:N", "of": "n_total:Q"}
    )
