"""Who is a patient: spellings of ids, rows of summaries, ids that stand once; classes, grades."""

import pandas as pd
import pytest

from pht_core.intake.mapping import FileMap
from pht_core.intake.questions import Question, answer_question
from pht_core.intake.reading import Intake, read_again, read_files
from pht_core.intake.source import SourceFile
from pht_core.intake.tidying.identities import plain_id

COUNTS = "patient,day,Hb (g/L)\n"


def read(**tables: str) -> Intake:
    return read_files([SourceFile(f"{name}.csv", text.encode()) for name, text in tables.items()])


def answer(intake: Intake, value: str | None = None) -> Intake:
    """The files read again under an answer to the only question, by default the proposed one."""
    (question,) = intake.questions
    return read_again(intake, answered(intake.mapping, question, value))


def answered(mapping: FileMap, question: Question, value: str | None) -> FileMap:
    if not question.cells:
        likely = str(question.proposed[0]) if value is None else value
        return answer_question(mapping, question, likely)
    given = dict(zip((cell for cell, _ in question.cells), question.proposed, strict=True))
    return answer_question(
        mapping,
        question,
        {cell: str(likely if value is None else value) for cell, likely in given.items()},
    )


def values(intake: Intake) -> dict[str, list[float]]:
    """Each patient's counts, in the order of their days."""
    assert intake.cohort is not None, intake.findings["found"].tolist()
    counts = intake.cohort.counts.sort_values("day")
    own = {
        name: part["value"].tolist() for name, part in counts.groupby("subject_id", observed=True)
    }
    return {name: own.get(name, []) for name in intake.cohort.subject_ids}


def subjects(intake: Intake, column: str) -> dict[str, object]:
    assert intake.cohort is not None
    cells = intake.cohort.subjects.set_index("subject_id")[column]
    return {str(name): None if pd.isna(cell) else cell for name, cell in cells.items()}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("K01", "k01"),
        ("K01", "K1"),
        ("K-01", "K01"),
        ("K 01", "K01"),
        ("K01*", "K01"),
        ("001", "1"),
        ("Ｋ01", "K01"),  # full-width
        ("К01", "K01"),  # Cyrillic
        ("K\u200b01", "K01"),
        ("UPN_0012", "upn-12"),
        ("01/007", "1-7"),
    ],
)
def test_two_spellings_of_an_id_are_asked_and_read_as_answered(one: str, other: str) -> None:
    text = f"{COUNTS}{one},1,90\n{one},2,80\n{other},3,70\nQ99,1,60\n"
    intake = read(blood=text)
    assert intake.cohort is None
    (question,) = intake.questions
    assert "the same patient" in question.text
    assert question.proposed == ("one",)
    assert list(values(answer(intake)).values()).count([90.0, 80.0, 70.0]) == 1
    assert len(values(answer(intake))) == 2
    apart = values(answer(intake, "two"))
    assert sorted(apart.values()) == [[60.0], [70.0], [90.0, 80.0]]


@pytest.mark.parametrize(
    "names",
    [
        ("P1", "P12", "P21", "P11"),
        ("1-11", "11-1", "111"),
        ("A1", "B1", "AB1"),
        ("01-001", "01-010", "10-001"),
        ("1.1", "11", "1.10"),
    ],
)
def test_ids_that_are_different_are_not_asked_about(names: tuple[str, ...]) -> None:
    rows = "".join(f"{name},1,90\n" for name in names)
    assert set(values(read(blood=COUNTS + rows))) == set(names)


def test_spellings_in_two_files_are_asked_once_and_two_rows_of_a_list_are_two_patients() -> None:
    blood = COUNTS + "K01,1,90\nK02,1,80\n"
    united = answer(read(blood=blood, people="patient,sex,age\nk01,M,50\nk02,F,60\n"))
    assert subjects(united, "age_years") == {"K01": 50.0, "K02": 60.0}
    listed = read(blood=blood, people="patient,sex,age\nK01,M,50\nk01,F,60\nK02,F,70\n")
    assert listed.questions[0].proposed == ("two",)


def test_the_saved_answer_names_no_patient_and_is_not_used_for_other_ids() -> None:
    from pht_core.intake.mapping_file import format_mapping, read_mapping

    first = answer(read(blood=COUNTS + "K01,1,90\nk01,2,80\n"))
    saved = format_mapping(first.mapping)
    assert "k01" not in saved.lower()
    again = [SourceFile("blood.csv", (COUNTS + "L01,1,90\nl01,2,80\n").encode())]
    assert len(read_files(again, read_mapping(saved)).questions) == 1


def test_a_plain_id_keeps_what_tells_patients_apart() -> None:
    assert plain_id("Site 01 / 007") == plain_id("site1-7") == "site1-7"
    assert plain_id("***") == "***"


WIDE = "patient,sex,HGB D0 (g/L),HGB D7 (g/L),HGB D14 (g/L)\n"
FOUR = "A1,M,100,90,80\nA2,F,110,70,95\nA3,F,90,80,85\nA4,M,120,100,60\n"


@pytest.mark.parametrize(
    "row",
    [
        "Overall,,105,85,80",  # means
        "Ø,,105,85,80",
        "Gruppe,,420,340,320",  # sums
        "Streuung,,12.9,12.9,14.7",  # standard deviations of 4: 12.91, 12.91, 14.72
        "MinMin,,90,70,60",
        "hoogste,,120,100,95",
        "Mediane,,105,85,82.5",
    ],
)
def test_a_row_of_a_statistic_is_left_out_whatever_it_is_called(row: str) -> None:
    intake = read(wide=WIDE + FOUR + row + "\n")
    assert set(values(intake)) == {"A1", "A2", "A3", "A4"}
    told = intake.findings[intake.findings["severity"] == "changes a result"]
    assert any(row.split(",")[0] in found for found in told["found"])


