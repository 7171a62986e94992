"""What a row of a table stands for."""

import pytest

from pht_core.intake.mapping import ColumnMap
from pht_core.intake.recognising.layouts import map_rows
from pht_core.intake.recognising.recognition import map_columns
from tests.intake.test_recognition import make_table

COLUMNS = dict[str, list[object]]

IDS: list[object] = ["P1", "P1", "P2"]
ALONE: list[object] = ["P1", "P2", "P3"]
DAYS: list[object] = [0, 7, 0]
N: list[object] = [98, 97, 96]
DRUGS: list[object] = ["Prednisone", "Filgrastim", "Aspirin"]
PRODUCTS: list[object] = ["PRBC", "Platelets", "FFP"]

TABLES: dict[str, tuple[str, str, COLUMNS]] = {
    "counts of a day": ("days", "a.csv", {"id": IDS, "day": DAYS, "hgb": N}),
    "a dose of a day among counts": (
        "days",
        "a.csv",
        {"id": IDS, "day": DAYS, "hgb": N, "prednisone": [0, 0.5, 0]},
    ),
    "marks of a day": ("days", "a.csv", {"id": IDS, "day": DAYS, "gcsf": [0, 1, 0]}),
    "patients of one day each": (
        "days",
        "a.csv",
        {"id": ALONE, "date": ["2022-01-02", "2022-01-03", "2022-01-04"], "hgb": N},
    ),
    "patients": ("patients", "a.csv", {"id": ALONE, "age": N}),
    "dates of infusion": (
        "patients",
        "a.csv",
        {"id": ALONE, "infusion date": ["2022-01-02", "2022-01-03", "2022-01-04"]},
    ),
    "outcomes": ("patients", "a.csv", {"id": ALONE, "death_months": N}),
    "columns of days": ("patients", "a.csv", {"id": ALONE, "hgb_d0": N, "hgb_d7": N}),
    "results": ("results", "a.csv", {"id": IDS, "test": ["HGB"] * 3, "value": N, "day": DAYS}),
    "results of a sheet called patients": (
        "results",
        "book.xlsx, sheet patients",
        {"id": IDS, "test": ["HGB"] * 3, "result": N, "day": DAYS},
    ),
    "endpoints": ("times", "a.csv", {"id": IDS, "endpoint": ["OS", "PFS", "OS"], "AVAL": N}),
    "endpoints with censoring": (
        "times",
        "a.csv",
        {"id": IDS, "PARAMCD": ["TTX", "TTY", "TTX"], "AVAL": N, "CNSR": [0, 1, 0]},
    ),
    "doses": ("doses", "a.csv", {"id": IDS, "drug": DRUGS, "dose": N, "start day": DAYS}),
    "doses without an end": ("doses", "a.csv", {"id": IDS, "dose": N, "day": DAYS}),
    "a list of drugs": ("doses", "adcm.csv", {"id": IDS, "CMDECOD": DRUGS, "ASTDY": DAYS}),
    "transfusions": ("support", "a.csv", {"id": IDS, "product": PRODUCTS, "day": DAYS}),
    "events": ("events", "a.csv", {"id": IDS, "event": ["infection"] * 3, "day": DAYS}),
    "a read-me": ("", "book.xlsx, sheet Read me", {"column": ["a", "b"], "meaning": ["x", "y"]}),
    "a sheet of explanations": (
        "",
        "book.xlsx, sheet columns",
        {"column": ["HGB", "PLT"], "unit": ["g/L", "10^9/L"], "needed": ["yes", "no"]},
    ),
    "a list of sites": ("", "a.csv", {"site": ["A", "B"], "country": ["x", "y"]}),
}


@pytest.mark.parametrize("name", TABLES)
def test_rows_of_a_table(name: str) -> None:
    rows, file, columns = TABLES[name]
    assert map_columns([make_table(columns, file)]).tables[0].rows == rows


def test_rows_follow_from_fields_that_a_user_chose() -> None:
    table = make_table({"who": IDS, "when": DAYS, "what": N})
    chosen = [ColumnMap("who", "subject_id"), ColumnMap("when", "day"), ColumnMap("what", "HGB")]
    assert map_rows(chosen, table) == "days"
    assert map_rows([ColumnMap("who"), ColumnMap("when"), ColumnMap("what")], table) == ""
    on_day = [ColumnMap("who", "subject_id"), ColumnMap("what", "HGB", day=14)]
    assert map_rows(on_day, table) == "patients"


def test_repeating_records_of_redcap_are_days() -> None:
    columns: COLUMNS = {
        "record_id": [1, 1, 2],
        "redcap_event_name": ["labs_arm_1"] * 3,
        "redcap_repeat_instance": [1, 2, 1],
        "hgb": N,
    }
    assert map_columns([make_table(columns)]).tables[0].rows == "days"
