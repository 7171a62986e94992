"""Rows copied without their borders, cells whose N stands in a column, N that some rows lack."""

import pytest

from tests.claims.readings import claims_of, triples_of

ONE_CELL_A_LINE = """Table 1
Characteristic
Treated (n = 40)
Placebo (n = 39)
P
Age, median (IQR)
61 (55-70)
60 (52-68)
.41
Male, n (%)
22 (55.0)
20 (51.3)
.74
Smoker, n (%)
0
{} (33.3)
<0.001
Prior therapy, n (%)
31 (77.5)
29 (74.4)
"""


def test_one_cell_a_line() -> None:
    assert triples_of(ONE_CELL_A_LINE.format(13)) == [
        ("55.0", 22, 40, "consistent"),
        ("51.3", 20, 39, "consistent"),
        ("33.3", 13, 39, "consistent"),
        ("77.5", 31, 40, "consistent"),
        ("74.4", 29, 39, "consistent"),
    ]
    (flagged,) = [c for c in claims_of(ONE_CELL_A_LINE.format(18)) if c.verdict == "inconsistent"]
    assert (flagged.text, flagged.denominator) == ("18 (33.3)", 39)


def test_fractions_without_signs() -> None:
    text = "Fever, n (%) 26/26 (100) 75/141 (53.2)\nRash, n (%) 3/25 (12) 29/141 (20.6)\n"
    assert [(p, k, n) for p, k, n, _ in triples_of(text)] == [
        ("100", 26, 26),
        ("53.2", 75, 141),
        ("12", 3, 25),
        ("20.6", 29, 141),
    ]


def test_cells_run_together() -> None:
    text = """Event Placebo (n=91)Drug (n=88)
 Diarrhoea10 (11.0%)6 (6.8%)
 Headache8 (8.8%)5 (5.7%)
 Nausea2 (2.2%)4 (4.5%)
"""
    assert [n for _, _, n, _ in triples_of(text)] == [91, 88] * 3
    assert {verdict for *_, verdict in triples_of(text)} == {"consistent"}


def test_a_section_has_its_own_n_until_the_next() -> None:
    text = """Table 4. Outcomes
Birth
Live 1220 (96.8%)
Lost 23 (1.8%)
Reason for induction (N = 529)
Low fluid 6 (1.1%)
Other 76 (14.4%)
Diabetes 16 (3.0%)
Sex
Girls 581 (47.6%)
Boys 639 (52.4%)
"""
    # Girls and boys complete each other: they are 1220.
    assert [n for _, _, n, _ in triples_of(text)] == [None, None, 529, 529, 529, 1220, 1220]


@pytest.mark.parametrize(
    "rows",
    [
        ["", "N total\tN (%)", "Planned\t300\t134 (45)", "Reported\t300\t143 (48)"],
        [
            "",
            "No. tested\tNo. (%)",
            "Sera\t123\t21 (17.1)",
            "Milk\t89\t40 (44.9)",
            "Ear\t50\t5 (10)",
        ],
        ["", "n\t%", "Male\t61\t57.0", "Female\t46\t43.0", "Total\t107\t100.0"],
        [
            "",
            "Bone, n (%)\tknown of (N)\tNerve, n (%)\tknown of (N)",
            "Any\t113 (2.5)\t4611\t372 (2.8)\t13356",
            "Lung\t28 (0.6)\t-\t96 (0.7)\t-",
        ],
    ],
)
def test_n_in_a_column_or_a_last_row(rows: list[str]) -> None:
    claims = claims_of("\n".join([f"Item\t{rows[1]}", *rows[2:]]))
    assert len(claims) >= 2
    assert {claim.verdict for claim in claims} == {"consistent"}
    assert None not in {claim.denominator for claim in claims}


SEX = """Item\tA (n = 3468)\tB (n = 412)
Fever, n (%)\t981 (28.3)\t179 (43.4)
Cough, n (%)\t595 (17.2)\t63 (15.3)
Male, n (%)\t{} (67.0)\t{}
Female, n (%)\t{} (33.0)\t{}
"""


def test_rows_that_complete_each_other_are_shares_of_those_known() -> None:
    """2253 and 1110 are all of the 3363 of whom it is known, 252 and 159 all of 411."""
    claims = claims_of(SEX.format(2253, "252 (61.3)", 1110, "159 (38.7)"))
    assert not {claim.verdict for claim in claims} & {"inconsistent", "impossible"}
    known = [claim for claim in claims if claim.denominator in (3363, 411)]
    assert known
    assert {(claim.n_source, claim.verdict) for claim in known} == {("assumed", "consistent")}


MOVED = """Item\tA (n = 1135)\tB (n = 1489)
Male, n (%)\t436 (38.4)\t669 (44.9)
Ill, n (%)\t59 (5.2)\t121 (8.1)
Treated, n (%)\t314 (21.1)\t
"""
EVENTS = """Item\tA (n = 10)\tB (n = 10)
Fever, n (%)\t2 (20)\t4 (40)
Cough, n (%)\t6 (60)\t5 (50)
Rash, n (%)\t1 (10)\t0 (0)
Mild, n (%)\t18 (90)\t11 (91.7)
Severe, n (%)\t2 (10)\t1 (8.3)
"""


