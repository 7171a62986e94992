"""Whether counts follow prednisone: the program's own method, with what it cannot tell."""

from dataclasses import asdict
from functools import cache, cached_property
from pathlib import Path
from typing import ClassVar

import pandas as pd

from pht_core.charts.on_off import MOST_LINES, on_off_chart, phases_chart
from pht_core.charts.picture import Picture
from pht_core.exhibits.exhibit import Exhibit, NoOptions, RenderTarget, Texts
from pht_core.exhibits.words import capital, patients, rows_of, sentence
from pht_core.model.lineage import LINEAGES, PHT_LINEAGES
from pht_core.model.words import counted, listed
from pht_core.stats import on_off
from pht_core.stats.on_off import (
    FEWEST_PATIENTS,
    Estimate,
    Evidence,
    OnOffSettings,
    count_factor,
    derive_evidence,
    derive_steps,
)
from pht_core.stats.phases import FEWEST_COURSES, PHASES, count_phases, derive_phases

CALIBRATION = Path(on_off.__file__).with_name("on_off_calibration.csv")
OWN_READING, PAPERS_WORLD = "this method", "the paper's effect"
ALL = "all lineages"
# With fewer patients, or fewer steps of each, an effect as large as the paper's is often missed.
ENOUGH_PATIENTS, ENOUGH_STEPS = 12, 20
UNKNOWN = "These data cannot tell whether counts follow the drug."
ONLY_NEUTROPHILS = (
    "Only neutrophils moved with the drug. Steroids shift neutrophils into the blood within days; "
    "that alone explains it."
)
NOT_RANDOMIZED = (
    "Exploratory: treatment was not randomized; it starts in cytopenia and stops after recovery."
)
ALLOWED_FOR = (
    "Natural recovery, second dips and regression to the mean were allowed for as far as past "
    "counts foretell them. What began or ended with prednisone on the same days (TPO receptor "
    "agonists, antivirals, infection) cannot be separated from it. All patients ever given "
    "prednisone must be in the file."
)
FIRST_START = "After a first start natural recovery looks the same."
AFTER_EVENT = {
    "start": "after a first start",
    "stop": "after a stop",
    "restart": "after a restart",
}
LATER = 28
OWN_METHOD = (
    "The method is the program's own, calibrated by simulation alone and not peer reviewed "
    "(docs/on_off.md)."
)


@cache
def read_calibration() -> pd.DataFrame:
    """How often readings find an effect in simulated cohorts, in percent, a row per reading.

    Columns reading, low, median and high (over the worlds without an effect), effect (with the
    paper's), n_worlds, cohorts (of each world). Written by ``make calibrate``.
    """
    table = pd.read_csv(CALIBRATION)
    table["share"] = 100 * table["calls"] / table["cohorts"]
    rows = []
    for reading, own in table.groupby("reading", sort=False):
        null = own.loc[own["effect"] == "no", "share"]
        effect = own.loc[own["world"] == PAPERS_WORLD, "share"].iloc[0]
        cohorts = int(own["cohorts"].iloc[0])
        rows.append((reading, null.min(), null.median(), null.max(), effect, len(null), cohorts))
    columns = ["reading", "low", "median", "high", "effect", "n_worlds", "cohorts"]
    return pd.DataFrame(rows, columns=columns)


class _OnOff(Exhibit[NoOptions]):
    page: ClassVar[str] = "onoff"
    definitions = ("course_gap", "early_start", "use_support", "cutoff")
    graded = False

    @property
    def treatment(self) -> pd.DataFrame:
        """The courses that treat PHT: early steroids are given for something else."""
        courses = self.rows(self.assessment.courses)
        return courses[courses["course"] > 0]

    @property
    def cutoff(self) -> pd.Series:
        """Each patient's last usable day."""
        return self.assessment.windows.set_index("subject_id")["cutoff_day"]


