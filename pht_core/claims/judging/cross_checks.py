"""Findings between statements: each kind of check in turn."""

import re
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import ceil, floor

from pht_core.claims.claim import Finding, Reading
from pht_core.claims.finding.denominators import Totals
from pht_core.claims.finding.patterns import STOP
from pht_core.claims.finding.printed import decimals_of, parse_decimal, round_half_up
from pht_core.claims.judging.judging import counts_that_fit
from pht_core.claims.judging.model_based import check_models
from pht_core.claims.reading.layout import Layout
from pht_core.claims.reading.sentences import Sentences
from pht_core.claims.reading.typography import Spelled
from pht_core.claims.verdicts import CANNOT_TELL, CONSISTENT, INCONSISTENT

_PARTS = (
    re.compile(r"\ban(?:a)?emia\b", re.IGNORECASE),
    re.compile(r"\bthrombocytop(?:a)?enia\b", re.IGNORECASE),
    re.compile(r"\b(?:neutrop(?:a)?enia|leukop(?:a)?enia)\b", re.IGNORECASE),
)
_WHOLE = re.compile(r"\b(?:tri-?lineage|pancytop(?:a)?enia|all three lineages)\b", re.IGNORECASE)
_GRADE = re.compile(r"\b(?:grades?\s?[3-4]|severe)", re.IGNORECASE)
_REACH = 60


def check_intersections(
    spelled: Spelled, readings: list[Reading], sentences: Sentences
) -> list[Finding]:
    """Three lineages' counts of one N, and behind them the share with all three low."""
    found = []
    counted = [r for r in readings if r.cell is None]
    by_sentence: dict[int, list[Reading]] = {}
    for reading in counted:
        by_sentence.setdefault(sentences.number(reading.pct_start), []).append(reading)
    for number, group in by_sentence.items():
        parts = _three_parts(spelled.text, group, sentences.span(number)[1])
        if parts is None:
            continue
        later = [r for near in (number, number + 1) for r in by_sentence.get(near, [])]
        for whole in later:
            if whole.start > parts[-1].start and _is_whole(spelled.text, whole, sentences):
                finding = _judge(spelled, parts, whole)
                if finding:
                    found.append(finding)
                break
    return found


def _three_parts(text: str, group: list[Reading], end: int) -> list[Reading] | None:
    """Claims named by the words right behind them, of one N, grade 3-4 not among them."""
    found = []
    for pattern in _PARTS:
        named = []
        for at, reading in enumerate(group):
            stop = group[at + 1].start if at + 1 < len(group) else end
            words = text[reading.end : min(stop, reading.end + _REACH)]
            if pattern.search(words) and not _GRADE.search(words):
                named.append(reading)
        if len(named) != 1 or named[0].numerator is None:
            return None
        found.append(named[0])
    same = {reading.denominator for reading in found}
    ordered = sorted(found, key=lambda reading: reading.start)
    return ordered if len(same) == 1 and None not in same else None


def _is_whole(text: str, reading: Reading, sentences: Sentences) -> bool:
    first, last = sentences.around(reading.pct_start)
    return bool(_WHOLE.search(text[first:last]))


def _judge(spelled: Spelled, parts: list[Reading], whole: Reading) -> Finding | None:
    n = parts[0].denominator or 0
    counts = [part.numerator or 0 for part in parts]
    least, most = max(0, sum(counts) - 2 * n), min(counts)
    if whole.numerator is not None:
        if whole.denominator != n:
            return None
        fits = [whole.numerator]
    else:
        fits = counts_that_fit(n, whole.percent)
    inside = [k for k in fits if least <= k <= most]
    shown = ", ".join(map(str, counts))
    bounds = f"{shown} of {n} leave {least} to {most} with all three"
    if inside:
        verdict, text = CONSISTENT, f"{bounds}; {whole.percent}% is {inside[0]}/{n}"
    elif fits:
        verdict, text = INCONSISTENT, f"{bounds}; printed {fits[0]} of {n} ({whole.percent}%)"
    else:
        verdict, text = CANNOT_TELL, f"{bounds}; no count of {n} gives {whole.percent}%"
    spans = tuple(spelled.origin_span(r.start, r.end) for r in (*parts, whole))
    return Finding(
        "intersection", verdict, text, spans, tuple(spelled.original[a:b] for a, b in spans)
    )


