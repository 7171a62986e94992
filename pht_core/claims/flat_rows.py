"""Tables whose cells only blanks part, as pasted from a PDF: "Deaths 82 (46) 113 (63) 20 (44)".

The N of such columns are those named last above the rows, in their order. Rows are read only if
nearly all of their cells fit, as nothing else shows that the columns were told apart rightly.
"""

import re
from collections.abc import Iterator
from itertools import groupby

from pht_core.claims.claim import CANNOT_TELL, Reading
from pht_core.claims.judging import follows, share_fits
from pht_core.claims.patterns import NUMBER, STOP
from pht_core.claims.printed import parse_count

_PAIR = re.compile(
    rf"(?<![\w.,/(-])(?P<k>{NUMBER})\s?[(\[]\s?(?P<p>\d{{1,3}}(?:\.\d{{1,3}})?)\s?%?\s?[)\]]"
)
_N = re.compile(r"\bn\s?=\s?(\d{1,3}(?:,\d{3})+|\d{1,6})\b", re.IGNORECASE)
LINES_ABOVE = 12
FEWEST_ROWS = 2
FEWEST_FITTING = 0.8
LONGEST_LINE = 300


def find_flat_rows(plain: str, text: str, taken: list[Reading]) -> list[Reading]:
    """Claims in rows of pairs under a row of N; what is taken already is left alone."""
    own = {reading.pct_start for reading in taken}
    found: list[Reading] = []
    for rows, totals in _blocks(text):
        readings = [
            (at, reading)
            for row in rows
            for at, reading in enumerate(_readings(row, totals))
            if reading.pct_start not in own and STOP not in plain[reading.start : reading.end]
        ]
        good = [follows(reading, reading.denominator or 0) for _, reading in readings]
        if len(good) < 2 * FEWEST_ROWS or sum(good) < FEWEST_FITTING * len(good):
            continue
        columns = {at for (at, _), fit in zip(readings, good, strict=True) if fit}
        for at, reading in readings:
            known = at in columns or share_fits(
                reading.numerator or 0, reading.denominator or 0, reading.percent
            )
            found.append(reading if known else reading.changed(settled=CANNOT_TELL))
    return found


def _blocks(text: str) -> Iterator[tuple[list[list[re.Match[str]]], list[int]]]:
    """Neighbouring lines with equally many pairs, with as many N named last above them."""
    lines = []
    start = 0
    for line in text.splitlines(keepends=True):
        pairs = []
        if line.count("(") + line.count("[") > 1 and len(line) <= LONGEST_LINE:
            pairs = list(_PAIR.finditer(text, start, start + len(line)))
        lines.append((start, line, pairs))
        start += len(line)
    at = 0
    for width, group in groupby(lines, key=lambda item: len(item[2])):
        members = list(group)
        first = at
        at += len(members)
        if width < 2 or len(members) < FEWEST_ROWS:
            continue
        above = "".join(line for _, line, _ in lines[max(first - LINES_ABOVE, 0) : first])
        totals = [parse_count(found) for found in _N.findall(above)][-width:]
        if len(totals) == width:
            yield [pairs for _, _, pairs in members], totals


def _readings(row: list[re.Match[str]], totals: list[int]) -> list[Reading]:
    return [
        Reading(
            start=match.start(),
            end=match.end(),
            pct_start=match.start("p"),
            pct_end=match.end("p"),
            percent=match["p"],
            kind="table",
            numerator=parse_count(match["k"]),
            denominator=n,
            n_source="header",
        )
        for match, n in zip(row, totals, strict=True)
    ]
