"""Ranges: of all against its groups, of a part against the whole, values against their range."""

import re
from dataclasses import dataclass

from pht_core.claims.claim import CANNOT_TELL, INCONSISTENT, Finding
from pht_core.claims.layout import Layout
from pht_core.claims.typography import Spelled

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
            found.append(_finding(spelled, "range", INCONSISTENT, text, item))
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
            found.append(_finding(spelled, "range of all", INCONSISTENT, text, whole_range))
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
    return _finding(spelled, "range of a part", CANNOT_TELL, text, part, whole)


def _finding(spelled: Spelled, kind: str, verdict: str, message: str, *items: Range) -> Finding:
    spans = tuple(sorted(spelled.origin_span(item.start, item.end) for item in items))
    return Finding(kind, verdict, message, spans, tuple(spelled.original[a:b] for a, b in spans))
