"""How much of a text could be read: tables and figures that it names, percentages with counts."""

from bisect import bisect_left
from collections.abc import Sequence

from pht_core.claims.claim import Claim, Coverage
from pht_core.claims.finding.patterns import read_expressions
from pht_core.claims.finding.preparing import PreparedText
from pht_core.claims.verdicts import VERDICTS
from pht_core.model.words import counted

PATTERNS = read_expressions("coverage")
MOST_IN_RANGE = 20


def measure_coverage(text: PreparedText, claims: Sequence[Claim]) -> Coverage:
    """What a text names and prints, and what of it was read and judged."""
    named = _numbers(text.text, "tables")
    captions = [layout.table.caption for layout in text.layouts]
    captioned = {number for words in captions for number in _numbers(words[:80], "tables")}
    counts = [claim for claim in claims if claim.numerator is not None]
    known = sorted(claim.pct_start for claim in counts)
    missed = 0
    for found in PATTERNS["pair"].finditer(text.plain):
        start, end = text.spelled.origin_span(*found.span())
        missed += bisect_left(known, start) == bisect_left(known, end)
    return Coverage(
        tables_named=len(named),
        tables_read=min(len(named), len(captioned & named) + captions.count("")),
        figures_named=len(_numbers(text.text, "figures")),
        pairs=len(counts) + missed,
        pairs_judged=sum(VERDICTS[claim.verdict].is_evaluated for claim in counts),
    )


def format_coverage(coverage: Coverage) -> str:
    """What was not read, as a sentence without its stop; empty if nothing is missing.

    >>> format_coverage(Coverage(4, 1, 2, 40, 31))
    '31 of 40 percentages with counts judged; 4 tables named, 1 read; 2 figures named, none read'
    """
    words = []
    if coverage.pairs_judged < coverage.pairs:
        words.append(
            f"{coverage.pairs_judged:,} of {coverage.pairs:,} percentages with counts judged"
        )
    if coverage.tables_read < coverage.tables_named:
        named = counted(coverage.tables_named, "table", "tables")
        words.append(f"{named} named, {coverage.tables_read or 'none'} read")
    if coverage.figures_named:
        words.append(f"{counted(coverage.figures_named, 'figure', 'figures')} named, none read")
    return "; ".join(words)


def _numbers(text: str, what: str) -> set[str]:
    """The numbers of the tables or figures that a text names: "Tables 1 and 2", "Figures 1-3"."""
    found: set[str] = set()
    for match in PATTERNS[what].finditer(text):
        for first, last in PATTERNS["numbers"].findall(match["numbers"]):
            numbers = [first.upper()]
            if last and first.isdecimal() and int(last) - int(first) < MOST_IN_RANGE:
                numbers = [str(number) for number in range(int(first), int(last) + 1)]
            found.update(numbers)
    return found
