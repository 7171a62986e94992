"""Columns that tell who a patient is: names, birth dates, phone and identity numbers."""

import re
from collections.abc import Iterable
from functools import cache

from pht_core.intake.recognising.headers import header_words
from pht_core.intake.words.synonyms import Words
from pht_core.intake.words.word_lists import read_rows, split_words

NAME = "name"
BIRTH_DATE = "birth date"
PHONE = "phone number"
IDENTITY = "identity number"
EMAIL = "e-mail address"
RECORD_NUMBER = "medical record number"
ADDRESS = "address"
POSTCODE = "postcode"
_PATIENT = "patient"  # no kind: a header under which names may stand

# Two to four Chinese characters; two or three words that each begin with a capital letter.
_CHINESE_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
_LATIN_NAME = re.compile(r"[A-Z][a-zà-ÿ'’-]+,?(?: [A-Z]\.?)?(?: [A-Z][a-zà-ÿ'’-]+){1,2}")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_MOBILE = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}")
# With 00 instead of + only in groups: ids have leading zeros too.
_ABROAD = re.compile(
    r"\+[1-9]\d{0,2}[\s(/.-]*\d[\d\s()/.-]{6,14}\d|00[1-9]\d{0,2}[\s(/.-]+\d[\d\s()/.-]{5,14}\d"
)
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
    """What a column shows of who its patients are; empty if nothing.

    `NAME`, `BIRTH_DATE`, `PHONE`, `IDENTITY`, `EMAIL`, `RECORD_NUMBER`, `ADDRESS`, `POSTCODE` or
    empty. The check digit of Chinese identity numbers: GB 11643-1999 (ISO 7064, MOD 11-2).

    header : its words decide for names, birth dates, addresses and record numbers: a cell alone
        (a town, a drug) is no name. Under a header such as "patient" names are looked for.
    values : some of its cells as text. Identity cards with their check digit, e-mail addresses
        and phone numbers are found whatever the header says.
    """
    texts = [text.strip() for text in values if text.strip()]
    kind = read_kinds().get(header_words(header), "")
    if texts:
        for pattern, found in ((is_identity_card, IDENTITY), (_MAIL.fullmatch, EMAIL)):
            if sum(bool(pattern(text)) for text in texts) > len(texts) / 2:
                return found
        if kind != RECORD_NUMBER and _are_phones(texts):
            return PHONE
    if kind == _PATIENT:
        names = sum(bool(_CHINESE_NAME.fullmatch(t) or _LATIN_NAME.fullmatch(t)) for t in texts)
        return NAME if names > len(texts) / 2 else ""
    return kind


def is_identity_card(text: str) -> bool:
    """Whether a text is a Chinese identity number with a right check digit.

    >>> is_identity_card("11010519491231002X"), is_identity_card("110105194912310021")
    (True, False)
    """
    if not _CARD.fullmatch(text):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=False))
    return "10X98765432"[total % 11] == text[-1].upper()


def _are_phones(texts: list[str]) -> bool:
    phones = sum(bool(_MOBILE.fullmatch(text) or _ABROAD.fullmatch(text)) for text in texts)
    return phones > len(texts) / 2


def mask_value(text: str) -> str:
    """What is shown in the place of a private cell."""
    return "(hidden)" if text else ""
