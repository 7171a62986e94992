"""Text cells as numbers, answers and words; what is lost is found and said, never guessed."""

from typing import Any

import numpy as np
import pandas as pd

from pht_core.schema import Column
from pht_core.validation import CHANGES, NOTE, finding

YES = {"yes", "y", "true", "t", "1", "1.0"}
NO = {"no", "n", "false", "f", "0", "0.0"}
SEXES = {"m": "M", "male": "M", "f": "F", "female": "F"}
BELOW = r"^<\s*(\d+(?:\.\d*)?|\.\d+)$"
# Names of kinds and results are compared in one spelling: "Not detected" is not_detected.
SPELLED = {"kind", "event", "result"}

Findings = list[dict[str, Any]]


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
                below=(table, entry.name) == ("counts", "value"),
                in_file_order=in_file_order,
            )
            if table == "outcomes":
                names = raw.get("subject_id", pd.Series("", index=raw.index))
                typed[entry.name] = drop_negative(typed[entry.name], names, table, findings)
        elif entry.name == "sex":
            typed[entry.name] = convert_sexes(values, findings)
        else:
            typed[entry.name] = _words(values, entry.name)
    return pd.DataFrame(typed, index=raw.index)


def convert_numbers(
    values: pd.Series,
    table: str,
    findings: Findings,
    *,
    whole: bool = False,
    below: bool = False,
    in_file_order: bool = True,
) -> pd.Series:
    """Text as numbers; what is none becomes missing, with a finding that shows the first.

    With ``below`` a value under a limit of detection (``<0.1``) is the number just below it.
    """
    column = str(values.name)
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    numbers = numbers.where(np.isfinite(numbers))
    rest = values[values.notna() & numbers.isna()].str.strip()
    rest = rest[rest != ""]
    if below and len(rest):
        limits = pd.to_numeric(rest.str.extract(BELOW, expand=False)).dropna()
        if len(limits):
            first = rest[limits.index].iloc[0]
            text = (
                f"{len(limits)} of {int(values.notna().sum())} cells of {column} are below a "
                f"limit, the first {first!r}: they count as just below it."
            )
            findings.append(finding(NOTE, table, column, text, value=first))
            just_below = np.nextafter(limits.to_numpy(dtype=float), -1)
            numbers = numbers.fillna(pd.Series(just_below, index=limits.index))
            rest = rest.drop(limits.index)
    if len(rest):
        line = _line(rest.index[0]) if in_file_order else ""
        where = f" in line {line}" if line else ""
        text = (
            f"{len(rest)} of {int(values.notna().sum())} cells of {column} cannot be read as "
            f"numbers, the first {rest.iloc[0]!r}{where}: they count as missing. Write numbers "
            "with a decimal point and nothing else in the cell."
        )
        findings.append(finding(CHANGES, table, column, text, row=line, value=rest.iloc[0]))
    if whole:
        broken = numbers[numbers.notna() & (numbers != np.floor(numbers))]
        if len(broken):
            text = (
                f"{len(broken)} of {int(numbers.notna().sum())} numbers of {column} are not whole, "
                f"the first {broken.iloc[0]:g}: they count as missing. Write whole numbers."
            )
            findings.append(finding(CHANGES, table, column, text, value=broken.iloc[0]))
            numbers = numbers.drop(broken.index).reindex(numbers.index)
    return numbers


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


def convert_answers(values: pd.Series, table: str, findings: Findings) -> pd.Series:
    """Text as yes, no or missing."""
    words = values.str.strip().str.lower()
    answers = pd.Series(pd.NA, index=values.index, dtype="boolean")
    answers[words.isin(YES)] = True
    answers[words.isin(NO)] = False
    lost = values[words.notna() & (words != "") & answers.isna()]
    if len(lost):
        text = _lost(lost, values, "neither yes nor no", "Write Yes or No, or 1 or 0.")
        findings.append(finding(CHANGES, table, str(values.name), text, value=lost.iloc[0]))
    return answers


def convert_sexes(values: pd.Series, findings: Findings) -> pd.Series:
    """Text as M, F or missing."""
    words = values.str.strip().str.lower()
    sexes = words.map(SEXES)
    lost = values[words.notna() & (words != "") & sexes.isna()]
    if len(lost):
        text = _lost(lost, values, "neither M nor F", "Write M or F.")
        findings.append(finding(CHANGES, "subjects", str(values.name), text, value=lost.iloc[0]))
    return sexes.astype(object)


def _lost(lost: pd.Series, values: pd.Series, what: str, what_to_do: str) -> str:
    return (
        f"{len(lost)} of {int(values.notna().sum())} cells of {values.name} are {what}, "
        f"the first {lost.iloc[0]!r}: they count as missing. {what_to_do}"
    )


def _words(values: pd.Series, column: str) -> pd.Series:
    words = values.str.strip()
    if column == "param":
        words = words.str.upper()
    if column in SPELLED:
        words = words.str.lower().str.replace(" ", "_").str.replace("-", "_")
    return words.where(words != "").astype(object)


def _line(place: Any) -> int:
    """The file's line of a row: the header is the first."""
    return int(place) + 2
