"""What each answer to a question would make of the files: the numbers that differ between them."""

from typing import Any

import pandas as pd

from pht_core.intake.questions import Question, answer_question
from pht_core.intake.reading import Intake
from pht_core.intake.tidying.tidying import tidy_tables
from pht_core.model.cohort import Cohort, build_cohort
from pht_core.model.lineage import PHT_LINEAGES
from pht_core.model.settings import Settings
from pht_core.model.words import listed
from pht_core.stats.assessment import derive_assessment

# Each answer is a whole reading: of larger files only the question is shown.
MOST_ROWS = 20_000


def compare_answers(intake: Intake, question: Question) -> pd.DataFrame | None:
    """The cohort's numbers under each answer; other questions stay open.

    A row per option, indexed by its words; text columns such as "Patients", "Counts", "Days",
    "Deaths", of which only those that differ are kept. None where nothing differs, where each value
    needs an answer of its own, or where the files have more than `MOST_ROWS` rows.
    """
    if question.cells or sum(len(table.frame) for table in intake.tables) > MOST_ROWS:
        return None
    read = {
        words: _numbers(
            tidy_tables(intake.tables, answer_question(intake.mapping, question, value)).tables
        )
        for value, words in question.options
    }
    numbers = pd.DataFrame.from_dict(read, orient="index").fillna("none")
    numbers = numbers.loc[:, numbers.nunique() > 1]
    return numbers if numbers.shape[1] else None


def _numbers(tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """What a reading holds, as far as a reader can judge it at a glance."""
    subjects, counts = tables.get("subjects"), tables.get("counts")
    shown = {"Patients": str(0 if subjects is None else len(subjects))}
    if counts is not None and len(counts):
        values = counts.dropna(subset=["value", "day"])
        shown["Counts"] = f"{len(values):,}"
        shown["Days"] = f"{values['day'].min():g} to {values['day'].max():g}" if len(values) else ""
        for lineage in PHT_LINEAGES:
            own = values.loc[values["param"] == lineage, "value"]
            if len(own):
                shown[f"{lineage} (median, range)"] = (
                    f"{own.median():.4g} ({own.min():.4g}-{own.max():.4g})"
                )
    outcomes = tables.get("outcomes", pd.DataFrame())
    for column, title in (("death_months", "Deaths"), ("progression_months", "Progressions")):
        if column in outcomes:
            shown[title] = str(int(outcomes[column].notna().sum()))
    if len(tables.get("prednisone", ())):
        shown |= _treatment(build_cohort(tables, name="", digest=""))
    return shown


def _treatment(cohort: Cohort) -> dict[str, str]:
    """Courses of prednisone, of all and of the first patient, and what the counts did."""
    assessment = derive_assessment(cohort, Settings())
    courses, patients = assessment.courses, assessment.patients
    shown = {"Prednisone courses": str(len(courses))}
    if len(courses):
        who = courses["subject_id"].iloc[0]
        own = courses[courses["subject_id"] == who]
        spans = [
            f"{start:g} to {'ongoing' if pd.isna(last) else f'{last:g}'}"
            for start, last in zip(own["start_day"], own["last_day"], strict=True)
        ]
        shown[f"{who}: days on prednisone"] = listed(spans, most=4)
    for column, title in (("responded", "Responses"), ("relapsed", "Recurrences after stopping")):
        known = patients[column].dropna()
        shown[title] = f"{int(known.sum())} of {len(known)}"
    return shown
