"""The N of a table's columns: told by glued headers, by spanned ones, by the text, by the cells."""

import pytest

from pht_core.claims.report import check_report
from tests.claims.readings import claims_of, triples_of

# 18 patients of 40, 9 of 41 and so on: shares worked out by hand.
CELLS = """Female	18 (45.0)	9 (22.0)
Diabetes	13 (32.5)	14 (34.1)
Smoker	7 (17.5)	6 (14.6)
Anaemia	29 (72.5)	31 (75.6)
"""


@pytest.mark.parametrize(
    "header",
    [
        "Characteristic, n (%)	Placebon = 40	Drugn = 41\n",
        "n (%)	Placebo (n = 40)median	Drug (n = 41)median\n",
        "Characteristic, n (%)	Placebo	Drug\nn = 40	n = 41\n",
        "Table 1 Patients (placebo, n = 40; drug, n = 41)\nCharacteristic, n (%)	Placebo	Drug\n",
        "There were 40 patients on placebo and 41 patients on it.\n\nn (%)	Placebo	Drug\n",
    ],
)
def test_the_n_of_a_column(header: str) -> None:
    found = triples_of(header + CELLS)
    assert [n for _, _, n, _ in found] == [40, 41] * 4
    assert {verdict for *_, verdict in found} == {"consistent"}
    (wrong,) = [c for c in claims_of(header + CELLS.replace("34.1", "84.1")) if c.numerator == 14]
    assert wrong.verdict in ("inconsistent", "cannot_tell")


def test_a_header_cell_that_spans_two_columns() -> None:
    text = """Table 1 Outcomes
Outcome	A (n = 46)	B (n = 45)
	Before, n (%)	After, n (%)	Before, n (%)	After, n (%)
Pain	12 (26.1)	13 (28.3)	13 (28.9)	20 (44.4)
Fever	23 (50.0)	6 (13.0)	9 (20.0)	18 (40.0)
"""
    assert [n for _, _, n, _ in triples_of(text)] == [46, 46, 45, 45] * 2
    assert {verdict for *_, verdict in triples_of(text)} == {"consistent"}


def test_one_row_decides_whose_n_a_spanned_header_gives() -> None:
    # 12/46 = 26.1, 12/44 = 27.27, printed cut off; 13/45 = 28.9.
    text = """Table 2 Responses
	All	As treated
	A (N=46)	B (N=45)	A (N=44)	B (N=45)
	INV	EIR	INV	EIR	INV	EIR	INV	EIR
Response, n
CR	2	0	1	1	2	0	1	1
ORR, n (%)		12 (26.1)		13 (28.9)		12 (27.2)		13 (28.9)
"""
    assert [n for _, _, n, _ in triples_of(text)] == [46, 45, 44, 45]
    assert not check_report(text).any_wrong


def test_rows_that_complete_each_other_give_their_n() -> None:
    text = """Table 1 Patients
	Drug, n (%)
Men	20 (52.6)
Women	18 (47.4)
"""
    assert triples_of(text) == [("52.6", 20, 38, "consistent"), ("47.4", 18, 38, "consistent")]
    assert all(claim.arithmetic.endswith("N inferred") for claim in claims_of(text))


def test_a_wrong_n_of_a_header_is_told_once() -> None:
    # 552 patients; the header prints 522, of which 5 is 0.96, 187 is 35.8 and 276 is 52.9%.
    text = """Table 2 Diagnoses
Diagnosis, n (%)	All (n = 522)
Hernia	5 (0.9)
Ileus	187 (33.9)
Cancer	276 (50.0)
Other	84 (15.2)
"""
    report = check_report(text)
    assert not report.any_wrong
    (told,) = [finding for finding in report.findings if finding.kind == "N of a column"]
    assert told.message.startswith("4 cells: N = 522 of the column does not match; 552 fits")


def test_patients_without_data_are_told_once() -> None:
    # 200 patients, of whom 4 have no data: 50 of 196 is 25.5, 30 is 15.3, 21 is 10.7, 99 is 50.5.
    text = """Table 1 Patients
	Drug (n = 200)
Female, n (%)	120 (60.0)
Married, n (%)	90 (45.0)
Smoker, n (%)	50 (25.5)
Diabetes, n (%)	30 (15.3)
Gout, n (%)	21 (10.7)
Asthma, n (%)	99 (50.5)
"""
    report = check_report(text)
    assert not report.any_wrong
    (told,) = report.findings
    assert (told.kind, len(told.spans)) == ("missing patients", 4)


def test_two_claims_in_one_cell_are_shares_of_their_rows() -> None:
    text = """Table 3 Decline
Level	Group	No	Yes	P
Mild	control	10.7% (n = 3)42.1% (n = 8)	89.3% (n = 25)57.9% (n = 11)	0.018
Severe	control	75% (n = 21)94.7% (n = 18)	25% (n = 7)5.3% (n = 1)	0.12
"""
    assert [(k, n) for _, k, n, _ in triples_of(text)] == [
        (3, 28), (8, 19), (25, 28), (11, 19), (21, 28), (18, 19), (7, 28), (1, 19),
    ]  # fmt: skip


def test_a_fraction_before_its_interval() -> None:
    cells = "93.8% ([333/355] 95% CI 90.8-96.1)", "90.0% ([18/20] 95% CI 68-99)"
    text = f"Cure	Drug\nAll	{cells[0]}\nMen	{cells[1]}\n"
    assert [(k, n) for _, k, n, _ in triples_of(text)] == [(333, 355), (18, 20)]


@pytest.mark.parametrize(
    "row",
    [
        "Mean attendance, % (SD)	96% (12)	91% (11)",
        "Age, median (range)	64 (56-72)	63 (55-71)",
    ],
)
def test_means_and_medians_in_percent_are_no_claims(row: str) -> None:
    assert not claims_of(f"Table 1 Patients\n	A (n = 20)	B (n = 22)\n{row}\n")


def test_parts_of_the_row_above() -> None:
    # 27 of 42 had any event, 11 of those 27 a severe one; 24 of 40, 9 of those 24.
    text = """Table 2 Events
	Drug (n = 42), n (%)	Placebo (n = 40), n (%)
Any event	27 (64.3)	24 (60.0)
Severe	11 (40.7)	9 (37.5)
Fever	12 (28.6)	10 (25.0)
"""
    assert [n for _, _, n, _ in triples_of(text)] == [42, 40, 27, 24, 42, 40]
    assert {verdict for *_, verdict in triples_of(text)} == {"consistent"}


def test_the_percentage_of_the_others_is_not_accused() -> None:
    (claim,) = claims_of("It failed in 5 of 1077 samples (99.5% detected).")
    assert (claim.verdict, claim.denominator) == ("cannot_tell", 1077)
    assert "the other 1072 of 1077" in claim.arithmetic


def test_two_lines_can_head_a_section() -> None:
    text = f"n (%)	A (n = 40)	B (n = 41)\n{CELLS}Procedures\nDuring the stay\n{CELLS}"
    assert [n for _, _, n, _ in triples_of(text)] == [40, 41] * 8
