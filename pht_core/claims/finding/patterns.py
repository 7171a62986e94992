"""The patterns of the three .toml files here, put together from their parts and compiled once.

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
_PART = re.compile(r"\{([A-Za-z]\w*)\}")
STOP = "\x1e"  # no pattern crosses it
PAD = "\x1f"  # fills up a number word that was replaced by its digits


@cache
def _content(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text("utf-8"))


@cache
def _parts() -> dict[str, str]:
    """The parts that patterns share, by their names, each still with the names of others."""
    words = {
        name: "|".join(entry.split()) for name, entry in _content("never.toml")["words"].items()
    }
    named = _content("patterns.toml")["parts"] | _content("expressions.toml")["parts"] | words
    return {"STOP": STOP, "PAD": PAD} | named


def expand(pattern: str) -> str:
    """A pattern as ``re`` takes it: its lines joined, names in braces replaced by their parts."""
    joined = "".join(line.strip() for line in pattern.split("\n")) if "\n" in pattern else pattern
    return _PART.sub(lambda found: expand(_parts()[found[1]]), joined)


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(expand(pattern), re.IGNORECASE)


@cache
def read_expressions(section: str) -> dict[str, re.Pattern[str]]:
    """The expressions of one section of ``expressions.toml``, by their names, in their order."""
    return {name: _compile(entry) for name, entry in _content("expressions.toml")[section].items()}


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
            _compile(_first(entry["pattern"])),
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
    return _compile("{PF}"), _compile(
        "{K}(?={KNOUN}(?:{OVER}{NUMBER}|{OPEN}|{S}{1,30}(?:in|among|from){S}))"
    )


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
    return tuple(
        NeverPattern(
            entry["id"],
            _compile(entry["pattern"]),
            tuple(entry["examples"]),
            _compile(entry["before"]) if "before" in entry else None,
        )
        for entry in _content("never.toml")["never"]
    )
