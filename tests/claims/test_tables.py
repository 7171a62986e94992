"""Tables of tabs, pipes and runs of spaces; N of headers, rows and footnotes; no false flags."""

import pytest

from pht_core.claims.reading.layout import read_layout
from pht_core.claims.reading.tables import find_tables
from tests.claims.readings import claims_of, triples_of

ROWS = [
    ["Characteristic", "All (n = 45)", "Arm A (n = 23)", "Arm B (n = 22)"],
    ["Age, median (range)", "61 (34-80)", "60 (34-79)", "62 (40-80)"],
    ["Female, n (%)", "20 (44.4)", "11 (47.8)", "9 (40.9)"],
    ["ECOG 0, n (%)", "25 (55.6)", "13 (56.5)", "12 (54.5)"],
    ["Platelets, median (IQR)", "120 (35)", "118 (33)", "122 (37)"],
]
EXPECTED = [
    ("44.4", 20, 45), ("47.8", 11, 23), ("40.9", 9, 22),
    ("55.6", 25, 45), ("56.5", 13, 23), ("54.5", 12, 22),
]  # fmt: skip


def as_tabs(rows: list[list[str]]) -> str:
    return "\n".join("\t".join(row) for row in rows)


def as_pipes(rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|---|:-:|:-:|--:|", *lines[1:]])


def as_spaces(rows: list[list[str]]) -> str:
    return "\n".join("".join(cell.ljust(26) for cell in row).rstrip() for row in rows)


@pytest.mark.parametrize("shape", [as_tabs, as_pipes, as_spaces])
def test_cells_have_the_n_of_their_header(shape: object) -> None:
    assert callable(shape)
    text = f"Text before.\n\n{shape(ROWS)}\n\nText behind."
    found = triples_of(text)
    assert [(p, k, n) for p, k, n, _ in found] == EXPECTED
    assert {verdict for *_, verdict in found} == {"consistent"}
    for claim in claims_of(text):
        assert text[claim.start : claim.end] == claim.text
        assert text[claim.pct_start :].startswith(claim.percent)


def test_one_misfit_among_cells_that_fit_is_flagged() -> None:
    rows = [list(row) for row in ROWS]
    rows[2][2] = "11 (49.8)"
    (flagged,) = [c for c in claims_of(as_tabs(rows)) if c.verdict == "inconsistent"]
    assert (flagged.text, flagged.denominator, flagged.n_source) == ("11 (49.8)", 23, "header")


def test_a_shifted_column_is_not_flagged() -> None:
    rows = [list(row) for row in ROWS]
    rows[0] = ["Characteristic", "All (n = 45)", "Arm A (n = 22)", "Arm B (n = 23)"]
    verdicts = {claim.verdict for claim in claims_of(as_tabs(rows))}
    assert verdicts == {"consistent", "cannot_tell"}


def test_an_n_that_repairs_two_and_breaks_none_leaves_it_open() -> None:
    rows = [
        ["", "Total (n = 109)"],
        ["Male, n (%)", "57 (53.27)"],
        ["Female, n (%)", "50 (46.73)"],
        ["HSCT, n (%)", "60 (56.07)"],
    ]
    claims = claims_of(as_tabs(rows))
    assert [claim.verdict for claim in claims] == ["cannot_tell"] * 3
    assert "107 fits every cell" in claims[0].arithmetic


SEXES = [["Male, n (%)", "20 (52.6)"], ["Female, n (%)", "18 (47.4)"]]
SHARES = [["Male", "22 (55.0)"], ["Female", "18 (45.0)"]]
TWO_CELLS = [["Male", "22", "55.0"], ["Female", "18", "45.0"], ["Total", "40", "100"]]
UNKNOWN = [["Sex, n (%)", ""], ["Male", "20 (52.6)"], ["Female", "18 (47.4)"], ["Unknown", "2"]]
CAUSES = [["Relapse", "22/40", "55"], ["Other", "18/40", "45"]]
SAFETY = [["Safety population", "40"], ["Fever, n (%)", "22 (55)"], ["Rash, n (%)", "18 (45)"]]


@pytest.mark.parametrize(
    ("rows", "footnote", "n"),
    [
        ([["", "Treated (n = 40)"], *UNKNOWN], "", 38),
        ([["", "Treated (n = 40)"], *SEXES], "Sex was not recorded for 2 patients.", 38),
        ([["", "No. (%)"], ["Patients", "40"], *SHARES], "", 40),
        ([["", "n (%)"], *SHARES, ["Total", "40 (100)"]], "", 40),
        ([["", "No.", "%"], *TWO_CELLS], "", 40),
        ([["Cause", "n/N", "%"], *CAUSES], "", 40),
        ([["", "A (n = 50)"], ["Deaths, n (%)", "20 (40)"], *SAFETY], "", 40),
    ],
)
def test_where_n_is_found(rows: list[list[str]], footnote: str, n: int) -> None:
    claims = claims_of(f"Table 1 Patients\n{as_tabs(rows)}\n{footnote}")
    assert len(claims) >= 2
    assert {claim.verdict for claim in claims} == {"consistent"}
    assert n in {claim.denominator for claim in claims}


def test_means_are_no_percents() -> None:
    rows = [
        ["Variable", "n (%) or mean (SD), n = 40"],
        ["Age, years", "54 (12)"],
        ["Male", "22 (55)"],
        ["Female", "18 (45)"],
        ["Weight", "70 (9)"],
    ]
    assert [claim.text for claim in claims_of(as_tabs(rows))] == ["22 (55)", "18 (45)"]


def test_a_row_of_shares_of_the_row_is_not_flagged() -> None:
    rows = [
        ["", "Relapse (n = 30)", "None (n = 50)"],
        ["Male, n (%)", "20 (50.0)", "20 (50.0)"],
        ["Female, n (%)", "10 (25.0)", "30 (75.0)"],
    ]
    assert not [c for c in claims_of(as_tabs(rows)) if c.verdict in ("inconsistent", "impossible")]


def test_layout_of_a_header_without_its_corner() -> None:
    text = "A (N=314) | B (N=310) | |\n---|---|---|\nDeath, n (%) | 18 (5.7) | 26 (8.4) |\n"
    (table,) = find_tables(text)
    assert read_layout(table).totals[1:] == (314, 310)


def test_a_row_with_another_n_in_every_column_is_not_flagged() -> None:
    rows = [
        *[list(row) for row in ROWS],
        ["Ki-67 high, n (%)", "20 (50.0)", "11 (55.0)", "9 (45.0)"],
    ]
    claims = claims_of(as_tabs(rows))
    assert [claim.verdict for claim in claims[-3:]] == ["cannot_tell"] * 3
    assert "another may apply" in claims[-1].arithmetic


def test_an_interval_behind_the_percent_of_a_cell() -> None:
    rows = [["", "A (n = 46)"], ["ORR, n (% [95% CI])", "35 (76 [61-87])"]]
    (claim,) = claims_of(as_tabs(rows))
    assert (claim.percent, claim.numerator, claim.denominator) == ("76", 35, 46)
    assert claim.verdict == "consistent"


FLAT = """Table 2. Features
Feature All (n = 235) First cohort (n = 55) Second cohort (n = 80) P
Platelets below 50 145 (62) 40 (73) 52 (65) .32
Hemoglobin below 8 162 (69) 43 (78) {} (68) .15
Severe neutropenia 213 (91) 54 (98) 69 (86) .009
Duration in days 9 (8-10) 12 (10-15) 10.5 (8-14) .14
"""


def test_rows_that_only_blanks_part() -> None:
    claims = claims_of(FLAT.format(54))
    assert [claim.denominator for claim in claims] == [235, 55, 80] * 3
    assert {claim.verdict for claim in claims} == {"consistent"}
    (flagged,) = [c for c in claims_of(FLAT.format(57)) if c.verdict == "inconsistent"]
    assert flagged.text == "57 (68)"  # 57/80 is 71.25
