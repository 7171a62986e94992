"""Tables in other shapes: days across, turned tables, sheets or files of a patient, no ids."""

import io
from collections.abc import Callable

import pandas as pd
import pytest

from pht_core.intake.opening.opening import open_files
from pht_core.intake.questions import answer_question
from pht_core.intake.reading import Intake, read_again, read_files
from pht_core.intake.recognising.arranging import arrange_tables
from pht_core.intake.source import SourceFile
from pht_core.model.findings import Findings

DAYS = (-4, 0, 7, 28)
UNITS = {"HGB": "g/L", "PLT": "10^9/L", "NE": "10^9/L"}
# Every count differs, so that one in a wrong place is seen.
COUNTS = {
    (patient, day, test): start + (10 * number + place) * step
    for number, patient in enumerate(("K1", "K2", "K3"))
    for place, day in enumerate(DAYS)
    for test, start, step in (("HGB", 80.0, 1.0), ("PLT", 40.0, 4.0), ("NE", 0.5, 0.25))
}
LONG = pd.DataFrame([(*key, value) for key, value in COUNTS.items()])
LONG.columns = pd.Index(["patient", "day", "test", "value"])
WIDE = LONG.pivot(index=["patient", "day"], columns="test", values="value").reset_index()
WIDE = WIDE.rename(columns={test: f"{test} ({unit})" for test, unit in UNITS.items()})
OF_PATIENT = {str(name): part.drop(columns="patient") for name, part in WIDE.groupby("patient")}


def across(write: Callable[[int], str], *, units: bool = True) -> pd.DataFrame:
    """A row per patient and test, a column per day."""
    table = LONG.pivot(index=["patient", "test"], columns="day", values="value").reset_index()
    table = table.rename(columns={day: write(day) for day in DAYS})
    if units:
        table.insert(2, "Unit", table["test"].map(UNITS))
    return table


def as_csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode()


def as_xlsx(**sheets: pd.DataFrame) -> bytes:
    book = io.BytesIO()
    with pd.ExcelWriter(book, engine="xlsxwriter") as writer:
        for name, table in sheets.items():
            table.to_excel(writer, sheet_name=name, index=False)
    return book.getvalue()


def read(**files: bytes) -> Intake:
    named = [SourceFile(name.replace("__", "."), content) for name, content in files.items()]
    return read_files(named)


def confirm(intake: Intake) -> Intake:
    """The files read again with what the only question proposes."""
    (question,) = intake.questions
    assert question.proposed
    answer = question.proposed[0]
    assert answer is not None
    return read_again(intake, answer_question(intake.mapping, question, answer))


def counts(intake: Intake) -> dict[tuple[str, int, str], float]:
    assert intake.cohort is not None, intake.findings["found"].tolist()
    rows = intake.cohort.counts[["subject_id", "day", "param", "value"]]
    return {(str(p), int(d), str(t)): float(v) for p, d, t, v in rows.itertuples(index=False)}


@pytest.mark.parametrize(
    "write",
    [
        lambda day: f"D{day}",
        lambda day: f"Day {day}",
        lambda day: f"d{day:+d}",
        lambda day: f"Tag {day}",
        str,
    ],
)
def test_days_across_beside_tests_are_read(write: Callable[[int], str]) -> None:
    assert counts(read(a__csv=as_csv(across(write)))) == COUNTS
    bare = across(write, units=False)
    assert counts(read(a__csv=as_csv(bare.rename(columns={"test": "Parameter"})))) == COUNTS
    assert counts(read(a__xlsx=as_xlsx(Labs=across(write)))) == COUNTS


def test_dates_across_are_read_and_units_behind_the_tests() -> None:
    dates = across(lambda day: f"{pd.Timestamp(2021, 3, 1) + pd.Timedelta(days=day):%Y-%m-%d}")
    dates["test"] = dates["test"] + " (" + dates.pop("Unit") + ")"
    people = b"patient,infusion date\nK1,2021-03-01\nK2,2021-03-01\nK3,2021-03-01\n"
    assert counts(read(a__csv=as_csv(dates), people__csv=people)) == COUNTS


def test_numbers_of_visits_across_are_no_days() -> None:
    visits = dict(zip(DAYS, ("1", "2", "3", "4"), strict=True))
    assert read(a__csv=as_csv(across(visits.__getitem__))).cohort is None


