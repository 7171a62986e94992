"""A mapping as a file and as a table to correct; and laid over the next file."""

import json

import pandas as pd
import pytest

from pht_core.intake.mapping import CHOSEN, ColumnMap, FileMap, TableMap
from pht_core.intake.mapping_file import (
    apply_corrections,
    check_saved,
    field_titles,
    format_mapping,
    mapping_table,
    offered_choices,
    read_mapping,
)
from pht_core.intake.recognising.recognition import map_columns
from pht_core.intake.source import SourceTable
from pht_core.model.errors import PhtError
from tests.intake.test_recognition import make_table

COLUMNS: dict[str, list[object]] = {
    "Patient ID": ["S-0001", "S-0001", "S-0002"],
    "Name": ["Ann Example", "Ann Example", "Bob Example"],
    "day": [0, 7, 0],
    "Hb": [9.8, 8.8, 7.9],
    "marker": [98, 34, 22],
}


@pytest.fixture
def table() -> SourceTable:
    return make_table(COLUMNS, "ward.csv")


@pytest.fixture
def mapping(table: SourceTable) -> FileMap:
    return map_columns([table])


def test_a_saved_mapping_is_read_as_it_was(mapping: FileMap) -> None:
    whole = FileMap(
        (
            TableMap(
                "ward.csv",
                "days",
                (
                    ColumnMap("Patient ID", "subject_id"),
                    ColumnMap("Hb d7", "HGB", "g/dL", 7),
                    ColumnMap("sex", "sex", values=(("1", "Male"), ("2", "Female"))),
                    ColumnMap("DOB", "birth_date", private="birth date", keep=True),
                ),
            ),
        ),
        "day-month",
        1,
        ",",
    )
    read = read_mapping(format_mapping(whole))
    assert (read.date_order, read.first_day, read.decimal) == ("day-month", 1, ",")
    assert read.tables[0].rows == "days"
    patient, hb, sex, birth = read.tables[0].columns
    assert (patient.field, patient.reason) == ("subject_id", "From the saved mapping.")
    assert (hb.field, hb.unit, hb.day) == ("HGB", "g/dL", 7)
    assert sex.values == (("1", "Male"), ("2", "Female"))
    assert (birth.private, birth.keep) == ("birth date", True)
    assert read_mapping(b"\xef\xbb\xbf" + format_mapping(whole).encode()) == read


def test_day_0_of_a_header_is_saved() -> None:
    columns = (ColumnMap("HGB_D0", "HGB", day=0), ColumnMap("HGB", "HGB"))
    saved = read_mapping(format_mapping(FileMap((TableMap("ward.csv", "patients", columns),))))
    assert [entry.day for entry in saved.tables[0].columns] == [0, None]


def test_a_saved_mapping_holds_no_value_of_a_patient(table: SourceTable) -> None:
    columns = (
        ColumnMap("Patient ID", "subject_id", values=(("S-0001", "P1"),)),
        ColumnMap("Name", "", values=(("Ann Example", "A"),), private="name"),
        ColumnMap("city", "malignancy", values=tuple((f"town{i}", "x") for i in range(13))),
        ColumnMap("text", "response", values=(("a long sentence about one patient", "CR"),)),
        ColumnMap("sex", "sex", values=(("1", "Male"),)),
    )
    text = format_mapping(FileMap((TableMap("ward.csv", "days", columns),)))
    for secret in ("S-0001", "Ann", "town", "sentence"):
        assert secret not in text
    assert '"Male"' in text
    guessed = format_mapping(map_columns([table]))
    assert "S-0001" not in guessed
    assert "Example" not in guessed