def test_a_summary_of_each_day_is_left_out() -> None:
    days = "".join(
        f"{p},{d},{90 + 10 * i + d}\n" for i, p in enumerate(("A1", "A2", "A3")) for d in (0, 1, 2)
    )
    intake = read(blood=COUNTS + days + "Moyenne,0,100\nMoyenne,1,101\nMoyenne,2,102\n")
    assert set(values(intake)) == {"A1", "A2", "A3"}


@pytest.mark.parametrize("name", ["LLN", "ULN", "Normalbereich", "Anna", "Kontrolle", "参考"])
def test_an_id_unlike_all_others_is_asked(name: str) -> None:
    intake = read(wide=WIDE + FOUR + f"{name},,130,131,132\n")
    (question,) = intake.questions
    assert repr(name) in question.text
    assert set(values(answer(intake, ""))) == {"A1", "A2", "A3", "A4"}
    assert values(answer(intake, "patient"))[name] == [130.0, 131.0, 132.0]


def test_a_summary_under_a_number_is_left_out_and_a_patient_with_usual_values_is_not() -> None:
    head = "id," + ",".join(f"HGB D{day} (g/L)" for day in range(6)) + "\n"
    three = (
        "1,100,90,80,70,60,91\n2,110,70,95,75,66,97\n3,90,81,86,79,60,95\n4,100,83,70,77,69,91\n"
    )
    means = "5,100,81,82.75,75.25,63.75,93.5\n"
    assert set(values(read(wide=head + three + means))) == {"1", "2", "3", "4"}
    like_them = "5,100,81,84,76,62,94\n"
    assert len(values(read(wide=head + three + like_them))) == 5


def test_initials_are_ids_like_any_other() -> None:
    initials = COUNTS + "AB,1,90\nCD,1,80\nSO,1,70\nEF,1,60\n"
    assert set(values(read(blood=initials))) == {"AB", "CD", "SO", "EF"}
    assert read(blood=initials.replace("SO", "SD")).questions[0].cells == (("SD", 1),)


def test_an_id_that_stands_once_for_several_rows_is_filled_down_when_confirmed() -> None:
    text = COUNTS + "A,1,90\n,2,80\n,3,70\nB,1,60\n,2,50\n"
    intake = read(blood=text)
    (question,) = intake.questions
    assert "blood.csv" in question.text
    assert "lines 3, 4 and 6" in question.why
    assert values(answer(intake)) == {"A": [90.0, 80.0, 70.0], "B": [60.0, 50.0]}
    assert values(answer(intake, "")) == {"A": [90.0], "B": [60.0]}


@pytest.mark.parametrize("cell", ["<60", ">=60", "60-69", "60–69 y", "18 to 39", "70+", "≤ 40"])
def test_a_class_of_ages_is_no_age(cell: str) -> None:
    intake = read(people=f"patient,sex,age\nA1,M,54\nA2,F,{cell}\nA3,F,>89\n")
    ages = subjects(intake, "age_years")
    assert ages["A1"] == 54.0
    assert ages["A2"] is None
    assert float(str(ages["A3"])) == pytest.approx(89, abs=0.1)
    assert "a class of ages" in " ".join(intake.findings["found"])


GRADES = {
    "Grade 2": 2,
    "G3": 3,
    "III": 3,
    "grade IV": 4,
    "Grad 1": 1,
    "2级": 2,
    "none": 0,
    "No CRS": 0,
    "keine": 0,
    "CRS grade 1": 1,
    "n.a.": None,
}


@pytest.mark.parametrize("cell", GRADES)
def test_grades_are_read_as_people_write_them(cell: str) -> None:
    intake = read(people=f"patient,sex,CRS grade\nA1,M,1\nA2,F,{cell}\n")
    assert subjects(intake, "crs_grade") == {"A1": 1.0, "A2": GRADES[cell]}


@pytest.mark.parametrize("cell", ["3-4", "severe", "Grade 2/3", ">=3"])
def test_a_grade_that_is_not_understood_is_asked(cell: str) -> None:
    intake = read(people=f"patient,sex,CRS grade\nA1,M,Grade 1\nA2,F,{cell}\n")
    assert subjects(answer(intake, "3"), "crs_grade")["A2"] == 3.0
    assert subjects(answer(intake, ""), "crs_grade")["A2"] is None


@pytest.mark.parametrize(
    ("header", "field", "cells", "expected"),
    [
        ("prior HSCT", "prior_hsct", ("allo", "auto", "none"), (True, True, False)),
        ("prior HSCT", "prior_hsct", ("allogeneic", "", "no"), (True, None, False)),
        (
            "extramedullary disease",
            "extramedullary",
            ("CNS; testis", "none", ""),
            (True, False, None),
        ),
        (
            "extramedullary disease",
            "extramedullary",
            ("Haut", "keine", "Hoden"),
            (True, False, True),
        ),
        ("EMD", "extramedullary", ("skin", "absent", "bone"), (True, False, True)),
    ],
)
def test_words_for_a_kind_are_asked_with_yes_proposed(
    header: str, field: str, cells: tuple[str, ...], expected: tuple[bool | None, ...]
) -> None:
    rows = "".join(f"A{place},{50 + place},{cell}\n" for place, cell in enumerate(cells))
    intake = read(people=f"patient,age,{header}\n{rows}")
    assert header in intake.questions[0].text
    assert tuple(subjects(answer(intake), field).values()) == expected