_NUMBER = re.compile(r"^-?\d{1,6}(?:\.\d{1,4})?$")
_PATIENT = re.compile(r"\b(?:patient|pt|case|subject|no|id|participant|#)\b", re.IGNORECASE)
FEWEST_SHARED = 3
FEWEST_VALUES = 5  # a column with fewer different values says little when two rows share one
MOST_ROWS = 200


def check_patient_rows(spelled: Spelled, layouts: list[Layout]) -> list[Finding]:
    """Pairs of patients with three or more equal measured values side by side."""
    found = []
    for layout in layouts:
        rows = [row for row in layout.body if re.match(r"^\D{0,8}\d{1,4}$", layout.label(row))]
        if not 5 <= len(rows) <= MOST_ROWS or not _PATIENT.search(layout.headers[0]):
            continue
        columns = [
            column
            for column in range(1, layout.table.width)
            if _telling([layout.cell(row, column).text for row in rows])
        ]
        if len(columns) < FEWEST_SHARED:
            continue
        for one, other in combinations(rows, 2):
            shared = _shared_run(layout, one, other, columns)
            if len(shared) >= FEWEST_SHARED:
                found.append(_finding(spelled, layout, one, other, shared))
    return found


def _telling(texts: list[str]) -> bool:
    numbers = [text for text in texts if _NUMBER.match(text)]
    return len(numbers) >= 0.8 * len(texts) and len(set(numbers)) >= max(
        FEWEST_VALUES, len(numbers) // 2
    )


def _shared_run(layout: Layout, one: int, other: int, columns: list[int]) -> list[int]:
    """The longest run of neighbouring columns in which two rows are equal."""
    best: list[int] = []
    run: list[int] = []
    for column in columns:
        if layout.cell(one, column).text == layout.cell(other, column).text:
            run.append(column)
            best = max(best, run, key=len)
        else:
            run = []
    return list(best)


def _finding(spelled: Spelled, layout: Layout, one: int, other: int, columns: list[int]) -> Finding:
    values = ", ".join(layout.cell(one, column).text for column in columns)
    spans = tuple(
        spelled.origin_span(layout.cell(row, columns[0]).start, layout.cell(row, columns[-1]).end)
        for row in (one, other)
    )
    message = (
        f"Patients {layout.label(one)} and {layout.label(other)} have the same {len(columns)} "
        f"values side by side: {values}"
    )
    return Finding(
        "repeated rows", CANNOT_TELL, message, spans, tuple(spelled.original[a:b] for a, b in spans)
    )


_RANGE = r"(\d{1,4}(?:\.\d{1,3})?)\s?(?:-|to)\s?(\d{1,4}(?:\.\d{1,3})?)"
_IN_CELL = re.compile(
    rf"^(?P<middle>\d{{1,4}}(?:\.\d{{1,3}})?)\s?[a-z]{{0,6}}\s?[(\[]\s?(?:range\s?[:=,]?\s?)?"
    rf"{_RANGE}\s?[a-z]{{0,6}}[)\]]"
)
_TERMS = {
    "age": re.compile(r"\bage[ds]?\b", re.IGNORECASE),
    "lines of therapy": re.compile(r"\b(?:therapy )?lines?\b(?: of)?", re.IGNORECASE),
}
_IN_TEXT = re.compile(
    rf"\b(?:median|mean)\s(?P<what>(?:number of\s)?(?:[a-zA-Z-]+\s){{1,10}}?)(?:was|of|is|=|,|:)\s?"
    rf"(?P<middle>\d{{1,4}}(?:\.\d{{1,3}})?)[^().;\d]{{0,30}}[(\[,]\s?(?:range\s?[:=,]?\s?)?"
    rf"{_RANGE}",
    re.IGNORECASE,
)
_IQR = re.compile(r"\bIQR\b|interquartile|quartile", re.IGNORECASE)


