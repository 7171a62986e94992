"""What is noticed in users' files, as a table: rows of findings, whose sentences are data.

``findings.toml`` holds the sentences, with their plural forms; a check in ``intake`` names one and
gives its values. It finds, it never raises and never mends.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import pandas as pd

from pht_core.model.words import counted

BLOCKS, CHANGES, NOTE = "blocks", "changes a result", "note"
SENTENCES = ["found", "done", "to_do"]
FINDING_COLUMNS = ["severity", "table", "row", "column", "value", *SENTENCES, "name"]
FILE = Path(__file__).with_name("findings.toml")

Findings = list[dict[str, Any]]


class Sentence(Formatter):
    """``{n:row is|rows are}`` is "1 row is" or "2 rows are"; ``{n:~is|are}`` the word alone."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" not in format_spec:
            return str(super().format_field(value, format_spec))
        one, many = format_spec.removeprefix("~").split("|")
        if format_spec.startswith("~"):
            return one if value == 1 else many
        return counted(value, one, many)


def fill_sentence(sentence: str, values: Mapping[str, Any]) -> str:
    """A sentence with its gaps filled, each number with the words for one or for many."""
    return Sentence().vformat(sentence, (), values)


@cache
def read_sentences() -> dict[str, dict[str, str]]:
    """Every finding there is by its name: severity, found, done and to_do."""
    return tomllib.loads(FILE.read_text("utf-8"))


def build_finding(
    name: str,
    table: str,
    column: str = "",
    /,
    *,
    row: object = "",
    value: object = "",
    severity: str = "",
    **values: Any,
) -> dict[str, Any]:
    """One row of the table of findings.

    name : a name in ``findings.toml``; ``values`` fill the gaps of its sentences, and so do table,
        column, row and value.
    table, column : where it is, by the names that the user's file has, else those of the schema.
    row : the file's line (or the sheet's row), where there is one.
    value : the first cell concerned, or how many there are.
    severity : where it is graver or less grave than the sentence says.
    """
    sentences = read_sentences()[name]
    values |= {"table": table, "column": column, "row": row, "value": value}
    parts = (fill_sentence(sentences.get(part, ""), values) for part in SENTENCES)
    cells = (severity or sentences["severity"], table, row, column, value, *parts, name)
    return dict(zip(FINDING_COLUMNS, cells, strict=True))


def format_finding(row: Any) -> str:
    """A finding's sentences in one line; ``row`` has found, done and to_do as attributes."""
    return " ".join(filter(None, (row.found, row.done, row.to_do)))


def findings_table(rows: Findings) -> pd.DataFrame:
    """The findings as a frame, the most serious first."""
    table = pd.DataFrame(rows, columns=FINDING_COLUMNS)
    order = {BLOCKS: 0, CHANGES: 1, NOTE: 2}
    return table.sort_values("severity", key=lambda s: s.map(order), kind="stable").reset_index(
        drop=True
    )
