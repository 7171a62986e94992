"""Doses written down at visits only: asked, and every course follows from the answer."""

import pandas as pd
import pytest

from pht_core.exhibits.view import View
from pht_core.intake.consequences import compare_answers
from pht_core.intake.questions import answer_question
from pht_core.intake.reading import Intake, read_again, read_files
from pht_core.intake.source import SourceFile
from pht_core.stats.courses import derive_courses

HEADER = "patient,day,HGB (g/L),PLT (10^9/L),NE (10^9/L),prednisone (mg/kg/day)\n"
# A1 stops with an empty cell, A2 with a written 0, and begins again.
VISITS = HEADER + "".join(
    f"{who},{day},{80 + day},{20 + day},1.2,{dose}\n"
    for who, doses in {
        "A1": {14: "", 28: 0.5, 35: 0.5, 42: 0.25, 49: "", 60: ""},
        "A2": {14: "", 28: 0.5, 35: 0.5, 42: 0, 49: 0.5, 56: ""},
    }.items()
    for day, dose in doses.items()
)
# By hand: the days of each course under each answer; None = ongoing.
COURSES = {
    "dose": {"A1": [(28, None)], "A2": [(28, 41), (49, None)]},
    "row": {"A1": [(28, 48)], "A2": [(28, 41), (49, 55)]},
    "day": {"A1": [(28, 28), (35, 35), (42, 42)], "A2": [(28, 28), (35, 35), (49, 49)]},
}


def _read(text: str) -> Intake:
    return read_files([SourceFile("visits.csv", text.encode())])


def _courses(intake: Intake) -> dict[str, list[tuple[int, int | None]]]:
    assert intake.cohort is not None
    courses = derive_courses(intake.cohort.prednisone, pd.Series({"A1": 60.0, "A2": 56.0}))
    return {
        str(who): [
            (int(start), None if pd.isna(last) else int(last))
            for start, last in zip(own["start_day"], own["last_day"], strict=True)
        ]
        for who, own in courses.groupby("subject_id", observed=True)
    }


@pytest.mark.parametrize("answer", COURSES)
def test_the_courses_are_those_of_the_answer_which_stands_in_the_footer(answer: str) -> None:
    intake = _read(VISITS)
    assert intake.cohort is None
    (question,) = intake.questions
    assert "A1 has doses on days 28, 35 and 42" in question.why
    answered = read_again(intake, answer_question(intake.mapping, question, answer))
    assert _courses(answered) == COURSES[answer]
    assert answered.cohort is not None
    words = dict(question.options)[answer]
    assert words in View(answered.cohort).provenance().footer()


def test_the_question_shows_what_each_answer_makes_of_the_cohort() -> None:
    intake = _read(VISITS)
    shown = compare_answers(intake, intake.questions[0])
    assert shown is not None
    assert shown["Prednisone courses"].tolist() == ["3", "3", "6"]
    assert shown["A1: days on prednisone"].iloc[1] == "28 to 48"


def test_doses_of_every_day_are_not_asked_about() -> None:
    daily = HEADER + "".join(
        f"A1,{day},90,50,1.2,{0.5 if 28 <= day < 60 else ''}\n" for day in range(20, 70)
    )
    intake = _read(daily)
    assert intake.questions == ()
    assert _courses(intake) == {"A1": [(28, 59)]}


def test_rows_with_a_first_day_alone_are_asked_about_unless_a_dose_of_0_ends_them() -> None:
    counts = SourceFile("counts.csv", b"patient,day,HGB (g/L)\nA1,0,90\nA1,60,90\n")
    open_end = (
        "patient,drug,start day,dose (mg/kg/day)\nA1,prednisone,28,0.5\nA1,prednisone,40,0.25\n"
    )
    asked = read_files([counts, SourceFile("doses.csv", open_end.encode())])
    (question,) = asked.questions
    assert [value for value, _ in question.options] == ["dose", "day"]
    ended = open_end + "A1,prednisone,50,0\n"
    told = read_files([counts, SourceFile("doses.csv", ended.encode())])
    assert told.questions == ()
    assert _courses(told) == {"A1": [(28, 49)]}
