"""pht_core against the second, plain reading of the definitions, on the sample and on worse data.

The sample was made to be tame; here its counts are shaken onto the cuts, draws are lost, courses
are moved, broken and left open, and both readings must still say the same of every patient.
"""

import csv
from itertools import groupby
from pathlib import Path
from random import Random

import pandas as pd
import pytest

from pht_core.intake.reading import read_cohort
from pht_core.model.settings import Settings
from pht_core.stats.assessment import Assessment, derive_assessment
from pht_core.stats.recovery import count_complete_recovery
from tests.reference import plain_definitions as plain

TIDY = Path(__file__).parents[2] / "sample_data" / "tidy"
SEEDS = range(6)
PERIODS = {
    "baseline": plain.at_baseline,
    "within_28": plain.worst_within_28,
    "at_day_28": plain.at_day28,
}
Row = dict[str, str]


def shaken(rows: list[Row], name: str, rng: Random) -> list[Row]:
    """The same table with its numbers changed; the first seed leaves all as it is."""
    if name == "counts":
        kept = [dict(row) for row in rows if rng.random() < 0.85]
        for row in kept:
            decimals = 1 if row["param"] == "NE" else 0
            steps = 5 if row["param"] == "PLT" else 1  # lands on cuts often
            value = float(row["value"]) * rng.lognormvariate(0, 0.12) / steps
            row["value"] = f"{round(value, decimals) * steps:g}"
        return kept
    if name == "prednisone":
        return [row for _, own in groupby(rows, _subject) for row in _moved(list(own), rng)]
    if name == "support":
        return [{**row, "day": str(int(row["day"]) + rng.randint(0, 9))} for row in rows]
    return rows


def _subject(row: Row) -> str:
    return row["subject_id"]


def _moved(rows: list[Row], rng: Random) -> list[Row]:
    """One patient's doses, moved by some days, with a short or long gap, perhaps still going on."""
    shift, found = rng.randint(-4, 6), []
    for row in rows:
        start, end = int(row["start_day"]) + shift, int(row["end_day"]) + shift
        found.append({**row, "start_day": str(start), "end_day": str(end)})
        shift += rng.choice((0, 0, 0, 1, 2, 3, 4))
    if rng.random() < 0.2:
        found[-1]["end_day"] = ""
    if rng.random() < 0.4:  # steroids for CRS; some go on past day 28, or into the course
        start = rng.randint(0, 16)
        end = start + rng.choice((2, 5, 9, 12, 13, 14, 18))
        if end < int(found[0]["start_day"]):
            early = {**rows[0], "start_day": str(start), "end_day": str(end)}
            found.insert(0, early)
    return found


@pytest.fixture(params=SEEDS, scope="module")
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    seed: int = request.param
    if seed == 0:
        return TIDY
    target = tmp_path_factory.mktemp("shaken")
    for file in TIDY.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as source:
            rows = list(csv.DictReader(source))
        changed = shaken(rows, file.stem, Random(f"{seed} {file.stem}"))
        with (target / file.name).open("w", encoding="utf-8", newline="") as sink:
            writer = csv.DictWriter(sink, list(rows[0]))
            writer.writeheader()
            writer.writerows(changed)
    return target


@pytest.fixture(scope="module")
def patients(folder: Path) -> list[plain.Patient]:
    return plain.read_patients(folder)


