"""The words that hospitals, registries and standards have for each field, and how they match."""

from dataclasses import dataclass, replace
from difflib import SequenceMatcher, get_close_matches
from functools import cache, lru_cache

from pht_core.intake.recognising.headers import MOST_HEADERS, header_words
from pht_core.intake.words.fields import read_fields
from pht_core.intake.words.word_lists import read_header_words, read_rows, split_words

AMONG_WORDS, ALIKE = 0.8, 0.6
_MOST_WORDS = 40  # Chinese characters are words; what is longer is a text, not a header
_SHORTEST_ALIKE = 7  # letters; a shorter word is too near to too many others
_ALIKE_ENOUGH = 0.8  # of difflib's measure: a letter in five may be wrong

Words = tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """One field that a column can stand for, how certainly, and why.

    confidence : 0 to 1, of the words of the header alone, and then of its cells as well.
    rows : the kinds of rows in which these words have this meaning.
    beside : result columns, one of which must be the one used (the unit of ``LBORRES`` is no
        unit of ``AVAL``); empty for most.
    unit, day, values : as in `mapping.ColumnMap`, where the header or the file gives them.
    by_name : the confidence before the cells were looked at.
    """

    field: str
    confidence: float
    reason: str
    rows: frozenset[str]
    beside: frozenset[str] = frozenset()
    unit: str = ""
    day: int | None = None
    values: tuple[tuple[str, str], ...] = ()
    by_name: float = 0.0


Readings = tuple[Reading, ...]


@dataclass(frozen=True)
class Synonyms:
    """Every word, ready to be looked up.

    whole : the words of a header, by themselves, and what they stand for.
    joined : the same without the spaces between them (``subjectid``).
    parts : those words of ``whole`` that may also stand among words without a meaning.
    alike : those that are recognised with a letter or two wrong.
    filler : words without a meaning.
    remark : words that in a bracket behind a name change nothing.
    other : words that are known to be none of the fields, so that no slip is seen in them.
    """

    whole: dict[Words, Readings]
    joined: dict[str, Readings]
    parts: dict[Words, Readings]
    alike: dict[Words, Readings]
    filler: frozenset[Words]
    remark: frozenset[Words]
    other: frozenset[Words]


@cache
def read_synonyms() -> Synonyms:
    """``synonyms.csv`` and ``header_words.csv``, ready to be looked up."""
    fields = read_fields()
    whole: dict[Words, Readings] = {}
    parts: dict[Words, Readings] = {}
    alike: dict[Words, Readings] = {}
    joined: dict[str, Readings] = {}
    for row in read_rows("synonyms.csv"):
        field, confidence = fields[row["field"]], float(row["confidence"])
        rows = (frozenset(row["rows"].split()) or field.rows) & field.rows
        for phrase in split_words(row["words"]):
            reason = f"{phrase!r} is a word for {field.title}."
            beside = frozenset(row["beside"].split())
            one = Reading(field.name, confidence, reason, rows, beside)
            words = header_words(phrase)
            whole[words] = (*whole.get(words, ()), one)
            if row["match"] != "whole":
                parts[words] = (*parts.get(words, ()), one)
            if row["match"] == "like" and len("".join(words)) >= _SHORTEST_ALIKE:
                alike[words] = (*alike.get(words, ()), one)
    for words, found in whole.items():
        joined["".join(words)] = (*joined.get("".join(words), ()), *found)
    known = {
        role: frozenset(map(header_words, read_header_words(role)))
        for role in ("filler", "remark", "other")
    }
    return Synonyms(whole, joined, parts, alike, **known)


@lru_cache(maxsize=MOST_HEADERS)
def map_header(header: str, *, alike: bool = True) -> Readings:
    """The fields that a header (without day and unit) can stand for; empty where none is known.

    All of one step, tried in this order: the whole header is a known name (the confidence of the
    name), a known name among words without a meaning (`AMONG_WORDS` of it), a known name with one
    or two wrong letters (`ALIKE` of it; with ``alike``, and never for short names).
    """
    synonyms = read_synonyms()
    words = header_words(header)
    words = words[1:] if words[:1] == ("#",) else words  # "# prior lines"
    if not words or len(words) > _MOST_WORDS:
        return ()
    text = "".join(words)
    found = synonyms.whole.get(words) or (synonyms.joined.get(text, ()) if len(text) > 3 else ())
    if found or words in synonyms.other:
        return found
    return _among_words(words, synonyms) or (_alike(words, synonyms) if alike else ())


def _among_words(words: Words, synonyms: Synonyms) -> Readings:
    """Cover the header from its start: each piece must be a name of one field, or filler."""
    fields: set[str] = set()
    pieces: list[Reading] = []
    start = 0
    while start < len(words):
        ends = range(len(words), start, -1)
        known = (synonyms.parts, synonyms.filler)
        end = next((end for end in ends if any(words[start:end] in own for own in known)), None)
        if end is None:
            return ()
        named = synonyms.parts.get(words[start:end], ())
        if named:
            names = {one.field for one in named}
            fields = fields & names if pieces else names
            pieces.extend(named)
        start = end
    best = {one.field: one for one in reversed(pieces) if one.field in fields}
    return tuple(replace(one, confidence=one.confidence * AMONG_WORDS) for one in best.values())


def _alike(words: Words, synonyms: Synonyms) -> Readings:
    """The fields of a name that has letters wrong in one of its words."""
    best = 0.0
    found: Readings = ()
    for place, word in enumerate(words):
        others = words[:place], words[place + 1 :]
        names = {
            phrase[place]: phrase
            for phrase in (*synonyms.other, *synonyms.alike)
            if len(phrase) == len(words) and (phrase[:place], phrase[place + 1 :]) == others
        }
        for near in get_close_matches(word, names, n=1, cutoff=_ALIKE_ENOUGH):
            score = SequenceMatcher(None, near, word).ratio()
            if len("".join(words)) >= _SHORTEST_ALIKE - 1 and word.isalpha() and score > best:
                reason = f"Spelt like {' '.join(names[near])!r}."
                best, found = score, synonyms.alike.get(names[near], ())
    if len({one.field for one in found}) != 1:
        return ()
    return tuple(replace(one, confidence=one.confidence * ALIKE, reason=reason) for one in found)
