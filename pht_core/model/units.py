"""Units of measurement as hospitals write them: recognised, converted, and judged by the values.

The units of every quantity, their factors, their spellings and the values that are believable in
each are rows of ``units.csv``, with the reason or source of each number.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pht_core.model.errors import look_up

FILE = Path(__file__).with_name("units.csv")
# Regular expressions and what each becomes, from Chinese words to powers of ten. They are applied
# in the file's order: a longer word stands before those that it contains.
SPELLINGS_FILE = Path(__file__).with_name("unit_spellings.csv")

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
# Words that end a header as its unit without a bracket or a stroke.
BARE = re.compile(
    r"%|kgs?|mg|lbs?|days|weeks|wks|months|mos|mo|years|yrs|yr|pct|percent|x?10[\^e*]\d"
    r"|x?10\^?\d[uµ]?l",
    re.I,
)
# Units without their stroke in one word, as in hgb_gdl.
STROKELESS = re.compile(r"(g|mg|ug|ng|mmol|pmol|k)(dl|[uµ]l|ml|l)|()([uµ]l|mm3|cumm)", re.I)
BRACKETS = re.compile(r"[(\[{（【［]([^()\[\]{}（）【】［］]*)[)\]}）】］]")
WIDEST = re.compile(r"[(\[{（【［](.*)[)\]}）】］]")
INTRODUCED = re.compile(r"^\s*(?:in|units?|单位)\s*[:：]?\s+|^\s*(?:units?|单位)\s*[:：]\s*", re.I)
DAY_AT_END = re.compile(
    r"[\s_.\-]*(?:\b|_|(?<=\s))(?:d|day|w|wk|week|m|mo|month|v|visit|第)?[\s_.\-]*\d+\s*[天日周月]?$",
    re.I,
)
# Where a unit may follow its name without a space: before x10, and behind Chinese.
GLUED = re.compile(
    r"(?<=[^\W\d_])(?=[×*]\s*10)|(?<=[^\W_x])(?=x10[\^e*⁰-⁹])|(?<=[\u4e00-\u9fff])(?=[a-zA-Z\d×*/%])"
)
TOKEN = re.compile(r"[^\s_.,;:|\-]+")
EDGES = " \t\u3000_.,;:|-，；：、*×"
# A unit written without its stroke in a header has at most so many parts: x, 10, 9, L.
MOST_PARTS = 4
# Longer text is no unit and no header; patterns are not tried on it.
LONGEST_UNIT, LONGEST_HEADER = 60, 200

# Limits of a measurement are written with at most so many decimals.
MOST_DECIMALS = 6
# Spellings met before. Only units are remembered: other text of a file may be a patient's.
_met: dict[tuple[str, str], str] = {}
MOST_MET = 10_000


@dataclass(frozen=True)
class Unit:
    """A unit of one quantity.

    becomes, factor, divisor : values times the factor, over the divisor, are in ``becomes``. Both
        are needed for exact figures: 150000 /uL over 1000 is 150, times 0.001 it is not always.
    window : lowest and highest believable median, and what 19 of 20 values stay below, all in this
        unit and without zeros; None for units that no file needs to be offered by its values.
    aliases : spellings, the unit's own among them.
    """

    quantity: str
    name: str
    becomes: str
    factor: float
    divisor: float
    window: tuple[float, float, float] | None
    aliases: tuple[str, ...]
    source: str


@cache
def read_units() -> dict[str, dict[str, Unit]]:
    """Every unit by its quantity and name, in the order of ``units.csv``."""
    units: dict[str, dict[str, Unit]] = {}
    with FILE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            limits = [row["median_low"], row["median_high"], row["most"]]
            low, high, most = (float(limit or "nan") for limit in limits)
            factor, _, divisor = row["factor"].partition("/")
            units.setdefault(row["quantity"], {})[row["unit"]] = Unit(
                row["quantity"],
                row["unit"],
                row["becomes"],
                float(factor),
                float(divisor or 1),
                (low, high, most) if limits[0] else None,
                (row["unit"], *row["aliases"].split("|")),
                row["source"],
            )
    return units


def offered_units(quantity: str) -> list[str]:
    """The units of a quantity, the usual first; none for a quantity without units."""
    return list(read_units().get(quantity, {}))


def canonical_unit(quantity: str, unit: str = "") -> str:
    """The unit that `convert_unit` gives; without a unit, that of the quantity's first."""
    units = _units_of(quantity)
    return units[unit].becomes if unit in units else next(iter(units.values())).becomes