@dataclass(frozen=True)
class Range:
    """A printed range with its place."""

    what: str
    middle: float
    low: float
    high: float
    start: int
    end: int
    where: str


def check_ranges(spelled: Spelled, layouts: list[Layout]) -> list[Finding]:
    """Ranges that cannot all hold."""
    found: list[Finding] = []
    of_all: list[Range] = []
    for layout in layouts:
        found += _check_groups(spelled, layout)
        of_all += _ranges_of_all(layout)
    of_all = _told_once(of_all)
    in_text = _told_once(_ranges_in_text(spelled.text))
    found += [
        _outside(spelled, part, whole)
        for part in in_text
        for whole in of_all
        if part.what == whole.what and (part.low < whole.low or part.high > whole.high)
    ]
    for item in (*of_all, *in_text):
        if not item.low <= item.middle <= item.high:
            text = f"{item.what}: {item.middle:g} is not between {item.low:g} and {item.high:g}"
            found.append(_range_finding(spelled, "range", INCONSISTENT, text, item))
    return found


def _told_once(items: list[Range]) -> list[Range]:
    """The first place of each range."""
    first: dict[tuple[str, float, float], Range] = {}
    for item in items:
        first.setdefault((item.what, item.low, item.high), item)
    return list(first.values())


def _cell_range(layout: Layout, row: int, column: int, what: str) -> Range | None:
    cell = layout.cell(row, column)
    match = _IN_CELL.match(cell.text)
    if not match or _IQR.search(layout.label(row)):
        return None
    low, high = float(match[2]), float(match[3])
    if low > high:
        return None
    return Range(
        what, float(match["middle"]), low, high, cell.start, cell.end, layout.headers[column]
    )


def _is_range_row(layout: Layout, row: int) -> bool:
    label = layout.label(row)
    return bool(re.search(r"\brange\b|min|max", label, re.IGNORECASE)) and not _IQR.search(label)


def _check_groups(spelled: Spelled, layout: Layout) -> list[Finding]:
    """The range of all is the union of the groups' ranges, where the groups' N add up to all."""
    known = {at: n for at, n in enumerate(layout.totals) if n and at > 0}
    whole = max(known, key=lambda at: known[at], default=0)
    groups = [at for at in known if at != whole]
    if len(groups) < 2 or sum(known[at] for at in groups) != known[whole]:
        return []
    found = []
    for row in layout.body:
        if not _is_range_row(layout, row):
            continue
        all_ranges = [_cell_range(layout, row, at, layout.label(row)) for at in (whole, *groups)]
        if None in all_ranges:
            continue
        whole_range, *parts = [item for item in all_ranges if item is not None]
        low, high = min(part.low for part in parts), max(part.high for part in parts)
        if (low, high) != (whole_range.low, whole_range.high):
            text = (
                f"{layout.label(row)}: the groups range over {low:g}-{high:g}; printed for all "
                f"{whole_range.low:g}-{whole_range.high:g}"
            )
            found.append(_range_finding(spelled, "range of all", INCONSISTENT, text, whole_range))
    return found


def _term(words: str) -> str:
    return next((name for name, term in _TERMS.items() if term.search(words)), "")


def _ranges_of_all(layout: Layout) -> list[Range]:
    """The ranges in the column of the largest N, of the quantities in `_TERMS`."""
    known = {at: n for at, n in enumerate(layout.totals) if n and at > 0}
    if len(known) < 2:
        return []
    whole = max(known, key=lambda at: known[at])
    found = []
    for row in layout.body:
        what = _term(layout.label(row))
        item = (
            _cell_range(layout, row, whole, what) if what and _is_range_row(layout, row) else None
        )
        if item is not None:
            found.append(item)
    return found


