"""Findings between statements: each kind with its check and its sentence, in the order of `CHECKS`.

``intersection``, ``range``, ``range of all``, ``range of a part``, ``groups add to the total``,
``sexes add to N``, ``leaving``, ``told twice``, ``repeated rows`` and ``mean of whole numbers``;
what rests on a model is in ``model_based``.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import ceil, floor

from pht_core.claims.claim import Finding, Reading
from pht_core.claims.finding.patterns import STOP, read_expressions
from pht_core.claims.finding.preparing import PreparedText
from pht_core.claims.finding.printed import decimals_of, parse_count, parse_decimal
from pht_core.claims.judging.judging import counts_that_fit
from pht_core.claims.judging.model_based import check_models
from pht_core.claims.judging.table_fit import FEWER
from pht_core.claims.reading.layout import Layout
from pht_core.claims.verdicts import CANNOT_TELL, CONSISTENT, INCONSISTENT
from pht_core.model.words import counted

PATTERNS = read_expressions("cross_checks")

Place = tuple[int, int]
Found = Iterator[Finding]


def find_between(text: PreparedText, readings: list[Reading]) -> list[Finding]:
    """Every finding between the statements of a text, in the order of the text."""
    found = [finding for check in CHECKS for finding in check(text, readings)]
    return sorted(found, key=lambda finding: finding.spans[0] if finding.spans else (0, 0))


_REACH = 60  # characters behind a claim that may name its lineage


def check_intersections(text: PreparedText, readings: list[Reading]) -> Found:
    """Three lineages' counts of one N, and behind them the share with all three low."""
    by_sentence = text.by_sentence(r for r in readings if r.cell is None)
    for number, group in list(by_sentence.items()):
        parts = _three_lineages(text.text, group, text.sentences.span(number)[1])
        if parts is None:
            continue
        for whole in (*group, *by_sentence.get(number + 1, ())):
            first, last = text.sentences.around(whole.pct_start)
            if whole.start > parts[-1].start and PATTERNS["all_three"].search(
                text.text[first:last]
            ):
                yield from _compare_with_all_three(text, parts, whole)
                break


def _three_lineages(text: str, group: list[Reading], end: int) -> list[Reading] | None:
    """Claims named by the words right behind them, of one N, grade 3-4 not among them."""
    found = []
    stops = [*(reading.start for reading in group[1:]), end]
    for pattern in read_expressions("lineages").values():
        named = []
        for reading, stop in zip(group, stops, strict=True):
            words = text[reading.end : min(stop, reading.end + _REACH)]
            if pattern.search(words) and not PATTERNS["grade"].search(words):
                named.append(reading)
        if len(named) != 1 or named[0].numerator is None:
            return None
        found += named
    sizes = {reading.denominator for reading in found}
    ordered = sorted(found, key=lambda reading: reading.start)
    return ordered if len(sizes) == 1 and None not in sizes else None


def _compare_with_all_three(text: PreparedText, parts: list[Reading], whole: Reading) -> Found:
    n = parts[0].n
    counts = [part.k for part in parts]
    least, most = max(0, sum(counts) - 2 * n), min(counts)
    fits = [whole.numerator] if whole.numerator is not None else counts_that_fit(n, whole.percent)
    if whole.numerator is not None and whole.denominator != n:
        return
    inside = [k for k in fits if least <= k <= most]
    message = f"{', '.join(map(str, counts))} of {n} imply {least} to {most} with all three"
    if inside:
        verdict = CONSISTENT
        message += f"; {whole.percent}% is {inside[0]}/{n}"
    elif fits:
        verdict = INCONSISTENT
        message += f"; printed {fits[0]} of {n} ({whole.percent}%)"
    else:
        verdict = CANNOT_TELL
        message += f"; no count of {n} gives {whole.percent}%"
    places = [reading.span for reading in (*parts, whole)]
    yield Finding.at(text.spelled, "intersection", verdict, message, places)


@dataclass(frozen=True)
class Range:
    """A printed median or mean with its range, and its place."""

    what: str
    middle: float
    low: float
    high: float
    place: Place


