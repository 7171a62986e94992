"""The template to fill in: a CSV with a row per patient and day, or a sheet per table."""

import io
import tomllib
from pathlib import Path
from typing import Any

from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import (
    DAILY_DOSE,
    DAILY_FINDINGS,
    EVENT_KINDS,
    EVENT_RESULTS,
    LABS,
    PER_DAY,
    PER_KG,
    SUPPORT_KINDS,
    TABLES,
    Column,
)
from pht_core.paper.layouts import PATIENT_COLUMNS, SUPPORT_AND_EVENTS, WRITTEN

# Rows that show how. Their patients are nobody: the reader leaves them out, and says so.
EXAMPLES: dict[str, list[dict[str, Any]]] = tomllib.loads(
    Path(__file__).with_name("form_examples.toml").read_text("utf-8")
)
GUIDE = "Columns"
# Of the sheet that explains the columns: headings, and how many letters wide each is.
GUIDE_HEADER = {
    "Sheet": 13,
    "Column name": 23,
    "What it means": 52,
    "In which unit": 12,
    "What may stand in it": 46,
    "Needed": 9,
    "Name in CDISC ADaM": 20,
}
ALLOWED: dict[tuple[str, str], tuple[str, ...]] = {
    ("subjects", "sex"): ("M", "F"),
    ("labs", "test"): tuple(LABS),
    ("labs", "unit"): tuple(unit for _, unit in LABS.values() if unit),
    ("prednisone", "drug"): ("prednisone", "prednisolone"),
    ("prednisone", "dose_unit"): (PER_KG, PER_DAY),
    ("support", "kind"): tuple(SUPPORT_KINDS),
    ("events", "event"): tuple(EVENT_KINDS),
    ("events", "result"): tuple(result for kinds in EVENT_RESULTS.values() for result in kinds),
}
KINDS = {"text": "any text", "number": "a number", "whole": "a whole number", "yes_no": "Yes, No"}


def format_form() -> bytes:
    """The template as CSV: the header of the daily layout and three rows that show how.

    The rows' patients are called EXAMPLE-1 and EXAMPLE-2: rows to write over, nobody's counts.
    """
    counts = [lineage.column for lineage in LINEAGES.values()]
    asked = {column.name for table in TABLES for column in _asked(table)}
    patient = [name for name in PATIENT_COLUMNS if name in asked]
    header = [*patient, "day", *counts, DAILY_DOSE, *SUPPORT_AND_EVENTS, *DAILY_FINDINGS]
    patients = {
        subject["subject_id"]: subject | outcome
        for subject, outcome in zip(EXAMPLES["subjects"], EXAMPLES["outcomes"], strict=True)
    }
    rows = [patients[row["subject_id"]] | row for row in EXAMPLES["daily"]]
    lines = [header, *([str(row.get(name, "")) for name in header] for row in rows)]
    return "".join(",".join(line) + "\r\n" for line in lines).encode()


def allowed_values(table: str, column: Column) -> tuple[str, ...]:
    """What a column may hold where that is a list; else nothing."""
    if column.kind == "yes_no":
        return ("Yes", "No")
    if (table, column.name) == ("counts", "param"):
        return tuple(LINEAGES)
    if (table, column.name) == ("counts", "unit"):
        return tuple(dict.fromkeys(lineage.unit for lineage in LINEAGES.values()))
    return ALLOWED.get((table, column.name), ())


def explain_columns() -> list[tuple[str, ...]]:
    """A row per column of each sheet, under `GUIDE_HEADER`, but for the extra ones."""
    return [
        (
            table,
            column.name,
            _sentence(column),
            column.unit,
            _words(table, column),
            "yes" if column.required else "no",
            column.adam,
        )
        for table in TABLES
        for column in _asked(table)
    ]


def _asked(table: str) -> tuple[Column, ...]:
    """The columns of a table that the template has."""
    return tuple(column for column in TABLES[table] if not column.extra)


def _sentence(column: Column) -> str:
    if column.name == "subject_id":
        return "patient: any code that tells patients apart; no names, no dates of birth"
    if column.name == "end_day":
        return f"{column.title}; empty = until the patient's next row, or it goes on"
    if column.unit == "days":
        return f"{column.title}; day 0 is the CAR-T infusion, days before it are negative"
    if column.unit == "months" and column.name != "last_followup_months":
        return f"{column.title}, counted from the infusion; empty = did not happen"
    if column.unit == "months":
        return f"{column.title} or death, counted from the infusion"
    if column.name == "lln":
        return f"{column.title} of your laboratory; empty = the program's reference range"
    return column.title


def _words(table: str, column: Column) -> str:
    """What may stand in a column, and between which bounds."""
    words = ", ".join(allowed_values(table, column)) or KINDS[column.kind]
    if (table, column.name) == ("counts", "value"):
        return "a number, or <0.1 for below a limit of detection"
    if column.unit == "days" or column.lowest is None:
        return words
    if column.highest is None:
        return f"{words}, {column.lowest:g} or more"
    return f"{words}, {column.lowest:g} to {column.highest:g}"


def write_form() -> bytes:
    """The template as a workbook: a sheet that explains the columns, and a sheet per table.

    Headers of needed columns stand out, each has a comment; cells with few values have a list.
    Three grey rows, whose patients are called EXAMPLE-1 to EXAMPLE-3, are to be written over.
    """
    import xlsxwriter

    sink = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(sink, options) as book:
        book.set_properties({"created": WRITTEN, "title": "PHT Explorer: template to fill in"})
        _write_guide(book)
        for table in TABLES:
            _write_sheet(book, table, _asked(table))
    return sink.getvalue()


def _write_guide(book: Any) -> None:
    sheet = book.add_worksheet(GUIDE)
    bold = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E3ECF4"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_row(0, 0, list(GUIDE_HEADER), bold)
    for line, row in enumerate(explain_columns(), start=1):
        sheet.write_row(line, 0, row, wrapped)
    for place, width in enumerate(GUIDE_HEADER.values()):
        sheet.set_column(place, place, width)
    sheet.freeze_panes(1, 2)


def _write_sheet(book: Any, table: str, columns: tuple[Column, ...]) -> None:
    needed = book.add_format({"bold": True, "bottom": 1, "bg_color": "#CFE0EE"})
    other = book.add_format({"bottom": 1, "bg_color": "#F0F4F8"})
    grey = book.add_format({"italic": True, "font_color": "#767676"})
    sheet = book.add_worksheet(table)
    sheet.freeze_panes(1, 1)
    explained = {row[1]: row for row in explain_columns() if row[0] == table}
    for place, column in enumerate(columns):
        name = column.name
        sheet.write(0, place, name, needed if column.required else other)
        _, _, meaning, unit, allowed, wanted, _ = explained[name]
        lines = [f"{meaning}{f' ({unit})' if unit else ''}.", f"Allowed: {allowed}."]
        lines += ["Needed."] * (wanted == "yes")
        sheet.write_comment(0, place, "\n".join(lines), {"x_scale": 2, "author": "PHT Explorer"})
        sheet.set_column(place, place, max(11, len(name) + 2))
        if values := allowed_values(table, column):
            rule = {
                "validate": "list",
                "source": list(values),
                "error_type": "warning",
                "error_title": "Not one of the list",
                "error_message": f"Choose one of: {', '.join(values)}"[:255],
            }
            sheet.data_validation(1, place, 10_000, place, rule)
    for line, row in enumerate(EXAMPLES[table], start=1):
        for place, column in enumerate(columns):
            if column.name in row:
                sheet.write(line, place, row[column.name], grey)