def _ranges_in_text(text: str) -> list[Range]:
    found = []
    for match in _IN_TEXT.finditer(text):
        what = _term(match["what"])
        stretch = text[max(match.start() - 20, 0) : match.end()]
        if what and not _IQR.search(stretch):
            low, high = float(match[3]), float(match[4])
            found.append(
                Range(what, float(match["middle"]), low, high, match.start(), match.end(), "text")
            )
    return found


def _outside(spelled: Spelled, part: Range, whole: Range) -> Finding:
    text = (
        f"{part.what}: {part.low:g}-{part.high:g} in the text is not within {whole.low:g}-"
        f"{whole.high:g} of all in the table; if these patients are among them, one of the two "
        "does not follow"
    )
    return _range_finding(spelled, "range of a part", CANNOT_TELL, text, part, whole)


def _range_finding(
    spelled: Spelled, kind: str, verdict: str, message: str, *items: Range
) -> Finding:
    spans = tuple(sorted(spelled.origin_span(item.start, item.end) for item in items))
    return Finding(kind, verdict, message, spans, tuple(spelled.original[a:b] for a, b in spans))


_MALE = re.compile(r"\b(?:males?|men|boys)\b", re.IGNORECASE)
_FEMALE = re.compile(r"\b(?:females?|women|girls)\b", re.IGNORECASE)
_COUNT = re.compile(r"^(\d{1,3}(?:,\d{3})+|\d{1,7})(?=$|\s?[(\[;,*†‡§^]|\s\d)")
_LEAVING = re.compile(
    r"(?<![\w.,/-])(?P<n>\d{1,3}(?:,\d{3})+|\d{1,6})\s(?P<who>[a-z]+)\s[^.;]{0,60}?[.;,]?\s?[^.;]"
    r"{0,60}?"
    r"(?<![\w.,/-])(?P<k>\d{1,3}(?:,\d{3})+|\d{1,6})\s(?:[a-z]+\s){0,3}?(?:were excluded|"
    r"excluded|withdrew|dropped out|"
    r"were lost to follow-?up|declined)[^.;\d]{0,80}(?:leaving|resulting in)\s(?P<m>\d{1,3}(?:,"
    r"\d{3})+|\d{1,6})\b",
    re.IGNORECASE,
)
_LEFT = re.compile(r"\b(?:leaving|resulting in)\s\d{1,6}\b", re.IGNORECASE)
FEWEST_ADDING = 2


def check_sums(spelled: Spelled, layouts: list[Layout], readings: list[Reading]) -> list[Finding]:
    """In each table whose columns' N add up: do the counts of its rows of shares add up as well."""
    found = []
    shares = {reading.cell[:2] for reading in readings if reading.cell}
    for number, layout in enumerate(layouts):
        parts = _partition(layout)
        if parts is None:
            continue
        whole, columns = parts
        checked = []
        for row in layout.body:
            if (number, row) not in shares:
                continue
            counts = {at: _count(layout, row, at) for at in (whole, *columns)}
            if None not in counts.values():
                checked.append((row, counts))
        adding = [counts for _, counts in checked if _adds(counts, whole, columns)]
        # Rows of medians never add up: where fewer add than not, nothing is said.
        if len(adding) < FEWEST_ADDING or 2 * len(adding) <= len(checked):
            continue
        for row, counts in checked:
            if not _adds(counts, whole, columns):
                found.append(_row_finding(spelled, layout, row, counts, whole, columns))
    return found


def _partition(layout: Layout) -> tuple[int, tuple[int, ...]] | None:
    """The column of all patients, and the two or more columns whose N add up to its N."""
    known = {at: n for at, n in enumerate(layout.totals) if n and at > 0}
    for whole, n in known.items():
        others = [at for at in known if at != whole]
        for size in range(len(others), 1, -1):
            if size > 6:
                continue
            for columns in combinations(others, size):
                if sum(known[at] for at in columns) == n:
                    return whole, columns
    return None


