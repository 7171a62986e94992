"""What a column's cells say of its meaning: do they fit the kind of field that a header names."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from pht_core.intake.fields import Field
from pht_core.intake.vocabulary import (
    recognise_drug,
    recognise_endpoint,
    recognise_event,
    recognise_support,
    recognise_test,
)

ROWS_LOOKED_AT = 2_000
FARTHEST_DAY = 20_000  # a greater number is the serial of a date in Excel
SERIALS = (20_000, 80_000)

_NUMBER = re.compile(
    r"^[<>≤≥=~≈＜＞]*\s*[-+−]?(?:\d[\d.,'’ \u00a0\u202f]*|[.,]\d+)(?:[eE][-+]?\d+)?"
)
_FLAGGED = re.compile(r"^(?:[hl*↑↓]+|high|low)\s+\d", re.I)
_DATE = re.compile(
    r"^\d{1,4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,4}日?(?![\d.])|^\d{1,2}[-\s.]?[^\W\d]{3,9}[-\s.,]*\d{2,4}\b"
    r"|^[^\W\d]{3,9}\.?\s+\d{1,2},?\s+\d{4}|^(?:19|20)\d{2}[01]\d[0-3]\d(?:\d{6})?$|^\d{4}-\d{2}$"
)
_DAY = re.compile(
    r"^\s*(?:d|day|tag|jour|第)?\s*[-+−]?\s*\d{1,5}(?:\.0+)?\s*(?:天|d|days?)?\s*$", re.I
)
_MISSING = frozenset(
    "na n/a nd n.d. nan null none missing unknown unk not done - -- --- . / ? # #n/a #ref! "
    "#value! 未做 未查 无 缺失 不详 未知 pending".split()
) | {"not done", "not available", "not applicable"}
_ANSWERS = frozenset(
    "yes no y n true false t f 1 0 1.0 0.0 是 否 有 无 ja nein j oui non o si sí s + - ++ +++ (+) (-) "
    "positive negative pos neg present absent checked unchecked 阳性 阴性 √ × x ✓ given done none "
    "never √ 已用 未用".split()
)
_SEXES = frozenset(
    "m f male female man woman boy girl 男 女 男性 女性 w weiblich männlich h homme femme mann frau "
    "hombre mujer v masculino femenino masculin féminin".split()
)
_ALIVE = frozenset(
    "alive dead deceased living died death expired 存活 死亡 生存 生 死 已故 健在 lebt lebend tot "
    "verstorben vivant décédé vivo muerto fallecido exitus yes no y n 是 否 0 1 0.0 1.0".split()
)
_CENSORED = _ALIVE | frozenset(
    "censored event 0:living 1:deceased 0:censored 1:progression 0:alive 1:dead progressed "
    "progression relapse relapsed recurred 0:progressionfree not true false "
    "disease-free diseasefree 删失 事件 进展 复发".split()
)
_DETECTED = frozenset(
    "detected not_detected undetected detectable undetectable positive negative pos neg + - yes no "
    "y n 1 0 1.0 0.0 阳性 阴性 是 否 检出 未检出 persistent lost present absent".split()
) | {"not detected", "not detectable"}
_MARROW = frozenset(
    "remission relapse cr cri crh mrd- mrd+ cr/mrd- pr nr pd morphologic 缓解 复发 完全缓解 未缓解 "
    "positive negative".split()
) | {"mrd negative", "mrd positive", "complete remission", "no remission", "in remission"}


@dataclass(frozen=True)
class Cells:
    """What was looked at of a column.

    Parameters
    ----------
    texts : its distinct cells among the first `ROWS_LOOKED_AT` rows, as text, missing words out.
    numbers : its numbers there; empty for a column of text.
    typed_dates : the file itself types the column as dates.
    """

    texts: tuple[str, ...]
    numbers: tuple[float, ...] = ()
    typed_dates: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of the column."""
        return not self.texts


def look_at(column: pd.Series) -> Cells:
    """Distinct cells of a column's first rows; quick however long the column is."""
    head = column.iloc[:ROWS_LOOKED_AT]
    if isinstance(head.dtype, pd.CategoricalDtype):
        codes = np.unique(head.cat.codes.to_numpy())
        distinct = head.cat.categories.take(codes[codes >= 0]).tolist()
    else:
        distinct = head.dropna().unique().tolist()
    if pd.api.types.is_datetime64_any_dtype(head.dtype):
        return Cells(tuple(str(cell) for cell in distinct), typed_dates=True)
    if pd.api.types.is_numeric_dtype(head.dtype) and not pd.api.types.is_bool_dtype(head.dtype):
        return Cells(
            tuple(f"{cell:.15g}" for cell in distinct), tuple(float(cell) for cell in distinct)
        )
    texts = (str(cell).strip() for cell in distinct)
    return Cells(tuple(text for text in texts if text and text.casefold() not in _MISSING))