class OnOff(_OnOff):
    """The difference between changes on and off prednisone, and how the reading is calibrated."""

    name = "on-off-evidence"
    title = "Counts on and off prednisone"

    @cached_property
    def evidence(self) -> Evidence:
        """What the counts of the patients in view say."""
        return self.view.keep((self.name, "evidence"), self._derive)

    def _derive(self) -> Evidence:
        courses = self.treatment
        steps = derive_steps(self.rows(self.assessment.counts), courses, self.cutoff)
        return derive_evidence(steps, courses)

    def why_not(self) -> str:
        if not self.cohort.has("prednisone"):
            return "This cohort has no data on prednisone: counts on and off it are not evaluable."
        evidence = self.evidence
        if evidence.pooled is None:
            words = {5: "five"}.get(FEWEST_PATIENTS, str(FEWEST_PATIENTS))
            return (
                f"Whether counts follow prednisone needs {words} patients with usable counts on "
                f"prednisone and {words} within {OnOffSettings().off_window:g} days of a stop; "
                f"here {evidence.n_on_patients} and {evidence.n_off_patients}."
            )
        return ""

    def compute(self) -> pd.DataFrame:
        evidence = self.evidence
        own = {"all": evidence.pooled, **evidence.by_lineage}
        rows = [{"param": param} | (asdict(one) if one else {}) for param, one in own.items()]
        return pd.DataFrame(rows).rename(columns={"low": "conf_low", "high": "conf_high"})

    @property
    def basis(self) -> str:
        return "jackknife 95% intervals; own method, not peer reviewed"

    def picture(self, target: RenderTarget) -> Picture:
        rows = self.numbers.assign(
            words=[capital(_name(param)) for param in self.numbers["param"]],
            label=[_label(self._estimate(param)) for param in self.numbers["param"]],
        )
        readings = read_calibration()
        n_worlds, cohorts = readings[["n_worlds", "cohorts"]].iloc[0]
        about = (
            "Simulated cohorts of 17 patients: bar and line, range and median of "
            f"{n_worlds} worlds without effect ({cohorts} cohorts each); diamond, a world with the "
            "paper's effect."
        )
        shown = readings.assign(reading=readings["reading"].map(capital))
        return on_off_chart(
            rows,
            shown,
            self.frame(target, title=self._headline(), subtitle=" ".join(self._caveats())),
            about_readings=about,
            row_height=target.part(24, besides=270, of=len(rows) + len(shown), least=13),
        )

    def texts(self) -> Texts:
        evidence = self.evidence
        pooled = evidence.pooled
        assert pooled is not None
        return self.write(
            self._headline(),
            self._result(pooled),
            f"Changes of blood counts on and off prednisone in {patients(pooled.n_patients)} "
            f"({pooled.n_on} steps on, {pooled.n_off} off prednisone), compared at equal count and "
            "equal recent slope, all lineages together and each alone.",
            "Unit: the way from the beginning of grade 3 (CTCAE v5.0) to LLN, per 28 days; lines, "
            "95% CIs by leaving out one patient at a time.",
            "Below: how often readings find an effect in simulated cohorts.",
            NOT_RANDOMIZED,
            ALLOWED_FOR,
            OWN_METHOD,
        )

    def _estimate(self, param: str) -> Estimate | None:
        evidence = self.evidence
        return evidence.pooled if param == "all" else evidence.by_lineage[param]

    def _headline(self) -> str:
        evidence = self.evidence
        assert evidence.pooled is not None
        who = patients(evidence.pooled.n_patients)
        value = _label(evidence.pooled, "95% CI ")
        return (
            f"Counts on minus off prednisone: {value} of the way from grade 3 to normal per 28 "
            f"days, {who}"
        )

    def _result(self, pooled: Estimate) -> str:
        evidence = self.evidence
        if evidence.only_neutrophils:
            return ONLY_NEUTROPHILS
        if not evidence.followed:
            return f"{UNKNOWN} {self._numbers_in_words(pooled)}"
        return self._numbers_in_words(pooled)

    def _numbers_in_words(self, pooled: Estimate) -> str:
        platelets = self.evidence.by_lineage["PLT"]
        factor = ""
        if platelets is not None and self.evidence.followed:
            counts = self.rows(self.assessment.counts)
            factor = f" (platelets × {count_factor(platelets.difference, counts, 'PLT'):.2f})"
        moved = (
            f"counts moved {pooled.difference:.2f} ({pooled.low:.2f} to {pooled.high:.2f}) of the "
            f"way from grade 3 to normal per 28 days further up on prednisone than off it{factor}"
        )
        return sentence(f"at equal counts and equal recent slope, {moved}")

    def _caveats(self) -> list[str]:
        """What must be read with the estimate, in the picture itself."""
        evidence = self.evidence
        pooled = evidence.pooled
        assert pooled is not None
        said = [] if evidence.followed else [UNKNOWN]
        if evidence.only_neutrophils:
            said = [ONLY_NEUTROPHILS]
        said.append(NOT_RANDOMIZED)
        if pooled.n_patients < ENOUGH_PATIENTS:
            said.append("With so few patients, an effect as large as the paper's is often missed.")
        if evidence.steps_per_patient < ENOUGH_STEPS:
            said.append("Few draws per patient: an effect is often missed.")
        if not evidence.n_restarted:
            said.append("No patient restarted: the estimate rests on stops alone.")
        return said


