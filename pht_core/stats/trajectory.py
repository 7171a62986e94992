"""Counts over time as charts need them: one patient, several patients, lanes of a swimmer."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pht_core.model.cohort import DAYS_PER_MONTH
from pht_core.model.criteria import scheme
from pht_core.model.lineage import LINEAGES, PHT_LINEAGES
from pht_core.model.schema import LABS, PER_KG
from pht_core.stats.assessment import Assessment
from pht_core.stats.courses import derive_other_steroids, select_taken
from pht_core.stats.graded_counts import LineageDraws

# A line between two counts further apart than this would claim what nobody measured.
LONGEST_GAP = 35
# A grade is held to last at most this long on a lane before the patient's state is unknown.
CARRIED_DAYS = 65


def patient_counts(
    assessment: Assessment, subject_ids: list[str], params: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Counts of some patients (of some lineages) with the segment each belongs to.

    Returns subject_id, day, param, value, unit, lln, grade (missing = none), supported, segment (a
        new one after a gap of more than `LONGEST_GAP` days), dose (prednisone that day; missing =
        none), sorted by patient, lineage and day; dose_unit as of `patient_doses`.
    """
    counts = assessment.counts
    places = assessment.keep(
        "rows by patient", lambda: counts.groupby("subject_id", observed=True).indices
    )
    rows = [places[subject] for subject in subject_ids if subject in places]
    chosen = counts.iloc[np.concatenate(rows) if rows else []]
    chosen = chosen.astype({"subject_id": object, "param": object, "unit": object})
    if params:
        chosen = chosen[chosen["param"].isin(params)]
    chosen = chosen.reset_index(drop=True)
    subjects, days = chosen["subject_id"].to_numpy(), chosen["day"].to_numpy(dtype=float)
    dose = np.full(len(chosen), np.nan)
    doses = patient_doses(assessment, subject_ids)
    spans = (doses[name].tolist() for name in ("subject_id", "start_day", "end_day", "dose"))
    for subject, start, end, amount in zip(*spans, strict=True):
        dose[(subjects == subject) & (days >= start) & ~(days > end)] = amount
    return _with_units(_with_segments(chosen, "subject_id", "param").assign(dose=dose), assessment)


def _with_units(doses: pd.DataFrame, assessment: Assessment) -> pd.DataFrame:
    """With the column dose_unit where a patient's doses are not in mg/kg/day."""
    units = doses["subject_id"].map(assessment.cohort.dose_unit)
    if (units == PER_KG).all():
        return doses
    return doses.assign(dose_unit=units.where(doses["dose"].notna()))


