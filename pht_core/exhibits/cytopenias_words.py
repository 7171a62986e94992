"""Words of the exhibits of cytopenias: who is affected, how many lineages, how severely."""

from typing import Any

import pandas as pd

from pht_core.exhibits.view import View
from pht_core.exhibits.words import (
    EXACT,
    Texts,
    capital,
    caption,
    cut_offs,
    grading,
    listed,
    patients,
    pht_definition,
    rows_of,
    sentence,
    share,
    short_share,
)
from pht_core.model.schema import TERMS
from pht_core.stats.summary import count_any_severe, figure_groups

# By period what is counted, n, N, and how many are missing from N.
Periods = dict[str, list[tuple[Any, ...]]]
SEVERE = 3
_SEVERE = "grade 3 or 4 "
_TAKEN = {
    "within_28": "worst count",
    "at_day_28": "single draw",
    "after_prednisone": "best count",
    "after_prednisone_last": "last count",
}
# How a period is called within a sentence; the last count is named before the period, so that it
# is not taken for the best one.
_WHEN = {
    "within_28": "within 28 days after CAR-T infusion",
    "at_day_28": "at day 28",
    "after_prednisone": "after prednisone",
    "after_prednisone_last": "on the last count after prednisone",
}
_LINEAGES = {
    3: "trilineage cytopenia",
    2: "bilineage cytopenia",
    1: "one affected lineage",
    0: "no affected lineage",
}
_SHORT = {**_WHEN, "within_28": "within 28 days"}


def incidence(
    view: View, numbers: pd.DataFrame, of: str, after: str, *, pies: bool, intervals: bool
) -> Texts:
    """Each cytopenia by period.

    Parameters
    ----------
    numbers : see ``summary.count_incidence``. of, after : as of ``summary.figure_groups``.
    """
    counts: Periods = {
        period: rows_of(rows, "term", "n", "n_total", "missing")
        for period, rows in _by_period(numbers)
    }
    clauses = [_clause(view, period, of, rows, "a count") for period, rows in counts.items()]
    first = {period: rows[0][1:3] for period, rows in counts.items()}
    result = sentence(*clauses, _method(counts))
    drawn = (
        "Pies show the share of patients affected"
        if pies
        else "Bars show the percent of patients with a count of that lineage, and how many they are"
    )
    return Texts(
        _headline(first, TERMS["HGB"], of),
        caption(
            view,
            f"Patients with anemia, thrombocytopenia and neutropenia {_periods(counts)}.",
            f"Affected means grade 1 or worse {grading(view)}: "
            f"{cut_offs(view.settings.scheme, 1)}.",
            f"{drawn}. {_denominators(view, of, after)}",
            "Lines are exact (Clopper-Pearson) 95% CIs." if intervals and not pies else "",
            pht_definition(view.settings) if of == "pht" else "",
            _after_rule(view, after),
            beside=result,
        ),
        result,
    )


def lineages(view: View, numbers: pd.DataFrame, of: str, after: str, *, intervals: bool) -> Texts:
    """How many lineages are low at once.

    Parameters
    ----------
    numbers : see ``summary.count_lineages``.
    """
    counts: Periods = {
        period: [
            (_LINEAGES[lineages], n, n_total, missing)
            for lineages, n, n_total, missing in rows_of(
                rows, "lineages", "n", "n_total", "missing"
            )
        ]
        for period, rows in _by_period(numbers)
    }
    clauses = [
        _clause(view, period, of, rows, "all three counts") for period, rows in counts.items()
    ]
    result = sentence(*clauses, _method(counts))
    first = {period: rows[0][1:3] for period, rows in counts.items()}
    return Texts(
        _headline(first, "trilineage cytopenia", of),
        caption(
            view,
            f"Number of lineages (hemoglobin, platelets, neutrophils) at grade 1 or worse "
            f"{grading(view)} {_periods(counts)}.",
            "Bars show the percent of patients with counts of all three lineages, and how many "
            f"they are. {_denominators(view, of, after)}",
            "Lines are exact (Clopper-Pearson) 95% CIs." if intervals else "",
            pht_definition(view.settings) if of == "pht" else "",
            _after_rule(view, after),
            beside=result,
        ),
        result,
    )