def check_ranges(text: PreparedText, readings: list[Reading]) -> Found:
    """Ranges of groups, of all, and in the text, which cannot all hold."""
    of_all: list[Range] = []
    for layout in text.layouts:
        yield from _check_ranges_of_groups(text, layout)
        of_all += _ranges_of_all(layout)
    of_all, in_text = _first_of_each(of_all), _first_of_each(_ranges_in_text(text))
    for part in in_text:
        for whole in of_all:
            if part.what == whole.what and (part.low < whole.low or part.high > whole.high):
                message = (
                    f"{part.what}: {part.low:g}-{part.high:g} in the text is not within "
                    f"{whole.low:g}-{whole.high:g} for all patients in the table; if these "
                    "patients are included, the two ranges do not match"
                )
                places = sorted([part.place, whole.place])
                yield Finding.at(text.spelled, "range of a part", CANNOT_TELL, message, places)
    everywhere = [found for layout in text.layouts for found in _ranges_in_cells(layout)]
    for item in (*everywhere, *in_text, *_medians_in_text(text)):
        if not item.low <= item.middle <= item.high:
            message = f"{item.what}: {item.middle:g} is not between {item.low:g} and {item.high:g}"
            yield Finding.at(text.spelled, "range", INCONSISTENT, message, [item.place])


def _first_of_each(items: list[Range]) -> list[Range]:
    first: dict[tuple[str, float, float], Range] = {}
    for item in items:
        first.setdefault((item.what, item.low, item.high), item)
    return list(first.values())


def _range_in_cell(layout: Layout, row: int, column: int, what: str) -> Range | None:
    label = layout.label(row)
    match = PATTERNS["range_in_cell"].match(layout.text(row, column))
    if not match or PATTERNS["iqr"].search(label) or not PATTERNS["range_row"].search(label):
        return None
    middle, low, high = map(float, match.group("middle", 2, 3))
    cell = layout.cell(row, column)
    return Range(what, middle, low, high, cell.span) if low <= high else None


def _check_ranges_of_groups(text: PreparedText, layout: Layout) -> Found:
    """The range of all is the union of the groups' ranges, where the groups' N add up to all."""
    whole, groups = _all_and_its_groups(layout)
    for row in layout.body if groups else ():
        label = layout.label(row)
        ranges = [_range_in_cell(layout, row, at, label) for at in (whole, *groups)]
        found = [item for item in ranges if item is not None]
        if len(found) < len(ranges):
            continue
        printed, *parts = found
        low, high = min(part.low for part in parts), max(part.high for part in parts)
        if (low, high) != (printed.low, printed.high):
            message = (
                f"{label}: the groups range over {low:g}-{high:g}; printed for all "
                f"{printed.low:g}-{printed.high:g}"
            )
            yield Finding.at(text.spelled, "range of all", INCONSISTENT, message, [printed.place])


def _quantity(words: str) -> str:
    terms = read_expressions("quantities")
    return next((name for name, term in terms.items() if term.search(words)), "")


def _ranges_of_all(layout: Layout) -> list[Range]:
    """The ranges in the column of the largest N, of the quantities that are known."""
    known = layout.known_totals
    if len(known) < 2:
        return []
    whole = max(known, key=lambda at: known[at])
    named = [(row, _quantity(layout.label(row))) for row in layout.body]
    found = [_range_in_cell(layout, row, whole, what) for row, what in named if what]
    return [item for item in found if item is not None]


def _ranges_in_cells(layout: Layout) -> list[Range]:
    """Every cell with a range in a row or under a header that calls it one."""
    found = [
        _range_in_cell(layout, row, column, layout.label(row))
        for row in layout.body
        for column in range(1, layout.table.width)
    ]
    return [item for item in found if item is not None]


def _medians_in_text(text: PreparedText) -> Iterator[Range]:
    """Medians of anything, whose brackets say that they hold a range."""
    for match in text.matches(PATTERNS["median_in_text"]):
        middle, low, high = map(float, match.group("middle", 2, 3))
        if not _quantity(match[0]) and low <= high:
            yield Range("median", middle, low, high, match.span())


def _ranges_in_text(text: PreparedText) -> list[Range]:
    found = []
    for match in text.matches(PATTERNS["range_in_text"]):
        what = _quantity(match["what"])
        if what and not PATTERNS["iqr"].search(text.text[max(match.start() - 20, 0) : match.end()]):
            middle, low, high = map(float, match.group("middle", 3, 4))
            found.append(Range(what, middle, low, high, match.span()))
    return found