@pytest.mark.parametrize(
    "text",
    [
        MOVED,
        EVENTS,
    ],
)
def test_another_n_is_not_held_against_a_cell(text: str) -> None:
    verdicts = {claim.verdict for claim in claims_of(text)}
    assert verdicts == {"consistent", "cannot_tell"}


def test_a_typo_is_flagged_where_the_rest_of_the_row_is_off_too() -> None:
    """Missing data only make a percent larger; 516 of 1135 are 45.5%, 536 would be 47.2%."""
    rows = "Item\tA (n = 1135)\tB (n = 1489)\nIll, n (%)\t59 (5.2)\t121 (8.1)\n"
    rows += "Old, n (%)\t100 (8.8)\t232 (15.6)\nActive, n (%)\t536 (45.5)\t648 (46.1)"
    flagged = [c.text for c in claims_of(rows) if c.verdict == "inconsistent"]
    assert "536 (45.5)" in flagged


def test_a_header_with_a_cell_a_line() -> None:
    text = "Drug plus others (n=262) |\nPlacebo (n=267) |\n|\n---|---|---|\n"
    text += "Complete | 3 (1%) | 8 (3%) |\nPartial | 75 (29%) | 111 (42%) |\n"
    assert [n for _, _, n, _ in triples_of(text)] == [262, 267, 262, 267]


def test_decimal_commas_in_cells() -> None:
    text = "Item\tAll (n = 86), n (%)\nA\t46 (53,5)\nB\t40 (46,5)\nC\t11 (12,8)\nD\t75 (87,2)"
    assert [(p, n) for p, _, n, _ in triples_of(text)] == [
        ("53.5", 86),
        ("46.5", 86),
        ("12.8", 86),
        ("87.2", 86),
    ]


def test_shares_of_the_first_count_of_their_row() -> None:
    text = """Item\tAll (n = 1352)\tBacteremia\tShock
Lung\t565 (41.8%)\t430 (76.1%)\t268 (47.4%)
Skin\t307 (22.7%)\t165 (53.8%)\t61 (19.9%)
Belly\t215 (15.9%)\t184 (85.6%)\t51 (23.7%)
Joint\t108 (8.0%)\t87 (80.6%)\t30 (27.8%)
"""
    found = triples_of(text)
    assert [n for _, _, n, _ in found[:6]] == [1352, 565, 565, 1352, 307, 307]
    assert {verdict for *_, verdict in found} == {"consistent", "rounding"}  # 53.7 is right
    (flagged,) = [c for c in claims_of(text.replace("184", "194")) if c.verdict == "inconsistent"]
    assert (flagged.text, flagged.denominator) == ("194 (85.6%)", 215)


def test_rows_whose_counts_are_all() -> None:
    text = "Item\tNo\tPartly\tYes\n1a\t0(0.0)\t4(8.0)\t46(92.0)\n2a\t0(0.0)\t2(4.0)\t48(96.0)\n"
    text += "3a\t12(24.0)\t7(14.0)\t31(62.0)\n"
    assert {n for _, _, n, _ in triples_of(text)} == {50}


def test_counts_and_percents_a_line_each() -> None:
    text = "Item\nInfected (n = 179)\nOther (n=253)\nDied\n10\n6%\n19\n8%\n0.43\n"
    text += "Dialysis\n41\n23%\n27\n11%\n0.001\n"
    assert triples_of(text) == [
        ("6", 10, 179, "consistent"),
        ("8", 19, 253, "consistent"),
        ("23", 41, 179, "consistent"),
        ("11", 27, 253, "consistent"),
    ]


def test_a_row_of_whole_numbers_is_the_n_of_those_below() -> None:
    text = """All (n = 312) Severe (n = 185)
Lung 106 (34%) 79 (43%)
Skin 29 (9%) 10 (5%)
Agent known 149 83
Coli 45 (30%) 25 (30%)
Other 21 (14%) 15 (18%)
"""
    assert [n for _, _, n, _ in triples_of(text)] == [312, 185, 312, 185, 149, 83, 149, 83]


def test_an_n_named_once_holds_for_the_rows_below() -> None:
    text = "Item\tBone, n (%)\tKnown of (N)\nAny\t113 (2.5)\t4611\nLung\t28 (0.6)\t-\n"
    text += "Skin\t20 (7.4)\t-\nEar\t16 (0.3)\t-\n"
    flagged = [(c.text, c.denominator) for c in claims_of(text) if c.verdict == "inconsistent"]
    assert flagged == [("20 (7.4)", 4611)]


@pytest.mark.parametrize("sep", ["\t", " ", "\n"])
def test_means_among_percents_are_no_claims(sep: str) -> None:
    rows = [
        ["Item", "A (n = 60)", "B (n = 80)"],
        ["Male", "33 (55.0)", "41 (51.3)"],
        ["Sodium", "38 (9)", "20 (25)"],
        ["Smoker", "12 (20.0)", "17 (21.3)"],
        ["Albumin", "41 (5)", "40 (6)"],
        ["Dead", "3 (5.0)", "5 (6.3)"],
    ]
    text = "Table 1. Data are n (%) or mean (SD).\n" + "\n".join(sep.join(row) for row in rows)
    assert [k for _, k, _, _ in triples_of(text + "\n")] == [33, 41, 12, 17, 3, 5]
