"""Risk scores before infusion: CAR-HEMATOTOX with each item, EASIX and m-EASIX as context.

CAR-HEMATOTOX: Rejeski, Blood 2021;138:2499. EASIX, m-EASIX: doi:10.1182/bloodadvances.2020003885.
"""

import numpy as np
import pandas as pd

from pht_core.model.cohort import Cohort
from pht_core.model.criteria import ScoreRow, read_score
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import LABS
from pht_core.model.settings import Settings
from pht_core.model.words import listed

CAR_HEMATOTOX = "car_hematotox"
HIGH_FROM = 2  # points of CAR-HEMATOTOX
ITEMS = ("PLT", "NE", "HGB", "CRP", "FERRITIN")
EASIX_ITEMS = ("LDH", "CREATININE", "CRP", "PLT")
IN_B_ALL = (
    "CAR-HEMATOTOX was developed in large B-cell lymphoma. In B-ALL nearly every patient is at "
    "high risk by it, so that it is of little use there."
)
MISSING = " missing"
CRP_MG_PER_DL = 10.0  # mg/L; m-EASIX takes CRP in mg/dL
_NAMES = {param: lineage.name for param, lineage in LINEAGES.items()} | {
    test: name for test, (name, _) in LABS.items()
}
_UNITS = {param: lineage.unit for param, lineage in LINEAGES.items()} | {
    test: unit for test, (_, unit) in LABS.items()
}


def derive_items(cohort: Cohort, settings: Settings) -> pd.DataFrame:
    """Each patient's last value of every item before lymphodepletion, with its points.

    Returns a row per patient and item of CAR-HEMATOTOX and EASIX: subject_id, item, name, value and
        unit (missing = none in the days of ``score_first`` to ``score_last``; of several values on
        one day the worst: the lowest count, the highest of the others), day, points (missing where
        no part of CAR-HEMATOTOX), other_points (what the value would be worth if its bound counted
        to the other side; missing where it is on no bound), bound (the bound that it is on),
        why_not (why there is no value).
    """
    ids, names = cohort.subject_ids, [*dict.fromkeys((*ITEMS, *EASIX_ITEMS))]
    counts = cohort.counts.rename(columns={"param": "item"})
    labs = cohort.labs.rename(columns={"test": "item"})
    columns = ["subject_id", "item", "day", "value", "unit"]
    parts = [
        one.loc[(one["day"] <= 0) & one["item"].isin(names), columns] for one in (counts, labs)
    ]
    parts = [one.astype({"subject_id": object, "item": object, "unit": object}) for one in parts]
    rows = pd.concat([one for one in parts if len(one)] or parts[:1], ignore_index=True)
    rows = rows[rows["value"].notna() & (rows["value"] >= 0)]
    usable = rows["unit"].eq(rows["item"].map(_UNITS))
    timely = rows["day"].between(settings.score_first, settings.score_last)
    chosen = rows[usable & timely]
    worst = chosen["value"].where(chosen["item"].isin(LABS), -chosen["value"])
    chosen = chosen.assign(worst=worst).sort_values(["day", "worst"], kind="stable")
    chosen = chosen.drop_duplicates(["subject_id", "item"], keep="last")
    keys = ["subject_id", "item"]
    index = pd.MultiIndex.from_product([ids, names], names=keys)
    table = chosen.set_index(keys).reindex(index).reset_index()
    table["name"] = table["item"].map(_NAMES)
    table["why_not"] = _reasons(table, rows, usable, timely)
    for column in ("points", "other_points", "bound"):
        table[column] = np.nan
    for item in ITEMS:
        here = (table["item"] == item).to_numpy()
        values = table.loc[here, "value"].to_numpy(dtype=float)
        table.loc[here, ["points", "other_points", "bound"]] = _points(item, values)
    return table[
        [*keys, "name", "value", "unit", "day", "points", "other_points", "bound", "why_not"]
    ]