FEWEST_ADDING = 2
MOST_GROUPS = 6


def _count(layout: Layout, row: int, column: int) -> int | None:
    found = PATTERNS["count"].match(layout.text(row, column))
    return parse_count(found[1]) if found else None


def check_sums(text: PreparedText, readings: list[Reading]) -> Found:
    """In each table whose columns' N add up: do the counts of its rows of shares add up as well."""
    share_rows = {(reading.cell.table, reading.cell.row) for reading in readings if reading.cell}
    for number, layout in enumerate(text.layouts):
        whole, columns = _all_and_its_groups(layout)
        adding, others = 0, []
        for row in layout.body if columns else ():
            counts = [_count(layout, row, at) for at in (whole, *columns)]
            if (number, row) not in share_rows or None in counts:
                continue
            printed, *parts = [count or 0 for count in counts]
            if sum(parts) == printed:
                adding += 1
            else:
                others.append((row, printed, parts))
        # Rows of medians never add up: where fewer add than not, nothing is said.
        if adding < FEWEST_ADDING or adding <= len(others):
            continue
        for row, printed, parts in others:
            message = (
                f"{layout.label(row)}: {' + '.join(map(str, parts))} = {sum(parts)}; printed "
                f"{printed} in the column of all {layout.totals[whole]}"
            )
            places = [layout.cell(row, at).span for at in (whole, *columns)]
            yield Finding.at(text.spelled, "groups add to the total", INCONSISTENT, message, places)


def _all_and_its_groups(layout: Layout) -> tuple[int, tuple[int, ...]]:
    """The column of all patients, and the two or more columns whose N add up to its N."""
    known = layout.known_totals
    for whole, n in known.items():
        others = [at for at in known if at != whole]
        for size in range(min(len(others), MOST_GROUPS), 1, -1):
            for columns in combinations(others, size):
                if sum(known[at] for at in columns) == n:
                    return whole, columns
    return 0, ()


def check_causes(text: PreparedText, readings: list[Reading]) -> Found:
    """What several cells of a table have in common that do not match their N, told once."""
    groups: dict[tuple[int, str], list[Reading]] = defaultdict(list)
    for reading in readings:
        if reading.cause and reading.cell:
            groups[reading.cell.table, reading.cause].append(reading)
    for (_, cause), group in groups.items():
        kind = "missing patients" if cause == FEWER else "N of a column"
        message = f"{counted(len(group), 'cell', 'cells')}: {cause}"
        places = [reading.span for reading in group]
        yield Finding.at(text.spelled, kind, CANNOT_TELL, message, places)


LONGEST_SEX_LABEL = 24
SEXES = (("male", "female"), ("female", "male"))  # each with what must not be named beside it


def check_sexes(text: PreparedText, readings: list[Reading]) -> Found:
    """Males and females of one N: do they add to it."""
    for layout in text.layouts:
        rows = [row for pair in SEXES for row in _sex_rows(layout, *pair)]
        both = len(rows) == 2 and abs(rows[0] - rows[1]) == 1 and _is_of_all(layout, rows[0])
        for column, n in layout.known_totals.items() if both else ():
            counts = [_count(layout, row, column) for row in rows]
            if None not in counts:
                males, females = (count or 0 for count in counts)
                places = [layout.cell(row, column).span for row in rows]
                yield from _add_sexes(text, males, females, n, places)
    shares = [r for r in readings if r.numerator is not None and r.denominator and not r.cell]
    for number, group in text.by_sentence(shares).items():
        end = text.sentences.span(number)[1]
        men, women = ([r for r in group if _names(text.text, r, *pair, end)] for pair in SEXES)
        if len(men) == len(women) == 1 and men[0].denominator == women[0].denominator:
            one, other = men[0], women[0]
            places = [one.span, other.span]
            males, females = one.k, other.k
            yield from _add_sexes(text, males, females, one.n, places)


