"""The simulated sample gives the paper's figures, by definitions written a second time.

The oracle (``reference/plain_definitions.py``) shares nothing with pht_core, and the expected
values are the paper's (``sample_data/published.csv``).
"""

import csv
import io
from itertools import pairwise
from pathlib import Path

import pytest

from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import (
    DAILY_DOSE,
    DAILY_EVENTS,
    DAILY_FINDINGS,
    DAILY_SUPPORT,
    TABLES,
)
from sample_data.generate.bands import CUTS
from sample_data.generate.cohort import PLANS, SUBJECT_COLUMNS, build_patients
from sample_data.generate.plan import Rule
from sample_data.generate.simulate import simulate_counts
from sample_data.generate.tables import (
    COUNT_COLUMNS,
    FLAGGED_EVENTS,
    OUTCOME_COLUMNS,
    SUPPORT_COLUMNS,
    TIDY_COLUMNS,
    WIDE_COLUMNS,
    build_tidy,
    build_wide,
)
from sample_data.generate.treated import TREATED_COLUMNS, build_treated
from sample_data.generate.verify import check_figures
from tests.reference import plain_definitions as plain
from tests.reference.plain_figures import Figure, all_figures, treated_figures
from tests.reference.plain_outcomes import kaplan_meier, median_of, survival_time

SAMPLE = Path(__file__).parents[2] / "sample_data"
Row = dict[str, str]


