"""Numbers that stand for something else: codes for missing, and limits in another unit."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pht_core.intake.mapping import ColumnMap
from pht_core.intake.tidying.amounts import CODES, IntakeContext
from pht_core.intake.tidying.mapped import MappedTable, text_of
from pht_core.intake.words.fields import read_fields
from pht_core.model.findings import CHANGES, NOTE, Findings, finding
from pht_core.model.schema import LINEAGES, PLAUSIBLE, UNITS, Column
from pht_core.model.words import counted

# Lower limits of normal of any laboratory, from infants to adults.
LIMITS = {"HGB": (70.0, 190.0), "PLT": (80.0, 250.0), "NE": (0.5, 4.0)}


def drop_codes(counts: pd.DataFrame, context: IntakeContext) -> pd.DataFrame:
    """Counts without codes for missing (-9, 999 …), which are findings.

    A code that could be a count (platelets of 999) is used, and the finding says so.

    Parameters
    ----------
    counts : columns as in ``schema.TABLES["counts"]``.
    """
    values = counts["value"].to_numpy(float)
    if not np.isin(values, [*CODES, *(10 * code for code in CODES)]).any():
        return counts
    params = counts["param"].to_numpy()
    dropped = np.zeros(len(counts), dtype=bool)
    for param in LINEAGES:
        codes = [*CODES, *(10 * code for code in CODES)] if param == "HGB" else [*CODES]
        coded = np.flatnonzero(np.isin(values, codes))
        here = coded[params[coded] == param]
        if not here.size:
            continue
        low, high = PLAUSIBLE[param]
        beyond = (values[here] < low) | (values[here] > high)
        dropped[here[beyond]] = True
        for rows, done in (
            (here[beyond], "Such numbers are codes for missing, and are left out."),
            (here[~beyond], "It is used as it stands, though many files write it for missing."),
        ):
            if rows.size:
                first = int(rows[0])
                context.findings.append(
                    finding(
                        CHANGES,
                        "counts",
                        "value",
                        f"{counted(rows.size, 'count', 'counts')} of {param} "
                        f"{'is' if rows.size == 1 else 'are'} exactly {values[first]:g} "
                        f"{UNITS[param]}, the first of {counts['subject_id'].iloc[first]} on "
                        f"day {counts['day'].iloc[first]:g}.",
                        done,
                        "Leave the cell empty where nothing was measured.",
                        value=f"{values[first]:g}",
                    )
                )
    return counts[~dropped] if dropped.any() else counts


def drop_limits(counts: pd.DataFrame, context: IntakeContext) -> pd.DataFrame:
    """Counts whose lower limits of normal can be limits; others are missing, which is a finding.

    A laboratory's limit in another unit than its count would grade everybody, or nobody.
    """
    limits = counts["lln"].to_numpy(float)
    if not np.isfinite(limits).any():
        return counts
    params = counts["param"].to_numpy()
    wrong = np.zeros(len(counts), dtype=bool)
    for param, (low, high) in LIMITS.items():
        outside = np.flatnonzero((limits < low) | (limits > high))
        here = outside[params[outside] == param]
        if not here.size:
            continue
        wrong[here] = True
        context.findings.append(
            finding(
                CHANGES,
                "counts",
                "lln",
                f"{counted(here.size, 'lower limit', 'lower limits')} of normal of {param} cannot "
                f"be meant, the first {limits[here[0]]:.6g} {UNITS[param]}: perhaps in another "
                "unit than the count.",
                "They are not used; the reference chosen on the page is.",
                "Give each limit in the unit of its count.",
                value=f"{limits[here[0]]:.6g}",
            )
        )
    return counts.assign(lln=np.where(wrong, np.nan, limits)) if wrong.any() else counts


def drop_coded_cells(
    numbers: pd.Series, column: Column, table: MappedTable, context: IntakeContext
) -> pd.Series:
    """A patient's column without codes for missing that its bounds exclude (an age of 999)."""
    low = -np.inf if column.lowest is None else column.lowest
    high = np.inf if column.highest is None else column.highest
    coded = numbers.isin(CODES) & ((numbers < low) | (numbers > high))
    if not coded.any():
        return numbers
    first = coded[coded].index[0]
    context.findings.append(
        finding(
            CHANGES,
            table.name,
            str(numbers.name),
            f"{counted(int(coded.sum()), 'cell', 'cells')} of {numbers.name} "
            f"{'is' if coded.sum() == 1 else 'are'} {numbers[first]:g}, a code for missing.",
            "They count as missing.",
            "Leave the cell empty where nothing is known.",
            row=table.line_of(first),
            value=f"{numbers[first]:g}",
        )
    )
    return numbers.mask(coded)


# Tables in which every patient is expected; a transfusion or an event not everyone had.
OF_ALL = {"patients", "days", "results", "times"}
MOST_NAMES = 5
SITE = re.compile(
    r"(?:study[ _]?)?(?:site|cent(?:er|re)|hospital|zentrum|中心|医院)"
    r"(?:[ _]?(?:id|no|nr|code|name|number|编号))?",
    re.I,
)


