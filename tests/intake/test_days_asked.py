"""Days that a file leaves open: asked, never dropped with a note, and never guessed."""

import pytest

from pht_core.intake.questions import answer_question
from pht_core.intake.reading import Intake, read_again, read_files
from pht_core.intake.source import SourceFile

HEADER = "patient,infusion date,date,Hb (g/L)"


def read(text: str) -> Intake:
    return read_files([SourceFile("a.csv", text.encode())])


def days(intake: Intake) -> list[int]:
    assert intake.cohort is not None
    return [int(day) for day in intake.cohort.counts["day"]]


def answered(intake: Intake, answer: str) -> Intake:
    (question,) = intake.questions
    return read_again(intake, answer_question(intake.mapping, question, answer))


def dated(*dates: str, infusion: str = "2021-01-19") -> str:
    return "\n".join([HEADER, *(f"A,{infusion},{date},9{n}" for n, date in enumerate(dates))])


# Days by hand: 15 January 2021 is 4 days before the 19th; 2 February 14, 9 February 21 after it.
@pytest.mark.parametrize(
    "dates",
    [
        ("15/01/2021", "26/01/2021", "2021-02-02", "2021-09-02"),
        ("15.01.2021", "26.01.2021", "2021-02-02 00:00:00", "2021-09-02 00:00:00"),
        ("01/15/2021", "01/26/2021", "2021-02-02", "2021-09-02"),
        ("15-01-2021", "26-01-2021", "44229", "44441"),
    ],
)
def test_dates_that_a_spreadsheet_turned_are_asked(dates: tuple[str, ...]) -> None:
    intake = read(dated(*dates))
    assert intake.questions[0].proposed == ("turned",)
    assert days(answered(intake, "turned")) == [-4, 7, 14, 21]
    assert days(answered(intake, ""))[:3] == [-4, 7, 14]


@pytest.mark.parametrize(
    "dates",
    [
        ("2021-01-15", "26/01/2021", "2021-02-02", "09/02/2021"),
        ("15/01/2021", "26/01/2021", "02/02/2021", "09/02/2021"),
        ("2021-01-15", "2021-01-26", "2021-02-02", "2021-02-09"),
        ("15 Jan 2021", "26 Jan 2021", "2021-02-02", "2021-02-09"),
    ],
)
def test_dates_that_none_turned_are_not_asked_about(dates: tuple[str, ...]) -> None:
    assert days(read(dated(*dates))) == [-4, 7, 14, 21]


@pytest.mark.parametrize(
    "dates",
    [
        ("15 gennaio 2021", "26 gen 2021", "2 febbraio 2021", "9 feb 2021"),
        ("15 januari 2021", "26 jan 2021", "2 februari 2021", "9 feb 2021"),
        ("15 stycznia 2021", "26 sty 2021", "2 lutego 2021", "9 lut 2021"),
        ("15 de janeiro de 2021", "26 jan 2021", "2 de fevereiro de 2021", "9 fev 2021"),
        ("15 Ocak 2021", "26 Oca 2021", "2 Şubat 2021", "9 Şub 2021"),
    ],
)
def test_months_are_read_in_many_languages(dates: tuple[str, ...]) -> None:
    assert days(read(dated(*dates))) == [-4, 7, 14, 21]


@pytest.mark.parametrize(
    ("word", "infusion", "date"),
    [
        ("16 października 2021", "2021-10-19", "październik"),
        ("16 maart 2021", "2021-03-19", "maart"),
        ("16 maggio 2021", "2021-05-19", "maggio"),
        ("16 setembro 2021", "2021-09-19", "setembro"),
        ("16 Aralık 2021", "2021-12-19", "aralık"),
    ],
)
def test_other_months_too(word: str, infusion: str, date: str) -> None:
    assert days(read(dated(word, infusion=infusion))) == [-3], date


@pytest.mark.parametrize(
    "words",
    [
        ("第-4天", "第0天", "第7天"),
        ("-4天", "0天", "7天"),
        ("－4天", "0天", "+7天"),
        ("回输前4天", "0天", "回输后7天"),
        ("D.4", "D0", "D7"),
        ("X.4", "X0", "X7"),
        ("-4 d", "0 d", "7 d"),
        ("4 days before", "0 days", "7 days"),
        ("Dag -4", "Dag 0", "Dag 7"),
        ("dzień -4", "dzień 0", "dzień 7"),
    ],
)
@pytest.mark.parametrize("header", ["day", "visit"])
def test_a_minus_counts_in_every_spelling(words: tuple[str, ...], header: str) -> None:
    rows = "\n".join(f"A,{word},9{n}" for n, word in enumerate(words))
    assert days(read(f"patient,{header},Hb (g/L)\n{rows}")) == [-4, 0, 7]


def test_a_date_that_cannot_be_read_is_shown_and_not_dropped() -> None:
    intake = read(dated("2021-01-26", "mid of March", "2021-02-02"))
    assert intake.cohort is None
    assert intake.questions[0].cells == (("mid of March", 1),)
    mapping = answer_question(intake.mapping, intake.questions[0], {"mid of March": ""})
    assert days(read_again(intake, mapping)) == [7, 14]