BROKEN: dict[str, tuple[str | bytes, str]] = {
    "a CSV": ("a;b\n1;2", "not readable as JSON"),
    "a list": ("[1, 2]", "not a mapping file"),
    "other JSON": ('{"a": 1}', "not a mapping file"),
    "a settings file": ('{"what": "PHT Explorer settings", "version": 1}', "not a mapping file"),
    "a later version": (
        '{"version": 2, "tables": []}',
        "of version 2; this program reads version 1",
    ),
    "no version": ('{"tables": []}', "of version null"),
    "no tables": ('{"version": 1}', "The mapping file has no 'tables'"),
    "a table that is none": ('{"version": 1, "tables": [3]}', "item 1 of tables is 3, not an obj"),
    "unknown rows": (
        '{"version": 1, "tables": [{"rows": "cats", "columns": []}]}',
        "rows of item 1 of tables is 'cats', not ''",
    ),
    "a column that is none": (
        '{"version": 1, "tables": [{"columns": [7]}]}',
        "item 1 of columns of item 1 of tables is 7",
    ),
    "a column without a name": (
        '{"version": 1, "tables": [{"columns": [{"field": "HGB"}]}]}',
        "item 1 of columns of item 1 of tables has no 'column'",
    ),
    "an unknown field": (
        '{"version": 1, "tables": [{"columns": [{"column": "a", "field": "cats"}]}]}',
        "field of item 1 of columns of item 1 of tables is 'cats', not known here",
    ),
    "a field that is no word": (
        '{"version": 1, "tables": [{"columns": [{"column": "a", "field": ["HGB"]}]}]}',
        "field of item 1 of columns of item 1 of tables is a list",
    ),
    "a day that is none": (
        '{"version": 1, "tables": [{"columns": [{"column": "a", "day": "x"}]}]}',
        "is 'x', not a whole number or null",
    ),
    "codes that are no pairs": (
        '{"version": 1, "tables": [{"columns": [{"column": "a", "values": [1]}]}]}',
        "item 1 of values of item 1 of columns of item 1 of tables is 1, not a list of 2",
    ),
    "an order that is none": (
        '{"version": 1, "tables": [], "date_order": "year-day"}',
        "date_order is 'year-day', not '', 'day-month', 'month-day' or 'year-first'",
    ),
    "far too much": (" " * (6 << 20), "larger than 5 MB"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_mapping_is_one_sentence_for_the_user(name: str) -> None:
    content, said = BROKEN[name]
    with pytest.raises(PhtError) as caught:
        read_mapping(content)
    assert said in str(caught.value)
    assert str(caught.value).endswith(".")


def test_the_table_shows_each_column_with_an_example_from_the_middle(
    table: SourceTable, mapping: FileMap
) -> None:
    shown = mapping_table(mapping, [table])
    assert shown["column"].tolist() == ["Patient ID", "Name", "day", "Hb", "marker"]
    assert shown["example"].tolist() == ["S-0001", "(hidden)", "7", "8.8", "34"]
    assert shown["field"].tolist() == [
        "patient",
        "(not used)",
        "day after infusion",
        "hemoglobin",
        "(not used)",
    ]
    assert shown["confidence"].tolist() == [
        "certain",
        "not recognised",
        "certain",
        "certain",
        "not recognised",
    ]
    assert shown["private"].tolist() == ["", "name", "", "", ""]


def test_a_correction_is_the_users_choice_and_the_rest_stays(
    table: SourceTable, mapping: FileMap
) -> None:
    edited = mapping_table(mapping, [table])
    edited.loc[4, ["field", "unit"]] = ["platelets", "10^9/L"]
    edited.loc[3, "unit"] = "g/dL"
    corrected = apply_corrections(mapping, edited).tables[0].columns
    assert (corrected[4].field, corrected[4].unit, corrected[4].reason) == ("PLT", "10^9/L", CHOSEN)
    assert corrected[4].confidence == 1.0
    assert (corrected[3].field, corrected[3].unit, corrected[3].reason) == ("HGB", "g/dL", CHOSEN)
    assert corrected[:3] == mapping.tables[0].columns[:3]
    assert apply_corrections(mapping, mapping_table(mapping, [table])) == mapping


def test_a_guess_gives_its_field_to_the_column_that_the_user_chose(
    table: SourceTable, mapping: FileMap
) -> None:
    edited = mapping_table(mapping, [table])
    edited.loc[4, "field"] = "hemoglobin"
    *_, hb, marker = apply_corrections(mapping, edited).tables[0].columns
    assert (hb.field, marker.field) == ("", "HGB")
    assert hb.reason == "You chose another column for it."


def test_a_private_column_is_used_only_where_it_is_kept(
    table: SourceTable, mapping: FileMap
) -> None:
    edited = mapping_table(mapping, [table])
    edited.loc[1, "field"] = "malignancy"
    assert apply_corrections(mapping, edited).tables[0].columns[1].field == ""
    edited.loc[1, "keep"] = True
    name = apply_corrections(mapping, edited).tables[0].columns[1]
    assert (name.field, name.keep) == ("malignancy", True)


def test_corrections_that_cannot_be(table: SourceTable, mapping: FileMap) -> None:
    for row, column, value, said in (
        (4, "field", "cats", "'cats' is not a field"),
        (3, "unit", "feet", "'feet' is not a unit of hemoglobin"),
    ):
        edited = mapping_table(mapping, [table])
        edited.loc[row, column] = value
        with pytest.raises(PhtError, match=said):
            apply_corrections(mapping, edited)
    twice = mapping_table(mapping, [table])
    twice.loc[[1, 4], "field"] = "platelets"
    twice.loc[1, "keep"] = True
    with pytest.raises(PhtError, match=r"'Name' and 'marker' of ward\.csv are both platelets"):
        apply_corrections(mapping, twice)
    halved = mapping_table(mapping, [table]).astype({"day": "Float64"})
    halved.loc[3, "day"] = 7.5
    with pytest.raises(PhtError, match=r"7\.5 is not a day for column 'Hb'"):
        apply_corrections(mapping, halved)


def test_what_rows_stand_for_follows_from_the_corrected_fields() -> None:
    table = make_table({"who": ["A", "A", "A"], "when": [0, 7, 14], "what": [98, 88, 79]})
    mapping = map_columns([table])
    assert mapping.tables[0].rows == ""
    edited = mapping_table(mapping, [table])
    edited["field"] = ["patient", "day after infusion", "hemoglobin"]
    assert apply_corrections(mapping, edited).tables[0].rows == ""
    assert apply_corrections(mapping, edited, [table]).tables[0].rows == "days"
    said = FileMap((TableMap("file.csv", "results", mapping.tables[0].columns),))
    assert apply_corrections(said, edited, [table]).tables[0].rows == "results"


def test_no_two_fields_have_one_title() -> None:
    titles = list(field_titles().values())
    assert len(set(titles)) == len(titles)


def test_units_that_are_offered() -> None:
    assert offered_choices("HGB")[:3] == ["g/L", "g/dL", "mmol/L"]
    assert offered_choices("death") == ["days", "weeks", "months", "years", "date"]
    assert offered_choices("sex") == []
    assert offered_choices("") == []


def test_a_saved_mapping_is_laid_over_the_next_file_by_headers(
    table: SourceTable, mapping: FileMap
) -> None:
    edited = mapping_table(mapping, [table])
    edited.loc[4, ["field", "unit"]] = ["platelets", "10^9/L"]
    saved = read_mapping(format_mapping(apply_corrections(mapping, edited)))
    columns = {name.upper(): cells for name, cells in COLUMNS.items()}
    following = make_table({**columns, "ANC": [0.4, 0.8, 1.1]}, "ward in May.csv")
    mapped = map_columns([following], saved)
    assert {entry.column: entry.field for entry in mapped.tables[0].columns} == {
        "PATIENT ID": "subject_id",
        "NAME": "",
        "DAY": "day",
        "HB": "HGB",
        "MARKER": "PLT",
        "ANC": "NE",
    }
    assert mapped.tables[0].columns[4].reason == "From the saved mapping."
    assert mapped.tables[0].columns[5].reason.startswith("Not in the saved mapping.")
    assert check_saved(saved, mapped) == []


def test_what_of_a_saved_mapping_no_longer_fits_is_a_finding(mapping: FileMap) -> None:
    saved = read_mapping(format_mapping(mapping))
    fewer = {name: cells for name, cells in COLUMNS.items() if name != "Hb"}
    mapped = map_columns([make_table({**fewer, "Hgb": [9.8, 8.8, 7.9]}, "new.csv")], saved)
    (found,) = check_saved(saved, mapped)
    assert found["column"] == "Hb"
    assert found["found"] == (
        "The saved mapping takes hemoglobin from column 'Hb', which is not in this table."
    )
    assert mapped.tables[0].columns[-1].field == "HGB"
    other = map_columns([make_table({"a": [1, 2], "b": [1, 2]}, "other.csv")], saved)
    (unused,) = check_saved(saved, other)
    assert unused["found"].startswith("No table of this file has the headers")


def test_a_column_that_was_left_out_stays_out_and_a_private_one_is_dropped_anew() -> None:
    saved = FileMap(
        (
            TableMap(
                "a.csv",
                "days",
                (
                    ColumnMap("id", "subject_id"),
                    ColumnMap("day", "day"),
                    ColumnMap("hgb"),
                    ColumnMap("plt", "PLT"),
                    ColumnMap("note", "malignancy"),
                ),
            ),
        )
    )
    cards: list[object] = ["11010519491231002X", "440524188001010014"]
    table = make_table(
        {"id": ["A", "B"], "day": [0, 7], "hgb": [98, 97], "plt": [34, 22], "note": cards}
    )
    mapped = map_columns([table], saved).tables[0]
    assert [entry.field for entry in mapped.columns] == ["subject_id", "day", "", "PLT", ""]
    assert mapped.columns[4].private == "identity number"


def test_a_new_column_does_not_take_a_saved_field() -> None:
    saved = FileMap(
        (
            TableMap(
                "a.csv",
                "days",
                (ColumnMap("id", "subject_id"), ColumnMap("day", "day"), ColumnMap("x1", "HGB")),
            ),
        ),
        "month-day",
    )
    table = make_table({"id": ["A", "B"], "day": [0, 7], "x1": [98, 97], "hgb": [34, 22]})
    mapped = map_columns([table], saved)
    assert mapped.date_order == "month-day"
    assert [entry.field for entry in mapped.tables[0].columns] == ["subject_id", "day", "HGB", ""]
    assert mapped.tables[0].columns[3].reason == (
        "New in this file. The saved mapping has another column for hemoglobin."
    )


def test_the_file_says_what_it_is(mapping: FileMap) -> None:
    read = json.loads(format_mapping(mapping))
    assert read["version"] == 1
    assert read["tables"][0]["columns"][0] == {"column": "Patient ID", "field": "subject_id"}


def test_dates_and_empty_columns_have_examples() -> None:
    frame = pd.DataFrame(
        {
            "id": pd.Series(["A", "B"], dtype="category"),
            "date": pd.to_datetime(["2022-01-02", "2022-01-03"]),
            "hgb": [float("nan"), float("nan")],
        }
    )
    table = SourceTable("a.xlsx", frame)
    shown = mapping_table(map_columns([table]), [table])
    assert shown["example"].tolist() == ["B", "2022-01-03", ""]