def _count(layout: Layout, row: int, column: int) -> int | None:
    found = _COUNT.match(layout.cell(row, column).text)
    return int(found[1].replace(",", "")) if found else None


def _adds(counts: dict[int, int | None], whole: int, columns: tuple[int, ...]) -> bool:
    return sum(counts[at] or 0 for at in columns) == counts[whole]


def _row_finding(
    spelled: Spelled,
    layout: Layout,
    row: int,
    counts: dict[int, int | None],
    whole: int,
    columns: tuple[int, ...],
) -> Finding:
    sum_text = " + ".join(str(counts[at]) for at in columns)
    total = sum(counts[at] or 0 for at in columns)
    message = (
        f"{layout.label(row)}: {sum_text} = {total}; printed {counts[whole]} in the column of all "
        f"{layout.totals[whole]}"
    )
    cells = [layout.cell(row, at) for at in (whole, *columns)]
    spans = tuple(spelled.origin_span(cell.start, cell.end) for cell in cells)
    return Finding(
        "groups add to the total", INCONSISTENT, message, spans,
        tuple(spelled.original[a:b] for a, b in spans),
    )  # fmt: skip


def check_complements(
    spelled: Spelled, readings: list[Reading], sentences: Sentences, layouts: list[Layout]
) -> list[Finding]:
    """Males and females of one N: do they add to it."""
    found = []
    for layout in layouts:
        for column in range(1, layout.table.width):
            pair = _sexes_in_column(layout, column)
            n = layout.totals[column]
            if pair and n and sum(count for count, _ in pair) > n:
                total = sum(count for count, _ in pair)
                spans = tuple(
                    spelled.origin_span(*place) for _, place in sorted(pair, key=lambda one: one[1])
                )
                found.append(
                    Finding(
                        "sexes add to N", INCONSISTENT,
                        f"{pair[0][0]} males + {pair[1][0]} females = {total}, more than {n}",
                        spans, tuple(spelled.original[a:b] for a, b in spans),
                    )
                )  # fmt: skip
            elif pair and n and sum(count for count, _ in pair) < n:
                total = sum(count for count, _ in pair)
                spans = tuple(
                    spelled.origin_span(*place) for _, place in sorted(pair, key=lambda one: one[1])
                )
                found.append(
                    Finding(
                        "sexes add to N", CANNOT_TELL,
                        f"{pair[0][0]} males + {pair[1][0]} females = {total}; the column's N is"
                        f" {n}",
                        spans, tuple(spelled.original[a:b] for a, b in spans),
                    )
                )  # fmt: skip
    by_sentence: dict[int, list[Reading]] = {}
    for reading in readings:
        if reading.numerator is not None and reading.denominator and reading.cell is None:
            by_sentence.setdefault(sentences.number(reading.pct_start), []).append(reading)
    for number, group in by_sentence.items():
        end = sentences.span(number)[1]
        males = [r for r in group if _is(spelled.text, r, _MALE, _FEMALE, end)]
        females = [r for r in group if _is(spelled.text, r, _FEMALE, _MALE, end)]
        if len(males) == len(females) == 1 and males[0].denominator == females[0].denominator:
            one, other = males[0], females[0]
            total = (one.numerator or 0) + (other.numerator or 0)
            if one.denominator and total != one.denominator:
                verdict = INCONSISTENT if total > one.denominator else CANNOT_TELL
                message = (
                    f"{one.numerator} males + {other.numerator} females = {total}, "
                    f"of {one.denominator}"
                )
                found.append(_pair_finding(spelled, "sexes add to N", verdict, message, one, other))
    return found


def _sexes_in_column(layout: Layout, column: int) -> list[tuple[int, tuple[int, int]]] | None:
    found = []
    for sex, other in ((_MALE, _FEMALE), (_FEMALE, _MALE)):
        rows = [
            row
            for row in layout.body
            if sex.search(layout.label(row))
            and not other.search(layout.label(row))
            and len(layout.label(row)) < 24
        ]
        if len(rows) != 1:
            return None
        count = _count(layout, rows[0], column)
        if count is None:
            return None
        cell = layout.cell(rows[0], column)
        found.append((count, (cell.start, cell.end)))
    return found


