"""The patterns of ``patterns.toml``, put together from their parts and compiled once.

Every repetition is bounded, so that no text can make a pattern run away. ``S`` is one blank or
line end; cells of tables and paragraphs are parted by other signs (see ``preparing``), which no
pattern crosses.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
STOP = "\x1e"  # no pattern crosses it
PAD = "\x1f"  # fills up a number word that was replaced by its digits

S = rf"[ \r\n{PAD}]"
NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,7})"
_WORD = (
    r"(?:(?:group|arm|grade|stage|cohort|day|week|month|type|phase|class|aged|age|cycle|part)s? "
    r"\d{1,3}(?:\+|[-/]\d{1,3})?"
    rf"|[A-Za-z≥>+][^\s()\[\]%;=.:{PAD}{STOP}]{{0,24}}|\([A-Za-z][A-Za-z /-]{{0,30}}\))"
)
# Nouns and adverbs between a count and what follows; a unit among them is no count (never.toml).
_NOUN = rf"(?:{S}{{1,30}}[A-Za-z][A-Za-z'-]{{1,24}})"


def _words(most: int) -> str:
    return rf"(?:{S}{{1,30}}{_WORD},?){{0,{most}}}"


PARTS = {
    "S": S,
    # It begins with a digit and looks back from there: so re skips to the next digit.
    "PF": (
        rf"(?P<p>[\d.](?<!\d.)(?<!\d[.,].)\d{{0,5}}(?:\.\d{{1,6}})?{PAD}{{0,30}}){S}{{0,20}}(?:%|"
        rf"per{S}?cent\b|pct\b)"
    ),
    "K": (
        r"(?P<k>\d(?<!\d\d)(?<!\d[.,/-]\d)(?<![\^_]\d)(?:\d{0,2}(?:,\d{3})+(?!\d)|\d{0,6}))"
        r"(?!\d|\.\d|%)"
    ),
    "N": rf"(?P<n>{NUMBER})(?!\d|\.\d|,\d{{3}}(?!\d)|/\d|{S}?%)",
    "NEQ": (
        rf"(?:n{S}{{0,2}}/{S}{{0,2}}n{S}{{0,2}}={S}{{0,2}}|"
        rf"(?:n|no\.?){S}{{0,2}}[=:]{S}{{0,2}}|={S}{{0,2}})?"
    ),
    "SLASH": rf"{S}{{0,30}}/{S}{{0,30}}",
    "OF": (
        rf"{S}{{1,30}}(?:out{S})?of{S}{{1,3}}(?:(?:the|all|these|those|our|its|their|an?|total|"
        rf"overall|"
        rf"entire|first|last|remaining|evaluable|eligible|other|sample|cohort|series|group|of|"
        rf"initial|original|enrolled|included|treated|surviving){S}{{1,3}}){{0,4}}"
    ),
    "OPEN": rf"{S}{{0,30}}(?:,{S})?[(\[]{S}{{0,80}}(?:[;,]{S}{{0,30}})?",
    # What was blanked between the parts, such as an interval.
    "CLAUSE": rf"(?:{S}{{0,3}}[(\[]{S}{{0,80}}[)\]])?(?:{S}{{0,3}}[,;]{S}{{6,80}})?",
    "KNOUN": rf"{_NOUN}{{0,3}}",
    "KWORDS": rf"(?:{S}{{1,30}}[A-Za-z][^\s()\[\]%;=.:,{PAD}{STOP}]{{1,24}}){{0,4}}",
    "COUNTED_WORDS": rf"(?:{S}{{1,3}}(?:of{S})?[A-Za-z][A-Za-z'-]{{1,24}}){{0,4}}",
    "WORDS6": _words(6),
    "WORDS10": _words(10),
    "WORDS12": _words(12),
    "NOTN": "",
}
PARTS["P"] = f"(?:[<>≤≥~=]{S}?)?{PARTS['PF']}"
PARTS["OVER"] = f"(?:{PARTS['SLASH']}|{PARTS['OF']})"


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern with its name; groups p, k and n where it has them."""

    id: str
    expression: re.Pattern[str]
    weak: bool
    percent_first: bool
    examples: tuple[tuple[str, ...], ...]


@cache
def read_patterns(section: str) -> tuple[Pattern, ...]:
    """The patterns of one section of ``patterns.toml``, in their order."""
    return tuple(
        Pattern(
            entry["id"],
            re.compile(_first(entry["pattern"]).format_map(PARTS), re.IGNORECASE),
            entry.get("weak", False),
            entry["pattern"].startswith("{P}"),
            tuple(tuple(example) for example in entry["examples"]),
        )
        for entry in _content("patterns.toml")[section]
    )


def _first(pattern: str) -> str:
    return "{PF}" + pattern.removeprefix("{P}") if pattern.startswith("{P}") else pattern


@cache
def _anchors() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What a pattern that begins with a percent, or with a count, can begin at."""
    count = f"{PARTS['K']}(?={PARTS['KNOUN']}(?:{PARTS['OVER']}{NUMBER}|{PARTS['OPEN']}|"
    count += f"{S}{{1,30}}(?:in|among|from){S}))"
    return re.compile(PARTS["PF"], re.IGNORECASE), re.compile(count, re.IGNORECASE)


def find_matches(section: str, text: str) -> Iterator[tuple[int, Pattern, re.Match[str]]]:
    """Every match of a section's patterns, with the pattern's place in it.

    All patterns begin with a percent or a count: those places are looked for once, and only there
    are the patterns tried.
    """
    percent, count = ([m.start() for m in anchor.finditer(text)] for anchor in _anchors())
    for rank, pattern in enumerate(read_patterns(section)):
        match = pattern.expression.match
        for place in percent if pattern.percent_first else count:
            found = match(text, place)
            if found:
                yield rank, pattern, found


@cache
def _content(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text("utf-8"))


@dataclass(frozen=True)
class NeverPattern:
    """What is never a count, a denominator or a percent of patients.

    ``before``: only where these words stand in front.
    """

    id: str
    expression: re.Pattern[str]
    examples: tuple[str, ...]
    before: re.Pattern[str] | None = None


@cache
def read_never() -> tuple[NeverPattern, ...]:
    """The patterns of ``never.toml``, in their order."""
    content = _content("never.toml")
    words = {name: "|".join(entry.split()) for name, entry in content["words"].items()}
    return tuple(
        NeverPattern(
            entry["id"],
            re.compile(entry["pattern"].format_map(words | {"S": S}), re.IGNORECASE),
            tuple(entry["examples"]),
            re.compile(entry["before"].format_map(words | {"S": S}), re.IGNORECASE)
            if "before" in entry
            else None,
        )
        for entry in content["never"]
    )
