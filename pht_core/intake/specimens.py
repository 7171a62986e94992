"""Results that are no count of blood drawn from a patient: of another fluid, or derived."""

import re

import numpy as np

from pht_core.intake.amounts import Desk
from pht_core.intake.mapped import MappedTable, text_of
from pht_core.validation import CHANGES, finding

_OTHER = re.compile(
    r"urin|csf|cerebro|spinal|marrow|pleura|ascit|periton|synov|fluid|stool|faec|fec(?:es|al)|sput"
    r"|saliva|lavage|cord|donor|product|bag|aphere|leuka|liquor|knochenmark|moelle|尿|脑脊|骨髓|胸水"
    r"|腹水|粪|痰|^bm$|^ur$",
    re.I,
)

_VOID = re.compile(r"cancel|error|invalid|reject|void|not done|not perf|作废|取消|storniert", re.I)


def drawn_from_blood(table: MappedTable, names: np.ndarray, desk: Desk) -> np.ndarray:
    """Each row's test as given, -1 where the row is no count of drawn blood.

    Rows of urine, marrow, liquor …, cancelled results, and rows that a study derived from others
    (ADaM's DTYPE: last
    observation carried forward, averages) are left out, which is a finding.

    Parameters
    ----------
    names : each row's place in ``laboratory.TESTS``, -1 for other tests.
    """
    for field, what in (
        ("specimen", "of another specimen than blood"),
        ("derived", "derived"),
        ("given", "of cancelled or rejected results"),
    ):
        told = table.series(field)
        if told is None:
            continue
        words = text_of(told).cat
        pattern = {"specimen": _OTHER, "given": _VOID}.get(field)
        if pattern:
            out = [bool(pattern.search(str(word))) for word in words.categories]
        else:
            out = [bool(str(word).strip()) for word in words.categories]
        rows = np.array([*out, False])[words.codes.to_numpy()] & (names >= 0)
        if rows.any():
            first = int(np.flatnonzero(rows)[0])
            desk.findings.append(
                finding(
                    CHANGES,
                    table.name,
                    str(told.name),
                    f"{int(rows.sum())} of {len(rows)} rows are {what}, the first "
                    f"{str(told.iloc[first])!r}.",
                    "They are left out.",
                    "Clear the column in the mapping if they should count.",
                    row=table.line_of(told.index[first]),
                    value=str(told.iloc[first]),
                )
            )
            names = np.where(rows, np.int8(-1), names)
    return names
