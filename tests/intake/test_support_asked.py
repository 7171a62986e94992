"""Support in words that are not known: each is shown and asked, and none counts as no support."""

import pandas as pd
import pytest

from pht_core.intake.questions import answer_question
from pht_core.intake.reading import Intake, read_again, read_files
from pht_core.intake.source import SourceFile

COUNTS = "patient,day,HGB (g/L)\nA,0,75\nA,28,75\nB,0,120\nB,28,75\n"
PRODUCTS = (
    "patient,day,product\nA,21,EK\nA,23,TK-Pool\nB,3,FFP\nB,10,filgrastim\nB,24,cellule rosse\n"
)


def read(**texts: str) -> Intake:
    return read_files([SourceFile(f"{name}.csv", text.encode()) for name, text in texts.items()])


def given(support: pd.DataFrame) -> set[tuple[str, int, str]]:
    return {(who, int(day), kind) for who, day, kind in support.itertuples(index=False)}


def test_products_that_are_not_known_are_asked_and_no_figure_is_drawn_before() -> None:
    intake = read(counts=COUNTS, transfusions=PRODUCTS)
    (question,) = intake.questions
    assert intake.cohort is None
    assert question.cells == (("TK-Pool", 1), ("cellule rosse", 1))  # plasma raises no count
    assert [value for value, _ in question.options] == [
        "red_cells", "platelets", "gcsf", "epo", "tpo_ra", "",
    ]  # fmt: skip
    answer = {"TK-Pool": "platelets", "cellule rosse": "red_cells"}
    cohort = read_again(intake, answer_question(intake.mapping, question, answer)).cohort
    assert cohort is not None
    known = {("A", 21, "red_cells"), ("B", 10, "gcsf")}
    assert given(cohort.support) == known | {("A", 23, "platelets"), ("B", 24, "red_cells")}
    answer = {"TK-Pool": "", "cellule rosse": ""}
    cohort = read_again(intake, answer_question(intake.mapping, question, answer)).cohort
    assert cohort is not None
    assert given(cohort.support) == known
    assert cohort.has("platelets")  # each was said to be none of them


def test_so_many_products_that_all_are_left_out_tell_nothing_of_other_kinds() -> None:
    rows = "".join(
        f"A,{day},product {chr(65 + day // 26)}{chr(65 + day % 26)}\n" for day in range(41)
    )
    intake = read(counts=COUNTS, transfusions=f"patient,day,product\n{rows}A,50,EK\n")
    (question,) = intake.questions
    assert not question.cells
    cohort = read_again(intake, answer_question(intake.mapping, question, "")).cohort
    assert cohort is not None
    assert given(cohort.support) == {("A", 50, "red_cells")}
    assert cohort.has("red_cells")
    assert not cohort.has("platelets")


@pytest.mark.parametrize(("answer", "days"), [("yes", {0, 28}), ("no", {28})])
def test_a_word_in_a_column_of_support_is_asked_and_never_a_no(answer: str, days: set[int]) -> None:
    text = "patient,day,HGB (g/L),RBC transfusion\nA,0,75,EK\nA,28,75,1\nB,0,120,0\n"
    intake = read(counts=text)
    (question,) = intake.questions
    assert intake.cohort is None
    assert question.cells == (("EK", 1),)
    cohort = read_again(intake, answer_question(intake.mapping, question, {"EK": answer})).cohort
    assert cohort is not None
    assert given(cohort.support) == {("A", day, "red_cells") for day in days}