@pytest.fixture(params=["ctcae_v5", "wang2023_table1"], scope="module")
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[False, True], scope="module")
def confirmed(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def assessment(folder: Path, scheme: str, confirmed: bool) -> Assessment:
    return derive_assessment(read_cohort(folder), Settings(scheme=scheme, confirm=confirmed))


def number(value: object) -> float | None:
    """A cell as a number or None."""
    return None if pd.isna(value) else float(value)  # type: ignore[arg-type, call-overload]


def by_course(table: pd.DataFrame, column: str) -> dict[tuple[str, int], float | None]:
    keys = zip(table["subject_id"], table["course"], strict=True)
    return {
        (str(subject), int(course)): number(value)
        for (subject, course), value in zip(keys, table[column], strict=True)
    }


def plain_by_course(patients: list[plain.Patient]) -> list[tuple[plain.Patient, int]]:
    return [(p, i) for p in patients for i in range(len(plain.courses(p)))]


def test_grades_of_the_periods(
    assessment: Assessment, patients: list[plain.Patient], scheme: str, confirmed: bool
) -> None:
    for patient in patients:
        expected = {name: grades(patient, scheme) for name, grades in PERIODS.items()}
        expected["after_prednisone"] = plain.best_after(patient, scheme, confirmed=confirmed)
        expected["after_prednisone_last"] = plain.last_after(patient, scheme, confirmed=confirmed)
        found = {
            name: {p: number(assessment.grades[name].loc[patient.subject_id, p]) for p in grades}
            for name, grades in expected.items()
        }
        assert found == expected, patient.subject_id


def test_all_normal_on_one_draw(
    assessment: Assessment, patients: list[plain.Patient], scheme: str, confirmed: bool
) -> None:
    for patient in patients:
        answer = plain.all_normal_after(patient, scheme, confirmed=confirmed)
        table = count_complete_recovery(assessment, [patient.subject_id]).set_index("param")
        found = table.loc["all", ["n", "n_total"]].tolist()
        assert found == [answer is True, answer is not None], patient.subject_id


def test_courses(assessment: Assessment, patients: list[plain.Patient]) -> None:
    table = assessment.courses
    for patient in patients:
        own = table[table["subject_id"] == patient.subject_id]
        every = plain.all_courses(patient)
        assert own["start_day"].tolist() == [course.start for course in every]
        assert own["early"].tolist() == [plain.is_early(course) for course in every]
        assert own["began_early"].tolist() == [
            course.start < 14 and not plain.is_early(course) for course in every
        ]
    for column, attribute in (("start_day", "start"), ("stop_day", "stop")):
        assert by_course(table[~table["early"]], column) == {
            (p.subject_id, i + 1): getattr(plain.courses(p)[i], attribute)
            for p, i in plain_by_course(patients)
        }


def test_response_times(
    assessment: Assessment, patients: list[plain.Patient], scheme: str, confirmed: bool
) -> None:
    assert by_course(assessment.responses, "response_time") == {
        (p.subject_id, i + 1): plain.response_time(p, i, scheme, confirmed=confirmed)
        for p, i in plain_by_course(patients)
    }

    assert by_course(assessment.responses, "later_day") == {
        (p.subject_id, i + 1): plain.later_day(p, i, scheme, confirmed=confirmed)
        for p, i in plain_by_course(patients)
    }
    responded = by_course(assessment.responses, "responded")
    assert {key: answer is not None for key, answer in responded.items()} == {
        (p.subject_id, i + 1): plain.can_respond(p, i, scheme) for p, i in plain_by_course(patients)
    }


def test_recovery_times(
    assessment: Assessment, patients: list[plain.Patient], scheme: str, confirmed: bool
) -> None:
    assert by_course(assessment.responses, "recovery_time") == {
        (p.subject_id, i + 1): plain.recovery_time(p, i, scheme, confirmed=confirmed)
        for p, i in plain_by_course(patients)
    }


def test_relapse_days(
    assessment: Assessment, patients: list[plain.Patient], scheme: str, confirmed: bool
) -> None:
    found = by_course(assessment.relapses, "relapse_day")
    expected = {
        (p.subject_id, i + 1): plain.relapse_day(p, i, scheme, confirmed=confirmed)
        for p, i in plain_by_course(patients)
        if plain.courses(p)[i].stop is not None
    }
    assert {key: found.get(key) for key in expected} == expected
    assert not any(day for key, day in found.items() if key not in expected)


def test_dose_steps(assessment: Assessment, patients: list[plain.Patient], scheme: str) -> None:
    table = assessment.dose_steps
    keys = zip(table["subject_id"], table["course"], table["day"], strict=True)
    found = {
        (str(subject), int(course), int(day)): bool(followed)
        for (subject, course, day), followed in zip(keys, table["followed"], strict=True)
    }
    assert found == {
        (p.subject_id, i + 1, day): followed
        for p, i in plain_by_course(patients)
        for day, followed in plain.taper_steps(p, i, scheme)
    }


def test_pht_refractory_and_late_cytopenia(
    assessment: Assessment, patients: list[plain.Patient], scheme: str
) -> None:
    table = assessment.patients
    for patient in patients:
        row = table.loc[patient.subject_id]
        assert number(row["pht_d28"]) == plain.has_pht(patient, scheme)
        assert (number(row["refractory"]) == 1) == plain.is_refractory(patient, scheme)
        assert number(row["late_day"]) == plain.late_cytopenia_day(patient, scheme)
        assert number(row["unproven_d28"]) == plain.unproven_at_day28(patient, scheme)


def test_pht_of_support_free_counts(
    folder: Path, patients: list[plain.Patient], scheme: str
) -> None:
    settings = Settings(scheme=scheme, day28_support_free=True)
    pht = derive_assessment(read_cohort(folder), settings).patients["pht_d28"]
    for patient in patients:
        expected = plain.has_pht(patient, scheme, support_free_only=True)
        assert number(pht[patient.subject_id]) == expected