def share(cells: Cells, fits: Callable[[str], object]) -> float:
    """The share of the distinct cells that fit."""
    return sum(bool(fits(text)) for text in cells.texts) / len(cells.texts)


def looks_like_number(text: str) -> bool:
    """Whether a cell holds a number, perhaps with a sign or a laboratory's flag."""
    return bool(_NUMBER.match(text) or _FLAGGED.match(text)) and not _DATE.match(text)


def looks_like_date(text: str) -> bool:
    """Whether a cell is written like a date."""
    return bool(_DATE.match(text))


def holds_dates(cells: Cells) -> bool:
    """Whether a column holds dates, be it as Excel's serials."""
    if cells.typed_dates:
        return True
    if cells.numbers:
        return all(
            SERIALS[0] <= number <= SERIALS[1] or _is_compact(number) for number in cells.numbers
        )
    return not cells.is_empty and share(cells, looks_like_date) > 0.5


def _is_compact(number: float) -> bool:
    return 19_000_101 <= number <= 21_001_231 and looks_like_date(f"{number:.0f}")


def holds_days(cells: Cells) -> bool:
    """Whether a column holds days counted from some day 0: whole numbers that are no dates."""
    if cells.numbers:
        whole = sum(number == int(number) for number in cells.numbers) / len(cells.numbers)
        return whole > 0.9 and max(map(abs, cells.numbers)) < FARTHEST_DAY
    return not cells.is_empty and not cells.typed_dates and share(cells, _DAY.match) > 0.5


def holds_answers(cells: Cells) -> bool:
    """Whether every cell is a yes or a no."""
    return not cells.is_empty and share(cells, lambda text: text.casefold() in _ANSWERS) == 1


def _one_of(words: frozenset[str]) -> Callable[[str], bool]:
    return lambda text: text.casefold().replace(" ", "") in words or text.casefold() in words


_WORDS_OF: dict[str, Callable[[str], object]] = {
    "test": lambda text: recognise_test(text) or recognise_endpoint(text),
    "drug": lambda text: recognise_drug(text) or recognise_support(text),
    "support_kind": recognise_support,
    "event": recognise_event,
    "vital_status": _one_of(_ALIVE),
    "os_event": _one_of(_CENSORED),
    "pfs_event": _one_of(_CENSORED),
    "car_t": _one_of(_DETECTED),
    "marrow": _one_of(_MARROW),
}


def fit_of(field: Field, cells: Cells) -> float | None:
    """The share of cells that such a field could hold; None if there is nothing to judge by.

    Of words (tests, drugs, kinds of support, events) one that is known is enough: a column of
    them usually holds many that are of no use here.
    """
    if cells.is_empty:
        return None
    if field.name in ("test", "drug", "support_kind", "event"):
        return float(any(map(_WORDS_OF[field.name], cells.texts)))
    if field.name in _WORDS_OF:
        return share(cells, _WORDS_OF[field.name])
    if field.name == "subject_id":
        # One value in every row is a study or a site, unless the file is of one patient.
        return 0.0 if cells.typed_dates else 1.0 if len(cells.texts) > 1 else 0.4
    return _fit_of_kind(field, cells)


def _fit_of_kind(field: Field, cells: Cells) -> float | None:
    if field.kind in ("date", "day", "time"):
        dates, days = holds_dates(cells), holds_days(cells)
        if field.kind == "date":
            return float(dates)
        if field.kind == "day":
            return float(days)
        return 1.0 if dates else share(cells, looks_like_number)
    if cells.typed_dates:
        return 0.0
    if field.kind == "yes_no":
        return (
            1.0
            if cells.numbers
            else share(cells, lambda t: t.casefold() in _ANSWERS or looks_like_number(t))
        )
    if field.kind == "sex":
        return (
            float(len(cells.texts) <= 3)
            if cells.numbers
            else share(cells, _one_of(_SEXES | {"1", "2", "0", "1.0", "2.0", "0.0"}))
        )
    if field.kind in ("number", "whole"):
        if cells.numbers:
            return 0.0 if field.name == "censor" and not {0.0, 1.0} >= set(cells.numbers) else 1.0
        number = share(cells, looks_like_number)
        if field.table == "prednisone" and field.name != "dose":
            return max(number, share(cells, lambda text: text.casefold() in _ANSWERS))
        return number
    return 1.0


@cache
def is_coded(text: str) -> bool:
    """Whether a cell is a bare code, of which only a list of labels could tell the meaning."""
    return bool(re.fullmatch(r"\d{1,2}(?:\.0)?", text))
