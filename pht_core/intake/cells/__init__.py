"""Cells as people and laboratories write them, as numbers, answers, sexes and words.

Each distinct text is read once. What a cell says is used where it can be read in one way only;
otherwise the cell counts as missing and a finding says so.
"""

from pht_core.intake.cells.answers import convert_answers, convert_sexes
from pht_core.intake.cells.numbers import cell_units, convert_numbers, decimal_marks, needs_decimal
from pht_core.intake.cells.texts import clean_text, convert_text, distinct_texts
from pht_core.model.findings import Findings

__all__ = [
    "Findings",
    "cell_units",
    "clean_text",
    "convert_answers",
    "convert_numbers",
    "convert_sexes",
    "convert_text",
    "decimal_marks",
    "distinct_texts",
    "needs_decimal",
]
