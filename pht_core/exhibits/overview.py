"""Overview: the key figures, the patient flow, and the tables of patients."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from pht_core.charts.flow import flow_chart
from pht_core.charts.picture import Picture
from pht_core.exhibits import words
from pht_core.exhibits.exhibit import Exhibit, NoOptions, RenderTarget, Texts
from pht_core.exhibits.rendering import printed
from pht_core.exhibits.view import View
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import TABLES
from pht_core.model.settings import changed_settings
from pht_core.model.words import counted, listed
from pht_core.paper.sample import find_treated
from pht_core.stats import summary
from pht_core.stats.assessment import Assessment, changed_by_confirmation
from pht_core.stats.event_times import derive_times
from pht_core.stats.proportion import exact_text, limits_text, percent_text, rate_text, with_percent
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
    caveat: str
    definition: str
    link: str


Counts = tuple[int, int, int]  # yes, known and missing


def count_key_figures(assessment: Assessment, subject_ids: list[str]) -> dict[str, Counts]:
    """PHT at day 28 in all; response and relapse in those with PHT who were given prednisone.

    Relapse is counted in those who stopped.
    """
    rows = assessment.patients.loc[subject_ids]
    treated = rows[(rows["pht_d28"] & rows["treated"]).fillna(False).to_numpy(dtype=bool)]
    stopped = treated[treated["stopped"].fillna(False).to_numpy(dtype=bool)]
    answers = {
        "pht": rows["pht_d28"],
        "response": treated["responded"],
        "relapse": stopped["relapsed"],
    }
    return {name: summary.count_yes(column.astype("boolean")) for name, column in answers.items()}


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
    at_risk, rate, low, high = words.rows_of(rates, "n_risk", "estimate", "conf_low", "conf_high")[
        0
    ]
    return len(times), at_risk, rate, low, high


def headline_figures(
    assessment: Assessment, subject_ids: list[str], everyone: pd.DataFrame | None = None
) -> list[KeyFigure]:
    """PHT at day 28, response, relapse after stopping, and survival at 12 months.

    The basis of a figure that is not evaluable says why; its value is an en dash, never 0.

    everyone : all treated patients, of whom these were chosen: PHT is then counted in those with
        counts among them, see `all_treated`.
    """
    counts = count_key_figures(assessment, subject_ids)
    recorded = assessment.cohort.has("prednisone")
    given = "with PHT given prednisone" if recorded else "known: the file records no prednisone"
    rows = assessment.patients.loc[subject_ids]
    treated = rows["treated"].fillna(False)
    of_pht = rows[(rows["pht_d28"] & rows["treated"]).fillna(False)]
    median, low, high, n = summary.median_range(of_pht["response_time"])
    times = f"Median {median:g} days ({low:g}–{high:g}). " if n else ""
    n_unknown = int(rows.loc[treated, "pht_d28"].isna().sum())
    unknown = (
        f"known to have PHT ({n_unknown} not evaluable)" if n_unknown > len(of_pht) == 0 else ""
    )
    selected = "All were given prednisone: this is not an incidence." if treated.all() else ""
    if everyone is not None:
        selected = f"The {len(rows)} patients of the other figures were chosen from them."
        counts["pht"] = summary.count_yes(summary.followed_pht(everyone))
    stopped = unknown or ("with PHT who stopped prednisone" if recorded else given)
    shown = {
        "pht": _share_figure(counts["pht"], "patients with counts", selected),
        "response": _share_figure(
            counts["response"], unknown or given, f"{times}No untreated group."
        ),
        "relapse": _share_figure(counts["relapse"], stopped, ""),
        "survival": _survival_figure(assessment, subject_ids),
    }
    gaps = {"settings": assessment.settings}
    return [
        KeyFigure(
            name, said["title"], *shown[name], words.fill(said["definition"], gaps), said["link"]
        )
        for name, said in words.read_sentences()[KeyFigures.name]["figures"].items()
    ]


def _share_figure(counts: Counts, basis: str, caveat: str) -> tuple[str, str, str, str]:
    """Value, basis, interval and caveat: of fewer than 50 patients the value is the counts."""
    n, known, missing = counts
    if not known:
        return "–", f"not evaluable in {missing}" if missing else f"none {basis}", "", ""
    share, of = percent_text(n, known), f"{n} of {known}"
    few = known < FEW or not share
    beside = f"{basis}{f': {share}' if share else ''}" if few else f"{of} {basis}"
    absent = f"; {missing} not evaluable" if missing else ""
    interval = f"95% CI {exact_text(n, known)} (exact)"
    return of if few else share, f"{beside}{absent}", interval, caveat


def _survival_figure(assessment: Assessment, subject_ids: list[str]) -> tuple[str, str, str, str]:
    """Value, basis, interval and caveat of survival at 12 months."""
    found = estimate_survival_at_12_months(assessment, subject_ids)
    if found is None:
        why = why_not_evaluable(assessment.cohort, "os")
        return "–", why or "no follow-up recorded", "", ""
    n, at_risk, rate, low, high = found
    if np.isnan(rate):
        return "–", f"nobody followed for {MONTHS:g} months", "", ""
    basis = f"overall, {words.patients(n)}, {at_risk:.0f} at risk at 12 months"
    if unrecorded := unrecorded_events(assessment.cohort, "os"):
        basis += f"; {unrecorded}"
    # Before the first death both limits are 1: an interval of no width, which says nothing.
    interval = "no interval"
    if low < high:
        interval = f"95% CI {limits_text(low, high, 0)} ({assessment.settings.ci})"
    treated = assessment.patients.loc[subject_ids, "treated"].fillna(False).all()
    caveat = "All survived until their first prednisone dose." if treated else ""
    return rate_text(rate, 0), basis, interval, caveat


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
        f"{what} in {counts[name][0]} of {counts[name][1]}"
        for name, what in (("response", "response"), ("relapse", "recurrent cytopenia"))
        if counts[name][1]
    ]
    who = counted(len(changed), "patient", "patients")
    result = f"results differ for {who} ({listed(changed, most=MOST_NAMED)})"
    which = "Without" if settings.confirm else "With"
    return words.sentence(
        f"{which} confirmation by the next count: {listed(figures)}",
        result if changed else "no patient's result differs",
    )


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
        return printed(self.numbers, self.columns).replace("", "–")

    def texts(self) -> Texts:
        counts, everyone = count_key_figures(self.assessment, self.ids), all_treated(self.view)
        which = {"response": "with PHT given prednisone", "relapse": "with PHT who stopped it"}
        if everyone is not None:
            which["pht"] = "with blood count follow-up"
            counts["pht"] = summary.count_yes(summary.followed_pht(everyone))
        short = [
            # Of the second group the noun is left out: a title is short.
            f"{what} in {words.short_share(*counts[name][:2], of).replace('patients with', 'with')}"
            for name, what, of in (
                ("pht", "PHT at day 28", which.get("pht", "")),
                ("response", "response", "with PHT"),
            )
            if counts[name][1]
        ]
        found = estimate_survival_at_12_months(self.assessment, self.ids)
        n, at_risk, rate, low, high = found or (0, 0, np.nan, np.nan, np.nan)
        shares = {
            f"{name}_share": words.share(n, known, which.get(name, ""), method=words.EXACT)
            for name, (n, known, _) in counts.items()
        }
        return self.write(
            short=short,
            known=rate == rate or any(shares.values()),
            **shares,
            **{f"{name}_missing": missing for name, (_, _, missing) in counts.items()},
            n_followed=n,
            at_risk=at_risk,
            rate=rate_text(rate) if rate == rate else "",
            interval=words.interval_of_rate(low, high),
            support=words.support_at_day_28(self.view),
        )


class PatientFlow(_Overview):
    """From all treated to those given prednisone, and with recurrent cytopenia after it."""

    name = "patient-flow"
    title = "Patient flow"
    definitions = ("day28_window", "pht_grade", "late_after", "relapse_grade")

    def compute(self) -> pd.DataFrame:
        return summary.count_flow(all_treated(self.view), self.view.patients)

    def picture(self, target: RenderTarget) -> Picture:
        return flow_chart(self.numbers, self.frame(target))

    def texts(self) -> Texts:
        steps = {
            row[0]: row[1:] for row in words.rows_of(self.numbers, "step", "n", "n_total", "note")
        }
        n_pht, known = map(int, steps["pht"][:2]) if "pht" in steps else (0, 0)
        n_start = int(steps["treated" if "treated" in steps else "cohort"][0])
        followed, given = steps.get("evaluated"), steps.get("prednisone")
        n, n_treated = map(int, followed[:2]) if followed else (0, 0)
        of_followed = "with blood count follow-up" if followed else ""
        why = {
            "refractory": "had PHT despite support",
            "late": f"had cytopenia after day {self.settings.late_after} and none at day 28",
        }
        return self.write(
            n=n_start,
            missing=n_start - known,
            pht_share=words.short_share(n_pht, known, of_followed),
            followed=words.short_share(n, n_treated, "treated with CAR-T cells"),
            asked=given is not None,
            n_given=int(given[0]) if given else 0,
            note=given[2] if given else "",
            groups=[f"{int(steps[step][0])} {of}" for step, of in why.items() if step in steps],
            **{step: step in steps for step in ("treated", "refractory", "late", "relapsed")},
        )


class Described(_Overview):
    """Characteristics of the patients."""

    name = "characteristics"
    title = "Cohort characteristics"
    graded = False

    def compute(self) -> pd.DataFrame:
        return summary.describe_subjects(self.view.patients)

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
        ages, lines = pd.to_numeric(rows["age_years"]), pd.to_numeric(rows["lines_of_therapy"])
        age, about = words.median_value(ages, "years", n=False), []
        if age:
            about.append(f"{'median ' if ages.nunique() > 1 else ''}age {age}")
        shares, males = _recorded_shares(rows), ""
        of_title = [("male", k, known) for k, known in _males(rows)]
        of_title += [(f"with {name}", k, n) for name, k, n in shares if name == "prior HSCT"]
        about += [with_percent(f"{k} of {known} {of}", k, known) for of, k, known in of_title]
        for k, known in _males(rows):
            verb = "was" if 1 in (k, known) else "were"
            males = with_percent(f"{k} of {words.patients(known)} {verb} male", k, known)
        values = {
            "age": words.median_value(ages, "years"),
            "male": males,
            "lines": words.median_value(lines, ""),
            "recorded": words.list_shares(shares, words.short_share, None, " was recorded"),
        }
        return self.write(
            n=len(rows),
            about=about,
            ages_differ=ages.nunique() > 1,
            lines_differ=lines.nunique() > 1,
            **values,
            known=any(values.values()),
            missing=len(self.numbers) and self.numbers["missing"].max(),
            graded=rows[["crs_grade", "icans_grade"]].notna().to_numpy().any(),
            characteristics=self.numbers["characteristic"].tolist(),
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
    found = [(words, *summary.count_yes(column.astype("boolean"))[:2]) for words, column in answers]
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

    def compute(self) -> pd.DataFrame:
        return patient_table(self.assessment, self.ids)

    def table(self) -> pd.DataFrame:
        return printed(self.numbers, decimals=2)

    def texts(self) -> Texts:
        rows = self.view.patients
        _, low, high, known = summary.median_range(pd.to_numeric(rows["age_years"]))
        age = f"{words.span(low, high)} years" if low < high else ""
        if known and not age:
            age = counted(int(low), "year", "years")
        about = [f"age {age}"] if age else []
        about += [with_percent(f"{k} of {n} male", k, n) for k, n in _males(rows)]
        return self.write(
            n=len(rows),
            about=about,
            has_counts=any(str(name).split(",")[0] in LINEAGES for name in self.numbers),
            words=[*map(str, self.numbers), _malignancies(rows)],
        )


def _malignancies(rows: pd.DataFrame) -> str:
    """The abbreviations of the field in two columns; nothing else of the file is repeated."""
    words = {str(value) for name in ("malignancy", "response") for value in rows[name].dropna()}
    return " ".join(
        short for short in ("B-ALL", "CR") if any(short in word.split() for word in words)
    )
