"""Whether counts follow prednisone: the program's own method, with what it cannot tell."""

from dataclasses import asdict
from functools import cache, cached_property
from pathlib import Path
from typing import ClassVar

import pandas as pd

from pht_core.charts.on_off import MOST_LINES, on_off_chart, phases_chart
from pht_core.charts.picture import Picture
from pht_core.exhibits.exhibit import Exhibit, NoOptions, RenderTarget, Texts
from pht_core.exhibits.words import capital, rows_of
from pht_core.model.lineage import LINEAGES, PHT_LINEAGES
from pht_core.model.words import counted, listed
from pht_core.stats import on_off
from pht_core.stats.on_off import Estimate, Evidence
from pht_core.stats.phases import FEWEST_COURSES, PHASES, count_phases, derive_phases

CALIBRATION = Path(on_off.__file__).with_name("on_off_calibration.csv")
OWN_READING, PAPERS_WORLD = "this method", "the paper's effect"
ALL = "all lineages"
# With fewer patients, or fewer steps of each, an effect as large as the paper's is often missed.
ENOUGH_PATIENTS, ENOUGH_STEPS = 12, 20
AFTER_EVENT = {
    "start": "after a first start",
    "stop": "after a stop",
    "restart": "after a restart",
}
LATER = 28


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
        steps = on_off.derive_steps(self.rows(self.assessment.counts), courses, self.cutoff)
        return on_off.derive_evidence(steps, courses)

    def why_not(self) -> str:
        if not self.cohort.has("prednisone"):
            return self.say("no_data")
        if self.evidence.pooled is None:
            fewest = {5: "five"}.get(on_off.FEWEST_PATIENTS, str(on_off.FEWEST_PATIENTS))
            return self.say("too_few", fewest=fewest, off_window=on_off.OFF_WINDOW)
        return ""

    def compute(self) -> pd.DataFrame:
        evidence = self.evidence
        own = {"all": evidence.pooled, **evidence.by_lineage}
        rows = [{"param": param} | (asdict(one) if one else {}) for param, one in own.items()]
        return pd.DataFrame(rows).rename(columns={"low": "conf_low", "high": "conf_high"})

    def picture(self, target: RenderTarget) -> Picture:
        rows = self.numbers.assign(
            words=[capital(_name(param)) for param in self.numbers["param"]],
            label=[_label(self._estimate(param)) for param in self.numbers["param"]],
        )
        readings = read_calibration()
        n_worlds, cohorts = readings[["n_worlds", "cohorts"]].iloc[0]
        about = self.say("readings", n_worlds=n_worlds, cohorts=cohorts)
        shown = readings.assign(reading=readings["reading"].map(capital))
        return on_off_chart(
            rows,
            shown,
            self.frame(target, title=self.say("headline"), subtitle=" ".join(self._caveats())),
            about_readings=about,
            row_height=target.part(24, besides=270, of=len(rows) + len(shown), least=13),
        )

    def texts(self) -> Texts:
        return self.write(result_said=self._result())

    @property
    def pooled(self) -> Estimate:
        """The estimate of all lineages together."""
        assert self.evidence.pooled is not None
        return self.evidence.pooled

    @property
    def estimate(self) -> str:
        """The same in words."""
        return _label(self.pooled, "95% CI ")

    def _estimate(self, param: str) -> Estimate | None:
        evidence = self.evidence
        return evidence.pooled if param == "all" else evidence.by_lineage[param]

    def _result(self) -> str:
        evidence = self.evidence
        if evidence.only_neutrophils:
            return self.say("only_neutrophils").removesuffix(".")
        platelets, factor = evidence.by_lineage["PLT"], None
        if platelets is not None and evidence.followed:
            counts = self.rows(self.assessment.counts)
            factor = on_off.count_factor(platelets.difference, counts, "PLT")
        moved = self.say("moved", platelets=factor)
        return moved if evidence.followed else f"{self.say('unknown')} {capital(moved)}"

    def _caveats(self) -> list[str]:
        """What must be read with the estimate, in the picture itself."""
        evidence = self.evidence
        said = [] if evidence.followed else [self.say("unknown")]
        if evidence.only_neutrophils:
            said = [self.say("only_neutrophils")]
        said.append(self.say("not_randomized"))
        if self.pooled.n_patients < ENOUGH_PATIENTS:
            said.append(self.say("few_patients"))
        if evidence.steps_per_patient < ENOUGH_STEPS:
            said.append(self.say("few_steps"))
        if not evidence.n_restarted:
            said.append(self.say("none_restarted"))
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
            return self.say("no_data")
        return self.say("none_before") if self.lines.empty else ""

    @property
    def draws_lines(self) -> bool:
        """Whether each course has its line, or they are too many."""
        return len(self.lines[["subject_id", "course", "phase"]].drop_duplicates()) <= MOST_LINES

    def compute(self) -> pd.DataFrame:
        return count_phases(self.lines)

    def picture(self, target: RenderTarget) -> Picture:
        return phases_chart(
            self.lines,
            self.numbers,
            self.frame(
                target,
                title=self.title,
                subtitle=self.say("subtitle"),
            ),
            titles={phase: capital(words) for phase, words in PHASES.items()},
            height=target.part(150, besides=170, of=len(PHT_LINEAGES), least=70),
        )

    def texts(self) -> Texts:
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
        return self.write(
            n=self.lines["subject_id"].nunique(),
            lineage=name,
            later=LATER,
            short=short,
            medians=medians,
            fewest=FEWEST_COURSES,
        )


def _name(param: str) -> str:
    return ALL if param == "all" else LINEAGES[param].name


def _label(estimate: Estimate | None, before: str = "") -> str:
    if estimate is None:
        return "too few patients"
    return f"{estimate.difference:.2f} ({before}{estimate.low:.2f} to {estimate.high:.2f})"
