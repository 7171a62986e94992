"""Counted tables: how many of how many, with exact intervals. A row per group, nothing graded.

Every table has n, n_total (the denominator, patients with what is needed to tell), percent and
missing (patients who are in the denominator's group but are not evaluable).
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from pht_core.model.lineage import LINEAGES, PHT_LINEAGES
from pht_core.stats.periods import PERIODS
from pht_core.stats.proportion import (
    decimals_of,
    exact_interval,
    percent_text,
    rate_text,
    share_text,
)

LINEAGE_LABELS = {3: "trilineage", 2: "bilineage", 1: "unilineage", 0: "none"}


def with_shares(table: pd.DataFrame) -> pd.DataFrame:
    """Add percent, conf_low and conf_high (exact, 95 %) to a table with n and n_total."""
    n, n_total = table["n"].to_numpy(), table["n_total"].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        percent = np.where(n_total > 0, 100 * n / n_total, np.nan)
    low, high = exact_interval(n, n_total)
    return table.assign(percent=percent, conf_low=low, conf_high=high)


def print_shares(table: pd.DataFrame) -> pd.DataFrame:
    """Percent and limits as texts without their sign, see `percent_text`; the rest as it is.

    Of a table with n, n_total, percent, and perhaps conf_low and conf_high; any other unchanged.
    """
    if not {"n", "n_total", "percent"} <= set(table):
        return table
    totals = table["n_total"].tolist()
    pairs = zip(table["n"].tolist(), totals, strict=True)
    texts = {"percent": [percent_text(int(n), int(total)) or "–" for n, total in pairs]}
    for name in {"conf_low", "conf_high"} & set(table):
        limits = zip(table[name].tolist(), totals, strict=True)
        texts[name] = [rate_text(limit / 100, decimals_of(total)) for limit, total in limits]
    return table.assign(
        **{name: [text.removesuffix("%") for text in own] for name, own in texts.items()}
    )


def _counted(rows: list[tuple[Any, ...]], names: list[str]) -> pd.DataFrame:
    """Rows of period, what is counted, n, n_total and missing as a table with shares."""
    table = pd.DataFrame(rows, columns=["period", *names, "n", "n_total", "missing"])
    table.insert(1, "period_label", [PERIODS[period].label for period in table["period"]])
    return with_shares(table)


def count_incidence(
    grades: dict[str, pd.DataFrame],
    groups: dict[str, list[str]],
    *,
    lowest_grade: int = 1,
) -> pd.DataFrame:
    """Cytopenia by period and lineage (Figure 1 A, D, G; from grade 3 on: C, F).

    grades : by period, patients by lineage, see ``assessment.wide_grades``.
    groups : by period, the patients of its denominator.
    lowest_grade : affected means this grade or worse.
    Returns period, period_label, param, term, n, n_total, missing, percent, conf_low, conf_high.
    """
    rows = []
    for period, ids in groups.items():
        table = grades[period].loc[ids]
        values = table.to_numpy(dtype=float)
        known = (~np.isnan(values)).sum(axis=0).tolist()
        low = (values >= lowest_grade).sum(axis=0).tolist()
        for param, n, n_total in zip(table.columns.tolist(), low, known, strict=True):
            rows.append((period, param, LINEAGES[param].term, n, n_total, len(ids) - n_total))
    return _counted(rows, ["param", "term"])


def count_lineages(grades: dict[str, pd.DataFrame], groups: dict[str, list[str]]) -> pd.DataFrame:
    """Patients by how many lineages are low (Figure 1 B, E, H); all three of PHT must be known.

    Returns period, period_label, lineages (3 to 0), label, n, n_total, missing, percent, conf_low,
        conf_high.
    """
    rows = []
    for period, ids in groups.items():
        values = grades[period].loc[ids, list(PHT_LINEAGES)].to_numpy(dtype=float)
        known = ~np.isnan(values).any(axis=1)
        n_total = int(known.sum())
        counts = np.bincount((values[known] >= 1).sum(axis=1), minlength=4).tolist()
        for lineages, label in LINEAGE_LABELS.items():
            rows.append((period, lineages, label, counts[lineages], n_total, len(ids) - n_total))
    return _counted(rows, ["lineages", "label"])


def count_grades(grades: dict[str, pd.DataFrame], groups: dict[str, list[str]]) -> pd.DataFrame:
    """Patients by grade, lineage and period (Figure 1 C, F, I).

    Returns period, period_label, param, term, grade (0 to 4), n, n_total, missing, percent,
        conf_low, conf_high.
    """
    rows = []
    for period, ids in groups.items():
        table = grades[period].loc[ids]
        for param in table.columns.tolist():
            term = LINEAGES[param].term
            known = table[param].dropna().to_numpy(dtype=int)
            missing = len(ids) - known.size
            for grade, n in enumerate(np.bincount(known, minlength=5).tolist()):
                rows.append((period, param, term, grade, n, known.size, missing))
    return _counted(rows, ["param", "term", "grade"])


def figure_groups(
    patients: pd.DataFrame, of: str = "pht", after: str = "best"
) -> dict[str, list[str]]:
    """Figure 1's denominators by period: who is counted in each.

    patients : index subject_id, pht_d28 and treated, see ``assessment.derive_patients``.
    of : from day 28 on those with PHT (``pht``) or everyone (``all``). Within 28 days always
        everyone; after prednisone only those who were given it.
    after : the ``best`` or the ``last`` count after prednisone.
    """
    everyone = pd.Series(True, index=patients.index)
    later = patients["pht_d28"].fillna(False).astype(bool) if of == "pht" else everyone
    treated = patients["treated"].fillna(False).astype(bool)
    last = "after_prednisone" if after == "best" else "after_prednisone_last"
    groups = {"within_28": everyone, "at_day_28": later, last: later & treated}
    return {period: patients.index[chosen].tolist() for period, chosen in groups.items()}


def count_any_severe(
    grades: pd.DataFrame, ids: list[str], lowest_grade: int = 3
) -> tuple[int, int]:
    """Patients with any lineage of PHT at grade 3 or worse, and of how many.

    As with PHT, a patient without one counts only where all three lineages are known.
    """
    values = grades.loc[ids, list(PHT_LINEAGES)].to_numpy(dtype=float)
    severe = (values >= lowest_grade).any(axis=1)
    known = severe | ~np.isnan(values).any(axis=1)
    return int(severe.sum()), int(known.sum())


def count_yes(answers: pd.Series) -> tuple[int, int, int]:
    """Of a yes/no column: yes, known, missing.

    >>> count_yes(pd.Series([True, False, None], dtype="boolean"))
    (1, 2, 1)
    """
    known = int(answers.notna().sum())
    return int(answers.fillna(False).sum()), known, len(answers) - known


def median_range(values: Iterable[float]) -> tuple[float, float, float, int]:
    """Median, lowest, highest and number of the values that are not missing."""
    known = np.asarray(list(values), dtype=float)
    known = known[~np.isnan(known)]
    if not known.size:
        return np.nan, np.nan, np.nan, 0
    return float(np.median(known)), float(known.min()), float(known.max()), int(known.size)


def median_text(values: Iterable[float], unit: str = "") -> str:
    """``31 years (8-66)``; an en dash where nothing is known.

    >>> median_text([8, 31, 66], "years")
    '31 years (8–66)'
    """
    median, low, high, n = median_range(values)
    unit = f" {unit}" if unit else ""
    return f"{median:g}{unit} ({low:g}–{high:g})" if n else "–"


def _floats(values: pd.Series) -> np.ndarray:
    """Numbers or yes/no answers as floats; missing is nan."""
    if values.dtype == object:
        values = pd.to_numeric(values)
    return values.to_numpy(dtype=float, na_value=np.nan)


def _is(values: pd.Series, wanted: str) -> np.ndarray:
    """1 where it is the wanted word, 0 where another, nan where missing."""
    return np.where(
        values.isna(), np.nan, (values == wanted).to_numpy(dtype=float, na_value=np.nan)
    )


def describe_subjects(patients: pd.DataFrame) -> pd.DataFrame:
    """Cohort characteristics: one row per characteristic, as in Tables 2 and 3 of the paper.

    patients : the subjects' columns (``schema.TABLES["subjects"]``); missing values are counted
        apart and are in no denominator.
    Returns characteristic, value (``9/17 (52.9%)`` or median and range), missing.
    """
    rows: list[tuple[str, str, int]] = []

    def yes(title: str, answers: np.ndarray) -> None:
        """Add a share; answers are 1, 0 or nan."""
        known = int((~np.isnan(answers)).sum())
        if known:
            n = int((answers == 1).sum())
            rows.append((title, share_text(n, known), len(answers) - known))

    def numbers(title: str, column: str, unit: str) -> None:
        values = _floats(patients[column])
        if (~np.isnan(values)).any():
            rows.append((title, median_text(values, unit), int(np.isnan(values).sum())))

    numbers("Age, median (range)", "age_years", "years")
    for sex, title in (("M", "Male"), ("F", "Female")):
        yes(title, _is(patients["sex"], sex))
    yes("Extramedullary disease", _floats(patients["extramedullary"]))
    yes("Central nervous system (CNS) involvement", _floats(patients["cns"]))
    yes("Prior HSCT", _floats(patients["prior_hsct"]))
    numbers("Lines of therapy, median (range)", "lines_of_therapy", "")
    numbers("CAR-T cells infused, median (range)", "cart_dose", "× 10⁶/kg")
    for column, title in (("crs_grade", "CRS"), ("icans_grade", "ICANS")):
        values = _floats(patients[column])
        known = np.where(np.isnan(values), np.nan, 0.0)
        parts = (
            ("any grade", values >= 1),
            ("grade 1–2", (values >= 1) & (values <= 2)),
            ("grade 3 or worse", values >= 3),
        )
        # Where nobody had any, one row says so.
        for name, flags in parts if (values >= 1).any() else parts[:1]:
            yes(f"{title}, {name}", known + flags)
    yes("Complete remission after CAR-T", _is(patients["response"], "CR"))
    return pd.DataFrame(rows, columns=["characteristic", "value", "missing"])


def followed_pht(treated: pd.DataFrame) -> pd.Series:
    """PHT at day 28 as recorded, of those treated whose blood counts were followed."""
    followed = treated["blood_count_followup"].astype("boolean").fillna(False)
    return treated.loc[followed.to_numpy(dtype=bool), "pht_d28"].astype("boolean")


def count_flow(treated: pd.DataFrame | None, patients: pd.DataFrame) -> pd.DataFrame:
    """Patient flow: treated, with counts, with PHT, not responding to support, late, relapsed.

    treated : all treated patients with blood_count_followup and pht_d28 as recorded, or None where
        only the cohort itself is known.
    patients : see ``assessment.derive_patients``.
    Returns step, label, n, n_total (of which), note, order. A step is left out where nobody who
        could be in it is evaluable, as where support is not recorded: a bare 0 would read as none.
    """
    rows: list[tuple[str, str, int, int | None, str]] = []
    if treated is not None:
        pht = followed_pht(treated)
        n_all, n_followed = len(treated), len(pht)
        rows += [
            ("treated", "treated with CAR-T cells", n_all, None, ""),
            ("evaluated", "with blood count follow-up", n_followed, n_all, ""),
        ]
    else:
        pht = patients["pht_d28"]
        rows.append(("cohort", "in the cohort", len(patients), None, ""))
    n, known, missing = count_yes(pht)
    if known:
        note = f"{missing} not evaluable" if missing else ""
        rows.append(("pht", "with PHT at day 28", n, known, note))
    if patients["treated"].notna().any():
        given = patients[patients["treated"].fillna(False).to_numpy(dtype=bool)]
        may_be_refractory = given["pht_d28"].astype("boolean").fillna(True).to_numpy(dtype=bool)
        shown = [
            (step, label, count_yes(given[step])[0])
            for step, label, own in (
                ("refractory", "with PHT despite support", given[may_be_refractory]),
                ("late", "with late cytopenia after day 31", given),
            )
            if own[step].notna().any() or (known and not len(own))
        ]
        unknown = f"{n} not evaluable" if (n := int(given["refractory"].isna().sum())) else ""
        rows += [(*row, None, unknown if row[0] == "refractory" else "") for row in shown]
        other = len(given) - sum(row[2] for row in shown) - n
        notes = [f"{other} in neither group" if other > 0 else "", unknown]
        neither = "; ".join(filter(None, notes)) if len(shown) == 2 else ""
        rows.append(("prednisone", "given prednisone", len(given), None, neither))
        stopped = given[(given["pht_d28"] & given["stopped"]).fillna(False).to_numpy(dtype=bool)]
        n, known, missing = count_yes(stopped["relapsed"].astype("boolean"))
        if known:
            note = "of those with PHT who stopped" + f"; {missing} not evaluable" * bool(missing)
            label = "with recurrent cytopenia after stopping"
            rows.append(("relapsed", label, n, known, note))
    table = pd.DataFrame(rows, columns=["step", "label", "n", "n_total", "note"])
    return table.assign(order=range(len(table)))


def split_by_pht(treated: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Table 2's groups of all treated patients: those with counts, with PHT, without.

    treated : blood_count_followup and pht_d28 as recorded; missing is in no group.
    """
    followed = treated[treated["blood_count_followup"].astype("boolean").fillna(False)]
    pht = followed["pht_d28"].astype("boolean")
    return {
        "Total": followed,
        "PHT": followed[pht.fillna(False)],
        "No PHT": followed[(~pht).fillna(False)],
    }