def recognise_unit(text: str, quantity: str = "") -> str:
    """The unit that a text names, in the spelling of ``units.csv``; empty if none or unclear.

    quantity : what is measured; it decides what ``G/L`` is (giga per litre for cells, grams for
        hemoglobin). Without it a text that could be either is unclear.

    >>> recognise_unit("x10E9 / l", "PLT"), recognise_unit("gm/dl"), recognise_unit("G/L")
    ('10^9/L', 'g/dL', '')
    """
    known = _met.get((text, quantity))
    if known is None:
        known = _find_unit(_plain(text), quantity)
        if known and len(_met) < MOST_MET:
            _met[text, quantity] = known
    return known


def _find_unit(plain: str, quantity: str) -> str:
    """The unit of a spelling, by its capital letters if they tell it, else without them."""
    for key, found in ((plain, _spellings(False)), (plain.lower(), _spellings(True))):
        names = found.get(key, {})
        if quantity in names:
            return names[quantity]
        if quantity or not names:
            continue
        if key.lower() == "g/l":  # giga has a capital letter, but so has a header in capitals
            return "" if plain[0] == "G" else "g/L"
        return next(iter(names.values())) if len(set(names.values())) == 1 else ""
    return ""


def split_header(header: str) -> tuple[str, str]:
    """A column's header as name and unit; the unit is empty where the header has none.

    The unit comes in the spelling of ``units.csv``, or as written where it takes the quantity to
    know (``G/L``): give it to `recognise_unit` with the quantity.

    >>> split_header("Hb (g/dL)"), split_header("plt_10e9_l"), split_header("HGB_D14")
    (('Hb', 'g/dL'), ('plt', '10^9/L'), ('HGB_D14', ''))
    """
    if len(header) > LONGEST_HEADER:
        return header.strip(), ""
    for pattern in (BRACKETS, WIDEST):
        for match in pattern.finditer(header):
            unit = written_unit(INTRODUCED.sub("", match[1]))
            before, after = header[: match.start()].rstrip(EDGES), header[match.end() :]
            if unit and (before or after.strip(EDGES)):
                gap = " " if before and after[:1].isalnum() else ""
                return f"{before}{gap}{after.rstrip(EDGES)}".strip(EDGES), unit
    text = header.strip(EDGES)
    if text[:1] in "%％" and text[1:].strip(EDGES):
        return text[1:].strip(EDGES), "%"
    if text[-1:] in "%％" and text[:-1].strip(EDGES):
        return text[:-1].strip(EDGES), "%"
    name, unit = _split_end(text)
    if unit:
        return name, unit
    day = DAY_AT_END.search(text)
    if day and day.start() > 0:
        name, unit = _split_end(text[: day.start()])
        if unit:
            return name + day[0], unit
    return header.strip(), ""


def _split_end(text: str) -> tuple[str, str]:
    """Name and unit of a header whose last parts are a unit; the longest unit counts."""
    spaced = GLUED.sub(" ", text)
    tokens = list(TOKEN.finditer(spaced))
    for i in range(1, len(tokens)):
        rest = spaced[tokens[i].start() :]
        parts = [token[0] for token in tokens[i:]]
        unit = ""
        if "/" in rest or "-1" in rest or "⁻" in rest or BARE.fullmatch(rest):
            unit = written_unit(rest)
        if not unit and 2 <= len(parts) <= MOST_PARTS:
            unit = written_unit(re.sub("(?i)^per/", "/", "/".join(parts)))
        strokeless = STROKELESS.fullmatch(rest)
        if strokeless:
            unit = written_unit("/".join(part for part in strokeless.groups() if part is not None))
        if unit:
            return spaced[: tokens[i].start()].rstrip(EDGES), unit
    return text, ""


def written_unit(text: str) -> str:
    """As `recognise_unit`, but what takes the quantity to know (``G/L``) as it is written."""
    unit = recognise_unit(text)
    if unit:
        return unit
    plain = _plain(text)
    return plain if plain.lower() in _spellings(True) else ""