def grades(view: View, numbers: pd.DataFrame, of: str, after: str) -> Texts:
    """Grades of each cytopenia by period.

    Parameters
    ----------
    numbers : see ``summary.count_grades``.
    """
    counts: Periods = {}
    for period, table in _by_period(numbers):
        severe = table[table["grade"] >= SEVERE].groupby("param", sort=False)["n"].sum()
        firsts = table.drop_duplicates("param")
        counts[period] = [
            (f"{_SEVERE}{TERMS[param]}", int(severe[param]), n_total, missing)
            for param, n_total, missing in rows_of(firsts, "param", "n_total", "missing")
        ]
    clauses = [_clause(view, period, of, rows, "a count") for period, rows in counts.items()]
    groups = figure_groups(view.patients, of, after)
    any_severe = {
        period: count_any_severe(view.assessment.grades[period], ids, SEVERE)
        for period, ids in groups.items()
    }
    result = sentence(*clauses, _method(counts))
    scheme = view.settings.scheme
    return Texts(
        _headline(any_severe, "grade 3 or 4 cytopenia", of),
        caption(
            view,
            f"Grades of anemia, thrombocytopenia and neutropenia {_periods(counts)}, graded "
            f"{grading(view)}.",
            f"Grade 1 begins at {cut_offs(scheme, 1)}; grade 3 at {cut_offs(scheme, 3)}.",
            "Each bar is all patients with a count of that lineage, the highest grade at the foot. "
            f"{_denominators(view, of, after)}",
            pht_definition(view.settings) if of == "pht" else "",
            _after_rule(view, after),
            beside=result,
        ),
        result,
    )


def _by_period(numbers: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The rows of each period, in order."""
    return [(str(period), rows) for period, rows in numbers.groupby("period", sort=False)]


def _which(period: str, of: str) -> str:
    """What the patients of a period have in common."""
    given = "given prednisone" if period.startswith("after") else ""
    pht = "with PHT" if of == "pht" and period != "within_28" else ""
    return " ".join(filter(None, [pht, given]))


def _clause(view: View, period: str, of: str, rows: list[tuple[Any, ...]], needed: str) -> str:
    """One period of a results sentence: n of N of each, and who had not what is ``needed``."""
    if period.startswith("after") and not view.cohort.has("prednisone"):
        return "prednisone was not recorded"
    which = _which(period, of)
    taken = f" ({_TAKEN[period]})" if period != "after_prednisone_last" else ""
    start = f"{_WHEN[period]}{taken}"
    found = [row for row in rows if row[2]]
    missing = [row[3] for row in rows]
    if not found and not any(missing):
        # PHT may be unknown: then nobody is known to have it, which is not that nobody has.
        known = which.replace("with PHT", "known to have PHT")
        return f"{_WHEN[period]}, there was no patient {known}".strip()
    if not found:
        return f"{start}, 0 of {patients(max(missing), which)} had {needed}"
    parts = []
    for place, (term, n, n_total, _) in enumerate(found):
        said = share(n, n_total, None if place else which)
        parts.append(f"{term} was found in {said}" if place == 0 else f"{term} in {said}")
    return f"{start}, {listed(parts)}{_left_out(rows, needed)}"


def _left_out(rows: list[tuple[Any, ...]], needed: str) -> str:
    missing = [row[3] for row in rows]
    if not any(missing):
        return ""
    if len(set(missing)) == 1:
        return f", leaving out {patients(missing[0], f'without {needed}')}"
    each = [f"{n} for {str(term).removeprefix(_SEVERE)}" for term, _, _, n in rows if n]
    return f", leaving out patients without {needed} ({listed(each)})"


def _method(counts: Periods) -> str:
    known = any(one[2] for rows in counts.values() for one in rows)
    return f"intervals are {EXACT}" if known else ""


def _headline(found: dict[str, tuple[int, int]], term: str, of: str) -> str:
    """The first and the last period that anything is known of, as one sentence."""
    known = [period for period, (_, n_total) in found.items() if n_total]
    if not known:
        return f"No count from which {term} could be told in any period"
    parts: list[str] = []
    for period in dict.fromkeys([known[0], known[-1]]):
        which = "with PHT" if "with PHT" in _which(period, of) else ""
        when = "on the best count after prednisone" if period == "after_prednisone" else ""
        said = short_share(*found[period], which)
        # Of the second group the noun is left out: a title is short.
        said = said.replace("patients ", "") if parts and which else said
        parts.append(f"{when or _SHORT[period]} in {said}")
    return capital(f"{term} {', '.join(parts)}")


def _periods(counts: Periods) -> str:
    """The periods with the count that is taken in each."""
    return listed(
        [
            f"{_WHEN[period]} ({_TAKEN[period]})"
            if period != "after_prednisone_last"
            else _WHEN[period]
            for period in counts
        ]
    )


def _denominators(view: View, of: str, after: str) -> str:
    sizes = {p: len(ids) for p, ids in figure_groups(view.patients, of, after).items()}
    recorded = view.cohort.has("prednisone")
    each = [
        f"{_WHEN[period]}, {patients(n, _which(period, of))}"
        for period, n in sizes.items()
        if recorded or not period.startswith("after")
    ]
    return f"Denominators: {'; '.join(each)}."


def _after_rule(view: View, after: str) -> str:
    settings = view.settings
    free = "support-free " if settings.use_support else ""
    one = "last" if after == "last" else "best"
    return (
        f"After prednisone: the {one} {free}count up to {settings.after_days} days after the first "
        "course, before a relapse, progression or next therapy."
    )
