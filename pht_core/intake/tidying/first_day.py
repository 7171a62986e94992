"""Whether a file calls the day of infusion 0, or 1 as ADaM does."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pht_core.intake.mapping import CHOSEN, ColumnMap
from pht_core.intake.tidying.mapped import MappedTable, text_of
from pht_core.model.findings import CHANGES, Findings, finding

# ADaM's and SDTM's days, which have no day 0: day 1 is the first of treatment.
ADAM_DAYS = frozenset(
    {"ADY", "LBDY", "VSDY", "ASTDY", "AENDY", "AESTDY", "CMSTDY", "CMENDY", "EXSTDY", "EXENDY"}
)
TEN_YEARS = 3_653
DATE_PARTS = ({"year", "month"}, {"jahr", "monat"}, {"année", "mois"}, {"年", "月"})
DAY_FIELDS = ("day", "start_day", "end_day")
# Infusion dates by names that only say when treatment began. ADaM's TRTSDT is the infusion by
# convention; SDTM's reference dates often are the first day of lymphodepletion.
TREATMENT_STARTS = frozenset({"TRTSDT", "TRTSDTM", "TR01SDT", "AP01SDT"})
REFERENCE_STARTS = frozenset({"RFSTDTC", "RFXSTDTC"})


def adam_has_day_0(tables: Sequence[MappedTable]) -> bool:
    """Whether some column with one of ADaM's names for a day holds a 0."""
    for table in tables:
        for entry in table.map.columns:
            if entry.field in DAY_FIELDS and entry.column.upper() in ADAM_DAYS:
                texts = text_of(table.frame[entry.column]).cat.categories
                if {"0", "0.0", "-0"} & {str(text).strip() for text in texts}:
                    return True
    return False


def note_no_day_0(
    numbers: pd.Series, table: MappedTable, entry: ColumnMap, findings: Findings
) -> None:
    """A finding on days that look as if the infusion's were called 1.

    Days on both sides of infusion and a day 1, but nobody's day 0; or days 1, 8, 15 and no other.
    """
    days = np.unique(numbers.dropna().to_numpy())
    if 0 in days or 1 not in days:
        return
    after = days[days > 0]
    weekly = len(after) > 2 and bool((after % 7 == 1).all())
    if not ((days < 0).any() and len(days) > 3) and not weekly:
        return
    shown = ", ".join(f"{day:g}" for day in days[:6])
    findings.append(
        finding(
            CHANGES,
            table.name,
            entry.column,
            f"{entry.column!r} has a day 1 but no day 0 ({shown} …), as if the day of infusion "
            "were called 1.",
            "It is read as it stands: day 0 is the infusion, day 1 the day after it.",
            "If day 1 is the infusion, subtract one from the days above 0.",
        )
    )


def note_far_days(days: pd.Series, table: MappedTable, findings: Findings) -> None:
    """A finding on days of more than ten years before the infusion: a date of another kind."""
    far = days < -TEN_YEARS
    if far.any():
        first = far[far].index[0]
        findings.append(
            finding(
                CHANGES,
                table.name,
                str(days.name),
                f"{int(far.sum())} of {len(days)} rows lie more than ten years before the "
                f"infusion, the first at day {days[first]:.10g}.",
                "They are used as they stand.",
                "Check the dates and the date of infusion.",
                row=table.line_of(first),
                value=f"{days[first]:.10g}",
            )
        )


def is_day_of_month(table: MappedTable, entry: ColumnMap) -> bool:
    """Whether a column of days stands beside a year and a month: it is the day of a date."""
    names = {str(name).strip().casefold() for name in table.frame.columns}
    return entry.reason != CHOSEN and any(parts <= names for parts in DATE_PARTS)
