"""What an exhibit says in words, and the phrases that all of them are made of."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from pht_core.exhibits.view import View
from pht_core.model.criteria import LLN, scheme
from pht_core.model.schema import LINEAGE_NAMES, LINEAGES
from pht_core.model.settings import Settings
from pht_core.model.words import counted
from pht_core.stats.proportion import exact_interval, percent_text
from pht_core.stats.summary import median_range

EXACT = "Clopper-Pearson"
# Spelled out at the end of a caption where it, or what stands beside it, has them.
ABBREVIATIONS = {
    "B-ALL": "B-cell acute lymphoblastic leukemia",
    "CAR-T": "chimeric antigen receptor T",
    "CI": "confidence interval",
    "CR": "complete remission",
    "CRS": "cytokine release syndrome",
    "CTCAE": "Common Terminology Criteria for Adverse Events",
    "G-CSF": "granulocyte colony-stimulating factor",
    "HGB": "hemoglobin",
    "HSCT": "hematopoietic stem cell transplantation",
    "ICANS": "immune effector cell-associated neurotoxicity syndrome",
    "LLN": "lower limit of normal",
    "NE": "neutrophils",
    "PHT": "prolonged hematologic toxicity",
    "PLT": "platelets",
    "TPO": "thrombopoietin",
}
_UNITS = {"HGB": "g/L", "PLT": "× 10⁹/L", "NE": "× 10⁹/L"}


@dataclass(frozen=True)
class Texts:
    """An exhibit in words, in the style of a journal: numbers, no adjectives.

    headline : one sentence that states the finding with its numbers; the title of a slide.
    caption : what is shown, of whom, and how; stands under the figure in a manuscript.
    result : one sentence for the results section: counts, denominators, interval, method. Empty
        where a single sentence would have to leave something out (a table of patients).
    """

    headline: str
    caption: str
    result: str = ""


def percent(n: int, n_total: int, decimals: int = 1) -> str:
    """Percent of n of N, half up; 0% and 100% only where it is none and all.

    Parameters
    ----------
    n_total : at least 1. decimals : more are given where fewer would say 0% or 100%.

    >>> percent(16, 17), percent(17, 17), percent(199, 200, 0), percent(0, 3)
    ('94.1%', '100%', '99.5%', '0%')
    """
    if n in (0, n_total):
        return percent_text(n, n_total, 0)
    text = percent_text(n, n_total, decimals)
    if Decimal(text.removesuffix("%")) in (0, 100) and decimals < 6:
        return percent(n, n_total, decimals + 1)
    return text


def limits(low: float, high: float) -> str:
    """The two limits of an interval, given in percent.

    >>> limits(71.311, 99.851), limits(0.0, 19.506)
    ('71.3–99.9%', '0–19.5%')
    """
    return f"{_limit(low)}–{_limit(high)}%"


def _limit(value: float) -> str:
    return f"{value:.0f}" if value in (0, 100) else f"{value:.1f}"


def patients(n: int, which: str = "") -> str:
    """``17 patients with PHT``, ``1 patient``.

    >>> patients(1, "with PHT"), patients(0)
    ('1 patient with PHT', '0 patients')
    """
    return " ".join(filter(None, [counted(n, "patient", "patients"), which]))


def share(n: int, n_total: int, which: str | None = "", *, method: str = "") -> str:
    """How many of how many, with percent and exact 95% interval.

    Parameters
    ----------
    n_total : at least 1. which : what the patients have in common; None: without the noun.
    method : of the interval, where it is named here and not for several at once.

    >>> share(16, 17, "with PHT")
    '16 of 17 patients with PHT (94.1%; 95% CI 71.3–99.9%)'
    >>> share(5, 17, None, method=EXACT)
    '5 of 17 (29.4%; 95% CI 10.3–56.0%, Clopper-Pearson)'
    """
    low, high = exact_interval(n, n_total)
    named = f", {method}" if method else ""
    interval = f"95% CI {limits(float(low), float(high))}{named}"
    return f"{_of(n, n_total, which)} ({percent(n, n_total)}; {interval})"


def short_share(n: int, n_total: int, which: str | None = "") -> str:
    """The same for a title: whole percents, no interval.

    >>> short_share(16, 17)
    '16 of 17 patients (94%)'
    """
    return f"{_of(n, n_total, which)} ({percent(n, n_total, 0)})"


def plain_share(n: int, n_total: int, which: str | None = "") -> str:
    """The same with one decimal and without an interval, for what describes the patients."""
    return f"{_of(n, n_total, which)} ({percent(n, n_total)})"


def _of(n: int, n_total: int, which: str | None) -> str:
    return f"{n} of {n_total}" if which is None else f"{n} of {patients(n_total, which)}"


def median_words(values: Iterable[float], unit: str, *, n: bool = True) -> str:
    """Median with range and number within a clause; empty where nothing is known.

    >>> median_words([7, 21, 40], "days")
    'a median of 21 days (range 7–40; n = 3)'
    >>> median_words([1.0], "days"), median_words([0.5, 0.5], "mg/kg/day")
    ('1 day', '0.5 mg/kg/day in each of 2')
    """
    known = [value for value in values if value == value]
    said = median_value(known, unit, n=n)
    return f"a median of {said}" if len(set(known)) > 1 else said


def median_value(values: Iterable[float], unit: str, *, n: bool = True) -> str:
    """The same without the word, for a title or a table.

    >>> median_value([8, 31, 66], "years", n=False)
    '31 years (range 8–66)'
    """
    median, low, high, known = median_range(values)
    if known == 0:
        return ""
    unit = unit.removesuffix("s") if median == 1 and unit in ("days", "years") else unit
    middle = f"{median:g} {unit}".strip()
    if known == 1:
        return middle
    if low == high:
        return f"{middle}{f' in each of {known}' if n else ''}"
    return f"{middle} (range {span(low, high)}{f'; n = {known}' if n else ''})"


def span(low: float, high: float) -> str:
    """From-to, with an en dash where neither is below zero.

    >>> span(7, 40), span(-7, 655), span(3, 3)
    ('7–40', '−7 to 655', '3–3')
    """
    if low < 0:
        return f"{signed(low)} to {signed(high)}"
    return f"{low:g}–{high:g}"


def signed(value: float) -> str:
    """A number with the sign that is printed: ``−7``."""
    return f"{value:g}".replace("-", "−")


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words with commas and "and".

    >>> listed(["a", "b", "c"]), listed(["a"]), listed(["a", "b"])
    ('a, b and c', 'a', 'a and b')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def sentence(*parts: str) -> str:
    """Clauses that say something, parted by semicolons, as one sentence.

    >>> sentence("a in 1 of 2", "", "b in 2 of 2")
    'A in 1 of 2; b in 2 of 2.'
    """
    said = "; ".join(part for part in parts if part)
    return f"{capital(said)}." if said else ""


def rows_of(table: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of a table as plain values, a tuple a row."""
    return list(zip(*(table[name].tolist() for name in columns), strict=True))