def _is(
    text: str, reading: Reading, wanted: re.Pattern[str], other: re.Pattern[str], end: int
) -> bool:
    """Whether the words right behind a claim, or else right before it, name this sex."""
    after = re.split(r"[\d,;(]", text[reading.end : min(reading.end + 30, end)])[0]
    if wanted.search(after) or other.search(after):
        return bool(wanted.search(after))
    return bool(wanted.search(text[reading.start : reading.end]))


def check_leaving(spelled: Spelled, plain: str) -> list[Finding]:
    """Such as "Of 120 patients, 11 were excluded, leaving 108": N less those who left."""
    found = []
    for word in _LEFT.finditer(plain):
        match = _LEAVING.search(plain, max(word.start() - 220, 0), word.end())
        if match is None:
            continue
        n, k, m = (int(match[name].replace(",", "")) for name in ("n", "k", "m"))
        between = plain[match.end("k") : match.start("m")]
        if n - k == m or n <= k or STOP in match[0] or re.search(r"\d", between):
            continue
        spans = (spelled.origin_span(match.start(), match.end()),)
        found.append(
            Finding(
                "leaving", CANNOT_TELL, f"{n} - {k} = {n - k}; printed as left: {m}", spans,
                (spelled.original[slice(*spans[0])],),
            )
        )  # fmt: skip
    return found


def _pair_finding(
    spelled: Spelled, kind: str, verdict: str, message: str, one: Reading, other: Reading
) -> Finding:
    spans = tuple(
        spelled.origin_span(reading.start, reading.end)
        for reading in sorted((one, other), key=lambda reading: reading.start)
    )
    return Finding(kind, verdict, message, spans, tuple(spelled.original[a:b] for a, b in spans))


_GROUP = re.compile(
    r"\b(?:among|of|in|a total of|enrolled|included|analy[sz]ed)\s(?:the\s|all\s|these\s|"
    r"a total of\s)?(?P<n>\d{1,6})\s"
    r"(?P<words>(?:patients|subjects|participants|children|women|men)\s(?:[A-Za-z][\w/-]*\s?){3,"
    r"9})",
    re.IGNORECASE,
)
_SMALL = {
    "the",
    "a",
    "an",
    "and",
    "were",
    "was",
    "had",
    "have",
    "has",
    "be",
    "been",
    "which",
    "whom",
}
FEWEST_WORDS = 5
_EARLY = re.compile(r"abstract|summary|introduction|background", re.IGNORECASE)


def check_group_sizes(spelled: Spelled, sentences: Sentences) -> list[Finding]:
    """One group with two sizes: "Among 109 patients treated with X", "Among 159 ..."."""
    groups: dict[str, list[re.Match[str]]] = defaultdict(list)
    for match in _GROUP.finditer(spelled.text):
        words = [word.lower() for word in re.findall(r"[\w/-]+", match["words"])]
        end = next((at for at, word in enumerate(words) if word in _SMALL), len(words))
        if end >= FEWEST_WORDS:
            groups[" ".join(words[:7][:end])].append(match)
    found = []
    for phrase, matches in groups.items():
        sizes = {int(match["n"]) for match in matches}
        if len(sizes) != 2:
            continue
        first = matches[0]
        other = next(match for match in matches if match["n"] != first["n"])
        # Two arms may be described in the same words in one paragraph; far apart it is one group.
        if other.start() - first.end() < 600:
            continue
        spans = tuple(spelled.origin_span(match.start(), match.end()) for match in (first, other))
        found.append(
            Finding(
                "told twice",
                INCONSISTENT,
                f'"{phrase}" number {first["n"]} in one place and {other["n"]} in another',
                spans,
                tuple(spelled.original[a:b].strip() for a, b in spans),
            )
        )
    return found