class Phases(_OnOff):
    """Each course's counts around its start and stop, as multiples of those before."""

    name = "on-off-phases"
    title = "Counts around each start, stop and restart of prednisone"

    @cached_property
    def lines(self) -> pd.DataFrame:
        """Every count of every course, see ``stats.phases.derive_phases``."""
        return self.view.keep((self.name, "lines"), self._derive)

    def _derive(self) -> pd.DataFrame:
        counts = self.rows(self.assessment.counts)
        return derive_phases(counts, self.treatment, self.cutoff)

    def why_not(self) -> str:
        if not self.cohort.has("prednisone"):
            return "This cohort has no data on prednisone: counts around it are not evaluable."
        if self.lines.empty:
            return (
                "None of these patients has a count in the 14 days before a start or stop of "
                "prednisone."
            )
        return ""

    @property
    def draws_lines(self) -> bool:
        """Whether each course has its line, or they are too many."""
        return len(self.lines[["subject_id", "course", "phase"]].drop_duplicates()) <= MOST_LINES

    def compute(self) -> pd.DataFrame:
        return count_phases(self.lines)

    @property
    def basis(self) -> str:
        return "median and quartiles of courses by week"

    def picture(self, target: RenderTarget) -> Picture:
        return phases_chart(
            self.lines,
            self.numbers,
            self.frame(
                target,
                title=self.title,
                subtitle="Multiple of the median of the 14 days before; "
                f"{'thin lines, courses; ' if self.draws_lines else ''}thick, median and quartiles "
                f"by week. {FIRST_START}",
            ),
            titles={phase: capital(words) for phase, words in PHASES.items()},
            height=target.part(150, besides=170, of=len(PHT_LINEAGES), least=70),
        )

    def texts(self) -> Texts:
        n = self.lines["subject_id"].nunique()
        later = self.numbers[(self.numbers["day"] == LATER) & self.numbers["median"].notna()]
        folds = {
            phase: [
                (LINEAGES[param].name, f"× {median:.2f}", counted(count, "course", "courses"))
                for param, median, count in rows_of(own, "param", "median", "n")
            ]
            for phase in PHASES
            if len(own := later[later["phase"] == phase])
        }
        medians = [
            f"{AFTER_EVENT[phase]}, {listed([f'{name} {fold} ({of})' for name, fold, of in own])}"
            for phase, own in folds.items()
        ]
        name = LINEAGES["PLT"].name
        short = [
            f"{fold} {AFTER_EVENT[phase]}"
            for phase, own in folds.items()
            for lineage, fold, _ in own
            if lineage == name
        ]
        result = (
            f"around day {LATER}, fewer than {FEWEST_COURSES} courses had counts after any start "
            "or stop"
        )
        if medians:
            result = (
                f"around day {LATER}, median counts relative to the 14 days before were, "
                f"{'; '.join(medians)}"
            )
        return self.write(
            f"Median {name} around day {LATER}: {listed(short)}" if short else self.title,
            sentence(result),
            f"Support-free counts around each start, stop and restart of prednisone in "
            f"{patients(n)}, as multiples of the median of the 14 days before.",
            "Thin lines, courses, up to the next start or stop." if self.draws_lines else "",
            "Thick line and band, median and quartiles of courses by week (three or more); shaded, "
            "on prednisone; small numbers, courses with a count.",
            FIRST_START,
            NOT_RANDOMIZED,
        )


def _name(param: str) -> str:
    return ALL if param == "all" else LINEAGES[param].name


def _label(estimate: Estimate | None, before: str = "") -> str:
    if estimate is None:
        return "too few patients"
    return f"{estimate.difference:.2f} ({before}{estimate.low:.2f} to {estimate.high:.2f})"