def _with_segments(rows: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """With the column segment: a new one for other keys, or after more than `LONGEST_GAP` days."""
    own = rows[list(keys)]
    new = (own != own.shift()).any(axis=1) | (rows["day"].diff() > LONGEST_GAP)
    return rows.assign(segment=new.cumsum())


def summarize_counts(
    assessment: Assessment, subject_ids: list[str], param: str, days: int = 7
) -> pd.DataFrame:
    """Quantiles of one lineage over all patients, by bins of days.

    Returns param, day (middle of the bin), q10, q25, median, q75, q90, n (patients with a count in
        the bin; each patient's mean counts once). Bins with fewer than 3 patients are left out.
    """
    counts = assessment.counts
    chosen = counts[counts["subject_id"].isin(subject_ids) & (counts["param"] == param)]
    bins = (chosen["day"] // days) * days
    means = chosen.groupby([bins, chosen["subject_id"]], observed=True)["value"].mean()
    grouped = means.groupby(level=0)
    shares = {"q10": 0.1, "q25": 0.25, "median": 0.5, "q75": 0.75, "q90": 0.9}
    table = pd.DataFrame({name: grouped.quantile(share) for name, share in shares.items()})
    table["n"] = grouped.size()
    table = table[table["n"] >= 3].reset_index()
    table["day"] = table["day"] + (days - 1) / 2
    return table.assign(param=param)


def summarize_lineages(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """`summarize_counts` of every lineage in one table."""
    return pd.concat(
        [summarize_counts(assessment, subject_ids, param) for param in LINEAGES],
        ignore_index=True,
    )


def grade_cuts(scheme_name: str) -> pd.DataFrame:
    """Upper bounds of a scheme's bands that are numbers: param, grade, value, closed.

    ``closed`` : a count at the bound has the grade, as in the paper's Table 1.
    """
    rows = [
        (param, band.grade, float(band.upper), band.upper_closed)
        for param in LINEAGES
        for band in scheme(scheme_name).bands_of(param)
        if isinstance(band.upper, float)
    ]
    return pd.DataFrame(rows, columns=["param", "grade", "value", "closed"])


def patient_limits(assessment: Assessment, subject_id: str) -> pd.DataFrame:
    """One patient's lower limits of normal: param, value (the last one given, per lineage)."""
    counts = assessment.counts
    own = counts[(counts["subject_id"] == subject_id) & counts["lln"].notna()]
    last = own.drop_duplicates("param", keep="last")
    return last[["param", "lln"]].rename(columns={"lln": "value"}).astype({"param": object})


def patient_doses(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """Days on each dose: subject_id, start_day, end_day (missing = goes on), dose.

    Doses are in mg/kg/day; where any is not, a column dose_unit names the unit of each.
    Of the drugs that form courses only, so that no other steroid is drawn as prednisone; where
    the settings count other steroids, doses are prednisone equivalents of all of them.
    """
    doses = assessment.cohort.prednisone
    doses = doses[doses["subject_id"].isin(subject_ids)]
    doses = select_taken(doses, other_steroids=assessment.settings.other_steroids)
    columns = ["subject_id", "start_day", "end_day", "dose"]
    doses = doses.loc[doses["dose"] > 0, columns]
    return _with_units(doses.astype({"subject_id": object}).reset_index(drop=True), assessment)


def patient_steroids(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """Corticosteroids other than prednisone, whatever the settings: ``derive_other_steroids``."""
    doses = assessment.cohort.prednisone
    steroids = derive_other_steroids(doses[doses["subject_id"].isin(subject_ids)])
    return steroids.astype({"subject_id": object})


def patient_labs(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """Laboratory values beside the counts, with the segment each belongs to.

    Returns subject_id, day, test (as in ``schema.LABS``, in its order), value, unit ("" = none is
        given), segment (a new one after a gap of more than `LONGEST_GAP` days).
    """
    labs = assessment.cohort.labs
    labs = labs[labs["subject_id"].isin(subject_ids) & labs["value"].notna()]
    labs = labs.astype({"subject_id": object, "test": object, "unit": object})
    labs = labs.assign(unit=labs["unit"].fillna(""))
    order = list(LABS)
    place = [order.index(test) if test in order else len(order) for test in labs["test"]]
    own = ["subject_id", "test", "unit"]
    labs = labs.assign(place=place).sort_values(["place", *own, "day"], kind="stable")
    columns = ["subject_id", "day", "test", "value", "unit", "segment"]
    return _with_segments(labs, *own)[columns].reset_index(drop=True)


def patient_support(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """Days of support: subject_id, day, kind as in ``schema.SUPPORT_KINDS``."""
    support = assessment.cohort.support
    support = support[support["subject_id"].isin(subject_ids)]
    columns = ["subject_id", "day", "kind"]
    return support[columns].astype({"subject_id": object, "kind": object}).reset_index(drop=True)


@dataclass(frozen=True)
class PatientTables:
    """Everything that one patient's figure shows; see the functions of these names.

    dose_unit : of all doses; see ``Cohort.dose_unit``.
    """

    counts: pd.DataFrame
    courses: pd.DataFrame
    doses: pd.DataFrame
    support: pd.DataFrame
    cuts: pd.DataFrame
    lln: pd.DataFrame
    steroids: pd.DataFrame
    labs: pd.DataFrame
    dose_unit: str = PER_KG

    @property
    def numbers(self) -> pd.DataFrame:
        """The counts and, below them, other steroids and laboratory values where there are any.

        A steroid's row has its name as param, its first day as day, and two columns more:
        end_day and prednisone_equivalent (in the dose's unit).
        """
        parts = [self.counts]
        if len(self.steroids):
            doses = self.steroids.rename(columns={"drug": "param", "start_day": "day"})
            parts.append(doses.rename(columns={"dose": "value"}).assign(unit=self.dose_unit))
        if len(self.labs):
            parts.append(self.labs.rename(columns={"test": "param"}).drop(columns="segment"))
        if len(parts) == 1:
            return self.counts
        columns = list(dict.fromkeys(name for part in parts for name in part))
        # As plain objects first: a part that lacks a column decides nothing of its kind.
        rows = [part.reindex(columns=columns).astype(object) for part in parts]
        table = pd.concat(rows, ignore_index=True).infer_objects()
        return table.astype({"supported": "boolean"})


def patient_tables(assessment: Assessment, subject_id: str) -> PatientTables:
    """One patient's tables, made once for an assessment, whatever the filters."""
    courses = assessment.courses
    return assessment.keep(
        ("patient", subject_id),
        lambda: PatientTables(
            counts=patient_counts(assessment, [subject_id]),
            courses=courses[courses["subject_id"] == subject_id].reset_index(drop=True),
            doses=patient_doses(assessment, [subject_id]),
            support=patient_support(assessment, [subject_id]),
            cuts=grade_cuts(assessment.settings.scheme),
            lln=patient_limits(assessment, subject_id),
            steroids=patient_steroids(assessment, [subject_id]),
            labs=patient_labs(assessment, [subject_id]),
            dose_unit=assessment.cohort.dose_unit(subject_id),
        ),
    )


def derive_lanes(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """Each patient's worst grade of any lineage over time, as spans of days.

    A lineage keeps its last grade for up to `CARRIED_DAYS` days; after that it says nothing.

    Returns subject_id, start_day, end_day, grade (missing = no lineage known), in time order.
    """
    ends = assessment.patients["last_known_day"]
    parts = [
        _grade_spans(list(draws.values()), float(ends[subject]), held=CARRIED_DAYS).assign(
            subject_id=subject
        )
        for subject in subject_ids
        if (draws := assessment.draws.get(subject))
    ]
    return _stack(parts, ["subject_id", "start_day", "end_day", "grade"])


def derive_ribbons(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """Each lineage's grade over time, as spans of days, also before the infusion.

    A count says its grade up to the next one, for at most `LONGEST_GAP` days.

    Returns subject_id, param, start_day, end_day, grade (missing = none known).
    """
    parts = [
        _grade_spans([draws], np.nan, held=LONGEST_GAP, first=-np.inf).assign(
            subject_id=subject, param=param
        )
        for subject in subject_ids
        for param, draws in assessment.draws.get(subject, {}).items()
    ]
    return _stack(parts, ["subject_id", "param", "start_day", "end_day", "grade"])


def _stack(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    parts = [part for part in parts if len(part)]
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return whole.reindex(columns=columns)


def _grade_spans(
    lineages: list[LineageDraws], last: float, *, held: int, first: float = 0
) -> pd.DataFrame:
    """Spans of the worst of the lineages' last grades, from the day ``first``, to ``last``."""
    days = np.unique(np.concatenate([lineage.days for lineage in lineages]))
    days = days[days >= first]
    if not days.size:
        return pd.DataFrame()
    until = np.append(days[1:], max(float(np.nanmax([days[-1], last])), days[-1] + 1))
    known_to = np.minimum(until, days + held)
    grades = _worst_grades(lineages, days, held)
    # A grade up to the day to which it is held, and nothing from there to the next count.
    spans = pd.DataFrame(
        {
            "start_day": np.column_stack([days, known_to]).ravel(),
            "end_day": np.column_stack([known_to, until]).ravel(),
            "grade": np.column_stack([grades, np.full(len(days), np.nan)]).ravel(),
        }
    )
    spans = spans[spans["end_day"] > spans["start_day"]]
    shown = spans["grade"].fillna(-1)
    joined = spans.groupby((shown != shown.shift()).cumsum())
    starts = spans[shown != shown.shift()].reset_index(drop=True)
    return starts.assign(end_day=joined["end_day"].last().to_numpy())


EVENTS = {
    "stop": "the first stop of prednisone",
    "start": "the first start of prednisone",
    "infusion": "CAR-T infusion",
}


def event_days(assessment: Assessment, subject_ids: list[str], event: str) -> pd.Series:
    """The day of one of `EVENTS` for those to whom it happened, by subject_id.

    Stop and start are those of the first course that treats PHT.
    """
    if event == "infusion":
        return pd.Series(0.0, index=pd.Index(subject_ids, name="subject_id"))
    courses = assessment.courses
    first = courses[(courses["course"] == 1) & courses["subject_id"].isin(subject_ids)]
    days = first.set_index("subject_id")[f"{event}_day"].astype(float)
    return days.reindex(subject_ids).dropna()


def _worst_grades(lineages: list[LineageDraws], days: np.ndarray, held_days: int) -> np.ndarray:
    """On each day the worst of the lineages' last grades that are not too old; nan if none."""
    worst = np.full(days.size, -1.0)
    for lineage in lineages:
        place = np.searchsorted(lineage.days, days, side="right") - 1
        held = np.where(place >= 0, lineage.grades[place], -1)
        age = np.where(place >= 0, days - lineage.days[place], np.inf)
        worst = np.maximum(worst, np.where(age <= held_days, held, -1))
    return np.where(worst < 0, np.nan, worst)


def derive_lane_ends(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """Where each lane ends: subject_id, last_day, ongoing (known to be alive and followed then)."""
    patients = assessment.patients.loc[subject_ids]
    outcomes = assessment.cohort.outcomes
    alive = outcomes["death_months"].isna() & outcomes["last_followup_months"].notna()
    alive &= assessment.cohort.has("death_months")  # else nobody's death would be in the file
    goes_on = outcomes.loc[alive, "subject_id"].astype(object)
    last_count = assessment.counts.groupby("subject_id", observed=True)["day"].max()
    last_count.index = last_count.index.astype(object)
    last = patients["last_known_day"].fillna(last_count.reindex(subject_ids))
    table = pd.DataFrame({"subject_id": subject_ids, "last_day": last.to_numpy(dtype=float)})
    return table.assign(ongoing=table["subject_id"].isin(goes_on))


def derive_lane_marks(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """What happened along a lane: subject_id, day, kind (response, relapse, progression, death)."""
    outcomes = assessment.cohort.outcomes.set_index("subject_id")
    days = {
        "response": assessment.responses.set_index("subject_id")["response_day"],
        "relapse": assessment.relapses.set_index("subject_id")["relapse_day"],
    }
    for kind in ("progression", "death", "next_therapy"):
        days[kind] = (outcomes[f"{kind}_months"].astype(float) * DAYS_PER_MONTH).round()
    parts = [
        pd.DataFrame({"subject_id": own.index, "day": own.to_numpy(), "kind": kind})
        for kind, own in days.items()
    ]
    marks = pd.concat([part.astype({"subject_id": object, "day": float}) for part in parts])
    marks = marks[marks["day"].notna() & marks["subject_id"].isin(subject_ids)]
    return marks.reset_index(drop=True)


def relapsed_patients(assessment: Assessment, subject_ids: list[str]) -> list[str]:
    """Ids of the patients with a relapse after a stop, in the cohort's order."""
    relapsed = assessment.patients.loc[subject_ids, "relapsed"].fillna(False)
    return relapsed.index[relapsed.to_numpy(dtype=bool)].tolist()


def derive_weeks(
    assessment: Assessment, subject_ids: list[str], event: str, first: int, last: int
) -> pd.DataFrame:
    """Worst grade of the lineages that define PHT in each week from an event (of `EVENTS`) on.

    first, last : the weeks that are looked at; the day of the event begins week 0, ``last`` is
    left out. A week without a graded count has no row: it is not grade 0.

    Returns subject_id, week, grade, in time order; patients without the event have no rows.
    """
    zeros = event_days(assessment, subject_ids, event)
    counts = assessment.counts
    graded = counts["grade"].notna() & counts["param"].isin(PHT_LINEAGES)
    own = counts.loc[graded, ["subject_id", "day", "grade"]].astype({"subject_id": object})
    own = own[own["subject_id"].isin(zeros.index)]
    week = np.floor((own["day"] - own["subject_id"].map(zeros)) / 7).astype(int)
    own = own.assign(week=week)[week.between(first, last - 1)]
    return own.groupby(["subject_id", "week"], as_index=False)["grade"].max()


def count_severe_weeks(weeks: pd.DataFrame, severe: int = 3) -> pd.DataFrame:
    """By week: week, n (at grade ``severe`` or worse), n_total (with a graded count), percent."""
    found = weeks.assign(n=weeks["grade"] >= severe).groupby("week", as_index=False)
    table = found.agg(n=("n", "sum"), n_total=("n", "size"))
    return table.assign(percent=100 * table["n"] / table["n_total"])
