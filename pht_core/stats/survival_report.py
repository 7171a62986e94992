"""Everything one survival figure says: curve, table of risk, rates, medians, test and warnings."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pht_core.model.cohort import DAYS_PER_MONTH, Cohort
from pht_core.model.endpoint import ENDPOINTS
from pht_core.model.words import counted, listed
from pht_core.stats.assessment import Assessment
from pht_core.stats.comparing.cox import HazardRatios, estimate_hazard_ratios
from pht_core.stats.event_times import count_left_out, derive_times
from pht_core.stats.grouping import derive_groups, grouping
from pht_core.stats.proportion import limits_text, p_text, rate_text
from pht_core.stats.survival import (
    RATE_MONTHS,
    compare_groups,
    count_at_risk,
    estimate_followup,
    estimate_median,
    estimate_rates,
    estimate_survival,
    month_ticks,
    thin_tails,
)

ORIGINS = {"infusion": "CAR-T infusion", "prednisone": "prednisone start"}


@dataclass(frozen=True)
class SurvivalReport:
    """Tables as in ``survival``, and the words that go with them; all empty without patients.

    left_out : how many are in no curve, and why. immortal : until when all had to survive, if so,
    in words; immortal_months : the same.
    why_not : why there is no curve, if there is none.
    """

    times: pd.DataFrame
    warnings: tuple[str, ...] = ()
    curve: pd.DataFrame = field(default_factory=pd.DataFrame)
    at_risk: pd.DataFrame = field(default_factory=pd.DataFrame)
    rates: pd.DataFrame = field(default_factory=pd.DataFrame)
    medians: pd.DataFrame = field(default_factory=pd.DataFrame)
    thin_tails: dict[str, float] = field(default_factory=dict)
    rates_table: pd.DataFrame = field(default_factory=pd.DataFrame)
    medians_table: pd.DataFrame = field(default_factory=pd.DataFrame)
    title: str = ""
    subtitle: str = ""
    method: str = ""
    origin_word: str = ""
    followup_text: str = ""
    test_text: str = ""
    hazards: HazardRatios = field(default_factory=HazardRatios)
    left_out: tuple[tuple[int, str], ...] = ()
    immortal: str = ""
    immortal_months: float = 0.0
    why_not: str = ""


def derive_survival_report(
    assessment: Assessment,
    subject_ids: list[str],
    *,
    endpoint: str = "os",
    by: str | None = None,
    ci: str = "log-log",
    origin: str = "infusion",
    censor_at_next_therapy: bool = True,
    landmark: float | None = None,
    selected_later: str = "",
) -> SurvivalReport:
    """One endpoint for some patients, as a whole or by a grouping (``grouping.GROUPINGS``).

    endpoint : a name in ``endpoint.ENDPOINTS``.
    origin : a name in `ORIGINS`; from the start of prednisone only those who were given it are in
        the curve.
    by : patients whose group is not known form no group and are named in the warnings.
    landmark : months after the origin from which time counts; earlier ends are left out.
    selected_later : what the patients were selected by, if it happened after infusion.
    """
    outcomes = assessment.cohort.outcomes
    outcomes = outcomes[outcomes["subject_id"].isin(subject_ids)]
    if why := why_not_evaluable(assessment.cohort, endpoint):
        return SurvivalReport(pd.DataFrame({"time": [], "event": []}), why_not=why)
    starts = None
    if origin == "prednisone":
        starts = assessment.patients.loc[subject_ids, "first_dose_day"].clip(lower=0)
        starts = starts / DAYS_PER_MONTH
    options: dict[str, Any] = {
        "origin_months": starts,
        "censor_at_next_therapy": censor_at_next_therapy,
        "landmark": landmark,
    }
    times = derive_times(outcomes, endpoint, **options)
    left_out = count_left_out(outcomes, endpoint, **options)
    absent = list(zip(left_out["n"].tolist(), left_out["reason"].tolist(), strict=True))
    warnings = [f"{n} excluded from the curve: {reason}." for n, reason in absent]
    if unrecorded := unrecorded_events(assessment.cohort, endpoint):
        warnings.append(f"{_capital(unrecorded)}: survival may therefore be overestimated.")
    column = None
    if by:
        known_by = None
        if landmark is not None:
            origin_day = 0.0 if starts is None else starts * DAYS_PER_MONTH
            known_by = pd.Series(origin_day, index=assessment.patients.index).astype(float)
            known_by += landmark * DAYS_PER_MONTH
        times = derive_groups(times, assessment.patients, by, known_by)
        n_unknown = int(times["group"].isna().sum())
        if n_unknown:
            absent.append((n_unknown, f"{grouping(by).title} not known"))
            warnings.append(
                f"{counted(n_unknown, 'patient is', 'patients are')} excluded from the curves: "
                f"{grouping(by).title} is unknown."
            )
        times, column = times[times["group"].notna()].reset_index(drop=True), "group"
    if by and grouping(by).later and landmark is None:
        warnings.append(
            f"{_capital(grouping(by).title)} is known only some time after infusion: patients had "
            "to survive to that point to be classified, so the curves of the groups are not "
            "comparable as they stand (immortal time bias). Choose a landmark."
        )
    if by == "pht_d28" and landmark is not None and origin == "infusion":
        certain = assessment.settings.day28 + assessment.settings.day28_window
        if landmark * DAYS_PER_MONTH < certain:
            warnings.append(
                f"PHT may not be known before day {certain}, which is after this landmark. "
                "Choose a later landmark."
            )
    if landmark is not None and column and times[column].nunique() == 1:
        warnings.append(f"At this landmark all patients are in one group: {times[column].iloc[0]}.")
    if selected_later:
        warnings.append(
            f"These patients were selected by {selected_later}, which happened after infusion: "
            "the curve includes only those who survived to that point (immortal time bias)."
        )
    if times.empty:
        why = "None of these patients has a follow-up time, so no curve can be drawn."
        return SurvivalReport(times, tuple(warnings), why_not=why)
    curve = estimate_survival(times, by=column, ci=ci)
    rates = estimate_rates(times, RATE_MONTHS, by=column, ci=ci)
    medians = estimate_median(times, by=column, ci=ci)
    test = compare_groups(times, column) if column else None
    hazards = HazardRatios()
    if by and grouping(by).later and landmark is None:
        hazards = HazardRatios(
            refused="No hazard ratio: the groups form after infusion, which needs a landmark."
        )
    elif column:
        hazards = estimate_hazard_ratios(times, column)
    n_event = int(times["event"].sum())
    origin_word = ORIGINS[origin]
    if landmark is not None:
        origin_word = f"landmark {landmark:g} months after {origin_word}"
    first_doses = assessment.patients.loc[times["subject_id"].tolist(), "first_dose_day"]
    immortal = _immortal(first_doses, landmark) if origin == "infusion" else ""
    last_start = float(first_doses.max()) / DAYS_PER_MONTH - (landmark or 0.0)
    therapy = "or next therapy" if censor_at_next_therapy else "not at next therapy"
    censoring = f"censored at {censoring_words(assessment.cohort, endpoint)}, {therapy}"
    return SurvivalReport(
        times=times,
        curve=curve,
        at_risk=count_at_risk(times, month_ticks(float(times["time"].max())), by=column),
        rates=rates,
        medians=medians,
        thin_tails=thin_tails(curve),
        rates_table=_rates_table(rates, origin_word),
        medians_table=_medians_table(medians, hazards),
        title=_title(endpoint, rates, n_event, len(times), grouped=bool(by)),
        subtitle=f"Kaplan-Meier with {ci} 95% interval; numbers at risk just before each time.",
        method=f"Kaplan-Meier from {origin_word}, {ci} interval, {censoring}"
        + (f", {unrecorded}" if unrecorded else ""),
        origin_word=origin_word,
        followup_text=_followup_text(outcomes, censor_at_next_therapy),
        test_text=_test_text(test, by),
        hazards=hazards,
        warnings=tuple(warnings),
        left_out=tuple(absent),
        immortal=immortal,
        immortal_months=last_start if immortal else 0.0,
    )


def why_not_evaluable(cohort: Cohort, endpoint: str) -> str:
    """Why a file tells nothing of an endpoint, in a sentence; empty where it does.

    It must give the endpoint's own times and events, or record each of its events and follow-up:
    what is not recorded has not therefore not happened.
    """
    words = ENDPOINTS[endpoint]
    if cohort.has(f"{endpoint}_event"):
        return ""
    needed = [name for name in (*words.columns, "last_followup_months") if not cohort.has(name)]
    if words.columns and not needed:
        return ""
    why = f"{words.title} is not evaluable: the file does not give it"
    if words.columns:
        named = [_outcome_words(name) for name in needed]
        why = f"{words.title} is not evaluable: the file records no {listed(named, 'and no')}"
    others = [
        one.title.lower()
        for one in ENDPOINTS.values()
        if one.name != endpoint and cohort.has(f"{one.name}_event")
    ]
    return f"{why}. It gives {listed(others)}." if others else f"{why}."


def censoring_words(cohort: Cohort, endpoint: str) -> str:
    """Where patients without the event are censored: "last follow-up"."""
    if cohort.has(f"{endpoint}_event"):
        return "the time that the file gives"
    if ENDPOINTS[endpoint].assessed and cohort.has("last_assessment_months"):
        return "the last assessment of the disease"
    return "last follow-up"


def unrecorded_events(cohort: Cohort, endpoint: str) -> str:
    """What an endpoint counts and no patient of the file has; empty where there is some of each."""
    if cohort.has(f"{endpoint}_event"):
        return ""
    lacking = [
        _outcome_words(name)
        for name in ENDPOINTS[endpoint].columns
        if cohort.outcomes[name].isna().all()
    ]
    return f"no {' and no '.join(lacking)} recorded in the file" if lacking else ""


def _outcome_words(column: str) -> str:
    return column.removesuffix("_months").replace("_", " ").replace("followup", "follow-up")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _immortal(starts: pd.Series, landmark: float | None) -> str:
    """Stated in the figure where all were given prednisone: none could have died before it.

    From a landmark after the last start on nobody is immortal.
    """
    if starts.isna().any():
        return ""
    if landmark is not None and starts.max() <= landmark * DAYS_PER_MONTH:
        return ""
    first, last = f"{starts.min():.0f}", f"{starts.max():.0f}"
    days = f"day {first}" if first == last else f"day {first}–{last}"
    return (
        f"All patients survived until prednisone ({days}); survival may be overestimated "
        "(immortal time bias)."
    )


def _interval(low: float, high: float) -> str:
    # Before the first event both limits are 1: an interval of no width, which says nothing.
    return "–" if np.isnan(low) or np.isnan(high) or low == high else limits_text(low, high)


def _title(endpoint: str, rates: pd.DataFrame, n_event: int, n: int, *, grouped: bool) -> str:
    words = ENDPOINTS[endpoint]
    title = f"{words.title}: {n_event} of {n} patients {words.happened}"
    estimate = rates.loc[rates["time"] == 12.0, "estimate"].iloc[0]
    known = not grouped and not np.isnan(estimate)
    return f"{title}; {rate_text(estimate)} at 12 months" if known else title


def _group_column(table: pd.DataFrame) -> dict[str, pd.Series]:
    return {} if set(table["strata"]) == {"all"} else {"Group": table["strata"].astype(str)}


def _rates_table(rates: pd.DataFrame, origin_word: str) -> pd.DataFrame:
    """The rates in words: n at risk, estimate, standard error, interval."""
    return pd.DataFrame(
        {
            **_group_column(rates),
            f"Months since {origin_word}": rates["time"].astype(int),
            "At risk": rates["n_risk"].astype(int),
            "Estimate": [rate_text(value) for value in rates["estimate"]],
            "Standard error": [rate_text(value) for value in rates["std_error"]],
            "95% interval": [
                _interval(low, high)
                for low, high in zip(rates["conf_low"], rates["conf_high"], strict=True)
            ],
        }
    )


def _medians_table(medians: pd.DataFrame, hazards: HazardRatios) -> pd.DataFrame:
    def months(value: float) -> str:
        return "not reached" if np.isnan(value) else f"{value:.1f}"

    table = pd.DataFrame(
        {
            **_group_column(medians),
            "Patients": medians["n"].astype(int),
            "Events": medians["n_event"].astype(int),
            "Median, months": [months(value) for value in medians["median"]],
            "95% interval": [
                "–" if np.isnan(low) and np.isnan(high) else f"{months(low)} to {months(high)}"
                for low, high in zip(medians["conf_low"], medians["conf_high"], strict=True)
            ],
        }
    )
    if len(hazards.table):
        words = [hazards.words.get(name, "reference") for name in medians["strata"].astype(str)]
        table["Hazard ratio (95% CI)"] = words
    return table


def _followup_text(outcomes: pd.DataFrame, censor_at_next_therapy: bool) -> str:
    times = derive_times(outcomes, "os", censor_at_next_therapy=censor_at_next_therapy)
    if times.empty:
        return "Follow-up is not recorded."
    row = estimate_followup(times).iloc[0]
    reverse = row["reverse_median"]
    words = "not reached" if np.isnan(reverse) else f"{reverse:.2f} months"
    return (
        f"Follow-up from infusion, {row['n']:.0f} patients: plain median {row['median']:.2f} "
        f"months ({row['minimum']:.1f}–{row['maximum']:.1f}); by reverse Kaplan-Meier {words}."
    )


def _test_text(test: pd.DataFrame | None, by: str | None) -> str:
    if by is None:
        return ""
    if test is None:
        return "No log-rank test: it needs two groups at risk at the same time, with events."
    row = test.iloc[0]
    return (
        f"Log-rank test over {row['n_groups']:.0f} groups: χ² = {row['chi2']:.2f}, "
        f"{row['df']:.0f} df, {p_text(float(row['p_value']))}."
    )
