"""Overview: the key figures, the patient flow, and the tables of patients."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from pht_core.charts.flow import flow_chart
from pht_core.charts.picture import Picture
from pht_core.exhibits.exhibit import Exhibit, NoOptions, RenderTarget, Texts
from pht_core.exhibits.rendering import printed
from pht_core.exhibits.view import View
from pht_core.exhibits.words import (
    EXACT,
    confirmed_words,
    excluded,
    interval_of_rate,
    list_shares,
    median_value,
    patients,
    pht_definition,
    rows_of,
    sentence,
    share,
    short_share,
    span,
    support_at_day_28,
)
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import TABLES
from pht_core.model.settings import changed_settings, support_word
from pht_core.model.words import counted, listed
from pht_core.paper.sample import find_treated
from pht_core.stats.assessment import Assessment, changed_by_confirmation
from pht_core.stats.event_times import derive_times
from pht_core.stats.proportion import exact_text, limits_text, percent_text, rate_text, with_percent
from pht_core.stats.summary import (
    count_flow,
    count_yes,
    describe_subjects,
    followed_pht,
    median_range,
)
from pht_core.stats.survival import estimate_rates
from pht_core.stats.survival_report import unrecorded_events, why_not_evaluable

MONTHS = 12.0
FEW = 50
# With more patients than these whose result confirmation changes, the others are counted.
MOST_NAMED = 20


@dataclass(frozen=True)
class KeyFigure:
    """One figure: its value, its basis, its interval, what limits it, and where to read on."""

    name: str
    title: str
    value: str
    basis: str
    interval: str
    definition: str
    link: str
    caveat: str = ""


@dataclass(frozen=True)
class KeyCounts:
    """Yes, known and missing of three questions: see `count_key_figures`."""

    pht: tuple[int, int, int]
    response: tuple[int, int, int]
    relapse: tuple[int, int, int]


def count_key_figures(assessment: Assessment, subject_ids: list[str]) -> KeyCounts:
    """PHT at day 28 in all; response and relapse in those with PHT who were given prednisone.

    Relapse is counted in those who stopped.
    """
    rows = assessment.patients.loc[subject_ids]
    treated = rows[(rows["pht_d28"] & rows["treated"]).fillna(False).to_numpy(dtype=bool)]
    stopped = treated[treated["stopped"].fillna(False).to_numpy(dtype=bool)]
    answers = (rows["pht_d28"], treated["responded"], stopped["relapsed"])
    return KeyCounts(*(count_yes(column.astype("boolean")) for column in answers))


def estimate_survival_at_12_months(
    assessment: Assessment, subject_ids: list[str]
) -> tuple[int, float, float, float, float] | None:
    """Overall survival: patients, at risk, rate and its limits (0 to 1); None if not evaluable.

    The rate is missing where nobody was followed for so long.
    """
    settings, outcomes = assessment.settings, assessment.cohort.outcomes
    if why_not_evaluable(assessment.cohort, "os"):
        return None
    outcomes = outcomes[outcomes["subject_id"].isin(subject_ids)]
    times = derive_times(outcomes, "os", censor_at_next_therapy=settings.censor_at_next_therapy)
    if times.empty:
        return None
    rates = estimate_rates(times, (MONTHS,), ci=settings.ci)
    at_risk, rate, low, high = rows_of(rates, "n_risk", "estimate", "conf_low", "conf_high")[0]
    return len(times), at_risk, rate, low, high


def headline_figures(
    assessment: Assessment, subject_ids: list[str], everyone: pd.DataFrame | None = None
) -> list[KeyFigure]:
    """PHT at day 28, response, relapse after stopping, and survival at 12 months.

    The basis of a figure that is not evaluable says why; its value is an en dash, never 0.

    everyone : all treated patients, of whom these were chosen: PHT is then counted in those with
        counts among them, see `all_treated`.
    """
    settings = assessment.settings
    counts = count_key_figures(assessment, subject_ids)
    recorded = assessment.cohort.has("prednisone")
    given = "with PHT given prednisone" if recorded else "known: the file records no prednisone"
    rows = assessment.patients.loc[subject_ids]
    treated = rows["treated"].fillna(False)
    of_pht = rows[(rows["pht_d28"] & rows["treated"]).fillna(False)]
    median, low, high, n = median_range(of_pht["response_time"])
    times = f"Median {median:g} days ({low:g}–{high:g}). " if n else ""
    n_unknown = int(rows.loc[treated, "pht_d28"].isna().sum())
    unknown = (
        f"known to have PHT ({n_unknown} not evaluable)" if n_unknown > len(of_pht) == 0 else ""
    )
    selected = "All were given prednisone: this is not an incidence." if treated.all() else ""
    if everyone is not None:
        selected = f"The {len(rows)} patients of the other figures were chosen from them."
    return [
        _key_figure(
            "pht",
            "PHT at day 28",
            counts.pht if everyone is None else count_yes(followed_pht(everyone)),
            "patients with counts",
            f"Any lineage at grade {settings.pht_grade} or worse on one draw at day "
            f"{settings.day28} (± {settings.day28_window} days, not after the first prednisone "
            "day).",
            "Cytopenias",
            selected,
        ),
        _key_figure(
            "response",
            "Response to prednisone",
            counts.response,
            unknown or given,
            f"A {support_word(settings)}count at least one grade better than at the start, in any "
            f"lineage, up to {settings.after_days} days after the course.",
            "Response times",
            f"{times}No untreated group.",
        ),
        _key_figure(
            "relapse",
            "Recurrence after stopping",
            counts.relapse,
            unknown or ("with PHT who stopped prednisone" if recorded else given),
            f"Recurrent cytopenia: grade {settings.relapse_grade} or worse, and at least "
            f"{settings.relapse_fall} grade worse than at the stop, after any stop.",
            "Recurrent cytopenia",
        ),
        _survival_figure(assessment, subject_ids),
    ]


def _key_figure(
    name: str,
    title: str,
    counts: tuple[int, int, int],
    basis: str,
    definition: str,
    link: str,
    caveat: str = "",
) -> KeyFigure:
    """Of fewer than 50 patients the counts are the figure, and the percentage stands below."""
    n, known, missing = counts
    if not known:
        none = f"not evaluable in {missing}" if missing else f"none {basis}"
        return KeyFigure(name, title, "–", none, "", definition, link)
    share, of = percent_text(n, known), f"{n} of {known}"
    few = known < FEW or not share
    beside = f"{basis}{f': {share}' if share else ''}" if few else f"{of} {basis}"
    return KeyFigure(
        name,
        title,
        of if few else share,
        f"{beside}{f'; {missing} not evaluable' if missing else ''}",
        f"95% CI {exact_text(n, known)} (exact)",
        definition,
        link,
        caveat,
    )


def _survival_figure(assessment: Assessment, subject_ids: list[str]) -> KeyFigure:
    found = estimate_survival_at_12_months(assessment, subject_ids)
    value, interval, caveat = "–", "", ""
    basis = why_not_evaluable(assessment.cohort, "os") or "no follow-up recorded"
    if found is not None and np.isnan(found[2]):
        basis = f"nobody followed for {MONTHS:g} months"
    elif found is not None:
        n, at_risk, rate, low, high = found
        value = rate_text(rate, 0)
        basis = f"overall, {patients(n)}, {at_risk:.0f} at risk at 12 months"
        if unrecorded := unrecorded_events(assessment.cohort, "os"):
            basis += f"; {unrecorded}"
        # Before the first death both limits are 1: an interval of no width, which says nothing.
        interval = "no interval"
        if low < high:
            interval = f"95% CI {limits_text(low, high, 0)} ({assessment.settings.ci})"
        if assessment.patients.loc[subject_ids, "treated"].fillna(False).all():
            caveat = "All survived until their first prednisone dose."
    return KeyFigure(
        "survival",
        "Survival at 12 months",
        value,
        basis,
        interval,
        "Kaplan-Meier estimate of overall survival from CAR-T infusion.",
        "Survival curves",
        caveat,
    )


def compare_confirmation(view: View, subject_ids: list[str]) -> str:
    """What confirmation by the next count changes (where it is on: what it changed), as a sentence.

    The key figures, and the patients with another result; empty where nobody was given prednisone.
    """
    settings = view.settings
    if not view.treated:
        return ""
    other = view.under(settings.with_changes(confirm=not settings.confirm))
    changed = changed_by_confirmation(view.assessment, other, subject_ids)
    counts = count_key_figures(other, view.subject_ids)
    figures = [
        f"{words} in {n} of {known}"
        for words, (n, known, _) in (
            ("response", counts.response),
            ("recurrent cytopenia", counts.relapse),
        )
        if known
    ]
    names = changed[:MOST_NAMED] + [f"{len(changed) - MOST_NAMED} more"] * (
        len(changed) > MOST_NAMED
    )
    result = (
        f"results differ for {counted(len(changed), 'patient', 'patients')} ({listed(names)})"
        if changed
        else "no patient's result differs"
    )
    which = "Without" if settings.confirm else "With"
    return sentence(f"{which} confirmation by the next count: {listed(figures)}", result)


def patient_table(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """One row per patient as in Table 3: patient-level columns and the last counts before day 0.

    Headed with the columns' titles and units; columns that the file does not have are left out.
    """
    subjects = assessment.cohort.subjects
    chosen = subjects[subjects["subject_id"].isin(subject_ids)].dropna(axis=1, how="all")
    titles = {
        entry.name: f"{entry.title}, {entry.unit}" if entry.unit else entry.title
        for entry in TABLES["subjects"]
    }
    table = chosen.rename(columns=titles)
    counts = assessment.counts
    before = counts[counts["day"] < 0].drop_duplicates(["subject_id", "param"], keep="last")
    for param, lineage in LINEAGES.items():
        values = before[before["param"] == param].set_index("subject_id")["value"]
        if len(values):
            values.index = values.index.astype(object)
            table[f"{param}, {lineage.unit}"] = values.reindex(chosen["subject_id"]).to_numpy()
    return table


def all_treated(view: View) -> pd.DataFrame | None:
    """All patients treated with CAR-T cells, where this is the sample as it was published.

    They were recorded under the default definitions, and are not filtered.
    """
    if not view.cohort.simulated or view.filters.active or changed_settings(view.settings):
        return None
    return view.keep("all treated", lambda: find_treated(view.cohort))


class _Overview(Exhibit[NoOptions]):
    page: ClassVar[str] = "overview"


class KeyFigures(_Overview):
    """The four figures asked for first."""

    name = "key-figures"
    title = "Key figures"
    definitions = ("day28_window", "pht_grade", "response", "relapse_grade")

    @property
    def figures(self) -> list[KeyFigure]:
        """The four."""
        return headline_figures(self.assessment, self.ids, all_treated(self.view))

    def compute(self) -> pd.DataFrame:
        columns = ("title", "value", "basis", "interval", "caveat", "definition")
        figures = self.figures
        return pd.DataFrame({name: [getattr(one, name) for one in figures] for name in columns})

    def table(self) -> pd.DataFrame:
        columns = {"title": "Figure", "value": "Value", "basis": "Of", "interval": "95% interval"}
        return printed(self.numbers, columns).replace("", "–")

    def texts(self) -> Texts:
        counts, everyone = count_key_figures(self.assessment, self.ids), all_treated(self.view)
        settings, n = self.settings, len(self.ids)
        followed = ""
        if everyone is not None:
            followed = "with blood count follow-up"
            counts = replace(counts, pht=count_yes(followed_pht(everyone)))
        shares = [
            # Of the second group the noun is left out: a title is short.
            f"{words} in {short_share(n_yes, known, which).replace('patients with', 'with')}"
            for words, (n_yes, known, _), which in (
                ("PHT at day 28", counts.pht, followed),
                ("response", counts.response, "with PHT"),
            )
            if known
        ]
        survival, survival_clause = _survival_words(self.view)
        nothing = f"no key figure was evaluable in {patients(n)}"
        result = sentence(
            _share_clause(
                "PHT at day 28 was found", counts.pht, followed, "without evaluable counts"
            ),
            _share_clause(
                "response to prednisone was found",
                counts.response,
                "with PHT given prednisone",
                "without counts before and after its start",
            ),
            _share_clause(
                "recurrent cytopenia after stopping prednisone was found",
                counts.relapse,
                "with PHT who stopped it",
                "without counts at the stop and after it",
            ),
            survival_clause,
        )
        return self.write(
            "; ".join(filter(None, [listed(shares), survival])) or nothing,
            result or sentence(nothing),
            f"PHT, response, recurrent cytopenia and survival in {patients(n)}.",
            pht_definition(settings),
            support_at_day_28(self.view),
            f"Response: the first {support_word(settings)}count, up to {settings.after_days} days "
            "after the course, at least one grade better than before prednisone, in any "
            f"lineage{confirmed_words(settings)}. Recurrent cytopenia: a count at grade "
            f"{settings.relapse_grade} or worse after stopping, at least "
            f"{counted(settings.relapse_fall, 'grade', 'grades')} worse than at the "
            f"stop{confirmed_words(settings)}.",
            "CIs of proportions are exact (Clopper-Pearson); survival is estimated by "
            f"Kaplan-Meier with {settings.ci} CI.",
        )


def _share_clause(start: str, counts: tuple[int, int, int], which: str, why: str) -> str:
    """A share with its interval, and who was not evaluable."""
    n, known, missing = counts
    if not known:
        return ""
    absent = f", excluding {patients(missing, why)}" if missing else ""
    return f"{start} in {share(n, known, which, method=EXACT)}{absent}"


def _survival_words(view: View) -> tuple[str, str]:
    """Overall survival at 12 months for a title and for a results sentence; empty if not known."""
    found = estimate_survival_at_12_months(view.assessment, view.subject_ids)
    if found is None or np.isnan(found[2]):
        return "", ""
    n, at_risk, rate, low, high = found
    text = rate_text(rate)
    interval = interval_of_rate(low, high)
    clause = (
        f"overall survival from CAR-T infusion was {text} at 12 months ("
        f"{f'{interval}; ' if interval else ''}Kaplan-Meier, "
        f"{view.settings.ci}; {at_risk:.0f} of {patients(n)} at risk)"
    )
    return f"overall survival at 12 months {text}", clause


class PatientFlow(_Overview):
    """From all treated to those given prednisone, and with recurrent cytopenia after it."""

    name = "patient-flow"
    title = "Patient flow"
    definitions = ("day28_window", "pht_grade", "late_after", "relapse_grade")

    def compute(self) -> pd.DataFrame:
        return count_flow(all_treated(self.view), self.view.patients)

    def picture(self, target: RenderTarget) -> Picture:
        return flow_chart(self.numbers, self.frame(target))

    def texts(self) -> Texts:
        settings = self.settings
        steps = {row[0]: row[1:] for row in rows_of(self.numbers, "step", "n", "n_total", "note")}
        n_pht, known = map(int, steps["pht"][:2]) if "pht" in steps else (0, 0)
        n_start = int(steps["treated" if "treated" in steps else "cohort"][0])
        followed, given = steps.get("evaluated"), steps.get("prednisone")
        nothing = f"PHT at day 28 was not evaluable in {patients(n_start)}"
        headline, clauses = nothing, []
        if followed:
            of_all = short_share(int(followed[0]), int(followed[1]), "treated with CAR-T cells")
            clauses.append(f"blood counts were followed in {of_all}")
        if known:
            which = "with blood count follow-up" if followed else ""
            clauses.append(f"PHT at day 28 was found in {short_share(n_pht, known, which)}")
            headline = f"PHT at day 28 in {short_share(n_pht, known, which)}"
            if not followed:
                clauses.append(excluded(n_start - known, "without evaluable counts"))
        else:
            clauses.append(nothing)
        if given and int(given[0]):
            why = {
                "refractory": "had PHT despite support",
                "late": f"had cytopenia after day {settings.late_after} and none at day 28",
            }
            groups = [f"{int(steps[step][0])} {of}" for step, of in why.items() if step in steps]
            others = f" ({given[2]})" if given[2] else ""
            clauses.append(
                f"prednisone was given to {patients(int(given[0]))}"
                f"{': ' if groups else ''}{' and '.join(groups)}{others}"
            )
        elif given:
            clauses.append("no patient was given prednisone")
        if given:
            headline += f"; {int(given[0]) or 'none'} given prednisone"
        treated = " treated with CAR-T cells" if "treated" in steps else ""
        return self.write(
            headline,
            sentence(*clauses),
            f"Flow of {patients(n_start)}{treated}; bars show numbers of patients.",
            pht_definition(settings),
            "Support: transfusion, G-CSF, erythropoietin or a thrombopoietin receptor agonist by "
            f"day {settings.day28}."
            if "refractory" in steps
            else "",
            f"Late cytopenia: none at day {settings.day28}, then grade {settings.late_grade} or "
            f"worse after day {settings.late_after}."
            if "late" in steps
            else "",
            f"Recurrent cytopenia: grade {settings.relapse_grade} or worse and at least "
            f"{counted(settings.relapse_fall, 'grade', 'grades')} worse than at the "
            f"stop{confirmed_words(settings)}."
            if "relapsed" in steps
            else "",
        )


class Described(_Overview):
    """Characteristics of the patients."""

    name = "characteristics"
    title = "Cohort characteristics"
    graded = False

    def compute(self) -> pd.DataFrame:
        return describe_subjects(self.view.patients)

    def table(self) -> pd.DataFrame:
        columns = {
            "characteristic": "Characteristic",
            "value": f"n/N (%) or median (range), of {len(self.ids)}",
        }
        if self.numbers["missing"].any():
            columns["missing"] = "Missing"
        return printed(self.numbers, columns)

    def texts(self) -> Texts:
        rows = self.view.patients
        n = len(rows)
        ages, lines = pd.to_numeric(rows["age_years"]), pd.to_numeric(rows["lines_of_therapy"])
        shares, males = _recorded_shares(rows), _males(rows)
        age_is = f"{'median ' if ages.nunique() > 1 else ''}age"
        headline = [
            f"{age_is} {median_value(ages, 'years', n=False)}" if ages.notna().any() else "",
            *(with_percent(f"{k} of {known} male", k, known) for k, known in males),
            *(
                with_percent(f"{k} of {known} with {words}", k, known)
                for words, k, known in shares
                if words == "prior HSCT"
            ),
        ]
        result = sentence(
            f"{age_is} was {median_value(ages, 'years')}" if ages.notna().any() else "",
            *(
                with_percent(
                    f"{k} of {patients(known)} {'was' if 1 in (k, known) else 'were'} male",
                    k,
                    known,
                )
                for k, known in males
            ),
            f"the {'median ' if lines.nunique() > 1 else ''}number of lines of therapy was "
            f"{median_value(lines, '')}"
            if lines.notna().any()
            else "",
            list_shares(shares, short_share, None, " was recorded"),
        )
        missing = bool(len(self.numbers)) and bool(self.numbers["missing"].max())
        graded = rows[["crs_grade", "icans_grade"]].notna().to_numpy().any()
        about = ", ".join(filter(None, headline))
        return self.write(
            f"{patients(n)}{f': {about}' if about else ''}",
            result or f"The data record no characteristics of {patients(n)}.",
            f"Characteristics of {patients(n)}.",
            f"Values are n of N (%){', N being the patients with data,' if missing else ''} or "
            "median (range).",
            "CRS and ICANS are the highest grades recorded." if graded else "",
            beside=" ".join(self.numbers["characteristic"]),
        )


def _recorded_shares(rows: pd.DataFrame) -> list[tuple[str, int, int]]:
    """Words, n and N of the characteristics that are known of some patient."""
    crs, icans = pd.to_numeric(rows["crs_grade"]), pd.to_numeric(rows["icans_grade"])
    answers = (
        ("extramedullary disease", rows["extramedullary"]),
        ("central nervous system (CNS) involvement", rows["cns"]),
        ("prior HSCT", rows["prior_hsct"]),
        ("CRS of any grade", (crs >= 1).astype("boolean").mask(crs.isna())),
        ("ICANS of any grade", (icans >= 1).astype("boolean").mask(icans.isna())),
    )
    found = [(words, *count_yes(column.astype("boolean"))[:2]) for words, column in answers]
    return [(words, n, known) for words, n, known in found if known]


def _males(rows: pd.DataFrame) -> list[tuple[int, int]]:
    """Men and patients of known sex; nothing where no sex is known."""
    known = int(rows["sex"].notna().sum())
    return [(int((rows["sex"] == "M").sum()), known)] if known else []


class Patients(_Overview):
    """Each patient, as in Table 3; no sentence could hold it."""

    name = "patients"
    title = "Individual patients (Table 3)"
    graded = False
    basis = "last counts before infusion"

    def compute(self) -> pd.DataFrame:
        return patient_table(self.assessment, self.ids)

    def table(self) -> pd.DataFrame:
        return printed(self.numbers, decimals=2)

    def texts(self) -> Texts:
        rows = self.view.patients
        _, low, high, known = median_range(pd.to_numeric(rows["age_years"]))
        age = f"{span(low, high)} years" if low < high else ""
        if known and not age:
            age = counted(int(low), "year", "years")
        about = [f"age {age}" if age else ""]
        about += [with_percent(f"{k} of {n} male", k, n) for k, n in _males(rows)]
        words = ", ".join(filter(None, about))
        has_counts = any(str(name).split(",")[0] in LINEAGES for name in self.numbers)
        last = " and last blood counts before CAR-T infusion" if has_counts else ""
        return self.write(
            f"{patients(len(rows))}{f': {words}' if words else ''}",
            "",
            f"Characteristics{last} of {patients(len(rows))}, one per row; an en dash marks a "
            "missing value.",
            beside=f"{' '.join(map(str, self.numbers))} {_malignancies(rows)}",
        )


def _malignancies(rows: pd.DataFrame) -> str:
    """The abbreviations of the field in two columns; nothing else of the file is repeated."""
    words = {str(value) for name in ("malignancy", "response") for value in rows[name].dropna()}
    return " ".join(
        short for short in ("B-ALL", "CR") if any(short in word.split() for word in words)
    )
