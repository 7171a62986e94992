"""The table of findings itself; `test_reading` has what is found in files."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pandas as pd

import pht_core
from pht_core.intake.tidying.checks import check_tables
from pht_core.model.findings import (
    BLOCKS,
    CHANGES,
    FINDING_COLUMNS,
    NOTE,
    findings_table,
    read_sentences,
)
from tests.written import read_rows

COUNTS = """
subject_id | day | param | value | unit
A | 1 | HGB | 90   | g/L
A | 1 | PLT | 50   | 10^9/L
A | 1 | NE  | 1    | 10^9/L
A | 2 | HGB | 20   | g/L
A | 2 | PLT | 3000 | 10^9/L
A | 2 | NE  | 100  | 10^9/L
"""


def test_clean_tables_have_no_findings() -> None:
    found = check_tables({"counts": read_rows(COUNTS)})
    assert len(found) == 0
    assert list(found) == FINDING_COLUMNS


def test_the_gravest_stand_first_and_keep_their_order() -> None:
    rows = [{"severity": severity} for severity in (NOTE, CHANGES, BLOCKS, NOTE)]
    assert findings_table(rows)["severity"].tolist() == [BLOCKS, CHANGES, NOTE, NOTE]


def test_plausible_values_include_their_bounds() -> None:
    odd = read_rows(COUNTS)
    odd["value"] = [20, 0, 0, 19.9, 3000.1, -9]
    found = check_tables({"counts": odd})
    assert len(found) == 3
    assert set(found["severity"]) == {CHANGES}
    assert found["found"].str.contains("outside").sum() == 2
    assert found["found"].str.contains("1 NE count is below 0: -9.").sum()
    assert "Not graded." in found["done"].tolist()


def test_a_lineage_without_counts_is_said() -> None:
    found = check_tables({"counts": read_rows(COUNTS).query("param != 'NE'")})
    assert found["found"].tolist() == ["There are no NE counts."]
    assert found["done"].tolist() == ["Nothing is shown for this lineage."]


def test_bad_data_never_raise() -> None:
    strange = pd.DataFrame({"subject_id": [None, "A"], "day": ["x", None], "param": [1, None]})
    tables = {"counts": strange, "support": strange, "outcomes": strange}
    found = check_tables(tables)
    assert BLOCKS in set(found["severity"])


def test_the_same_value_twice_a_day_is_no_finding() -> None:
    rows = read_rows(COUNTS)
    assert len(check_tables({"counts": pd.concat([rows, rows])})) == 0


@cache
def sources() -> dict[Path, ast.Module]:
    """The parsed modules of the program."""
    return {
        path: ast.parse(path.read_text("utf-8"))
        for path in sorted(Path(pht_core.__file__).parent.glob("**/*.py"))
    }


def literals(tree: ast.AST) -> set[str]:
    """The texts in a piece of code."""
    found = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in found if isinstance(value, str)}


# The modules that define them hand names through.
DEFINING = ("context.py", "mapped.py", "notes.py")
# Functions that build a finding by its name, and the values that they add to those given.
BUILDERS = {"build_finding": set(), "report": set(), "report_cells": {"n", "n_rows", "first"}}


def calls() -> Iterator[tuple[str, set[str], set[str] | None]]:
    """Each call that builds a finding: its place, the names it can have, the values it gives.

    It has no names where they are in a table (of kinds of cells, say), and None for its values
    where these are handed through.
    """
    for path, tree in sources().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            builder = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
            if builder in BUILDERS and node.args:
                given = {one.arg for one in node.keywords if one.arg} | {"table", "column", "value"}
                given |= BUILDERS[builder]
                whole = all(one.arg for one in node.keywords)
                names = literals(node.args[0])
                if names or path.name not in (
                    "context.py",
                    "mapped.py",
                    "notes.py",
                ):  # which define builders
                    yield f"{path.name}:{node.lineno}", names, given if whole else None


def gaps(name: str) -> set[str]:
    """What a finding's sentences are filled with."""
    sentence = " ".join(read_sentences()[name].get(part, "") for part in ("found", "done", "to_do"))
    return {gap for _, gap, _, _ in Formatter().parse(sentence) if gap}


def test_each_call_names_a_finding_and_fills_its_sentences() -> None:
    by_table = [given for _, names, given in calls() if not names]
    named = set()
    for place, names, given in calls():
        named |= names
        for name in names:
            assert name in read_sentences(), (place, name)
            assert given is None or gaps(name) <= given, (place, name)
    for name in read_sentences().keys() - named:
        assert any(given is None or gaps(name) <= given for given in by_table), name


def test_each_finding_is_used_and_complete() -> None:
    used = set().union(*map(literals, sources().values()))
    for name, sentence in read_sentences().items():
        assert name in used, name
        assert sentence["severity"] in (BLOCKS, CHANGES, NOTE), name
        assert sentence["found"].endswith((".", "?", "}")), name
