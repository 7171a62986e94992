"""Columns that tell who a patient is: names, birth dates, phone and identity numbers."""

import re
from collections.abc import Callable, Iterable
from functools import cache

from pht_core.intake.recognising.headers import header_words
from pht_core.intake.words.synonyms import Words
from pht_core.intake.words.word_lists import read_pattern, read_rows, split_words

NAME, BIRTH_DATE = "name", "birth date"
PHONE, RECORD_NUMBER = "phone number", "medical record number"
_PATIENT = "patient"  # no kind: a header under which names may stand
_CARD = re.compile(r"\d{17}[\dXx]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@cache
def read_kinds() -> dict[Words, str]:
    """What headers of private columns show, by their words, from ``private_headers.csv``."""
    return {
        header_words(phrase): row["kind"]
        for row in read_rows("private_headers.csv")
        for phrase in split_words(row["words"])
    }


def private_kind(header: str, values: Iterable[str]) -> str:
    """What a column shows of who its patients are, as in ``private_headers.csv``; empty if nothing.

    header : its words decide for names, birth dates, addresses and record numbers: a cell alone
        (a town, a drug) is no name. Under a header such as "patient" names are looked for.
    values : some of its cells as text. Identity cards with their check digit (GB 11643-1999, that
        is ISO 7064, MOD 11-2), e-mail addresses and phone numbers are found under any header.
    """
    texts = [text.strip() for text in values if text.strip()]
    kind = read_kinds().get(header_words(header), "")
    if _are_mostly(is_identity_card, texts):
        return "identity number"
    if _are_mostly(read_pattern("e-mail address").fullmatch, texts):
        return "e-mail address"
    if kind != RECORD_NUMBER and _are_mostly(read_pattern("phone number").fullmatch, texts):
        return PHONE
    if kind == _PATIENT:
        return NAME if _are_mostly(read_pattern("person's name").fullmatch, texts) else ""
    return kind


def _are_mostly(fits: Callable[[str], object], texts: list[str]) -> bool:
    return sum(bool(fits(text)) for text in texts) > len(texts) / 2


def is_identity_card(text: str) -> bool:
    """Whether a text is a Chinese identity number with a right check digit.

    >>> is_identity_card("11010519491231002X"), is_identity_card("110105194912310021")
    (True, False)
    """
    if not _CARD.fullmatch(text):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=False))
    return "10X98765432"[total % 11] == text[-1].upper()
