"""Do parts add to their wholes: groups in a table's rows, sexes, and "leaving n"."""

import re
from itertools import combinations

from pht_core.claims.claim import CANNOT_TELL, INCONSISTENT, Finding, Reading
from pht_core.claims.layout import Layout
from pht_core.claims.patterns import STOP
from pht_core.claims.sentences import Sentences
from pht_core.claims.typography import Spelled

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