@pytest.mark.parametrize("name", ["cycle", "CAR-T no.", "Episode", "疗程", "batch"])
def test_days_that_begin_again_with_a_column_are_asked(name: str) -> None:
    rows = "A,1,0,91\nA,1,7,92\nA,1,14,93\nA,2,0,81\nA,2,7,82\nA,2,21,83\nB,1,0,71\nB,1,7,72\n"
    intake = read(f"patient,{name},day,Hb (g/L)\n{rows}")
    assert days(answered(intake, "first")) == [0, 7, 14, 0, 7]
    assert days(answered(intake, "last")) == [0, 7, 21, 0, 7]
    (two,) = answered(intake, "all").questions
    assert "two different values of one lineage" in two.text


def test_days_that_begin_again_without_any_column_are_asked() -> None:
    rows = "A,0,91\nA,7,92\nA,14,93\nA,0,81\nA,7,82\nA,21,83\nB,0,71\nB,7,72\n"
    intake = read(f"patient,day,Hb (g/L)\n{rows}")
    assert days(answered(intake, "first")) == [0, 7, 14, 0, 7]


@pytest.mark.parametrize(
    "text",
    [
        # A constant, a ward that changes to and fro, rows in no order, a list pasted twice.
        "patient,cycle,day,Hb (g/L)\nA,1,0,91\nA,1,7,92\nA,1,14,93\nA,1,21,94\n",
        "patient,ward,day,Hb (g/L)\nA,x,0,91\nA,y,7,92\nA,x,14,93\nA,y,21,94\n",
        "patient,day,Hb (g/L)\nA,14,91\nA,0,92\nA,21,93\nA,7,94\nB,7,90\nB,0,91\nB,7,95\n",
        "patient,day,Hb (g/L)\nA,0,91\nA,7,92\nA,14,93\nA,0,91\nA,7,92\nA,14,93\n",
        (
            "patient,test,day,result,unit\nA,Hb,0,91,g/L\nA,Hb,7,92,g/L\nA,Hb,14,93,g/L\n"
            "A,PLT,0,91,10^9/L\nA,PLT,7,92,10^9/L\nA,PLT,14,93,10^9/L\n"
        ),
        "patient,cycle,day,Hb (g/L)\nA,1,0,91\nA,1,7,92\nA,2,14,93\nA,2,21,94\n",
    ],
)
def test_days_that_run_on_are_not_asked_about(text: str) -> None:
    assert "cycle" not in [question.key[0] for question in read(text).questions]


def _confirm_all(intake: Intake) -> Intake:
    """Every question answered as proposed."""
    for _ in range(4):
        for question in intake.questions:
            proposed = question.proposed[0]
            assert proposed, question.text
            intake = read_again(intake, answer_question(intake.mapping, question, proposed))
    assert intake.cohort is not None, intake.findings.to_string()
    return intake


def _rows(intake: Intake) -> list[tuple[str, int, float]]:
    assert intake.cohort is not None
    counts = intake.cohort.counts[["subject_id", "day", "value"]]
    return [(str(who), int(day), float(value)) for who, day, value in counts.to_numpy()]


@pytest.mark.parametrize(
    ("header", "days"),
    [("dag", [0, 1]), ("week", [0, 7]), ("Woche nach Therapie", [0, 7]), ("semaine", [0, 7])],
)
def test_a_column_of_days_or_weeks_under_an_unknown_header_is_confirmed(
    header: str, days: list[int]
) -> None:
    text = f"patient,{header},HGB (g/L)\nA,0,90\nA,1,80\nB,0,95\nB,1,85\n"
    intake = _confirm_all(read_files([SourceFile("a.csv", text.encode())]))
    values = iter([90, 80, 95, 85])
    assert _rows(intake) == [(who, day, next(values)) for who in "AB" for day in days]


def test_patients_and_days_under_unknown_headers_are_no_row_each() -> None:
    text = (
        "subjekto,tago,HGB (g/L),PLT (10^9/L),NE (10^9/L)\n"
        "Q1,0,90,,\nQ1,7,80,50,1\nQ2,0,95,60,2\nQ2,7,85,,\n"
    )
    intake = read_files([SourceFile("a.csv", text.encode())])
    assert {question.key[-1]: question.proposed for question in intake.questions} == {
        "day": ("tago",),
        "subject_id": ("subjekto",),
    }
    assert _rows(_confirm_all(intake))[:2] == [("Q1", 0, 90), ("Q1", 7, 80)]


@pytest.mark.parametrize("who", ["patient", "病人号"])
def test_a_date_of_infusion_under_an_unknown_header_is_confirmed(who: str) -> None:
    files = {
        "lab.csv": f"{who},date,HGB (g/L)\nQ1,2022-03-08,90\nQ1,2022-03-15,80\n"
        "Q2,2022-03-10,95\nQ2,2022-03-17,85\n",
        "people.csv": f"{who},Datum CAR-T-Infusion\nQ1,2022-03-01\nQ2,2022-03-10\n",
    }
    sources = [SourceFile(name, text.encode()) for name, text in files.items()]
    assert _rows(_confirm_all(read_files(sources))) == [
        ("Q1", 7, 90),
        ("Q1", 14, 80),
        ("Q2", 0, 95),
        ("Q2", 7, 85),
    ]


@pytest.mark.parametrize("cell", ["4-", "(4)"])
def test_a_day_with_an_unusual_minus_may_be_told_to_be_before_the_infusion(cell: str) -> None:
    intake = read(f"patient,day,Hb (g/L)\nA,{cell},90\nA,0,80\n")
    (question,) = intake.questions
    answer = answer_question(intake.mapping, question, {cell: "day -4"})
    assert days(read_again(intake, answer)) == [-4, 0]