def _add_sexes(text: PreparedText, males: int, females: int, n: int, places: list[Place]) -> Found:
    total = males + females
    if total != n:
        verdict = INCONSISTENT if total > n else CANNOT_TELL
        message = f"{males} males + {females} females = {total}, of {n}"
        yield Finding.at(text.spelled, "sexes add to N", verdict, message, sorted(places))


def _is_of_all(layout: Layout, row: int) -> bool:
    """Whether a row describes the patients: not an event by sex, nor one arm's part of it."""
    heading = layout.heading(row)
    return bool(
        PATTERNS["sex"].search(f"{heading} {layout.headers[0]}")
        or (PATTERNS["baseline"].search(layout.table.caption) and not heading)
    )


def _sex_rows(layout: Layout, sex: str, other: str) -> list[int]:
    """The row that counts a sex; nothing if there is none or more than one."""
    labels = {row: layout.label(row) for row in layout.body}
    rows = [
        row
        for row, label in labels.items()
        if len(label) < LONGEST_SEX_LABEL
        and PATTERNS[sex].search(label)
        and not PATTERNS[other].search(label)
    ]
    return rows if len(rows) == 1 else []


def _names(text: str, reading: Reading, sex: str, other: str, end: int) -> bool:
    """Whether the words right behind a claim, or else its own, name this sex."""
    after = re.split(r"[\d,;(]", text[reading.end : min(reading.end + 30, end)])[0]
    named = PATTERNS[sex].search(after)
    if named or PATTERNS[other].search(after):
        return named is not None
    return PATTERNS[sex].search(text[reading.start : reading.end]) is not None


def check_exclusions(text: PreparedText, readings: list[Reading]) -> Found:
    """Such as "Of 120 patients, 11 were excluded, leaving 108": N less those who left."""
    plain = text.plain
    for word in text.words.matches(PATTERNS["left"], plain):
        match = PATTERNS["excluded"].search(plain, max(word.start() - 220, 0), word.end())
        if match is None:
            continue
        n, k, m = (parse_count(match[name]) for name in ("n", "k", "m"))
        between = plain[match.end("k") : match.start("m")]
        if n - k == m or n <= k or STOP in match[0] or re.search(r"\d", between):
            continue
        message = f"{n} - {k} = {n - k}; printed as remaining: {m}"
        yield Finding.at(text.spelled, "leaving", CANNOT_TELL, message, [match.span()])


FEWEST_SHARED = 3
FEWEST_VALUES = 5  # a column with fewer different values says little when two rows share one
MOST_ROWS = 200


def check_patient_rows(text: PreparedText, readings: list[Reading]) -> Found:
    """Pairs of patients with three or more equal measured values side by side."""
    for layout in text.layouts:
        rows = [row for row in layout.body if re.match(r"^\D{0,8}\d{1,4}$", layout.label(row))]
        if not 5 <= len(rows) <= MOST_ROWS or not PATTERNS["patient"].search(layout.headers[0]):
            continue
        columns = [
            column
            for column in range(1, layout.table.width)
            if _is_measured([layout.text(row, column) for row in rows])
        ]
        for one, other in combinations(rows, 2) if len(columns) >= FEWEST_SHARED else ():
            shared = _longest_shared(layout, one, other, columns)
            if sum(_is_measure(layout.text(one, column)) for column in shared) < FEWEST_SHARED:
                continue
            values = ", ".join(layout.text(one, column) for column in shared)
            message = (
                f"Patients {layout.label(one)} and {layout.label(other)} have the same "
                f"{len(shared)} values in adjacent columns: {values}"
            )
            places = [
                (layout.cell(row, shared[0]).start, layout.cell(row, shared[-1]).end)
                for row in (one, other)
            ]
            yield Finding.at(text.spelled, "repeated rows", CANNOT_TELL, message, places)


def _is_measure(text: str) -> bool:
    """Whether it says something that two patients share it: nothing is shared by many."""
    return any(digit in text for digit in "123456789")


