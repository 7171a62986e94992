"""Tables in PDF files, by the places of their words; every table here is invented."""

import pytest

from pht_core.claims.reading.manuscript import read_manuscript
from tests.claims.composed import compose_pdf

Placed = tuple[float, float, str]
COLUMNS = (72.0, 250.0, 330.0, 410.0)
ROWS = [
    ["Characteristic", "All (n = 45)", "A (n = 23)", "B (n = 22)"],
    ["Female, n (%)", "20 (44.4)", "11 (47.8)", "9 (40.9)"],
    ["ECOG 0, n (%)", "25 (55.6)", "13 (56.5)", "12 (54.5)"],
    ["Fever, n (%)", "9 (20.0)", "5 (21.7)", "4 (18.2)"],
]
PROSE = "These are words of a paragraph that runs on and on over the whole width of the page here"


def place(
    rows: list[list[str]], top: float, columns: tuple[float, ...] = COLUMNS, step: float = 14
) -> list[Placed]:
    return [
        (columns[at], top - step * down, cell)
        for down, row in enumerate(rows)
        for at, cell in enumerate(row)
        if cell
    ]


def prose(top: float, lines: int, left: float = 72, words: str = PROSE) -> list[Placed]:
    return [(left, top - 12 * at, words) for at in range(lines)]


def rows_of(pages: list[list[Placed]], turned: int = 0) -> list[list[str]]:
    text = read_manuscript(compose_pdf(pages, turned), "a.pdf").text
    return [line.split("\t") for line in text.splitlines() if "\t" in line]


def test_a_table_between_paragraphs_keeps_its_cells() -> None:
    page = [*prose(760, 5), (72, 690, "Table 1. Patients"), *place(ROWS, 670), *prose(600, 5)]
    assert rows_of([page]) == ROWS


def test_a_caption_may_stand_below() -> None:
    page = [*prose(760, 5), *place(ROWS, 670), (72, 610, "Table 1. Patients"), *prose(590, 5)]
    assert rows_of([page]) == ROWS


def test_header_cells_one_blank_apart_are_parted() -> None:
    columns = (72.0, 200.0, 276.5, 344.0)
    header = ["", "Placebo (n = 45)", "Active (n = 23)", "Other (n = 22)"]
    assert rows_of([place([header, *ROWS[1:]], 700, columns)]) == [header, *ROWS[1:]]


def test_a_header_over_two_columns_stands_in_the_first() -> None:
    head: list[Placed] = [(255, 714, "Placebo group (n = 45)"), (415, 714, "Active (n = 9)")]
    rows = [["", "n", "%", "n"], ["Female", "20", "44.4", "4"], ["Male", "25", "55.6", "5"]]
    assert rows_of([[*head, *place(rows, 700)]]) == [
        ["", "Placebo group (n = 45)", "", "Active (n = 9)"],
        *rows,
    ]


@pytest.mark.parametrize("value_line", [0, 1, 2])
def test_a_wrapped_label_is_one_cell_wherever_its_values_stand(value_line: int) -> None:
    """At the top of the row, at its foot or in its middle, as word processors and browsers do."""
    label = ["Serious adverse events within", "the first hundred days of", "treatment, n (%)"]
    lines = [[words, "", "", ""] for words in label]
    lines[value_line][1:] = ["9 (20.0)", "5 (21.7)", "4 (18.2)"]
    expected = [" ".join(label), "9 (20.0)", "5 (21.7)", "4 (18.2)"]
    found = rows_of([place([*ROWS[:3], *lines, *ROWS[3:]], 700)])
    assert found == [*ROWS[:3], expected, *ROWS[3:]]


def test_a_wrapped_value_is_one_cell() -> None:
    lines = [
        ["Platelets, median", "120 (80-", "118 (79-", "122 (81-"],
        ["", "160)", "151)", "163)"],
    ]
    expected = ["Platelets, median", "120 (80-160)", "118 (79-151)", "122 (81-163)"]
    assert rows_of([place([*ROWS, *lines], 700)]) == [*ROWS, expected]


def test_headings_of_sections_stay_rows() -> None:
    rows = [*ROWS[:2], ["Grade 3 or higher", "", "", ""], *ROWS[2:]]
    assert rows_of([place(rows, 700)]) == rows


def test_a_table_goes_on_over_the_page_with_its_header_once() -> None:
    second = [ROWS[0], ["Death, n (%)", "3 (6.7)", "2 (8.7)", "1 (4.5)"], ["Lost", "1", "1", "0"]]
    pages = [[*prose(760, 8), *place(ROWS, 600)], [*place(second, 760), *prose(640, 8)]]
    assert rows_of(pages) == [*ROWS, *second[1:]]


HALF = "words of one column of a page here"


def test_a_wide_table_stands_across_two_columns_of_prose() -> None:
    columns = (60.0, 230.0, 300.0, 400.0)
    page = [*prose(780, 12, 60, HALF), *prose(780, 12, 320, HALF)]
    page += [(60, 600, "Table 1. Patients of both groups"), *place(ROWS, 580, columns)]
    page += [*prose(500, 12, 60, HALF), *prose(500, 12, 320, HALF)]
    assert rows_of([page]) == ROWS


def test_a_table_inside_one_column_leaves_the_other_alone() -> None:
    columns = (60.0, 140.0, 190.0)
    rows = [["", "A (n=23)", "B (n=22)"], ["Female", "11 (47.8)", "9 (40.9)"], ["Male", "12", "13"]]
    page = [*prose(780, 12, 60, HALF), *place(rows, 600, columns), *prose(540, 12, 60, HALF)]
    page += prose(780, 35, 320, HALF)
    assert rows_of([page]) == rows


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_turned_page_is_read_upright(turned: int) -> None:
    assert rows_of([place(ROWS, 500)], turned) == ROWS


def test_numbers_of_lines_in_the_margin_are_no_cells() -> None:
    page = [*prose(760, 12), *((40, 760 - 12 * at, str(at + 1)) for at in range(12))]
    assert rows_of([page]) == []
    assert "1 These" not in read_manuscript(compose_pdf([page]), "a.pdf").text


def test_lines_that_stand_on_every_page_are_left_out() -> None:
    pages = [
        [(72, 820, "A journal 2026"), *prose(760, 9), (290, 30, str(at + 1))] for at in range(4)
    ]
    text = read_manuscript(compose_pdf(pages), "a.pdf").text
    assert set(text.split("\n")) == {PROSE, ""}
