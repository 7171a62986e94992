"""Counted tables: how many of how many, with exact intervals. A row per group, nothing graded.

Every table has n, n_total (the denominator, patients with what is needed to tell), percent and
missing (patients who are in the denominator's group but cannot be told).
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from pht_core.periods import PERIODS
from pht_core.proportion import exact_interval, percent_text
from pht_core.schema import LINEAGES, TERMS

FIGURE_PERIODS = ("within_28", "at_day_28", "after_prednisone")
LINEAGE_LABELS = {3: "trilineage", 2: "bilineage", 1: "unilineage", 0: "none"}


def with_shares(table: pd.DataFrame) -> pd.DataFrame:
    """Add percent, conf_low and conf_high (exact, 95 %) to a table with n and n_total."""
    n, n_total = table["n"].to_numpy(dtype=float), table["n_total"].to_numpy(dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        percent = np.where(n_total > 0, 100 * n / n_total, np.nan)
    low, high = exact_interval(n, n_total)
    return table.assign(percent=percent, conf_low=low, conf_high=high)


def _period_columns(period: str) -> dict[str, object]:
    return {"period": period, "period_label": PERIODS[period].label}


def count_incidence(
    grades: dict[str, pd.DataFrame],
    groups: dict[str, list[str]],
    *,
    lowest_grade: int = 1,
) -> pd.DataFrame:
    """Cytopenia by period and lineage (Figure 1 A, D, G; from grade 3 on: C, F).

    Parameters
    ----------
    grades : by period, patients by lineage, see ``assessment.wide_grades``.
    groups : by period, the patients of its denominator.
    lowest_grade : affected means this grade or worse.

    Returns
    -------
    period, period_label, param, term, n, n_total, missing, percent, conf_low, conf_high
    """
    rows = []
    for period, ids in groups.items():
        values = grades[period].loc[ids].to_numpy(dtype=float)
        for column, param in enumerate(LINEAGES):
            known = ~np.isnan(values[:, column])
            rows.append(
                _period_columns(period)
                | {
                    "param": param,
                    "term": TERMS[param],
                    "n": int((values[:, column] >= lowest_grade).sum()),
                    "n_total": int(known.sum()),
                    "missing": int((~known).sum()),
                }
            )
    return with_shares(pd.DataFrame(rows))


def count_lineages(grades: dict[str, pd.DataFrame], groups: dict[str, list[str]]) -> pd.DataFrame:
    """Patients by how many lineages are low (Figure 1 B, E, H); all three must be known.

    Returns
    -------
    period, period_label, lineages (3 to 0), label, n, n_total, missing, percent, conf_low,
    conf_high
    """
    rows = []
    for period, ids in groups.items():
        values = grades[period].loc[ids].to_numpy(dtype=float)
        known = ~np.isnan(values).any(axis=1)
        low = (values[known] >= 1).sum(axis=1)
        for lineages, label in LINEAGE_LABELS.items():
            rows.append(
                _period_columns(period)
                | {
                    "lineages": lineages,
                    "label": label,
                    "n": int((low == lineages).sum()),
                    "n_total": int(known.sum()),
                    "missing": int((~known).sum()),
                }
            )
    return with_shares(pd.DataFrame(rows))


def count_grades(grades: dict[str, pd.DataFrame], groups: dict[str, list[str]]) -> pd.DataFrame:
    """Patients by grade, lineage and period (Figure 1 C, F, I).

    Returns
    -------
    period, period_label, param, term, grade (0 to 4), n, n_total, missing, percent, conf_low,
    conf_high
    """
    rows = []
    for period, ids in groups.items():
        values = grades[period].loc[ids].to_numpy(dtype=float)
        for column, param in enumerate(LINEAGES):
            known = ~np.isnan(values[:, column])
            for grade in range(5):
                rows.append(
                    _period_columns(period)
                    | {
                        "param": param,
                        "term": TERMS[param],
                        "grade": grade,
                        "n": int((values[:, column] == grade).sum()),
                        "n_total": int(known.sum()),
                        "missing": int((~known).sum()),
                    }
                )
    return with_shares(pd.DataFrame(rows))


def count_any_severe(
    grades: pd.DataFrame, ids: list[str], lowest_grade: int = 3
) -> tuple[int, int]:
    """Patients with any lineage at grade 3 or worse, of those with any lineage known."""
    values = grades.loc[ids].to_numpy(dtype=float)
    return int((values >= lowest_grade).any(axis=1).sum()), int(
        (~np.isnan(values)).any(axis=1).sum()
    )


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


def describe_subjects(patients: pd.DataFrame) -> pd.DataFrame:
    """Who is in it: one row per characteristic, as in Tables 2 and 3 of the paper.

    Parameters
    ----------
    patients : the subjects' columns (``schema.TABLES["subjects"]``); missing values are counted
        apart and are in no denominator.

    Returns
    -------
    characteristic, value (``9/17 (52.94%)`` or median and range), missing
    """
    rows: list[tuple[str, str, int]] = []

    def yes(title: str, answers: pd.Series) -> None:
        n, known, missing = count_yes(answers.astype("boolean"))
        if known:
            rows.append((title, f"{n}/{known} ({percent_text(n, known, 2)})", missing))

    def numbers(title: str, column: str, unit: str) -> None:
        values = pd.to_numeric(patients[column]).to_numpy(dtype=float, na_value=np.nan)
        if (~np.isnan(values)).any():
            rows.append((title, median_text(values, unit), int(np.isnan(values).sum())))

    numbers("Age, median (range)", "age_years", "years")
    for sex, title in (("M", "Male"), ("F", "Female")):
        yes(title, (patients["sex"] == sex).astype("boolean").mask(patients["sex"].isna()))
    yes("Extramedullary disease", patients["extramedullary"])
    yes("Central nervous system infiltration", patients["cns"])
    yes("Prior HSCT", patients["prior_hsct"])
    numbers("Lines of therapy, median (range)", "lines_of_therapy", "")
    numbers("CAR-T cells infused, median (range)", "cart_dose", "× 10⁶/kg")
    for column, title in (("crs_grade", "CRS"), ("icans_grade", "ICANS")):
        values = pd.to_numeric(patients[column]).astype("Float64")
        parts = (
            ("any grade", values >= 1),
            ("grade 1–2", values.between(1, 2)),
            ("grade 3 or worse", values >= 3),
        )
        # Where nobody had any, "none" is said once.
        for name, flags in parts if (values >= 1).any() else parts[:1]:
            yes(f"{title}, {name}", flags.astype("boolean").mask(values.isna()))
    yes(
        "Complete remission after CAR-T",
        (patients["response"] == "CR").astype("boolean").mask(patients["response"].isna()),
    )
    return pd.DataFrame(rows, columns=["characteristic", "value", "missing"])


def compare_described(parts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """`describe_subjects` of several groups side by side, a column a group, headed with n."""
    columns = {
        f"{title} (n = {len(patients)})": describe_subjects(patients).set_index("characteristic")[
            "value"
        ]
        for title, patients in parts.items()
    }
    return pd.concat(columns, axis=1, sort=False).fillna("–").reset_index()


def count_flow(treated: pd.DataFrame | None, patients: pd.DataFrame) -> pd.DataFrame:
    """Patient flow: treated, with counts, with PHT, not responding to support, late, analysed.

    Parameters
    ----------
    treated : all treated patients with blood_count_followup and pht_d28 as recorded, or None
        where only the cohort itself is known.
    patients : see ``assessment.derive_patients``.

    Returns
    -------
    step, label, n, n_total (of which), note, order. Steps without data are left out.
    """
    rows: list[tuple[str, str, int, int | None, str]] = []
    if treated is not None:
        followed = treated["blood_count_followup"].astype("boolean").fillna(False)
        pht = treated["pht_d28"].astype("boolean").fillna(False)
        rows += [
            ("treated", "treated with CAR-T cells", len(treated), None, ""),
            ("evaluated", "with blood count follow-up", int(followed.sum()), len(treated), ""),
            ("pht", "with PHT at day 28", int((pht & followed).sum()), int(followed.sum()), ""),
        ]
    else:
        n, known, missing = count_yes(patients["pht_d28"])
        note = f"{missing} cannot be told" if missing else ""
        rows += [
            ("cohort", "in the cohort", len(patients), None, ""),
            ("pht", "with PHT at day 28", n, known, note),
        ]
    refractory = count_yes(patients["refractory"])[0]
    late = int((patients["late"] & patients["treated"]).fillna(False).sum())
    treated_n = count_yes(patients["treated"])[0]
    if patients["treated"].notna().any():
        rows += [
            ("refractory", "PHT despite support, then prednisone", refractory, None, ""),
            ("late", "late cytopenia after day 31, then prednisone", late, None, ""),
            ("prednisone", "given prednisone", treated_n, None, ""),
        ]
    table = pd.DataFrame(rows, columns=["step", "label", "n", "n_total", "note"])
    return table.assign(order=range(len(table)))


def split_by_pht(treated: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Table 2's groups of all treated patients: those with counts, with PHT, without.

    Parameters
    ----------
    treated : blood_count_followup and pht_d28 as recorded; missing is in no group.
    """
    followed = treated[treated["blood_count_followup"].astype("boolean").fillna(False)]
    pht = followed["pht_d28"].astype("boolean")
    return {
        "Total": followed,
        "PHT": followed[pht.fillna(False)],
        "No PHT": followed[(~pht).fillna(False)],
    }
