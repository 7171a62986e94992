"""Words of the exhibits of counts over time: one patient, several, a lane per patient."""

import numpy as np
import pandas as pd

from pht_core.charts.swimmer import MARKS
from pht_core.exhibits.view import View
from pht_core.exhibits.words import (
    Texts,
    capital,
    caption,
    cut_offs,
    grading,
    listed,
    median_words,
    patients,
    rows_of,
    sentence,
    signed,
    span,
    these,
)
from pht_core.model.schema import LINEAGE_NAMES, LINEAGES, UNITS
from pht_core.model.settings import support_word
from pht_core.stats.response import first_courses
from pht_core.stats.summary import count_yes
from pht_core.stats.trajectory import (
    CARRIED_DAYS,
    LONGEST_GAP,
    derive_lane_ends,
    derive_lane_marks,
    patient_tables,
    relapsed_patients,
)

_DAY_28 = 28.0
_STARS = "filled stars, on prednisone (first day of a dose); hollow stars, stopped"
_BROKEN = f"Lines are broken where counts are more than {LONGEST_GAP} days apart"


def trajectory(view: View, patient: str) -> Texts:
    """One patient's counts, courses and support."""
    tables = patient_tables(view.assessment, patient)
    courses = view.of(view.assessment.courses, [patient])
    relapses = view.of(view.assessment.relapses, [patient])
    relapsed = _days(relapses["relapse_day"].dropna())
    given = _course_days(courses)
    counts = _count_words(tables.counts)
    if len(courses):
        fell = f"; cytopenia again on {relapsed}" if relapsed else ""
        headline = f"{patient}: prednisone on {given}{fell}"
    elif view.cohort.has("prednisone"):
        headline = f"{patient}: no prednisone; {counts}"
    else:
        headline = f"{patient}: {counts}"
    result = sentence(
        f"in patient {patient}, the data hold {counts}",
        f"prednisone was given on {given}" if len(courses) else "",
        *_first_response(view, patient),
        f"cytopenia was found again after stopping on {relapsed}" if relapsed else "",
    )
    others = [
        "other corticosteroids" if len(tables.steroids) else "",
        "laboratory values" if len(tables.labs) else "",
        "days of support" if len(tables.support) else "",
    ]
    further = listed([words for words in others if words])
    return Texts(
        headline,
        caption(
            view,
            f"Hemoglobin, platelets and neutrophils of patient {patient} by days since CAR-T "
            "infusion (vertical line).",
            f"Above, doses of prednisone (mg/kg/day); {_STARS}; shaded, courses."
            if len(courses)
            else "",
            f"Further rows: {further}." if further else "",
            f"Solid lines, lower limits of normal; dashed lines, upper bounds of grades "
            f"{grading(view)} (grade 3: {cut_offs(view.settings.scheme, 3)}).",
            f"{_BROKEN}; hollow points have no grade.",
            beside=result,
        ),
        result,
    )


def trajectories(view: View, ids: list[str], numbers: pd.DataFrame, *, quantiles: bool) -> Texts:
    """Several patients in each lineage; quantiles where they are too many for a line each.

    Parameters
    ----------
    numbers : see ``trajectory.patient_counts`` or, of quantiles, ``summarize_lineages``.
    """
    if quantiles:
        return _quantiles(view, ids, numbers)
    courses = view.of(view.assessment.courses, ids)
    rows = view.patients.loc[ids]
    stopped = rows[rows["stopped"].fillna(False).to_numpy(dtype=bool)]
    n, known, _ = count_yes(stopped["relapsed"].astype("boolean"))
    relapses = view.of(view.assessment.relapses, ids)
    first = relapses[relapses["relapse_day"].notna()].drop_duplicates("subject_id")
    when = median_words(first["relapse_time"], "days")
    everyone = set(ids) == set(relapsed_patients(view.assessment, view.subject_ids))
    if everyone:
        short = median_words(first["relapse_time"], "days", n=False)
        headline = f"{_who(len(ids))} with cytopenia again after stopping prednisone, {short} later"
        fell = ""
    elif known:
        of_all = "" if known == len(ids) else " who stopped it"
        fell = f"cytopenia again after stopping prednisone in {n} of {patients(known)}{of_all}"
        headline = f"Blood counts of {patients(len(ids))}: {fell}"
        fell = fell.replace("cytopenia again", "cytopenia was found again")
    else:
        headline, fell = f"{_count_words(numbers)} of {patients(len(ids))}", ""
    result = sentence(
        f"in {patients(len(ids))}, the data hold {_count_words(numbers)}",
        fell,
        f"the first relapse came {when} after the stop" if when else "",
    )
    many = len(ids) > 8
    which = "with a relapse after stopping prednisone" if everyone else ""
    return Texts(
        capital(headline),
        caption(
            view,
            f"Hemoglobin, platelets and neutrophils of {patients(len(ids), which)} by days since "
            f"CAR-T infusion (vertical line){'' if many else f': {listed(list(map(str, ids)))}'}.",
            "Bars above, courses of prednisone; filled stars, start; hollow stars, stop."
            if len(courses)
            else "",
            f"Dashed lines are upper bounds of grades {grading(view)} (grade 3: "
            f"{cut_offs(view.settings.scheme, 3)}).",
            f"{_BROKEN}; hollow points have no grade.",
            beside=result,
        ),
        result,
    )


