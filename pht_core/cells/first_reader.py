"""What the first reader of files (layout.py, reading.py) needs; it goes with them."""

import pandas as pd

from pht_core.cells.answers import convert_answers, convert_sexes
from pht_core.cells.numbers import convert_numbers
from pht_core.schema import Column
from pht_core.validation import CHANGES, Findings, finding


def convert_columns(
    raw: pd.DataFrame,
    columns: tuple[Column, ...],
    table: str,
    findings: Findings,
    *,
    in_file_order: bool = True,
) -> pd.DataFrame:
    """Text columns as the kinds that their table's schema names; the others are left out.

    Parameters
    ----------
    raw : text columns with the file's rows as index, the first row 0.
    in_file_order : false where the index says nothing of the file's lines.
    """
    typed = {}
    for entry in columns:
        if entry.name not in raw:
            continue
        values = raw[entry.name]
        if entry.kind == "yes_no":
            typed[entry.name] = convert_answers(values, table, findings)
        elif entry.kind in ("number", "whole"):
            typed[entry.name] = convert_numbers(
                values,
                table,
                findings,
                whole=entry.kind == "whole",
                in_file_order=in_file_order,
            )
            if table == "outcomes":
                names = raw.get("subject_id", pd.Series("", index=raw.index))
                typed[entry.name] = drop_negative(typed[entry.name], names, table, findings)
        elif entry.name == "sex":
            typed[entry.name] = convert_sexes(values, table, findings)
        else:
            typed[entry.name] = _words(values, entry.name)
    return pd.DataFrame(typed, index=raw.index)


def drop_negative(months: pd.Series, names: pd.Series, table: str, findings: Findings) -> pd.Series:
    """Months without those before infusion, which no survival time can start from.

    A negative month becomes missing, with a finding that names the first patient.
    """
    before = months[months < 0]
    if not len(before):
        return months
    column, first = str(months.name), before.iloc[0]
    meaning = "" if column == "last_followup_months" else ", as if it had not happened"
    text = (
        f"{len(before)} of {int(months.notna().sum())} numbers of {column} are below 0, the "
        f"first {first:g} of {names[before.index[0]]}: they count as missing{meaning}. Give "
        "months after the infusion (day 0)."
    )
    findings.append(finding(CHANGES, table, column, text, value=first))
    return months.mask(months < 0)


def _words(values: pd.Series, column: str) -> pd.Series:
    words = values.str.strip()
    if column == "param":
        words = words.str.upper()
    if column in {"kind", "event", "result"}:
        words = words.str.lower().str.replace(" ", "_").str.replace("-", "_")
    return words.where(words != "").astype(object)