def test_rows_that_were_arranged_anew_keep_their_line() -> None:
    findings: Findings = []
    opened = open_files([SourceFile("a.csv", as_csv(across(str)))])
    (table,) = arrange_tables(opened.tables, findings)
    assert [table.line_of(place) for place in (0, 3, 4, 35)] == [2, 2, 3, 10]
    assert "4 days or dates (-4 to 28)" in str(findings[0]["found"])


def _blocks(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(patient=table["patient"].where(~table["patient"].duplicated()))


def _turned(table: pd.DataFrame, corner: str) -> pd.DataFrame:
    table.columns = pd.Index([" ".join(map(str, name)) for name in table.columns])
    return table.T.reset_index().rename(columns={"index": corner})


PATIENTS_ACROSS = LONG.assign(
    day="D" + LONG["day"].astype(str), unit="(" + LONG["test"].map(UNITS) + ")"
).pivot(index="patient", columns=["test", "day", "unit"], values="value")
CONFIRMED = {
    "a sheet per patient": {"a__xlsx": as_xlsx(**OF_PATIENT)},
    "a file per patient": {f"{name}__csv": as_csv(own) for name, own in OF_PATIENT.items()},
    "longer names": {f"counts_{name}_2021__csv": as_csv(own) for name, own in OF_PATIENT.items()},
    "beside a sheet of patients": {
        "a__xlsx": as_xlsx(People=pd.DataFrame({"patient": [*OF_PATIENT], "age": 50}), **OF_PATIENT)
    },
    "sheets with days across": {
        "a__xlsx": as_xlsx(
            **{
                str(name): part.drop(columns="patient")
                for name, part in across(lambda day: f"D{day}").groupby("patient")
            }
        )
    },
    "patients across": {"a__csv": as_csv(_turned(PATIENTS_ACROSS.copy(), "Parameter"))},
    "patients across, no corner": {"a__xlsx": as_xlsx(S=_turned(PATIENTS_ACROSS.copy(), ""))},
    "ids once for several rows": {"a__csv": as_csv(_blocks(WIDE))},
    "ids once beside days across": {"a__csv": as_csv(_blocks(across(lambda day: f"D{day}")))},
    **{
        f"ids under {header!r}": {"a__csv": as_csv(WIDE.rename(columns={"patient": header}))}
        for header in ("Pt code", "pt", "subj", "Case #", "Kürzel", "kod", "Unnamed: 0", "")
    },
}


@pytest.mark.parametrize("layout", CONFIRMED)
def test_who_the_patients_are_is_confirmed_with_one_click(layout: str) -> None:
    intake = read(**CONFIRMED[layout])
    assert intake.cohort is None
    read_out = counts(confirm(intake))
    assert read_out == COUNTS


def test_patients_across_below_their_name_need_no_question() -> None:
    named = _turned(PATIENTS_ACROSS.copy(), "Patient")
    assert counts(read(a__csv=as_csv(named))) == COUNTS


def test_a_list_without_ids_has_a_patient_per_row_when_confirmed() -> None:
    listed = b"age,sex,OS months,OS event,HGB D0 (g/L)\n54,M,12,1,90\n61,F,30,0,101\n47,F,8,1,83\n"
    intake = confirm(read(survival__csv=listed))
    assert intake.cohort is not None
    assert intake.cohort.subjects["age_years"].tolist() == [54.0, 61.0, 47.0]
    assert intake.cohort.subject_ids == ["1", "2", "3"]
    assert intake.cohort.outcomes["last_followup_months"].tolist() == [12.0, 30.0, 8.0]


def test_the_likeliest_column_has_the_ids_of_the_other_table() -> None:
    people = b"patient,age\nK1,50\nK2,60\nK3,70\n"
    coded = WIDE.rename(columns={"patient": "col"})
    coded.insert(0, "nurse", [f"N{place % 4}" for place in range(len(coded))])
    intake = read(a__csv=as_csv(coded), people__csv=people)
    assert intake.questions[0].proposed == ("col",)
    assert counts(confirm(intake)) == COUNTS


@pytest.mark.parametrize(
    "other",
    [
        b"column,meaning\nHGB,hemoglobin\nPLT,platelets\nday,day after infusion\n",
        b"test,unit,LLN,ULN\nHGB,g/L,120,160\nPLT,10^9/L,150,400\nNE,10^9/L,1.8,7\n",
        b"variable,unit,description\npatient,,id\nday,days,day\nHGB,g/L,hemoglobin\n",
    ],
)
def test_a_legend_or_table_of_limits_is_not_asked_about(other: bytes) -> None:
    assert counts(read(a__csv=as_csv(WIDE), legend__csv=other)) == COUNTS
