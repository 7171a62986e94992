"""The patterns of the three .toml files here, put together from their parts and compiled once.

Every repetition is bounded, so that no text can make a pattern run away. ``S`` is one blank or
line end; cells of tables and paragraphs are parted by other signs (see ``preparing``), which no
pattern crosses.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
_PART = re.compile(r"\{([A-Za-z]\w*)\}")
_GROUP = re.compile(r"\(\?(?:-i:|:|=|P<\w+>)")
_LETTERS = re.compile(r"[^\W\d_]*(?![?*{])")
_SIGNS = re.compile(r"\\.|\[(?:\\.|[^\]\\])+\]|[()|]")  # groups and what only looks like one
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
    named = _content("patterns.toml")["parts"] | _content("expressions.toml")["parts"]
    return {"STOP": STOP, "PAD": PAD} | named | words


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


def leading(text: str, place: int, most: int) -> str:
    """The characters in front of a place, so many at most."""
    return text[max(place - most, 0) : place]


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


def find_matches(section: str, text: str) -> Iterator[Iterator[tuple[int, Pattern, re.Match[str]]]]:
    """By place every match of a section's patterns there, with the pattern's rank.

    All patterns begin with a percent or a count: those places are looked for once, and only there
    are the patterns tried.
    """
    ranked = list(enumerate(read_patterns(section)))
    for anchor, first in zip(_anchors(), (True, False), strict=True):
        tried = [
            (rank, pattern, pattern.expression.match)
            for rank, pattern in ranked
            if pattern.percent_first == first
        ]
        for place in anchor.finditer(text):
            at = place.start()
            yield (
                (rank, pattern, found)
                for rank, pattern, match in tried
                if (found := match(text, at))
            )


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


class Words:
    """The places of a text's words: patterns that begin with a word are tried at few places."""

    def __init__(self, text: str) -> None:
        self._places: dict[str, list[int]] = defaultdict(list)
        for word in re.finditer(r"[^\W\d_]+", text):
            self._places[word[0].lower()].append(word.start())

    def matches(self, expression: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
        """What ``finditer`` gives, in the text of the words or one with its letters blanked."""
        first = _first_letters(expression)
        if first is None:
            yield from expression.finditer(text)
            return
        end = 0
        found = (places for word, places in self._places.items() if first.match(word))
        for place in sorted(chain.from_iterable(found)):
            match = expression.match(text, place) if place >= end else None
            if match:
                end = match.end()
                yield match


@cache
def _first_letters(expression: re.Pattern[str]) -> re.Pattern[str] | None:
    """What the words begin with that an expression can begin at; None if not only at words."""
    letters = _alternatives(f"(?:{expression.pattern})", 0, at_word=False)
    return None if "" in letters else re.compile("|".join(letters), re.IGNORECASE)


def _alternatives(pattern: str, at: int, at_word: bool) -> list[str]:
    """The letters that each alternative begins with of the group, or else the word, at a place.

    Empty where that may be no word's begin, or nothing.
    """
    if pattern.startswith(r"\b", at):
        at, at_word = at + 2, True
    opened = _GROUP.match(pattern, at)
    if opened is None:
        return [_LETTERS.match(pattern, at)[0] if at_word else ""]  # type: ignore[index]
    depth, starts, end = 1, [opened.end()], len(pattern)
    for sign in _SIGNS.finditer(pattern, opened.end()):
        depth += (sign[0] == "(") - (sign[0] == ")")
        if sign[0] == "|" and depth == 1:
            starts.append(sign.end())
        elif not depth:
            end = sign.end()
            break
    if pattern[end : end + 1] in ("?", "*", "{"):
        return [""]
    return [found for start in starts for found in _alternatives(pattern, start, at_word)]
