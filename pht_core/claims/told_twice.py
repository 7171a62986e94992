"""The same told twice: one group with two sizes, one percent of one fraction printed two ways."""

import re
from collections import defaultdict

from pht_core.claims.claim import CANNOT_TELL, INCONSISTENT, Finding, Reading
from pht_core.claims.sentences import Sentences
from pht_core.claims.typography import Spelled

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