def convert_unit(values: ArrayLike, quantity: str, unit: str) -> NDArray[np.float64]:
    """Values in `canonical_unit`: HGB in g/L, PLT, NE and WBC in 10^9/L, times in months.

    Doses stay per day or per kg and day, as `canonical_unit` says; missing stays missing.
    Hemoglobin is per haem, 16.114 g/mmol (doi:10.1136/jcp.49.4.271). Raises UnknownName for a unit
    that the quantity does not have; `recognise_unit` finds its spelling.
    """
    chosen = look_up(f"Unit of {quantity}", unit, _units_of(quantity))
    numbers = np.asarray(values, dtype=np.float64)
    converted = numbers * chosen.factor / chosen.divisor
    # A value just below a limit ("<8.2", see cells) must not be rounded onto it.
    limits = np.round(np.where(np.isfinite(numbers), numbers, 0), MOST_DECIMALS)
    gap = numbers - limits
    beside = np.flatnonzero((gap != 0) & (np.abs(gap) <= 2 * np.spacing(np.abs(limits))))
    if beside.size:
        at = limits[beside] * chosen.factor / chosen.divisor
        converted[beside] = np.nextafter(at, np.copysign(np.inf, gap[beside]))
    return converted


def fitting_units(values: ArrayLike, quantity: str) -> list[str]:
    """The units in which values are believable of patients after CAR-T, the usual first.

    Judged by the median and by what 19 of 20 values stay below, without zeros and missing values,
    so that a few slips of the pen do not count. One unit can be proposed; of two or more the user
    must choose. Of units that give the same numbers only the first is named. Where all values
    are 0 or missing every unit is right, and the usual one is named.
    """
    numbers = _weighed(values)
    units = _units_of(quantity).values()
    if not numbers.size:
        return [next(iter(units)).name]
    return [unit.name for unit in units if unit.window and _fits(numbers, unit.window)]


def implausible_unit(values: ArrayLike, quantity: str, unit: str) -> str:
    """The unit that values fit where they do not fit the declared one; empty if nothing is wrong.

    Where several would fit they are joined by "or"; where none does the text is "no known unit".
    """
    numbers = _weighed(values)
    units = _units_of(quantity)
    if not numbers.size or unit not in units:
        return ""
    declared = judged = units[unit]
    numbers_there = numbers
    if declared.window is None and declared.becomes in units:
        # Judged in the unit that it becomes, if values of that one can be judged.
        judged = units[declared.becomes]
        numbers_there = numbers * declared.factor / declared.divisor
    if judged.window is None or _fits(numbers_there, judged.window):
        return ""
    return " or ".join(fitting_units(numbers, quantity)) or "no known unit"


def _fits(numbers: NDArray[np.float64], window: tuple[float, float, float]) -> bool:
    low, high, most = window
    median, upper = np.quantile(numbers, [0.5, 0.95])
    # A mean of two equal values may miss them by a rounding.
    slack = 1 + 1e-12
    return bool(low <= median * slack and median <= high * slack and upper <= most * slack)


def _weighed(values: ArrayLike) -> NDArray[np.float64]:
    """The values that say something of their unit: 0 is 0 in each."""
    numbers = np.asarray(values, dtype=np.float64).ravel()
    return numbers[np.isfinite(numbers) & (numbers > 0)]


def _units_of(quantity: str) -> dict[str, Unit]:
    return look_up("Quantity", quantity, read_units())


@cache
def _spellings(lower: bool) -> dict[str, dict[str, str]]:
    """For each spelling the unit's name by quantity."""
    found: dict[str, dict[str, str]] = {}
    for quantity, units in read_units().items():
        for unit in units.values():
            for alias in unit.aliases:
                key = _plain(alias)
                found.setdefault(key.lower() if lower else key, {}).setdefault(quantity, unit.name)
    return found


@cache
def _replacements() -> list[tuple[re.Pattern[str], str]]:
    """What is replaced in a unit's text, one after the other, whatever the case of its letters."""
    with SPELLINGS_FILE.open(encoding="utf-8", newline="") as lines:
        return [(re.compile(pattern, re.I), to) for pattern, to in list(csv.reader(lines))[1:]]


def _plain(text: str) -> str:
    """A unit's text in one spelling, but for the case of its letters."""
    if not text or len(text) > LONGEST_UNIT:
        return ""
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+", lambda m: "^" + m[0].translate(SUPERSCRIPTS), text)
    text = unicodedata.normalize("NFKC", text).replace("μ", "u").replace("−", "-").strip()
    for pattern, replacement in _replacements():
        text = pattern.sub(replacement, text)
    return text.strip(".,;:")