def _is_measured(texts: list[str]) -> bool:
    numbers = [text for text in texts if PATTERNS["number"].match(text)]
    fewest = max(FEWEST_VALUES, len(numbers) // 2)
    return len(numbers) >= 0.8 * len(texts) and len(set(numbers)) >= fewest


def _longest_shared(layout: Layout, one: int, other: int, columns: list[int]) -> list[int]:
    """The longest run of neighbouring columns in which two rows are equal."""
    runs: list[list[int]] = [[]]
    for column in columns:
        if layout.text(one, column) == layout.text(other, column):
            runs[-1].append(column)
        else:
            runs.append([])
    return max(runs, key=len)


FEWEST_WORDS, MOST_WORDS = 5, 7
# Two arms may be described in the same words in one paragraph; far apart it is one group.
LEAST_APART = 600


def check_group_sizes(text: PreparedText, readings: list[Reading]) -> Found:
    """One group with two sizes: "Among 109 patients treated with X", "Among 159 ..."."""
    groups: dict[str, list[re.Match[str]]] = defaultdict(list)
    for match in text.matches(PATTERNS["group"]):
        words = re.findall(r"[\w/-]+", match["words"].lower())
        small = PATTERNS["small"].fullmatch
        end = next((at for at, word in enumerate(words) if small(word)), len(words))
        if end >= FEWEST_WORDS:
            groups[" ".join(words[: min(end, MOST_WORDS)])].append(match)
    for phrase, matches in groups.items():
        first, *others = matches
        other = next((match for match in others if match["n"] != first["n"]), first)
        if len({int(match["n"]) for match in matches}) != 2:
            continue
        if other.start() - first.end() >= LEAST_APART:
            message = f'"{phrase}" number {first["n"]} in one place and {other["n"]} in another'
            places = [first.span(), other.span()]
            yield Finding.at(text.spelled, "told twice", INCONSISTENT, message, places)


def check_repeated_fractions(text: PreparedText, readings: list[Reading]) -> Found:
    """One count of one N whose percentage is printed in two ways that cannot both be right."""
    by_fraction: dict[tuple[int, int, int], list[Reading]] = defaultdict(list)
    for reading in readings:
        k, n = reading.numerator, reading.denominator
        if k and n and reading.verdict != CANNOT_TELL and reading.is_exact:
            by_fraction[k, n, decimals_of(reading.percent)].append(reading)
    for (k, n, _), (one, *others) in by_fraction.items():
        other = next((reading for reading in others if reading.percent != one.percent), None)
        if other is not None and n > 3 and not (one.cell and other.cell):
            message = f"{k}/{n} is printed as {one.percent}% and as {other.percent}%"
            places = [one.span, other.span]
            yield Finding.at(text.spelled, "told twice", CANNOT_TELL, message, places)


def check_means_of_counts(text: PreparedText, readings: list[Reading]) -> Found:
    """Means of counted things whose n stands beside them."""
    for match in text.matches(PATTERNS["mean"]):
        mean, n = match["mean"], int(match["n"] or 0) or _only_total(text, match)
        if n and n < 10 ** decimals_of(mean) and not mean_possible(mean, n):
            near = floor(parse_decimal(mean) * n)
            message = (
                f"no sum of {n} whole numbers has the mean {mean}; "
                f"{near}/{n} = {near / n:.4f}, {near + 1}/{n} = {(near + 1) / n:.4f}"
            )
            yield Finding.at(
                text.spelled, "mean of whole numbers", CANNOT_TELL, message, [match.span()]
            )


def _only_total(text: PreparedText, match: re.Match[str]) -> int:
    """The one number of patients that a match's sentence names; 0 if it names none or several."""
    named = {item.n for item in text.totals.between(*text.sentences.around(match.start()))}
    return named.pop() if len(named) == 1 else 0


def mean_possible(mean: str, n: int) -> bool:
    """Whether any whole sum divided by n gives the printed mean.

    >>> mean_possible("3.47", 15), mean_possible("3.45", 15)
    (True, False)
    """
    value, half = parse_decimal(mean), Fraction(1, 2 * 10 ** decimals_of(mean))
    # A half may have been rounded either way.
    return ceil((value - half) * n) <= floor((value + half) * n)


CHECKS: tuple[Callable[[PreparedText, list[Reading]], Iterable[Finding]], ...] = (
    check_models,
    check_causes,
    check_sums,
    check_sexes,
    check_exclusions,
    check_intersections,
    check_ranges,
    check_patient_rows,
    check_group_sizes,
    check_repeated_fractions,
    check_means_of_counts,
)
