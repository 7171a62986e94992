"""Groups of patients side by side: counts, medians, missing values, differences, and tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, lgamma
from typing import Any

import numpy as np
import pandas as pd

from pht_core.model.errors import UnknownName
from pht_core.model.schema import AFTER_INFUSION, TABLES
from pht_core.stats.proportion import p_text, with_percent
from pht_core.stats.summary import with_shares

# A number with more values than these is described by its median; a word with more is left out.
MOST_LEVELS = 6
# Below this expected count in any cell Fisher's exact test takes the place of chi-squared (Cochran
# 1954, doi:10.2307/3001616), where it has no more tables than these to go through.
LEAST_EXPECTED = 5.0
MOST_TABLES = 200_000
# Below so many in each group, and without ties, Mann-Whitney is exact, as in R.
MOST_EXACT = 50
FISHER, CHI_SQUARED = "Fisher's exact", "chi-squared"
MANN_WHITNEY, KRUSKAL_WALLIS = "Mann-Whitney", "Kruskal-Wallis"
ANSWERS = {True: "yes", False: "no"}
# What follows from counts and courses, beside the columns of the file.
_DERIVED = {
    "pht_d28": ("PHT at day 28", "PHT", "no PHT"),
    "treated": ("prednisone", "prednisone", "no prednisone"),
    "responded": ("response to prednisone", "response", "no response"),
    "relapsed": (
        "recurrent cytopenia after stopping prednisone",
        "recurrent cytopenia",
        "no recurrent cytopenia",
    ),
    "late": ("late cytopenia", "late cytopenia", "no late cytopenia"),
}


@dataclass(frozen=True)
class Characteristic:
    """A column of patients: numbers (floats), or levels (a category); missing stays missing."""

    name: str
    title: str
    values: pd.Series
    unit: str = ""

    @property
    def numeric(self) -> bool:
        """Whether it is described by its median."""
        return not isinstance(self.values.dtype, pd.CategoricalDtype)


def list_characteristics(patients: pd.DataFrame, others: pd.DataFrame) -> list[Characteristic]:
    """Every column of patients that has values, as numbers or as levels.

    patients : index subject_id, columns of the subjects table. others : see ``Cohort.others``.
    """
    found = []
    for column in TABLES["subjects"]:
        if column.name in patients and column.name != "subject_id":
            values = patients[column.name]
            found.append(_read(column.name, column.title, values, column.unit))
    for name in others:
        found.append(_read(str(name), str(name), others[name].reindex(patients.index), ""))
    return [one for one in found if one is not None and one.values.notna().any()]


def _read(name: str, title: str, values: pd.Series, unit: str) -> Characteristic | None:
    if name == "sex":
        values = values.map({"F": "female", "M": "male"}, na_action="ignore")
    if isinstance(values.dtype, pd.BooleanDtype) or values.dtype == bool:
        words = values.astype("boolean").map(ANSWERS)
        return Characteristic(name, title, _levels(words, list(ANSWERS.values())))
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.notna().sum() == values.notna().sum():
        kinds = {level: f"{level:g}" for level in sorted(numbers.dropna().unique())}
        if len(kinds) > MOST_LEVELS or name in ("age_years", "lines_of_therapy", "cart_dose"):
            return Characteristic(name, title, numbers.astype(float), unit)
        return Characteristic(name, title, _levels(numbers.map(kinds), list(kinds.values())))
    texts = values.astype(object).map(str, na_action="ignore")
    levels = sorted(texts.dropna().unique())
    if len(levels) > MOST_LEVELS:
        return None
    return Characteristic(name, title, _levels(texts, levels))


def _levels(words: pd.Series, levels: list[str]) -> pd.Series:
    return pd.Series(pd.Categorical(words, levels), words.index)


def list_groupings(patients: pd.DataFrame, others: pd.DataFrame) -> dict[str, str]:
    """Columns that patients can be compared by, in words: two levels or more, or numbers.

    patients : see ``assessment.derive_patients``.
    """
    offered = {
        name: title
        for name, (title, *_) in _DERIVED.items()
        if name in patients and patients[name].nunique() > 1
    }
    for one in list_characteristics(patients, others):
        if one.values.nunique() > 1 and one.name not in offered:
            offered[one.name] = one.title
    return offered


def derive_comparison_groups(
    patients: pd.DataFrame, others: pd.DataFrame, by: str
) -> tuple[str, pd.Series]:
    """The words of a grouping, and each patient's group as a category; missing = in none.

    Numbers of many values are split at their median.
    """
    if by in _DERIVED and by in patients:
        title, yes, no = _DERIVED[by]
        words = patients[by].astype("boolean").map({True: yes, False: no})
        return title, _levels(words, [yes, no])
    known = {one.name: one for one in list_characteristics(patients, others)}
    if by not in known:
        raise UnknownName("Column", by, list(list_groupings(patients, others)))
    one = known[by]
    if one.numeric:
        middle = float(one.values.median())
        unit = f" {one.unit}" if one.unit else ""
        low, high = f"{one.title} ≤ {middle:g}{unit}", f"{one.title} > {middle:g}{unit}"
        groups = (one.values > middle).map({True: high, False: low}).where(one.values.notna())
        return one.title, _levels(groups, [low, high])
    kinds = [f"{one.title} {level}" for level in one.values.cat.categories]
    if list(one.values.cat.categories) == list(ANSWERS.values()):
        kinds = [one.title, f"no {one.title}"]
    elif by == "sex":
        kinds = list(one.values.cat.categories)
    return one.title, one.values.cat.rename_categories(kinds)


def compare_characteristics(
    characteristics: list[Characteristic], groups: pd.Series
) -> pd.DataFrame:
    """Describe each characteristic in each group, with the difference and a test.

    groups : a category by subject_id; who is missing is in no group.
    Returns a row per characteristic, level ("" of numbers) and group: characteristic, level, group,
        n (of numbers: the patients with a value), n_total (of the group, with a value), n_row (of
        the level, all groups), percent, conf_low, conf_high (of n_total, exact), row_percent,
        median, q25, q75, minimum, maximum (of numbers), missing (in the group), difference
        (standardised, absolute, of two groups), test, p_value (missing where there is no test).
    """
    rows: list[dict[str, Any]] = []
    present = [name for name in groups.cat.categories if (groups == name).any()]
    for one in characteristics:
        values = one.values.reindex(groups.index)
        parts = {name: values[(groups == name).to_numpy()] for name in present}
        known = {name: part.dropna() for name, part in parts.items()}
        test, p_value = choose_test(one, list(known.values()))
        title = one.title[:1].upper() + one.title[1:]
        shared = {
            "characteristic": f"{title}, {one.unit}" if one.unit else title,
            "difference": standardised_difference(one, list(known.values())),
            "test": test,
            "p_value": p_value,
        }
        levels = [""] if one.numeric else list(one.values.cat.categories)
        for level in levels:
            n_row = sum(int((part == level).sum()) for part in known.values())
            for name in present:
                part = known[name]
                row: dict[str, Any] = {"level": level, "group": str(name), "n_total": len(part)}
                row["missing"] = len(parts[name]) - len(part)
                if one.numeric:
                    row |= {"n": len(part), "n_row": np.nan, **_spread(part.to_numpy(dtype=float))}
                else:
                    row |= {"n": int((part == level).sum()), "n_row": float(n_row)}
                rows.append(shared | row)
    columns = ["characteristic", "level", "group", "n", "n_total", "n_row"]
    numbers = ["median", "q25", "q75", "minimum", "maximum"]
    tail = ["missing", "difference", "test", "p_value"]
    table = pd.DataFrame(rows, columns=[*columns, *numbers, *tail])
    counted = with_shares(table)
    is_number = table["level"] == ""
    for name in ("percent", "conf_low", "conf_high"):
        table[name] = counted[name].where(~is_number)
    with np.errstate(invalid="ignore", divide="ignore"):
        table["row_percent"] = 100 * table["n"] / table["n_row"]
    shares = ["percent", "conf_low", "conf_high", "row_percent"]
    return table[[*columns, *shares, *numbers, *tail]]


def _spread(values: np.ndarray) -> dict[str, float]:
    if not values.size:
        return {}
    names = ("minimum", "q25", "median", "q75", "maximum")
    return dict(zip(names, np.quantile(values, [0, 0.25, 0.5, 0.75, 1]).tolist(), strict=True))


def standardised_difference(one: Characteristic, parts: list[pd.Series]) -> float:
    """The absolute standardised difference of two groups; missing where it has no value.

    Numbers and yes/no: difference over the root of the mean variance (Austin 2009,
    doi:10.1002/sim.3697); several levels: the same of their vector of shares.
    """
    if len(parts) != 2 or any(part.empty for part in parts):
        return np.nan
    if one.numeric:
        first, second = (part.to_numpy(dtype=float) for part in parts)
        if min(len(first), len(second)) < 2:
            return np.nan
        spread = (first.var(ddof=1) + second.var(ddof=1)) / 2
        return abs(float(first.mean() - second.mean())) / spread**0.5 if spread > 0 else np.nan
    shares = [part.value_counts(normalize=True, sort=False).to_numpy() for part in parts]
    apart = (shares[0] - shares[1])[1:]
    variance = sum((np.diag(s[1:]) - np.outer(s[1:], s[1:]) for s in shares), start=0.0) / 2
    squared = float(apart @ np.linalg.pinv(variance) @ apart)
    return squared**0.5 if squared > 0 or not apart.any() else np.nan


def choose_test(one: Characteristic, parts: list[pd.Series]) -> tuple[str, float]:
    """The test that the characteristic calls for, and its p value; empty and missing without one.

    Levels: chi-squared (no continuity correction), or Fisher's exact test (Freeman-Halton for more
    than two by two) where an expected count is below `LEAST_EXPECTED`. Numbers: Mann-Whitney of
    two groups (exact below `MOST_EXACT` without ties, else normal with corrections for ties and
    continuity), Kruskal-Wallis of more. As R's chisq.test, fisher.test, wilcox.test, kruskal.test.
    """
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return "", np.nan
    if one.numeric:
        return _test_numbers([part.to_numpy(dtype=float) for part in parts])
    table = np.array([part.value_counts(sort=False).to_numpy() for part in parts])
    return choose_test_of_counts(table[:, table.sum(axis=0) > 0])


def _test_numbers(parts: list[np.ndarray]) -> tuple[str, float]:
    from scipy import stats

    everything = np.concatenate(parts)
    if len(np.unique(everything)) < 2:
        return "", np.nan
    if len(parts) > 2:
        return KRUSKAL_WALLIS, float(stats.kruskal(*parts).pvalue)
    tied = len(np.unique(everything)) < len(everything)
    exact = not tied and max(map(len, parts)) < MOST_EXACT
    found = stats.mannwhitneyu(*parts, method="exact" if exact else "asymptotic")
    return MANN_WHITNEY, float(found.pvalue)


def choose_test_of_counts(table: np.ndarray) -> tuple[str, float]:
    """Test groups by levels for independence; empty and missing where there is one level only."""
    if min(table.shape) < 2:
        return "", np.nan
    from scipy import stats

    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    if expected.min() < LEAST_EXPECTED:
        if table.shape == (2, 2):
            return FISHER, float(stats.fisher_exact(table).pvalue)
        p_value = _freeman_halton(table)
        if p_value is not None:
            return FISHER, p_value
    return CHI_SQUARED, float(stats.chi2_contingency(table, correction=False).pvalue)


def _freeman_halton(table: np.ndarray) -> float | None:
    """The share of all tables with these margins that are no likelier; None for too many tables."""
    rows, columns = table.sum(axis=1).tolist(), table.sum(axis=0).tolist()
    fixed = sum(lgamma(n + 1) for n in [*rows, *columns]) - lgamma(int(table.sum()) + 1)
    observed = fixed - sum(lgamma(n + 1) for n in table.ravel().tolist())
    total = 0.0
    for place, cells in enumerate(_tables(columns, rows)):
        if place == MOST_TABLES:
            return None
        # R's tolerance for tables that are as likely.
        if fixed - cells <= observed + 1e-7:
            total += exp(fixed - cells)
    return min(total, 1.0)


def _tables(columns: list[int], rows: list[int]) -> Iterator[float]:
    """Of each table with these margins the sum of log factorials of its cells."""
    if len(columns) == 1:
        yield sum(lgamma(n + 1) for n in rows)
        return
    for own in _splits(columns[0], rows):
        left = [n - k for n, k in zip(rows, own, strict=True)]
        here = sum(lgamma(k + 1) for k in own)
        for rest in _tables(columns[1:], left):
            yield here + rest


def _splits(n: int, most: list[int]) -> Iterator[list[int]]:
    """Every way to share n out, at most so many to each."""
    if len(most) == 1:
        if n <= most[0]:
            yield [n]
        return
    for k in range(max(0, n - sum(most[1:])), min(n, most[0]) + 1):
        for rest in _splits(n - k, most[1:]):
            yield [k, *rest]


def print_comparison(
    table: pd.DataFrame, *, rows: bool = False, quartiles: bool = False
) -> pd.DataFrame:
    """The comparison as it is printed: a column a group, headed with nothing but its name.

    rows : percentages of the level's patients instead of the group's. quartiles : medians with
    quartiles instead of the range.

    Returns characteristic, a column a group, Missing (where there is any), Std. difference (of two
        groups), p (with its test); a yes/no characteristic has one row, others one a level.
    """
    names = list(dict.fromkeys(table["group"]))
    lines: list[dict[str, str]] = []
    for title, own in table.groupby("characteristic", sort=False):
        levels = list(dict.fromkeys(own["level"]))
        first = own.iloc[0]
        missing = own.drop_duplicates("group")["missing"].tolist()
        tail = {
            "Missing": " / ".join(map(str, missing)) if any(missing) else "",
            "Std. difference": "" if pd.isna(first["difference"]) else f"{first['difference']:.2f}",
            "p": "" if not first["test"] else f"{p_text(first['p_value'])} ({first['test']})",
        }
        answered = levels == ["yes", "no"]
        if levels != [""] and not answered:
            lines.append({"Characteristic": str(title), **dict.fromkeys(names, ""), **tail})
            tail = dict.fromkeys(tail, "")
        for level in ["yes"] if answered else levels:
            here = own[own["level"] == level].set_index("group")
            cells = {name: _cell(here.loc[name], rows=rows, quartiles=quartiles) for name in names}
            words = str(title) if answered or not level else f"   {level}"
            lines.append({"Characteristic": words, **cells, **tail})
    printed = pd.DataFrame(lines)
    empty = [name for name in ("Missing", "Std. difference", "p") if (printed[name] == "").all()]
    return printed.drop(columns=empty)


def _cell(row: Any, *, rows: bool, quartiles: bool) -> str:
    if row["level"] == "":
        if not row["n_total"]:
            return "–"
        low, high = (row["q25"], row["q75"]) if quartiles else (row["minimum"], row["maximum"])
        return f"{row['median']:g} ({low:g}–{high:g})"
    n, of = int(row["n"]), int(row["n_row"] if rows else row["n_total"])
    return with_percent(f"{n}/{of}", n, of) if of else "–"


def multiplicity(table: pd.DataFrame) -> str:
    """What so many tests mean, in a sentence; empty without a test."""
    tests = table.drop_duplicates("characteristic")
    n = int((tests["test"] != "").sum())
    if not n:
        return ""
    return (
        f"{n} {'test' if n == 1 else 'tests'} without correction for multiple comparisons: "
        f"{0.05 * n:.2g} would be expected at p < 0.05 by chance alone."
    )


def known_later(by: str) -> bool:
    """Whether a grouping is known only some time after infusion."""
    return by in AFTER_INFUSION or by in _DERIVED