def _who(n: int) -> str:
    return "The 1 patient" if n == 1 else f"All {n} patients"


def _quantiles(view: View, ids: list[str], numbers: pd.DataFrame) -> Texts:
    """Medians and bands by week; told is the week of day 28, or the one that is nearest."""
    days = numbers["day"].to_numpy(dtype=float)
    if not days.size:
        headline = f"No week with counts of 3 of {patients(len(ids))}"
        return Texts(headline, caption(view, f"{headline}."), f"{headline}.")
    middle = float(days[np.argmin(np.abs(days - _DAY_28 - 3))])
    week = numbers[numbers["day"] == middle]
    rows = rows_of(week, "param", "median", "q25", "q75", "n")
    short = [f"{LINEAGE_NAMES[param]} {_value(param, median)}" for param, median, *_ in rows]
    full = [
        f"{LINEAGE_NAMES[param]} {_value(param, median)} (quartiles {_number(low)}–{_number(high)}"
        f"; n = {n})"
        for param, median, low, high, n in rows
    ]
    when = f"days {span(middle - 3, middle + 3)} after CAR-T infusion"
    result = f"On {when}, medians were {listed(full)}."
    return Texts(
        f"Median counts on {when}: {listed(short)}",
        caption(
            view,
            f"Hemoglobin, platelets and neutrophils of {patients(len(ids))} by weeks since CAR-T "
            "infusion.",
            "Lines are medians; bands, from the 25th to the 75th and from the 10th to the 90th "
            "percentile; of each patient the mean of a week counts, and weeks with fewer than 3 "
            "patients are left out.",
            f"Dashed lines are upper bounds of grades {grading(view)}.",
            beside=result,
        ),
        result,
    )


