"""What a cell's words name: a laboratory test, a drug, a support, an event, an endpoint."""

import re
from functools import cache

from pht_core.intake.recognising.headers import text_words
from pht_core.intake.words.synonyms import Words
from pht_core.intake.words.word_lists import read_header_words, read_pattern, read_rows, split_words


@cache
def _read(name: str) -> dict[Words, str]:
    """A vocabulary's words and what they name; its first column is the name."""
    table: dict[Words, str] = {}
    for row in read_rows(f"{name}s.csv"):
        table[text_words(row[name])] = row[name]
        for phrase in split_words(row["words"]):
            table[text_words(phrase)] = row[name]
            table[("".join(text_words(phrase)),)] = row[name]
    return table


def recognise_test(text: str) -> str:
    """The field that a test's name stands for (``HGB``, ``NE_percent``, ``CRP``); "" if none.

    A unit in brackets behind the name (``Hemoglobin (mmol/L)``) is no part of it, except %.

    >>> recognise_test("Neutrophils (absolute)"), recognise_test("Haematocrit")
    ('NE', '')
    """
    return _look_up("test", text) or _look_up("test", _without_unit(text))


def recognise_endpoint(text: str) -> str:
    """``os``, ``pfs``, ``death``, ``progression``, ``next_therapy``, ``last_followup`` or "".

    >>> recognise_endpoint("Progression Free Survival")
    'pfs'
    """
    return _look_up("endpoint", text) or _look_up("endpoint", _without_unit(text))


def recognise_drug(text: str) -> str:
    """The generic name of a corticosteroid, by any of its names; "" for every other drug.

    >>> recognise_drug("Solu-Medrol 40 mg IV"), recognise_drug("Prednisone acetate tablets")
    ('methylprednisolone', 'prednisone')
    """
    return _look_up("drug", text) or _look_up("drug", _bare_name(text))


def recognise_support(text: str) -> str:
    """The kind of support (see ``schema.SUPPORT_KINDS``) that words name; "" if none.

    >>> recognise_support("Pegfilgrastim 6 mg"), recognise_support("FFP")
    ('gcsf', '')
    """
    return _look_up("support", text) or _look_up("support", _bare_name(text))


def recognise_event(text: str) -> str:
    """The kind of event (see ``schema.EVENT_KINDS``) that words name; "" if none.

    >>> recognise_event("Bacterial infection")
    'infection'
    """
    return _look_up("event", text)


def _look_up(vocabulary: str, text: str) -> str:
    words = text_words(text)
    table = _read(vocabulary)
    if not words:
        return ""
    found = table.get(words) or table.get(tuple(text.casefold().strip().split())) or ""
    # Joined words find "HGB - " or "G CSF"; two letters alone are too few for it.
    joined = "".join(words)
    return found or (table.get((joined,), "") if len(joined) > 2 else "")


def _without_unit(text: str) -> str:
    """The text without a last bracket of a unit; a bracket with % or a word stays."""
    return read_pattern("blood").sub("", read_pattern("unit in brackets").sub("", text))


def _bare_name(text: str) -> str:
    bare = read_pattern("strength").sub(" ", re.sub(r"\([^()]*\)|（[^（）]*）", " ", text))
    forms = _read_forms()
    for form in forms:
        bare = bare if form.isascii() else bare.replace(form, "")
    return " ".join(word for word in text_words(bare) if word not in forms)


@cache
def _read_forms() -> tuple[str, ...]:
    """Words for form and route of a drug (tablets, intravenous), the longest first."""
    return tuple(sorted(read_header_words("form"), key=len)[::-1])
