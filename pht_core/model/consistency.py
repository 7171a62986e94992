"""What the tables of a cohort say against each other: days, follow-up, patients that look alike."""

from typing import Any

import numpy as np
import pandas as pd

from pht_core.model.cohort import DAYS_PER_MONTH
from pht_core.model.findings import CHANGES, NOTE, Findings, counted, finding
from pht_core.model.schema import LINEAGES

# Follow-up in whole months is up to half a month off.
TOLERANCE_DAYS = 16
# Fewer equal counts than these happen by chance.
ALIKE_COUNTS = 6
DATED = {
    "counts": "day",
    "prednisone": "start_day",
    "support": "day",
    "events": "day",
    "labs": "day",
}


def check_consistency(tables: dict[str, pd.DataFrame], births: pd.Series | None = None) -> Findings:
    """Findings that need two tables, or two patients.

    Parameters
    ----------
    tables : typed tables by name, as in ``schema.TABLES``; absent ones are not looked at.
    births : days of birth counted from the infusion, by subject_id.

    Returns
    -------
    list of dict
        Rows as of ``validation.finding``: values before birth, after death or after the last
        follow-up (later than it by `TOLERANCE_DAYS`), patients with the same counts.
    """
    rows: Findings = []
    outcomes = tables.get("outcomes")
    limits: list[tuple[str, pd.Series]] = []
    if outcomes is not None and len(outcomes):
        own = outcomes.drop_duplicates("subject_id").set_index("subject_id")
        for column, words in (
            ("death_months", "after the patient's death"),
            ("last_followup_months", "after the patient's last follow-up"),
        ):
            if column in own:
                limits.append((words, own[column].astype(float) * DAYS_PER_MONTH + TOLERANCE_DAYS))
    for name, column in DATED.items():
        frame = tables.get(name)
        if frame is None or not len(frame) or not {"subject_id", column} <= set(frame):
            continue
        if births is not None and len(births):
            rows += _beyond(frame, name, column, births, "before the patient's birth", earlier=True)
        for words, limit in limits:
            found = _beyond(frame, name, column, limit, words, earlier=False)
            rows += found
            if found:
                break  # what is after death is after the last follow-up as well
    counts = tables.get("counts")
    if counts is not None and len(counts) and {"day", "param", "value"} <= set(counts):
        rows += _alike(counts)
    return rows


def _beyond(
    frame: pd.DataFrame, name: str, column: str, limit: pd.Series, words: str, *, earlier: bool
) -> Findings:
    subjects = frame["subject_id"].astype("category").cat
    bound = limit.reindex(subjects.categories.astype(object)).to_numpy(dtype=float, na_value=np.nan)
    own = np.append(bound, np.nan)[subjects.codes.to_numpy()]
    days = frame[column].to_numpy(dtype=float, na_value=np.nan)
    beyond = np.flatnonzero(days < own if earlier else days > own)
    if not beyond.size:
        return []
    codes = subjects.codes.to_numpy()[beyond]
    who = subjects.categories[codes[0]]
    n = len(np.unique(codes))
    return [
        finding(
            CHANGES,
            name,
            column,
            f"{counted(beyond.size, 'row', 'rows')} of {counted(n, 'patient', 'patients')} "
            f"{words}, the first on day "
            f"{days[beyond[0]]:g} of {who}.",
            "They are used as they stand.",
            "Correct the day, the date of infusion or the outcome.",
            value=f"{days[beyond[0]]:g}",
        )
    ]


def _alike(counts: pd.DataFrame) -> Findings:
    """Patients whose counts are all the same, and those with the same three before infusion."""
    rows: Findings = []
    whole = _same(counts, ALIKE_COUNTS)
    for names, n in whole:
        rows.append(
            finding(
                CHANGES,
                "counts",
                "subject_id",
                f"{_joined(names)} have the same {n} counts on the same days.",
                "All are used.",
                "Check whether one patient stands in the file twice.",
                value=names[0],
            )
        )
    told = {name for names, _ in whole for name in names}
    before = counts[(counts["day"] < 0).to_numpy()]
    for names, n in _same(before, len(LINEAGES)):
        if not told.issuperset(names):
            rows.append(
                finding(
                    NOTE,
                    "counts",
                    "subject_id",
                    f"{_joined(names)} have the same {n} counts before infusion.",
                    "All are used.",
                    "Check whether one of them was copied.",
                    value=names[0],
                )
            )
    return rows


def _same(counts: pd.DataFrame, fewest: int) -> list[tuple[list[str], int]]:
    """Groups of patients with the same counts, at least so many, and how many they are."""
    subjects = counts["subject_id"].astype("category").cat
    codes = subjects.codes.to_numpy()
    if not len(codes):
        return []
    params = counts["param"].astype("category").cat.codes.to_numpy().astype(np.uint64)
    days = counts["day"].to_numpy(dtype=float, na_value=np.nan)
    values = counts["value"].to_numpy(dtype=float, na_value=np.nan)
    hashed: Any = pd.util.hash_array(days) * np.uint64(31) + pd.util.hash_array(values)
    hashed = pd.util.hash_array(hashed * np.uint64(31) + params)
    n_subjects = len(subjects.categories)
    total = np.zeros(n_subjects, dtype=np.uint64)
    np.add.at(total, codes[codes >= 0], hashed[codes >= 0])
    n = np.bincount(codes[codes >= 0], minlength=n_subjects)
    profiles = pd.DataFrame({"total": total, "n": n, "subject_id": subjects.categories})
    profiles = profiles[profiles["n"] >= fewest]
    profiles = profiles[profiles.duplicated(["total", "n"], keep=False)]
    return [
        (group["subject_id"].astype(str).tolist(), int(group["n"].iloc[0]))
        for _, group in profiles.groupby(["total", "n"], sort=False)
    ]


def _joined(names: list[str]) -> str:
    shown = names[:5]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return (", ".join(shown[:-1]) + " and " + shown[-1] if not more else ", ".join(shown)) + more