def check_same_fraction(spelled: Spelled, readings: list[Reading]) -> list[Finding]:
    """One count of one N whose percent is printed in two ways that cannot both be right."""
    by_fraction: dict[tuple[int, int, int], list[Reading]] = defaultdict(list)
    for reading in readings:
        if reading.numerator is not None and reading.denominator and reading.n_source == "explicit":
            if reading.relation != "=" or reading.hedged:
                continue
            decimals = len(reading.percent.partition(".")[2])
            by_fraction[reading.numerator, reading.denominator, decimals].append(reading)
    found = []
    for (k, n, _), group in by_fraction.items():
        printed = {reading.percent for reading in group}
        if len(printed) > 1 and n > 3:
            one = group[0]
            other = next(reading for reading in group if reading.percent != one.percent)
            spans = tuple(spelled.origin_span(r.start, r.end) for r in (one, other))
            found.append(
                Finding(
                    "told twice",
                    CANNOT_TELL,
                    f"{k}/{n} is printed as {one.percent}% and as {other.percent}%",
                    spans,
                    tuple(spelled.original[a:b] for a, b in spans),
                )
            )
    return found


# Only what is counted in whole units by its nature; a mean age may be of exact ages.
_MEAN = re.compile(
    r"\b(?:mean|average)\s(?:number|count)\sof\s(?:[A-Za-z-]+\s){1,6}?(?:was|of|is|=|were)\s?"
    r"(?P<mean>\d{1,3}\.\d{1,3})(?:\s?(?:±|\+/-)\s?\d{1,3}(?:\.\d{1,3})?|\s?\((?:SD|"
    r"standard deviation)[^)]{0,20}\))?"
    r"[^.;]{0,25}\(n\s?=\s?(?P<n>\d{1,4})\)",
    re.IGNORECASE,
)


def mean_possible(mean: str, n: int) -> bool:
    """Whether any whole sum divided by n gives the printed mean.

    >>> mean_possible("3.47", 15), mean_possible("3.45", 15)
    (True, False)
    """
    decimals, value = decimals_of(mean), parse_decimal(mean)
    half = Fraction(1, 2 * 10**decimals)
    sums = range(floor((value - half) * n), ceil((value + half) * n) + 1)
    # A half may have been rounded either way.
    return any(
        round_half_up(Fraction(total, n), decimals) == value or Fraction(total, n) == value + half
        for total in sums
    )


def check_whole_means(spelled: Spelled) -> list[Finding]:
    """Means of counted things whose n stands beside them."""
    found = []
    for match in _MEAN.finditer(spelled.text):
        mean, n = match["mean"], int(match["n"])
        if n and n < 10 ** decimals_of(mean) and not mean_possible(mean, n):
            near = floor(parse_decimal(mean) * n)
            span = spelled.origin_span(match.start(), match.end())
            message = (
                f"no sum of {n} whole numbers has the mean {mean}; "
                f"{near}/{n} = {near / n:.4f}, {near + 1}/{n} = {(near + 1) / n:.4f}"
            )
            found.append(
                Finding(
                    "mean of whole numbers",
                    CANNOT_TELL,
                    message,
                    (span,),
                    (spelled.original[slice(*span)],),
                )
            )
    return found


def find_between(
    spelled: Spelled,
    plain: str,
    sentences: Sentences,
    readings: list[Reading],
    layouts: list[Layout],
    totals: Totals,
) -> list[Finding]:
    """What does not fit between the statements of a text, in the order of the text."""
    found = [
        *check_models(spelled, readings, totals.seen),
        *check_sums(spelled, layouts, readings),
        *check_complements(spelled, readings, sentences, layouts),
        *check_leaving(spelled, plain),
        *check_intersections(spelled, readings, sentences),
        *check_ranges(spelled, layouts),
        *check_patient_rows(spelled, layouts),
        *check_group_sizes(spelled, sentences),
        *check_same_fraction(spelled, readings),
        *check_whole_means(spelled),
    ]
    return sorted(found, key=lambda finding: finding.spans[0] if finding.spans else (0, 0))
