"""ICAHT and phenotype of each patient, with why, and whom another reading changes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pht_core.model.cohort import Cohort
from pht_core.model.settings import Settings
from pht_core.model.words import counted
from pht_core.stats.assessment import derive_ends
from pht_core.stats.grading import derive_supported
from pht_core.stats.hematotoxicity.daily import Daily, derive_daily
from pht_core.stats.hematotoxicity.icaht import (
    EARLY_END,
    FLAGS,
    KINDS,
    OTHER_READINGS,
    derive_icaht,
    early_bounds,
    is_low,
)
from pht_core.stats.hematotoxicity.phenotype import derive_phenotypes
from pht_core.stats.summary import with_shares


@dataclass(frozen=True)
class Hematotoxicity:
    """Of a cohort under some settings.

    grades : see ``icaht.derive_icaht``. phenotypes : see ``phenotype.derive_phenotypes``.
    daily : by lineage the daily counts of days 0 to the end of late ICAHT.
    """

    settings: Settings
    subject_ids: list[str]
    grades: pd.DataFrame
    phenotypes: pd.DataFrame
    daily: dict[str, Daily]


def derive_hematotoxicity(cohort: Cohort, settings: Settings) -> Hematotoxicity:
    """ICAHT and phenotypes of a cohort; counts after progression, next therapy or death unused."""
    ids, ends = cohort.subject_ids, derive_ends(cohort)
    grades = _grades_of(cohort, ends, settings)
    daily = {
        param: derive_daily(
            cohort.counts,
            param,
            ids,
            ends["cutoff_day"],
            last=settings.icaht_late_end,
            gap=settings.icaht_gap,
        )
        for param in ("NE", "PLT")
    }
    phenotypes = derive_phenotypes(daily["NE"], ids)
    return Hematotoxicity(settings, ids, grades, phenotypes, daily)


def _grades_of(cohort: Cohort, ends: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    counts = cohort.counts
    if not settings.ticaht_transfused:
        counts = derive_supported(counts, cohort.support, settings.support_free_days)
    return derive_icaht(counts, cohort.subject_ids, ends["cutoff_day"], ends["death_day"], settings)


def patient_table(found: Hematotoxicity) -> pd.DataFrame:
    """A row per patient, as the command line prints it.

    Returns subject_id, early_grade, late_grade, early_ticaht, late_ticaht (missing = not
        evaluable), phenotype, days_ne_le_0_5 and days_ne_le_0_1 (days 0 to 30, interpolated ones
        among them, days of short recoveries not), flags (a list of "grade: flag"), why (a list, a
        clause for each grade and the phenotype).
    """
    grades = found.grades
    by_kind = {
        kind: rows.set_index("subject_id").reindex(found.subject_ids)
        for kind, rows in grades.groupby("kind", sort=False)
    }
    table = pd.DataFrame({"subject_id": found.subject_ids})
    for kind, rows in by_kind.items():
        table[kind] = rows["grade"].astype("Int64").to_numpy()
    table["phenotype"] = found.phenotypes["phenotype"].to_numpy()
    early = by_kind["early_grade"]
    table["days_ne_le_0_5"] = early["days_low"].astype("Int64").to_numpy()
    table["days_ne_le_0_1"] = early["days_deep"].astype("Int64").to_numpy()
    flags: dict[str, list[str]] = {name: [] for name in found.subject_ids}
    whys: dict[str, list[str]] = {name: [] for name in found.subject_ids}
    reasons = explain_grades(grades, found.settings)
    marks = grades[list(FLAGS)].to_numpy(dtype=bool)
    for subject, kind, marked, why in zip(
        grades["subject_id"], grades["kind"], marks, reasons, strict=True
    ):
        flags[subject] += [
            f"{kind}: {word}" for word, hit in zip(FLAGS.values(), marked, strict=True) if hit
        ]
        whys[subject].append(f"{KINDS[kind][2]}: {why}")
    for row in found.phenotypes.itertuples():
        whys[str(row.subject_id)].append(f"phenotype: {row.why}")
    table["flags"] = [flags[name] for name in found.subject_ids]
    table["why"] = [whys[name] for name in found.subject_ids]
    return table


def explain_grades(grades: pd.DataFrame, settings: Settings) -> list[str]:
    """Why each grade is what it is, a clause a row of ``derive_icaht``."""
    rows = grades.to_dict("records")
    return [
        f"not evaluable: {row['why_not']}"
        if row["why_not"]
        else (_explain_early if row["window"] == "early" else _explain_late)(row, settings)
        for row in ({str(name): cell for name, cell in one.items()} for one in rows)
    ]


def _explain_early(row: dict[str, Any], settings: Settings) -> str:
    total = settings.icaht_total if row["param"] == "NE" else settings.ticaht_total
    if row["rule"]:
        first, last, other = row["run_from"], row["run_to"], row["other_days"]
        run = f"days {first:g}–{last:g}" if last > first else f"day {first:g}"
        if total:
            longest = f", the longest run {run}" if other < row["days"] else f", {run}"
            parts = [f"{row['rule']}: {_days(row['days'])} in all{longest}"]
        else:
            parts = [f"{row['rule']}: {_days(row['days'])}, {run}"]
            if other > row["days"]:
                parts.append(f"{_days(other)} in all")
        if row["bridged"]:
            parts.append(f"{_days(row['bridged'])} of short recovery among them")
    else:
        parts = [f"no day with {'NE ≤ 0.5' if row['param'] == 'NE' else 'PLT < 50'}"]
    if row["unrecovered"]:
        parts.append(FLAGS["unrecovered"])
    if row["interpolated"]:
        parts.append(f"{_days(row['n_interpolated'])} interpolated")
    if row["last_day"] < EARLY_END:
        parts.append(f"time ended on day {row['last_day']:g}")
    if row["n_unknown"]:
        parts.append(f"{_days(row['n_unknown'])} without counts")
    if row["highest"] > row["grade"]:
        parts.append(f"grade {row['highest']:g} if these were low")
    return "; ".join(parts)


def _days(n: float) -> str:
    return counted(int(n), "day", "days")


def _explain_late(row: dict[str, Any], settings: Settings) -> str:
    lowest = f"lowest {row['nadir']:g} on day {row['nadir_day']:g}"
    if row["unconfirmed"]:
        lowest += ", the only test"
    else:
        lowest += f", second lowest {row['second']:g}"
    if row["transient"]:
        return f"transient: {lowest}"
    if row["window"] == "late" and row["grade"] == 4 and row["param"] == "PLT":
        lowest += f"; {row['days']:g} days"
    return f"{row['rule']}: {lowest}" if row["rule"] else lowest


def list_readings(cohort: Cohort, settings: Settings) -> pd.DataFrame:
    """Whose grade another reading of the definition changes.

    Returns setting, value, other (the value tried), n (patients), changes (text: patient, grade,
        from and to), a row per setting of `OTHER_READINGS`.
    """
    ends = derive_ends(cohort)
    usual = _grades_of(cohort, ends, settings)
    rows = []
    for name, other in OTHER_READINGS.items():
        value = getattr(settings, name)
        if value == other:
            other = getattr(Settings(), name)
        changed = _grades_of(cohort, ends, settings.with_changes(**{name: other}))
        before, after = usual["grade"].to_numpy(), changed["grade"].to_numpy()
        differ = (before != after) & ~(np.isnan(before) & np.isnan(after))
        changes = [
            f"{subject}: {KINDS[kind][2]} {_grade_word(one)} → {_grade_word(two)}"
            for subject, kind, one, two in zip(
                usual["subject_id"][differ],
                usual["kind"][differ],
                before[differ],
                after[differ],
                strict=True,
            )
        ]
        n = usual["subject_id"][differ].nunique()
        rows.append((name, value, other, n, "; ".join(changes)))
    return pd.DataFrame(rows, columns=["setting", "value", "other", "n", "changes"])


def _grade_word(grade: float) -> str:
    return "not evaluable" if np.isnan(grade) else f"{grade:g}"


def derive_strips(found: Hematotoxicity) -> pd.DataFrame:
    """Stretches of days 0 to 30 alike in depth, for each patient and lineage.

    Returns subject_id, param, start_day, end_day (the last day of the stretch), depth (0: above the
        bounds of early ICAHT, 1: below the first, NE <= 0.5 or PLT < 50, 2: below the second, NE <=
        0.1 or PLT < 20; missing: unknown), n_counts (days with a count). Days after the end of the
        patient's time are left out.
    """
    parts = []
    for param, daily in found.daily.items():
        early = daily.between(0, EARLY_END)
        depth = np.where(np.isnan(early.values), -1, 0)
        for row in early_bounds(param, found.settings):
            depth += is_low(early.values, row)
        depth = np.where(early.inside, depth, -2)
        new = np.ones(depth.shape, dtype=bool)
        new[:, 1:] = depth[:, 1:] != depth[:, :-1]
        stretch = np.cumsum(new.ravel()) - 1
        rows, starts = np.nonzero(new)
        sizes = np.bincount(stretch, minlength=len(rows))
        counts = np.bincount(stretch, weights=early.counted.ravel(), minlength=len(rows))
        states = depth[rows, starts]
        parts.append(
            pd.DataFrame(
                {
                    "subject_id": np.array(found.subject_ids, dtype=object)[rows],
                    "param": param,
                    "start_day": starts,
                    "end_day": starts + sizes - 1,
                    "depth": np.where(states < 0, np.nan, states),
                    "n_counts": counts.astype(int),
                }
            )[states > -2]
        )
    return pd.concat(parts, ignore_index=True)


def count_icaht(grades: pd.DataFrame, subject_ids: list[str], settings: Settings) -> pd.DataFrame:
    """How many patients have each grade of each kind.

    grades : see ``icaht.derive_icaht``.
    Returns period (``early`` or ``late``), period_label, param, term, grade (0 to 4), n, n_total
        (those evaluable), missing, percent, conf_low, conf_high.
    """
    rows = []
    of_kind = grades[grades["subject_id"].isin(subject_ids)].groupby("kind")["grade"]
    labels = {
        "early": f"early (days 0–{EARLY_END})",
        "late": f"late (days {EARLY_END + 1}–{settings.icaht_late_end})",
    }
    for window in labels:
        for kind, (param, own, title) in KINDS.items():
            if own != window:
                continue
            known = of_kind.get_group(kind).dropna().to_numpy(dtype=int)
            term = title.split(",")[0]
            missing = len(subject_ids) - len(known)
            for grade, n in enumerate(np.bincount(known, minlength=5).tolist()):
                rows.append((window, labels[window], param, term, grade, n, len(known), missing))
    columns = ["period", "period_label", "param", "term", "grade", "n", "n_total", "missing"]
    return with_shares(pd.DataFrame(rows, columns=columns))


def list_drawn_days(found: Hematotoxicity) -> pd.DataFrame:
    """The days 0 to 30 that have a count: subject_id, param, day."""
    parts = []
    for param, daily in found.daily.items():
        early = daily.between(0, EARLY_END)
        rows, days = np.nonzero(early.counted & early.inside)
        names = np.array(found.subject_ids, dtype=object)[rows]
        parts.append(pd.DataFrame({"subject_id": names, "param": param, "day": days}))
    return pd.concat(parts, ignore_index=True)
