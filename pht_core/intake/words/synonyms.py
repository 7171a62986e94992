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
class Candidate:
    """A field that a header can stand for.

    field : its name in ``fields.csv``.
    confidence : 0 to 1, of the words alone.
    reason : in words for the user.
    rows : the kinds of rows in which these words have this meaning.
    beside : result columns, one of which must be the one used (the unit of ``LBORRES`` is no
        unit of ``AVAL``); empty for most.
    """

    field: str
    confidence: float
    reason: str
    rows: frozenset[str]
    beside: frozenset[str] = frozenset()


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

    whole: dict[Words, tuple[Candidate, ...]]
    joined: dict[str, tuple[Candidate, ...]]
    parts: dict[Words, tuple[Candidate, ...]]
    alike: dict[Words, tuple[Candidate, ...]]
    filler: frozenset[Words]
    remark: frozenset[Words]
    other: frozenset[Words]


@cache
def read_synonyms() -> Synonyms:
    """``synonyms.csv`` and ``header_words.csv``, ready to be looked up."""
    fields = read_fields()
    whole: dict[Words, list[Candidate]] = {}
    parts: dict[Words, list[Candidate]] = {}
    alike: dict[Words, list[Candidate]] = {}
    for row in read_rows("synonyms.csv"):
        field = fields[row["field"]]
        rows = (frozenset(row["rows"].split()) or field.rows) & field.rows
        for phrase in split_words(row["words"]):
            candidate = Candidate(
                field.name,
                float(row["confidence"]),
                f"{phrase!r} is a word for {field.title}.",
                rows,
                frozenset(row["beside"].split()),
            )
            words = header_words(phrase)
            whole.setdefault(words, []).append(candidate)
            if row["match"] != "whole":
                parts.setdefault(words, []).append(candidate)
            if row["match"] == "like" and len("".join(words)) >= _SHORTEST_ALIKE:
                alike.setdefault(words, []).append(candidate)
    known = {
        role: frozenset(map(header_words, read_header_words(role)))
        for role in ("filler", "remark", "other")
    }
    joined: dict[str, list[Candidate]] = {}
    for words, candidates in whole.items():
        joined.setdefault("".join(words), []).extend(candidates)
    return Synonyms(
        {words: tuple(found) for words, found in whole.items()},
        {text: tuple(found) for text, found in joined.items()},
        {words: tuple(found) for words, found in parts.items()},
        {words: tuple(found) for words, found in alike.items()},
        **known,
    )


@lru_cache(maxsize=MOST_HEADERS)
def map_header(header: str, *, alike: bool = True) -> tuple[Candidate, ...]:
    """The fields that a header (without day and unit) can stand for; empty where none is known.

    All of one step, tried in this order: the whole header is a known name (the confidence of the
    name), a known name among words without a meaning (`AMONG_WORDS` of it), a known name with a
    slip (`ALIKE` of it).

    header : as in the file.
    alike : whether a known name with one or two wrong letters counts; never for short names.
    """
    synonyms = read_synonyms()
    words = header_words(header)
    words = words[1:] if words[:1] == ("#",) else words  # "# prior lines"
    if not words or len(words) > _MOST_WORDS:
        return ()
    found = synonyms.whole.get(words, ())
    text = "".join(words)
    if not found and len(text) > 3:
        found = synonyms.joined.get(text, ())
    if found:
        return found
    if words in synonyms.other:
        return ()
    found = _among_words(words, synonyms)
    if not found and alike:
        found = _alike(words, synonyms)
    return found


def _among_words(words: Words, synonyms: Synonyms) -> tuple[Candidate, ...]:
    """Cover the header from its start: each piece must be a name of one field, or filler."""
    fields: set[str] | None = None
    pieces: list[Candidate] = []
    start = 0
    while start < len(words):
        for end in range(len(words), start, -1):
            piece = words[start:end]
            if piece in synonyms.parts:
                named = synonyms.parts[piece]
                names = {candidate.field for candidate in named}
                fields = names if fields is None else fields & names
                pieces.extend(named)
                start = end
                break
            if piece in synonyms.filler:
                start = end
                break
        else:
            return ()
    if not fields:
        return ()
    best = {one.field: one for one in reversed(pieces) if one.field in fields}
    return tuple(replace(one, confidence=one.confidence * AMONG_WORDS) for one in best.values())


def _alike(words: Words, synonyms: Synonyms) -> tuple[Candidate, ...]:
    """The fields of a name that has letters wrong in one of its words."""
    best = 0.0
    found: tuple[Candidate, ...] = ()
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