def _reasons(
    table: pd.DataFrame, rows: pd.DataFrame, usable: pd.Series, timely: pd.Series
) -> list[str]:
    """For each item without a value: missing, in an unknown unit, or at another time."""
    known = pd.MultiIndex.from_frame(table[["subject_id", "item"]])
    late = rows[usable & ~timely].groupby(["subject_id", "item"])["day"].max()
    odd = rows[~usable & timely].groupby(["subject_id", "item"]).size()
    late_days = late.reindex(known).to_numpy(dtype=float)
    odd_units = odd.reindex(known).notna().to_numpy()
    reasons = []
    for name, value, day, unit in zip(
        table["name"], table["value"], late_days, odd_units, strict=True
    ):
        if value == value:
            reasons.append("")
        elif unit:
            reasons.append(f"{name} in an unknown unit")
        elif day == day:
            reasons.append(f"{name} at another time (day {day:g})")
        else:
            reasons.append(f"{name}{MISSING}")
    return reasons


def _points(item: str, values: np.ndarray) -> np.ndarray:
    """Points, points if the bound counted to the other side, and the bound: a row a value."""
    rows = [row for row in read_score(CAR_HEMATOTOX) if row.item == item]
    points, other = np.zeros(len(values)), np.zeros(len(values))
    bound = np.full(len(values), np.nan)
    for row in rows:
        on = values == row.bound
        bound[on] = row.bound
        reached = _reaches(row, values)
        points = np.maximum(points, np.where(reached, row.points, 0))
        other = np.maximum(other, np.where(reached ^ on, row.points, 0))
    missing = np.isnan(values)
    points[missing] = np.nan
    other[missing | np.isnan(bound)] = np.nan
    return np.column_stack([points, other, bound])


def _reaches(row: ScoreRow, values: np.ndarray) -> np.ndarray:
    compare = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
    reached: np.ndarray = compare[row.sign](values, row.bound)
    return reached


def derive_scores(items: pd.DataFrame) -> pd.DataFrame:
    """The scores of each patient; with an item missing there is none.

    items : see `derive_items`.
    Returns subject_id, car_hematotox (0 to 7, missing = not computed), risk (``high`` from 2
        points, ``low``; missing), not_computed ("not computed: ferritin missing"; empty where it
        is), on_bound (values on a bound, and the sum that the other reading gives; empty where
        none), easix (LDH x creatinine / platelets: U/L, mg/dL, 10^9/L), m_easix (LDH x CRP in mg/dL
        / platelets), easix_not_computed.
    """
    ids = items["subject_id"].drop_duplicates().tolist()

    def wide(column: str) -> pd.DataFrame:
        return items.set_index(["subject_id", "item"])[column].unstack().reindex(ids)

    values, points, other = wide("value"), wide("points")[list(ITEMS)], wide("other_points")
    whys, bounds = wide("why_not"), wide("bound")
    total = points.sum(axis=1).where(points.notna().all(axis=1))
    other = other[list(ITEMS)]
    on_bound = []
    for place, row in enumerate(other.notna().to_numpy()):
        parts = []
        for item in np.array(ITEMS)[row]:
            sum_other = total.iloc[place] + other[item].iloc[place] - points[item].iloc[place]
            otherwise = "" if sum_other != sum_other else f", the other reading gives {sum_other:g}"
            parts.append(f"{_NAMES[item]} on the bound of {bounds[item].iloc[place]:g}{otherwise}")
        on_bound.append("; ".join(parts))
    with np.errstate(divide="ignore", invalid="ignore"):
        per_platelet = values["LDH"] / values["PLT"].where(values["PLT"] > 0)
        easix = per_platelet * values["CREATININE"]
        m_easix = per_platelet * values["CRP"] / CRP_MG_PER_DL
    risk = [None if one != one else "high" if one >= HIGH_FROM else "low" for one in total]
    return pd.DataFrame(
        {
            "subject_id": ids,
            "car_hematotox": total.astype("Int64").to_numpy(),
            "risk": risk,
            "not_computed": _not_computed(whys[list(ITEMS)]),
            "on_bound": on_bound,
            "easix": easix.to_numpy(),
            "m_easix": m_easix.to_numpy(),
            "easix_not_computed": _not_computed(whys[list(EASIX_ITEMS)]),
        }
    )


def _not_computed(whys: pd.DataFrame) -> list[str]:
    said = []
    for row in whys.to_numpy().tolist():
        missing = [why.removesuffix(MISSING) for why in row if why.endswith(MISSING)]
        others = [why for why in row if why and not why.endswith(MISSING)]
        parts = [f"{listed(missing)}{MISSING}"] * bool(missing) + others
        said.append(f"not computed: {'; '.join(parts)}" if parts else "")
    return said
