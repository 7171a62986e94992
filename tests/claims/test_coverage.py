"""What a text names and was not read is told with the counts."""

import pytest

from pht_core.claims.report import check_report, format_summary


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("See Table 1.", "1 table named, none read"),
        ("Tables 1 and 2, and Tables 2-4 show it.", "4 tables named, none read"),
        ("See Tables I, II and Fig. 3A.", "2 tables named, none read; 1 figure named, none read"),
        ("(Figs. 1, 2, and 3; Figure 2)", "3 figures named, none read"),
    ],
)
def test_tables_and_figures_named_and_not_read_are_told(text: str, words: str) -> None:
    assert format_summary(check_report(text)) == f"0 percentages evaluated. {words}."


def test_a_table_that_was_read_is_not_missed() -> None:
    text = "As Table 1 shows.\n\nTable 1 Patients\n\tA (n = 20)\nMale, n (%)\t9 (45.0)\nOld\t3\n"
    assert format_summary(check_report(text)) == "1 percentage evaluated: 1 consistent."
    words = "1 percentage evaluated: 1 consistent. 2 tables named, 1 read."
    assert format_summary(check_report(f"{text}\nMore in Table 2.\n")) == words


def test_a_pair_that_no_claim_was_made_of_is_told() -> None:
    report = check_report("44% (8/18) had fever. It was odd: (p) 12 (30%).")
    assert (report.coverage.pairs_judged, report.coverage.pairs) == (1, 2)
    assert "1 of 2 percentages with counts judged" in format_summary(report)


def test_a_cell_is_named_by_table_section_row_and_column() -> None:
    rows = [
        ["", "Arm A (n = 20)", "Arm B (n = 25)"],
        ["Neutropenia, n (%)", "", ""],
        ["grade 1-2", "9 (45.0)", "5 (20.0)"],
        ["grade 3-4", "3 (15.0)", "11 (44.0)"],
    ]
    table = "\n".join("\t".join(row) for row in rows)
    claims = check_report(f"Text.\n\nTable 2. Toxicity\n{table}\n").claims
    assert claims[2].place == "Table 2, Neutropenia, n (%), grade 3-4, Arm A"
    assert check_report("44% (8/18) had fever.").claims[0].place == ""