def these(n: int, what: str) -> str:
    """How many of what, with its plural.

    >>> these(1, "relapse"), these(7, "relapse")
    ('1 relapse', '7 relapses')
    """
    return counted(n, what, f"{what}s")


def left_out(n: int, why: str) -> str:
    """``2 patients without a count were left out``; empty where there is nobody.

    >>> left_out(1, "without a count"), left_out(0, "without a count")
    ('1 patient without a count was left out', '')
    """
    return f"{patients(n, why)} {'was' if n == 1 else 'were'} left out" if n else ""


def caption(view: View, *sentences: str, kind: str = "Figure", beside: str = "") -> str:
    """Sentences as a caption, closed by filters, simulated data, and abbreviations.

    Parameters
    ----------
    kind : Figure or Table. beside : what else is read with it (result, headings of a table), whose
        abbreviations are spelled out too.
    """
    said = " ".join(filter(None, [f"{kind}.", *sentences, filter_sentence(view)]))
    simulated = "Simulated data." if view.cohort.simulated else ""
    return " ".join(filter(None, [said, simulated, abbreviations(f"{said} {beside}")]))


def filter_sentence(view: View) -> str:
    """Whom the filters leave, in words; empty without filters."""
    if not view.filters.active:
        return ""
    return f"Restricted to {len(view.subject_ids)} of {patients(view.n_total)}: {view.words}."


def abbreviations(text: str) -> str:
    """The abbreviations that a text has, spelled out in one sentence.

    >>> abbreviations("PHT in 3 of 4 (95% CI 19–99%)")
    'CI, confidence interval; PHT, prolonged hematologic toxicity.'
    """
    found = [
        f"{short}, {long}"
        for short, long in ABBREVIATIONS.items()
        if re.search(rf"(?<![\w-]){re.escape(short)}(?![\w]|-[A-Z])", text)
    ]
    return f"{'; '.join(found)}." if found else ""


def pht_definition(settings: Settings) -> str:
    """What PHT means, under the definitions in use."""
    return (
        f"PHT is any lineage at grade {settings.pht_grade} or worse on the draw nearest day "
        f"{settings.day28} (± {settings.day28_window} days) and not after the first day of "
        "prednisone."
    )


def cut_offs(scheme_name: str, grade: int) -> str:
    """Where a grade begins in each lineage that has it.

    >>> cut_offs("ctcae_v5", 3)
    'hemoglobin < 80 g/L, platelets < 50 × 10⁹/L and neutrophils < 1 × 10⁹/L'
    >>> cut_offs("ctcae_v6", 1)
    'hemoglobin and platelets < LLN and neutrophils < 1.5 × 10⁹/L'
    """
    lineages: dict[str, list[str]] = {}
    for param in LINEAGES:
        for band in scheme(scheme_name).bands_of(param):
            if band.grade == grade and band.upper is not None:
                bound = LLN if band.upper == LLN else f"{band.upper:g} {_UNITS[param]}"
                cut = f"{'≤' if band.upper_closed else '<'} {bound}"
                lineages.setdefault(cut, []).append(LINEAGE_NAMES[param])
    return listed([f"{listed(names)} {cut}" for cut, names in lineages.items()])


def grading(view: View) -> str:
    """The scheme that grades, in a few words."""
    return f"by {scheme(view.settings.scheme).title}"