def read(name: str) -> list[Row]:
    with (SAMPLE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PATIENTS = {patient.subject_id: patient for patient in plain.read_patients(SAMPLE / "tidy")}
PHT = [f"P{number}" for number in range(3, 18)]
RELAPSED = ["P3", "P5", "P7", "P10", "P11", "P17"]
PUBLISHED = {row["id"]: row for row in read("published.csv")}
V5, TABLE1 = "ctcae_v5", "wang2023_table1"


def as_text(columns: tuple[str, ...], rows: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


# --- the files ------------------------------------------------------------------------------


def test_the_files_are_what_the_generator_writes() -> None:
    patients = build_patients()
    files = {"cohort.csv": as_text(WIDE_COLUMNS, build_wide(patients))}
    files["treated.csv"] = as_text(TREATED_COLUMNS, build_treated())
    for name, rows in build_tidy(patients).items():
        files[f"tidy/{name}.csv"] = as_text(TIDY_COLUMNS[name], rows)
    for name, text in files.items():
        assert (SAMPLE / name).read_text("utf-8") == text, name


def test_the_generator_fails_on_a_curve_that_cannot_keep_its_grades() -> None:
    normal = Rule("HGB", 40, 60, 0, 0)
    plan = next(plan for plan in PLANS if plan.patient_id == "P9")
    impossible = type(plan)(**{**vars(plan), "rules": (*plan.rules, normal)})
    with pytest.raises(ValueError, match=r"P9.*HGB"):
        simulate_counts(impossible, {"HGB": 88, "PLT": 63, "NE": 1.91}, "F", 14)


def test_the_generator_names_a_figure_that_is_lost(tmp_path: Path) -> None:
    damaged = tmp_path / "cohort.csv"
    rows = [row for row in read("cohort.csv") if (row["subject_id"], row["day"]) != ("P13", "49")]
    damaged.write_text(as_text(WIDE_COLUMNS, rows), "utf-8")
    wrong = check_figures(damaged)  # P13's response on day 49 was the fastest: 7 days
    assert {line.partition(":")[0] for line in wrong} == {"pred.response_time"}
    assert check_figures(SAMPLE / "cohort.csv") == []


def test_patient_level_columns_are_table_3() -> None:
    printed = {row["patient_id"]: row for row in read("table3.csv")}
    subjects = read("tidy/subjects.csv")
    assert [row["subject_id"] for row in subjects] == list(printed)
    for row in subjects:
        for column in set(SUBJECT_COLUMNS) - {"cns"}:
            assert row[column] == printed[row["subject_id"]][column], column
    for subject_id, row in printed.items():
        counts = PATIENTS[subject_id].counts
        for param in plain.PARAMS:
            assert counts[param][-7] == float(row[f"baseline_{param.lower()}"])
            assert [day for day in counts[param] if day < 0] == [-7]
    cns = [row for row in subjects if row["cns"] == "Yes"]
    assert len(cns) == 5
    assert all(row["extramedullary"] == "Yes" for row in cns)


def test_both_layouts_hold_the_same_cohort() -> None:
    wide = read("cohort.csv")
    for row in read("tidy/subjects.csv"):
        own = [w for w in wide if w["subject_id"] == row["subject_id"]]
        assert {tuple(w[c] for c in SUBJECT_COLUMNS) for w in own} == {
            tuple(row[c] for c in SUBJECT_COLUMNS)
        }
    outcomes = {row["subject_id"]: row for row in read("tidy/outcomes.csv")}
    counts, doses, support, events = set(), set(), set(), set()
    for row in wide:
        key = (row["subject_id"], int(row["day"]))
        assert all(row[c] == outcomes[key[0]][c] for c in OUTCOME_COLUMNS)
        counts |= {(*key, p, row[c]) for p, c in COUNT_COLUMNS.items() if row[c]}
        doses |= {(*key, row["prednisone_mg_kg"])} if row["prednisone_mg_kg"] else set()
        support |= {(*key, kind) for kind, c in SUPPORT_COLUMNS.items() if row[c] == "1"}
        events |= {(*key, name, "") for name in FLAGGED_EVENTS if row[name] == "1"}
        for name in ("car_t", "marrow"):
            if row[name]:
                events.add((*key, name, row[name].replace(" ", "_")))

    def tidy(name: str, *columns: str) -> set[tuple[object, ...]]:
        rows = read(f"tidy/{name}.csv")
        found = {(r["subject_id"], int(r["day"]), *(r[c] for c in columns)) for r in rows}
        assert len(found) == len(rows)
        return found

    assert counts == tidy("counts", "param", "value")
    assert support == tidy("support", "kind")
    assert events == tidy("events", "event", "result")
    assert doses == {
        (row["subject_id"], day, row["dose"])
        for row in read("tidy/prednisone.csv")
        for day in range(int(row["start_day"]), int(row["end_day"]) + 1)
    }


def test_the_readme_explains_every_column_of_the_layout() -> None:
    lines = (SAMPLE / "README.md").read_text("utf-8").splitlines()
    explained = {line.split("`")[1]: line.split("|") for line in lines if line.startswith("| `")}
    level = [
        entry for name in ("subjects", "outcomes") for entry in TABLES[name] if not entry.extra
    ]
    counts = {name for one in LINEAGES.values() for name in (one.column, one.lln_column)}
    given = {DAILY_DOSE, *DAILY_SUPPORT, *DAILY_EVENTS, *DAILY_FINDINGS}
    layout = {*(entry.name for entry in level), "day", *counts, *given}
    assert {*WIDE_COLUMNS, *TREATED_COLUMNS} <= layout
    for column in layout:
        meaning, unit, allowed = (cell.strip() for cell in explained[column][2:5])
        assert meaning, column
        assert allowed, column
        for ending, said in (("_g_l", "g/L"), ("_10e9_l", "10^9/L"), ("_months", "months")):
            assert not column.endswith(ending) or unit == said, column
    for entry in level:
        assert explained[entry.name][3].strip() == entry.unit, entry.name


def test_nothing_in_the_files_is_a_result() -> None:
    stored = {*WIDE_COLUMNS, *(column for columns in TIDY_COLUMNS.values() for column in columns)}
    assert not stored & {"grade", "pht_d28", "responded", "response_day", "relapse", "recovered"}


# --- the paper's figures --------------------------------------------------------------------


def figures(scheme: str, confirmed: bool) -> dict[str, Figure]:
    found = all_figures(list(PATIENTS.values()), scheme, confirmed=confirmed)
    return found | treated_figures(SAMPLE / "treated.csv")


@pytest.mark.parametrize("confirmed", [False, True])
@pytest.mark.parametrize("scheme", [V5, TABLE1])
def test_every_figure_with_a_value_comes_out(scheme: str, confirmed: bool) -> None:
    found = figures(scheme, confirmed)
    wanted = {name: row for name, row in PUBLISHED.items() if row["value"]}
    assert set(wanted) <= set(found)
    wrong = {}
    for name, row in wanted.items():
        numerator, denominator, value = found[name]
        decimals = len(row["value"].partition(".")[2])
        agrees = abs(value - float(row["value"])) <= 0.5 * 10**-decimals
        for part, printed in ((numerator, row["numerator"]), (denominator, row["denominator"])):
            agrees &= part is None or not printed or part == int(printed)
        if not agrees:
            wrong[name] = (found[name], row["value"])
    assert wrong == {}


def test_ranges_and_standard_errors_that_the_paper_prints() -> None:
    subjects = [patient.subject for patient in PATIENTS.values()]
    ages = [int(row["age_years"]) for row in subjects]
    lines = [int(row["lines_of_therapy"]) for row in subjects]
    assert (min(ages), max(ages), min(lines), max(lines)) == (8, 66, 2, 15)
    follow_up = [survival_time(patient, "os")[0] for patient in PATIENTS.values()]
    assert (min(follow_up), max(follow_up)) == (4.1, 31.2)
    starts = [plain.courses(PATIENTS[name])[0].start for name in PHT]
    assert (min(starts), max(starts)) == (26, 42)
    times = [plain.response_time(PATIENTS[name], 0, V5) for name in PHT]
    assert None not in times
    assert (min(filter(None, times)), max(filter(None, times))) == (7, 40)
    for endpoint, error in (("pfs", 11.9), ("os", 11.6)):
        observed = [survival_time(patient, endpoint) for patient in PATIENTS.values()]
        assert round(100 * kaplan_meier(observed, 12)[1], 1) == error
        last_event = max(time for time, event in observed if event and time <= 12)
        assert all(event or time > last_event for time, event in observed)


def test_follow_up_does_not_hang_on_censoring_at_the_next_therapy() -> None:
    kept = [survival_time(p, "os", censor_at_next_therapy=False)[0] for p in PATIENTS.values()]
    assert (median_of(kept), min(kept), max(kept)) == (14.97, 4.1, 31.2)


# --- the stories ----------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "day"), [("P1", 69), ("P2", 71)])
def test_p1_and_p2_fall_late_and_are_normal_two_weeks_later(name: str, day: int) -> None:
    patient = PATIENTS[name]
    assert list(plain.at_day28(patient, V5).values()) == [0, 0, 0]
    assert plain.late_cytopenia_day(patient, V5) == day
    (course,) = plain.courses(patient)
    assert day < course.start <= day + 7
    for param in plain.PARAMS:
        assert plain.grade_on(patient, param, course.start + 14, V5) == 0
    assert any((plain.last_grade(patient, p, course.start, V5) or 0) >= 2 for p in plain.PARAMS)
    assert not plain.is_refractory(patient, V5)


def test_p3_falls_in_month_4_and_in_month_6_and_is_still_followed() -> None:
    p3 = PATIENTS["P3"]
    assert [(c.start, c.stop) for c in plain.courses(p3)] == [(30, 65), (114, 152), (178, 241)]
    days = [plain.relapse_day(p3, number, V5) for number in range(3)]
    assert days[0] is not None
    assert days[1] is not None
    assert days[2] is None
    assert 91 <= days[0] <= 121
    assert 152 <= days[1] <= 182
    for param in plain.PARAMS:
        fourth = [d for d in plain.days_with(p3, param) if 91 <= d <= 121]
        assert max(plain.grade_on(p3, param, d, V5) or 0 for d in fourth) >= 3
        assert (plain.last_grade(p3, param, 114, V5) or 0) >= 3
        assert (plain.last_grade(p3, param, 178, V5) or 0) >= 1
        assert (plain.grade_on(p3, param, days[1], V5) or 0) >= 2
    assert plain.recovery_time(p3, 1, V5) == 20
    assert plain.response_time(p3, 2, V5) is not None
    assert set(p3.months) == {"last_followup_months"}
    assert plain.courses(p3)[0].doses == [(30, 0.5), (46, 0.25), (56, 0.125)]


@pytest.mark.parametrize("confirmed", [False, True])
def test_six_relapse_after_a_stop_and_all_respond_again(confirmed: bool) -> None:
    relapsed = []
    for name, patient in PATIENTS.items():
        courses = plain.courses(patient)
        for number, course in enumerate(courses):
            day = plain.relapse_day(patient, number, V5, confirmed=confirmed)
            assert (day is None) == (number + 1 == len(courses))
            if day is not None:
                assert course.stop is not None
                assert course.stop < day < courses[number + 1].start
                again = plain.response_time(patient, number + 1, V5, confirmed=confirmed)
                assert again is not None
                relapsed.append(name)
    assert sorted(set(relapsed), key=lambda name: int(name[1:])) == RELAPSED


def test_confirmation_by_the_next_count_changes_no_patient() -> None:
    for patient in PATIENTS.values():
        for number in range(len(plain.courses(patient))):
            for time in (plain.response_time, plain.relapse_day):
                assert time(patient, number, V5) == time(patient, number, V5, confirmed=True)


def test_doses_are_halved_with_each_grade_but_for_two_deliberate_steps() -> None:
    deviating = []
    for name, patient in PATIENTS.items():
        for number, course in enumerate(plain.courses(patient)):
            assert course.doses[0][1] == 0.5
            assert len(course.doses) == 3
            steps = plain.taper_steps(patient, number, V5)
            deviating += [(name, day) for day, followed in steps if not followed]
    assert deviating == [("P12", 56), ("P16", 63)]  # 0.5 to 0.35; no grade gained


def test_no_growth_factor_during_prednisone_and_no_count_after_the_end() -> None:
    for patient in PATIENTS.values():
        for kind in ("gcsf", "epo", "tpo_ra"):
            for course in plain.courses(patient):
                assert course.last is not None
                on_drug = range(course.start, course.last + 1)
                assert not patient.support.get(kind, set()) & set(on_drug)
        end = min(patient.months.values()) * plain.DAYS_PER_MONTH
        for row in read("tidy/counts.csv"):
            assert row["subject_id"] != patient.subject_id or int(row["day"]) < end


def test_one_car_t_at_day_305() -> None:
    detected = [
        (name, day)
        for name, patient in PATIENTS.items()
        for day, event, result in patient.events
        if (event, result) == ("car_t", "detected") and day > 200
    ]
    assert detected == [("P13", 305)]


# --- the curves -----------------------------------------------------------------------------


def test_no_simulated_value_lies_on_a_cut() -> None:
    for patient in PATIENTS.values():
        for param in plain.PARAMS:
            cuts = {*CUTS[param], plain.lower_limit(patient, param)}
            values = {v for day, v in patient.counts[param].items() if day >= 0}
            assert not values & cuts, (patient.subject_id, param, values & cuts)


def test_curves_neither_stand_still_nor_stop_being_measured() -> None:
    for patient in PATIENTS.values():
        for param in plain.PARAMS:
            days = plain.days_with(patient, param)
            values = [patient.counts[param][day] for day in days]
            longest = run = 1
            for before, value in pairwise(values):
                run = run + 1 if value == before else 1
                longest = max(longest, run)
            assert longest <= 4, (patient.subject_id, param)
            assert sum(0 <= day <= 28 for day in days) >= 18
            gaps = [b - a for a, b in pairwise(days)]
            assert max(gaps) <= 70


# --- all treated patients -------------------------------------------------------------------

TREATED = read("treated.csv")


@pytest.mark.parametrize(
    ("pht", "n", "male", "cns", "other", "hsct", "age", "lines"),
    [
        ("Yes", 86, 46, 9, 13, 51, 33, 4),
        ("No", 23, 11, 1, 1, 9, 43, 5),
        ("Yes No", 109, 57, 10, 14, 60, 34, 5),
        ("", 50, None, None, None, None, None, None),
    ],
)
def test_treated_patients_are_table_2(
    pht: str,
    n: int,
    male: int | None,
    cns: int | None,
    other: int | None,
    hsct: int | None,
    age: float | None,
    lines: float | None,
) -> None:
    group = [row for row in TREATED if row["pht_d28"] in (pht.split() or [""])]
    assert len(group) == n
    assert {row["blood_count_followup"] for row in group} == {"Yes" if pht else "No"}
    if male is None:
        return
    assert sum(row["sex"] == "M" for row in group) == male
    for column, count in (("cns", cns), ("other_extramedullary", other), ("prior_hsct", hsct)):
        assert sum(row[column] == "Yes" for row in group) == count
    assert median_of([float(row["age_years"]) for row in group]) == age
    assert median_of([float(row["lines_of_therapy"]) for row in group]) == lines


@pytest.mark.parametrize(
    ("pht", "column", "low", "high"),
    [
        ("Yes", "age_years", 11, 68),
        ("No", "age_years", 9, 66),
        ("Yes", "lines_of_therapy", 1, 12),
        ("No", "lines_of_therapy", 0, 13),
    ],
)
def test_only_the_named_misprints_lie_outside_table_2(
    pht: str, column: str, low: int, high: int
) -> None:
    outside = {"age_years": "P1", "lines_of_therapy": "P9"}[column]
    group = [row for row in TREATED if row["pht_d28"] == pht]
    values = [int(row[column]) for row in group if row["subject_id"] != outside]
    assert (min(values), max(values)) == (low, high)


def test_the_seventeen_are_the_same_patients_in_both_files() -> None:
    subjects = {row["subject_id"]: row for row in read("tidy/subjects.csv")}
    own = [row for row in TREATED if row["subject_id"] in subjects]
    assert len(own) == 17
    for row in own:
        subject = subjects[row["subject_id"]]
        for column in ("age_years", "sex", "cns", "prior_hsct", "lines_of_therapy"):
            assert row[column] == subject[column]
        sites = "Yes" in (row["cns"], row["other_extramedullary"])
        assert sites == (subject["extramedullary"] == "Yes")
        assert row["pht_d28"] == ("Yes" if row["subject_id"] in PHT else "No")
    assert not any(row["cns"] == row["other_extramedullary"] == "Yes" for row in TREATED)
    assert len({row["subject_id"] for row in TREATED}) == 159