def swimmer(view: View) -> Texts:
    """A lane per patient."""
    ids = view.subject_ids
    marks = derive_lane_marks(view.assessment, ids)
    ends = derive_lane_ends(view.assessment, ids)
    cohort = view.cohort
    n, outcomes = patients(len(ids)), view.of(cohort.outcomes)
    found = {
        kind: int(marks.loc[marks["kind"] == kind, "subject_id"].nunique())
        for kind in ("progression", "next_therapy", "death")
    }
    responses = view.of(view.assessment.responses).dropna(subset="responded")
    answered, judged, _ = count_yes(
        responses.groupby("subject_id", observed=True)["responded"].max()
    )
    unjudged = len(view.treated) - judged
    fell, stopped, unseen = count_yes(
        view.patients.loc[view.patients["stopped"].fillna(False), "relapsed"].astype("boolean")
    )
    times = [name for name in outcomes if name != "subject_id"]
    known = len(outcomes.dropna(how="all", subset=times))
    followed = outcomes["last_followup_months"].notna().any() or found["death"] > 0
    short = [
        f"response in {answered} of {judged} given prednisone{_more(unjudged)}" if judged else "",
        f"relapse in {fell} of {stopped} who stopped it{_more(unseen)}" if stopped else "",
        f"death in {found['death']}" if followed else "",
    ]
    full = [
        f"response to prednisone in {answered} of {patients(judged, 'given it')}{_more(unjudged)}"
        if judged
        else "",
        f"cytopenia again after stopping in {fell} of {stopped} who stopped it{_more(unseen)}"
        if stopped
        else "",
        f"progression in {found['progression']} of {known}" if found["progression"] else "",
        f"a next therapy in {found['next_therapy']} of {known}" if found["next_therapy"] else "",
        f"death in {found['death']} of {known}" if followed else "",
    ]
    short, full = [words for words in short if words], [words for words in full if words]
    last = float(ends["last_day"].max())
    until = "" if np.isnan(last) else f" followed up to day {last:g}"
    said = ", ".join(short)
    headline = f"{n}{until}{f': {said}' if short else ''}"
    going_on = f"follow-up went on in {int(ends['ongoing'].sum())} of {known}"
    if known < len(ids):
        going_on += f", and is not known in {len(ids) - known}"
    result = sentence(
        f"in {n}{until} after CAR-T infusion, the data record {listed(full)}"
        if full
        else f"in {n}{until} after CAR-T infusion, the data record no response and no outcome",
        going_on if followed else "",
    )
    kinds = set(marks["kind"])
    signs = [
        "bars under a lane, courses of prednisone" if view.treated else "",
        *(
            f"{shape.removesuffix('-down')}, {words}"
            for kind, (words, shape) in MARKS.items()
            if kind in kinds
        ),
        "arrow, follow-up goes on" if ends["ongoing"].any() else "",
    ]
    signs = [sign for sign in signs if sign]
    return Texts(
        headline,
        caption(
            view,
            f"Lanes of {patients(len(ids))} from CAR-T infusion, the longest followed on top; the "
            f"colour is the worst grade of any lineage at the time, graded {grading(view)}.",
            f"A grade holds until the next count, at most {CARRIED_DAYS} days; white, no count.",
            f"{capital('; '.join(signs))}." if signs else "",
            f"Response is the first {support_word(view.settings)}count at least one grade better "
            "than the last before prednisone; cytopenia again (relapse), a count at grade "
            f"{view.settings.relapse_grade} or worse and at least "
            f"{these(view.settings.relapse_fall, 'grade')} worse than at the stop."
            if cohort.has("prednisone")
            else "",
            beside=result,
        ),
        result,
    )


def _course_days(courses: pd.DataFrame) -> str:
    """The days of each course; the last may go on."""
    spans = [
        f"{start:g}–{last:g}" if last == last else f"{start:g} on"
        for start, last in rows_of(courses, "start_day", "last_day")
    ]
    return f"days {listed(spans)}"


def _days(days: pd.Series) -> str:
    values = [f"{day:g}" for day in days]
    if not values:
        return ""
    return f"day{'s' if len(values) > 1 else ''} {listed(values)}"


def _count_words(counts: pd.DataFrame) -> str:
    """How many counts of each lineage, and from when to when."""
    each = [
        (LINEAGE_NAMES[param].removesuffix("s"), int((counts["param"] == param).sum()))
        for param in LINEAGES
    ]
    said = [f"{n} {name}" for name, n in each if n]
    if not said:
        return "no counts"
    days = counts.loc[counts["param"].isin(LINEAGES), "day"]
    low, high = float(days.min()), float(days.max())
    when = f"on day {signed(low)}" if low == high else f"on days {span(low, high)}"
    noun = "count" if len(said) == 1 and said[0].startswith("1 ") else "counts"
    return f"{listed(said)} {noun} {when}"


def _more(n: int) -> str:
    """Those of whom it cannot be told, beside a share of the others."""
    return f" ({n} more cannot be told)" if n else ""


def _first_response(view: View, patient: str) -> list[str]:
    """When the first course was answered, and from which grades."""
    first = first_courses(view.of(view.assessment.responses, [patient]))
    if first.empty:
        return []
    row = first.iloc[0]
    before = [
        f"{LINEAGE_NAMES[param]} {row[f'baseline_{param.lower()}']:g}"
        for param in LINEAGES
        if pd.notna(row[f"baseline_{param.lower()}"])
    ]
    grades = f"grades at the start were {listed(before)}" if before else ""
    if pd.isna(row["responded"]):
        return [grades, "response could not be told"]
    if not row["responded"]:
        return [grades, "no response was found in the first course"]
    params = [LINEAGE_NAMES[p] for p in str(row["response_params"]).split(", ") if p]
    days = f"{row['response_time']:g} {'day' if row['response_time'] == 1 else 'days'}"
    return [grades, f"the first response ({listed(params)}) came after {days}"]


def _number(value: float) -> str:
    return f"{value:.3g}"


def _value(param: str, value: float) -> str:
    unit = UNITS[param].replace("10^9", "× 10⁹")
    return f"{_number(value)} {unit}"
