"""Which patients' results hang on a single count."""

import pandas as pd

from pht_core.assessment import Assessment


def changed_by_confirmation(
    one: Assessment, other: Assessment, subject_ids: list[str]
) -> list[str]:
    """Patients whose response or relapse day differs between two assessments of one cohort.

    Meant for an assessment with confirmation by the next count and one without; missing equals
    missing.
    """
    differ = one.keep(("confirmation", other.settings), lambda: _differing(one, other))
    return [name for name in subject_ids if name in differ]


def _differing(one: Assessment, other: Assessment) -> set[str]:
    differ: set[str] = set()
    for table, day in (("responses", "response_day"), ("relapses", "relapse_day")):
        mine, theirs = (_days(getattr(assessment, table), day) for assessment in (one, other))
        both = pd.concat([mine, theirs], axis=1, keys=["mine", "theirs"])
        unlike = both["mine"].fillna(-1) != both["theirs"].fillna(-1)
        differ |= set(both.index.get_level_values("subject_id")[unlike])
    return differ


def _days(table: pd.DataFrame, day: str) -> pd.Series:
    rows = table.astype({"subject_id": object})
    return rows.set_index(["subject_id", "course"])[day].astype(float)