def check_strays(tables: Sequence[MappedTable]) -> Findings:
    """Findings on patients whom a table has and another, in which all should stand, lacks.

    A patient without a row in the table of patients has no age, sex or history, and drops out of
    every filter: that changes results. The other way round it is a note.
    """
    rows = [told for table in tables for told in _check_ids(table)]
    # Of several tables of patients the one that tells most of them should hold everybody.
    patients = [table for table in tables if table.map.rows == "patients"]
    described = sorted(patients, key=lambda table: len(table.fields), reverse=True)[:1]
    for other in tables:
        for whole in described:
            if other is whole:
                continue
            names = other.subjects.categories
            missing = np.setdiff1d(np.unique(other.subjects.codes), np.unique(whole.subjects.codes))
            if missing.size:
                told = _told([str(name) for name in names[missing]])
                rows.append(
                    finding(
                        CHANGES,
                        other.name,
                        "subject_id",
                        f"{told} of {other.name} are not in {whole.name}.",
                        "They are kept; what is known of patients is missing for them.",
                        f"Add them to {whole.name}, or check how their ids are written.",
                        value=int(missing.size),
                    )
                )
            lost = np.setdiff1d(np.unique(whole.subjects.codes), np.unique(other.subjects.codes))
            if lost.size and other.map.rows in OF_ALL:
                told = _told([str(name) for name in names[lost]])
                rows.append(
                    finding(
                        NOTE,
                        whole.name,
                        "subject_id",
                        f"{told} of {whole.name} have no row in {other.name}.",
                        "What it tells is missing for them.",
                        value=int(lost.size),
                    )
                )
    return rows


def _told(names: list[str]) -> str:
    """How many patients, and the first of them by name."""
    first = ", ".join(names[:MOST_NAMES])
    more = ", …" if len(names) > MOST_NAMES else ""
    return f"{len(names)} patient{'s' * (len(names) > 1)} ({first}{more})"


def _check_ids(table: MappedTable) -> Findings:
    """Findings on ids that two patients may share: of several sites, or rounded ones."""
    rows: Findings = []
    for column in table.frame.columns:
        if not SITE.fullmatch(str(column)) or table.map.rows == "":
            continue
        sites = text_of(table.frame[column])
        pairs = pd.DataFrame({"id": table.subjects.codes, "site": sites.cat.codes.to_numpy()})
        several = pairs[pairs["site"] >= 0].drop_duplicates().groupby("id").size()
        shared = several[several > 1]
        if len(shared):
            first = table.subjects.categories[int(shared.index[0])]
            rows.append(
                finding(
                    CHANGES,
                    table.name,
                    "subject_id",
                    f"{counted(len(shared), 'patient stands', 'patients stand')} at more than one "
                    f"{column!r}, the first {first}: two patients may share a number.",
                    "Rows of one number are taken as one patient's.",
                    f"Write {column!r} and the number together as the patient's id.",
                    value=str(first),
                )
            )
    entry = table.map_of("subject_id")
    ids = None if entry is None else table.frame[entry.column]
    if ids is not None and pd.api.types.is_float_dtype(ids.dtype):
        rounded = ids[(ids.abs() >= 1e9) & (ids % 1e6 == 0)]
        if len(rounded):
            rows.append(
                finding(
                    CHANGES,
                    table.name,
                    "subject_id",
                    f"{counted(len(rounded), 'id ends', 'ids end')} in six zeros or more, the "
                    f"first {rounded.iloc[0]:.0f}, as if a spreadsheet had rounded it.",
                    "Rows of one number are taken as one patient's.",
                    "Export the ids as text.",
                    value=f"{rounded.iloc[0]:.0f}",
                )
            )
    return rows


# A date of transplantation, before the infusion or after it.
TRANSPLANT = re.compile(
    r"^(?!.*(?:prior|previous|before|前))"
    r"(?:.*(?:hsct|\bsct\b|bmt|transplant\w*|移植).*(?:date|dt\b|日期|时间|datum)"
    r"|.*(?:date|datum).*(?:hsct|\bsct|bmt|transplant))",
    re.I,
)


def unused_transplant(table: MappedTable, entry: ColumnMap) -> dict[str, object]:
    """The finding on a date of transplantation of which it is not known on which side it lies."""
    return finding(
        CHANGES,
        table.name,
        entry.column,
        f"{entry.column!r} may be the day of a transplant before the infusion, or after it.",
        "It is not used: follow-up does not end there.",
        "Choose 'next therapy' in the mapping if it is after the infusion.",
    )


def tells_outcome(entry: ColumnMap) -> bool:
    """Whether a column was left out although it tells an outcome: its codes, or a second word."""
    outcomes = {field.title for field in read_fields().values() if field.table == "outcomes"}
    second = re.match(r"It is (.*) too, but ", entry.reason)
    coded = "are not explained" in entry.reason
    return (second is not None and second[1] in outcomes) or (
        coded and any(f" {title}. But" in entry.reason for title in outcomes)
    )


def unused_outcome(table: MappedTable, entry: ColumnMap) -> dict[str, object]:
    """The finding on such a column."""
    return finding(
        CHANGES,
        table.name,
        entry.column,
        f"{entry.column!r} tells an outcome, but is not used. {entry.reason.rstrip('.')}.",
        "Survival is computed without it.",
        "Choose in the mapping which column counts, or what its codes mean.",
    )
