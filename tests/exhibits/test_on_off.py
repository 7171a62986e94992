"""What the evidence on and off prednisone says, refuses to say, and warns of."""

from dataclasses import replace
from functools import cached_property

import pandas as pd
import pytest

from pht_core.charts.theme import EXPORT_FONT
from pht_core.exhibits import on_off
from pht_core.exhibits.exhibit import RenderTarget
from pht_core.exhibits.on_off import OnOff, Phases, read_calibration
from pht_core.exhibits.view import View
from pht_core.intake.reading import read_sample
from pht_core.model.cohort import Cohort
from pht_core.model.filters import Filters
from pht_core.stats.on_off import Evidence


def _without(cohort: Cohort, table: str) -> Cohort:
    recorded = cohort.recorded - {table}
    return replace(cohort, **{table: getattr(cohort, table)[:0]}, recorded=recorded)


class _Said(OnOff):
    """The sample's numbers under another verdict."""

    changes: dict[str, object]

    @cached_property
    def evidence(self) -> Evidence:
        return replace(super().evidence, **self.changes)  # type: ignore[arg-type]


def _said(**changes: object) -> _Said:
    said = _Said(View(read_sample()))
    said.changes = changes
    return said


def test_the_sample_is_said_in_the_words_of_the_method() -> None:
    said = OnOff(View(read_sample())).texts()
    assert said.result == (
        "At equal counts and equal recent slope, counts moved 0.34 (0.24 to 0.44) of the way from "
        "grade 3 to normal per 28 days further up on prednisone than off it (platelets × 1.41)."
    )
    for words in ("not randomized", "not peer reviewed", "Simulated data", "461 steps on, 417 off"):
        assert words in said.caption


def test_what_is_not_followed_is_unknown_and_never_no_effect() -> None:
    said = _said(followed=False)
    assert said.texts().result.startswith(f"{said.say('unknown')} At equal counts")
    assert said.picture(RenderTarget()).frame.subtitle.startswith(said.say("unknown"))
    neutrophils = _said(followed=False, only_neutrophils=True)
    moved = neutrophils.say("only_neutrophils")
    assert neutrophils.texts().result == moved
    assert neutrophils.picture(RenderTarget()).frame.subtitle.startswith(moved)


def test_few_patients_few_draws_and_no_restart_are_said_in_the_picture() -> None:
    pooled = OnOff(View(read_sample())).evidence.pooled
    assert pooled is not None
    said = _said(pooled=replace(pooled, n_patients=11), steps_per_patient=19.0, n_restarted=0)
    subtitle = said.picture(RenderTarget()).frame.subtitle
    for words in ("so few patients", "Few draws per patient", "rests on stops alone"):
        assert words in subtitle
    assert "few" not in OnOff(View(read_sample())).picture(RenderTarget()).frame.subtitle


def test_fewer_than_five_patients_on_or_off_are_refused_with_their_numbers() -> None:
    # Three of the sample's patients are 60 or older.
    few = OnOff(View(read_sample(), filters=Filters(age_years=(60, 100))))
    n = len(few.ids)
    assert 0 < n < 5
    assert few.why_not() == (
        "Whether counts follow prednisone needs five patients with usable counts on prednisone and "
        f"five within 42 days of a stop; here {n} and {n}."
    )


@pytest.mark.parametrize("exhibit", [OnOff, Phases])
def test_a_cohort_without_prednisone_is_not_evaluable(exhibit: type[OnOff | Phases]) -> None:
    assert "not evaluable" in exhibit(View(_without(read_sample(), "prednisone"))).why_not()


def test_calibration_has_each_reading_over_the_worlds_without_an_effect() -> None:
    table = read_calibration().set_index("reading")
    assert list(table.index)[-1] == on_off.OWN_READING
    assert (table["n_worlds"] == 20).all()
    assert (table[["low", "median", "high"]].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    raw = pd.read_csv(on_off.CALIBRATION)
    own = raw[(raw["reading"] == on_off.OWN_READING) & (raw["effect"] == "no")]
    worst = 100 * (own["calls"] / own["cohorts"]).max()
    assert table.loc[on_off.OWN_READING, "high"] == pytest.approx(worst)


def test_phases_name_what_natural_recovery_does_and_count_courses() -> None:
    phases = Phases(View(read_sample()))
    said = phases.texts()
    assert "After a first start natural recovery looks the same." in said.caption
    assert said.headline.startswith("Median platelets around day 28: ×")
    spec = phases.picture(RenderTarget()).to_dict(font=EXPORT_FONT)
    heads = [row["words"] for row in spec["datasets"]["heads"]]
    # 17 courses begin, 15 with counts in the 14 days before; 24 stops; 7 restarts of 6 patients.
    assert heads == ["First start (n = 15)", "Stop (n = 24)", "Restart (n = 7)"]
