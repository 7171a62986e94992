"""What an exhibit says in words, and the phrases that all of them are made of."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from pht_core.exhibits.view import View
from pht_core.model.criteria import LLN, scheme
from pht_core.model.findings import Sentence
from pht_core.model.lineage import LINEAGES
from pht_core.model.words import counted, listed
from pht_core.paper.published import read_publications
from pht_core.stats.proportion import exact_text, limits_text, with_percent
from pht_core.stats.summary import median_range

EXACT = "Clopper-Pearson"
FILE = Path(__file__).with_name("sentences.toml")
# Spelled out at the end of a caption where it, or what stands beside it, has them.
_ABBREVIATIONS = {
    "B-ALL": "B-cell acute lymphoblastic leukemia",
    "CAR-T": "chimeric antigen receptor T",
    "CI": "confidence interval",
    "CR": "complete remission",
    "CRS": "cytokine release syndrome",
    "CTCAE": "Common Terminology Criteria for Adverse Events",
    "EASIX": "Endothelial Activation and Stress Index",
    "G-CSF": "granulocyte colony-stimulating factor",
    "HSCT": "hematopoietic stem cell transplantation",
    "ICAHT": "immune effector cell-associated hematotoxicity",
    "ICANS": "immune effector cell-associated neurotoxicity syndrome",
    "LDH": "lactate dehydrogenase",
    "LLN": "lower limit of normal",
    "PHT": "prolonged hematologic toxicity",
    "TPO": "thrombopoietin",
}


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


class _Phrase(Sentence):
    """A phrase with gaps, which takes note of whether it can be said."""

    said = True

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        asked, _, name = field_name.partition(" ")
        if asked in ("if", "unless"):
            name, _, wanted = name.partition(" is ")
            value, _ = super().get_field(name, args, kwargs)
            holds = str(value) == wanted if wanted else bool(value)
            self.said &= holds == (asked == "if")
            return "", name
        value, name = super().get_field(field_name, args, kwargs)
        self.said &= value is not None and not (isinstance(value, str | list) and not value)
        return value, name

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, list):
            words = [str(one) for one in value]
            is_list = format_spec in ("", "or")
            return listed(words, format_spec or "and") if is_list else format_spec.join(words)
        return "" if value is None else super().format_field(value, format_spec)


def fill(phrase: str, values: Mapping[str, Any]) -> str:
    """A phrase with its gaps filled, as ``sentences.toml`` says; empty where it cannot be said.

    >>> fill("{n:patient|patients}[ {which}]", {"n": 2, "which": ""})
    '2 patients'
    >>> fill("{if n}Of {names}.", {"n": 0, "names": ["a", "b"]})
    ''
    """
    filled = []
    for place, part in enumerate(re.split(r"\[(.*?)\]", phrase)):
        gaps, optional = _Phrase(), place % 2
        words = gaps.vformat(part, (), values)
        if not gaps.said and not optional:
            return ""
        filled.append(words if gaps.said else "")
    return "".join(filled)


@cache
def read_sentences() -> dict[str, dict[str, Any]]:
    """The sentences of each exhibit by its name, and those that several share."""
    return tomllib.loads(FILE.read_text("utf-8"))


class Gaps(dict[str, Any]):
    """What fills the gaps of an exhibit's sentences: values, else its attributes, else phrases."""

    def __init__(self, shown: Any, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.shown = shown
        self.phrases = read_sentences()["shared"] | read_sentences()[shown.sentences]

    def __missing__(self, name: str) -> Any:
        found = self.phrases.get(name)
        return getattr(self.shown, name) if found is None else self.first(found)

    def first(self, phrases: str | list[Any]) -> str:
        """A phrase; of several the first that can be said. All are filled, so that slips show."""
        if isinstance(phrases, str):
            return fill(phrases, self)
        return next(filter(None, [self.first(one) for one in phrases]), "")

    def every(self, phrases: list[Any]) -> list[str]:
        """All of some phrases that can be said; of those in a list the first."""
        return list(filter(None, map(self.first, phrases)))


def interval_of_rate(low: float, high: float) -> str:
    """The 95% CI of a rate (0 to 1); empty where it has no width, or is missing.

    Before the first event both limits are 1, which says nothing.

    >>> interval_of_rate(0.713, 0.9985), interval_of_rate(1.0, 1.0)
    ('95% CI 71.3–99.9%', '')
    """
    return f"95% CI {limits_text(low, high)}" if low < high else ""


def patients(n: int, which: str = "") -> str:
    """``17 patients with PHT``, ``1 patient``.

    >>> patients(1, "with PHT"), patients(0)
    ('1 patient with PHT', '0 patients')
    """
    return " ".join(filter(None, [counted(n, "patient", "patients"), which]))


def share(n: int, n_total: int, which: str | None = "", *, method: str = "") -> str:
    """How many of how many, with percent and exact 95% interval; empty where N is 0.

    which : what the patients have in common; None: without the noun. method : of the interval,
    where it is named here and not for several at once.

    >>> share(16, 17, "with PHT")
    '16 of 17 patients with PHT (94%; 95% CI 71–99.9%)'
    >>> share(3, 7, None, method=EXACT)
    '3 of 7 (95% CI 10–82%, Clopper-Pearson)'
    """
    if not n_total:
        return ""
    interval = f"95% CI {exact_text(n, n_total)}{f', {method}' if method else ''}"
    return with_percent(_of(n, n_total, which), n, n_total, interval)


def short_share(n: int, n_total: int, which: str | None = "") -> str:
    """The same without the interval, for a title and for what describes the patients.

    >>> short_share(16, 17), short_share(3, 7)
    ('16 of 17 patients (94%)', '3 of 7 patients')
    """
    return with_percent(_of(n, n_total, which), n, n_total) if n_total else ""


def list_shares(
    rows: Iterable[tuple[str, int, int]],
    form: Callable[[int, int, str | None], str],
    which: str | None = "",
    verb: str = "",
) -> str:
    """Shares of several things as a list, in which only the first names the patients.

    Parameters
    ----------
    rows : what, n and N. form : `share` or `short_share`. verb : after the first.

    >>> list_shares([("anemia", 5, 10), ("fever", 0, 10)], short_share, "with PHT", " was found")
    'anemia was found in 5 of 10 patients with PHT (50%) and fever in 0 of 10 (0%)'
    """
    return listed(
        [
            f"{what}{'' if place else verb} in {form(n, n_total, None if place else which)}"
            for place, (what, n, n_total) in enumerate(rows)
        ]
    )


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
    value = median_value(known, unit, n=n)
    return f"a median of {value}" if len(set(known)) > 1 else value


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


def quantity(number: str, unit: str) -> str:
    """A number with its unit, powers of ten as they are printed.

    >>> quantity("2.3", "10^9/L"), quantity("143", "g/L"), quantity("40", "")
    ('2.3 × 10⁹/L', '143 g/L', '40')
    """
    printed = unit.replace("^9", "⁹").replace("^6", "⁶")
    return f"{number} × {printed}" if printed.startswith("10") else f"{number} {printed}".strip()


def lineage_names() -> str:
    """``hemoglobin, platelets and neutrophils``: all lineages that are shown."""
    return listed([lineage.name for lineage in LINEAGES.values()])


def cytopenia_names() -> str:
    """``anemia, thrombocytopenia and neutropenia``: of all lineages that are shown."""
    return listed([lineage.term for lineage in LINEAGES.values()])


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def sentence(*parts: str) -> str:
    """The clauses that are not empty, separated by semicolons, as one sentence.

    >>> sentence("a in 1 of 2", "", "b in 2 of 2")
    'A in 1 of 2; b in 2 of 2.'
    """
    joined = "; ".join(part for part in parts if part)
    return f"{capital(joined)}." if joined else ""


def rows_of(table: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of a table as plain values, a tuple a row."""
    return list(zip(*(table[name].tolist() for name in columns), strict=True))


def excluded(n: int, why: str) -> str:
    """``2 patients without a count were excluded``; empty where there is nobody.

    >>> excluded(1, "without a count"), excluded(0, "without a count")
    ('1 patient without a count was excluded', '')
    """
    return f"{patients(n, why)} {'was' if n == 1 else 'were'} excluded" if n else ""


def filter_sentence(view: View) -> str:
    """Whom the filters leave, in words; empty without filters."""
    if not view.filters.active:
        return ""
    return f"Restricted to {len(view.subject_ids)} of {patients(view.n_total)}: {view.words}."


def list_abbreviations() -> dict[str, str]:
    """Every abbreviation that is spelled out, short names of lineages among them, in order."""
    lineages = {lineage.param: lineage.name for lineage in LINEAGES.values()}
    return dict(sorted((_ABBREVIATIONS | lineages).items()))


def abbreviations(text: str) -> str:
    """The abbreviations that a text has, spelled out in one sentence.

    >>> abbreviations("PHT in 3 of 4 (95% CI 19–99%)")
    'CI, confidence interval; PHT, prolonged hematologic toxicity.'
    """
    found = [
        f"{short}, {long}"
        for short, long in list_abbreviations().items()
        if re.search(rf"(?<![\w-]){re.escape(short)}(?![\w]|-[A-Z])", text)
    ]
    return f"{'; '.join(found)}." if found else ""


def support_at_day_28(view: View) -> str:
    """On how many draws of day 28 support may be why a count is normal; empty without a draw."""
    unproven, settings = view.patients["unproven_d28"], view.settings
    known = int(unproven.notna().sum())
    if not settings.use_support:
        return ""
    if not known:
        drawn = view.assessment.grades["at_day_28"].loc[view.subject_ids].notna().any(axis=None)
        return "Support was not recorded, so day-28 draws were not checked for it." if drawn else ""
    graded = "not evaluable" if settings.day28_support_free else "graded like any other"
    return (
        f"{int(unproven.fillna(False).sum())} of {counted(known, 'day-28 draw', 'day-28 draws')} "
        f"under support (a normal count within {settings.support_free_days} days of transfusion "
        f"or G-CSF for its lineage; {graded})."
    )


def published_shares(figures: list[tuple[str, dict[str, Any]]]) -> pd.DataFrame | None:
    """What publications print of some figures (see ``published.read_publications``); None: nothing.

    Columns: those given with each figure, percent, words, whose (with DOI).
    """
    references = read_publications()
    rows = [
        {
            **place,
            "percent": one.percent,
            "words": one.label,
            "whose": one.source,
        }
        for name, place in figures
        for one in references.get(name, ())
    ]
    return pd.DataFrame(rows) if rows else None


def published_words(marks: pd.DataFrame | None) -> str:
    """Whose the marks of a picture are; empty where there are none."""
    if marks is None:
        return ""
    return f"Bold lines across bars: as printed by {listed(list(dict.fromkeys(marks['whose'])))}."


def cut_offs(scheme_name: str, grade: int) -> str:
    """Where a grade begins in each lineage that has it.

    >>> cut_offs("ctcae_v5", 3)
    'hemoglobin < 80 g/L, platelets < 50 × 10⁹/L and neutrophils < 1 × 10⁹/L'
    >>> cut_offs("ctcae_v6", 1)
    'hemoglobin and platelets < LLN and neutrophils < 1.5 × 10⁹/L'
    """
    names_by_bound: dict[str, list[str]] = {}
    for lineage in LINEAGES.values():
        for band in scheme(scheme_name).bands_of(lineage.param):
            if band.grade == grade and band.upper is not None:
                bound = LLN
                if band.upper != LLN:
                    bound = quantity(f"{band.upper:g}", lineage.printed_unit)
                sign = "≤" if band.upper_closed else "<"
                names_by_bound.setdefault(f"{sign} {bound}", []).append(lineage.name)
    return listed([f"{listed(names)} {bound}" for bound, names in names_by_bound.items()])
