"""What a column's header says: its words, the day of its values, the choice that it stands for."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from pht_core.intake.words.word_lists import read_pattern, read_rows
from pht_core.model.units import split_header

MOST_HEADERS = 10_000  # so many are remembered

_CJK = "\u3400-\u9fff"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+|[%#+<>≤≥]")
_CHOICE = re.compile(r"^(?P<stem>.*?)\s*\(choice\s*=\s*(?P<choice>.*?)\)?\s*$", re.I | re.S)

_DAY = re.compile(
    r"""
    (?<![a-zà-ÿ0-9]) \(?
    (?: (?P<kind>days?|d|tag|jour|jours|dia|weeks?|wks?|w|months?|mo|m|woche)
        (?P<gap>[\s_.]*) (?P<sign>[+\-−–]|minus[\s_]*|neg[\s_]*|m(?=\d))? [\s_]*
        (?P<number>\d{1,5}) (?![a-zà-ÿ0-9]|\.\d)
      | (?<![-−–]) \+? (?P<before>\d{1,5})[\s_]*(?P<late>days?|d|weeks?|months?) (?![a-zà-ÿ0-9]) )
    \)? (?P<rest>[\s_]* (?:post|after|p)[\s_.\-]*(?:infusion|inf|car[\s_\-]*t|cart|ct|i))?
    """,
    re.I | re.X,
)
_CHINESE_DAY = re.compile(
    r"(?:回输|输注)?(?P<later>[后前]?)(?:第|[+＋])?(?P<sign>[-−])?(?P<number>\d{1,5})\s*(?P<kind>天|日|周|月)"
)
_BRACKET = re.compile(
    r"^(?P<name>.*\S)\s*[(\[（【](?P<inside>[^()\[\]（）【】]*)[)\]）】]\s*$", re.S
)
_CODE = re.compile(r"(?:^|(?<=[\s,;/|]))(\d{1,2})\s*[=:]\s*([^,;/|=:\d]+)")
_VALUES = re.compile(
    r"[\w+-]{1,5}(?:\s*/\s*[\w+-]{1,5})+|\d[\d.]*\s*[-–~]\s*\d[\d.]*|[^=]{1,30}=[^=]{1,30}(?:=.*)?",
    re.S,
)
_PER_VOLUME = re.compile(r"/\s*(?:d?l|[munp]l|kg|d|day|mm3|hpf)\b|10[\^*e]", re.I)


@dataclass(frozen=True)
class DayHeader:
    """A header without its words for a day; ``day`` is None where they name no certain day.

    ``words`` are those taken away: empty where the header names no day at all.
    """

    name: str
    day: int | None
    words: str


@lru_cache(maxsize=MOST_HEADERS)
def header_words(header: str) -> tuple[str, ...]:
    """The words of a header, remembered; see `text_words`."""
    return text_words(header)


def text_words(text: str) -> tuple[str, ...]:
    """The words of a text in lower case; a Chinese character is a word, as are %, # and +.

    Nothing of it is remembered: the text may be a patient's.

    >>> text_words("PatientID"), text_words("NEUT% (auto)")
    (('patient', 'id'), ('neut', '%', 'auto'))
    """
    text = _simplified(text)
    text = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", text)
    return tuple(_WORD.findall(_plain(text)))


@cache
def _script() -> dict[int, int]:
    """Traditional characters of laboratory sheets, so that words are listed in one script only."""
    (row,) = read_rows("traditional.csv")
    return str.maketrans(row["traditional"], row["simplified"])


def _simplified(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_script())


def _plain(text: str) -> str:
    """Lower case without accents, so that Hämoglobin and Hamoglobin are one word."""
    taken = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in taken if not unicodedata.combining(sign))


@lru_cache(maxsize=MOST_HEADERS)
def split_day(header: str) -> DayHeader:
    """Take the day after infusion from a header such as ``HGB_D14``.

    A week is taken as seven days from infusion. A month is no number of days, and "baseline" or
    "pre" is no certain day: their words are taken away and ``day`` is None.

    >>> split_day("HGB_D14"), split_day("PLT baseline")
    (DayHeader(name='HGB', day=14, words='D14'), DayHeader(name='PLT', day=None, words='baseline'))
    """
    text = _simplified(header)
    text = re.sub(r"(?<=[a-zà-ÿ])(?=D(?:ay)?[\s_]?\d)", " ", text)  # HgbDay14
    chinese = _CHINESE_DAY.search(text)
    if chinese:
        days = {"天": 1, "日": 1, "周": 7}.get(chinese["kind"])
        back = chinese["sign"] or chinese["later"] == "前"
        day = None if days is None else int(chinese["number"]) * days * (-1 if back else 1)
        return _without(text, chinese.span(), day)
    if re.search("[<>≤≥]", text):  # "PLT < 20 days" counts days
        return DayHeader(header, None, "")
    found = [hit for hit in _DAY.finditer(text) if not _inside_name(text, hit)]
    if len(found) == 1:
        hit = found[0]
        kind = (hit["kind"] or hit["late"]).lower()
        days = 7 if kind[0] == "w" else None if kind.startswith("m") else 1
        number = int(hit["number"] or hit["before"])
        # "HGB_D-5" is before infusion; "HGB D 5" and "HGB-D5" are after it.
        back = bool(hit["sign"]) and not hit["sign"].startswith("+")
        day = None if days is None else number * days * (-1 if back else 1)
        return _without(text, hit.span(), day)
    before = read_pattern("before infusion").search(text)
    if before and not found:
        return _without(text, before.span(), None)
    return DayHeader(header, None, "")


def _inside_name(text: str, hit: re.Match[str]) -> bool:
    """Whether the match is no day: a unit such as 10^9/L never is, nor is the whole header."""
    return not (text[: hit.start()] + text[hit.end() :]).strip(" _-.()")


def _without(text: str, span: tuple[int, int], day: int | None) -> DayHeader:
    name = f"{text[: span[0]]} {text[span[1] :]}"
    name = re.sub(r"[\s_]*\(\s*\)", "", name)
    name = re.sub(r"[\s_]*(_\s|\s_|\s)[\s_]*", lambda gap: "_" if "_" in gap[0] else " ", name)
    return DayHeader(name.strip(" _-.:,+@"), day, text[slice(*span)].strip(" _()"))


@lru_cache(maxsize=MOST_HEADERS)
def only_day(header: str) -> int | None:
    """The day of a header that is nothing but a day; None for any other header.

    >>> only_day("D14"), only_day("-5"), only_day("Week 2"), only_day("HGB_D14")
    (14, -5, 14, None)
    """
    text = unicodedata.normalize("NFKC", header).strip()
    if re.fullmatch(r"[+-]?\d{1,4}", text):
        return int(text)
    part = split_day(f"values {text}")
    return part.day if part.name == "values" else None


@lru_cache(maxsize=MOST_HEADERS)
def split_choice(header: str) -> tuple[str, str]:
    """The question and the choice of a REDCap checkbox column; ("", "") for any other column.

    >>> split_choice("support___rbc"), split_choice("Support given (choice=Platelets)")
    (('support', 'rbc'), ('Support given', 'Platelets'))
    """
    labelled = _CHOICE.match(header)
    if labelled:
        return labelled["stem"], labelled["choice"]
    stem, line, code = header.rpartition("___")
    return (stem, code) if line and stem and code else ("", "")


def split_codes(header: str) -> tuple[str, dict[str, str]]:
    """A header without a bracket of codes, and what these stand for; no codes for most headers.

    >>> split_codes("Sex (1 = male, 2 = female)")
    ('Sex', {'1': 'male', '2': 'female'})
    """
    bracket = _BRACKET.search(header)
    if bracket is None:
        return header, {}
    codes = dict(_CODE.findall(unicodedata.normalize("NFKC", bracket["inside"])))
    if len(codes) < 2:
        return header, {}
    return bracket["name"], {code: meaning.strip() for code, meaning in codes.items()}


def split_remark(header: str) -> tuple[str, str]:
    """A header without its last bracket, and what stands in that; the second empty without one.

    >>> split_remark("CRS grade (0-4)")
    ('CRS grade', '0-4')
    """
    bracket = _BRACKET.search(header)
    return (bracket["name"], bracket["inside"].strip()) if bracket else (header, "")


def is_list_of_values(remark: str) -> bool:
    """Whether a bracket lists what the cells may be: ``M/F``, ``0-4``, ``1 = yes``.

    >>> [is_list_of_values(text) for text in ("CR/PR/SD/PD", "0-4", "g/dL", "urine")]
    [True, True, False, False]
    """
    plain = unicodedata.normalize("NFKC", remark)
    return bool(_VALUES.fullmatch(plain.strip())) and not _PER_VOLUME.search(plain)


def open_day(header: str) -> tuple[str, int | None]:
    """What is asked of a header whose day is not certain: its words, else the number in it.

    >>> open_day("PLT baseline (G/L)"), open_day("hgb14"), open_day("HGB_Day-7")
    (('baseline', None), ('', 14), ('', 7))
    """
    name = split_header(header)[0]
    part = split_day(name)
    if part.words:
        return ("", abs(part.day)) if part.day is not None else (part.words, None)
    number = re.search(r"\d{1,4}$", name)
    return "", int(number[0]) if number else None


def sheet_name(table: str) -> str:
    """What a person called a table: a sheet, a member of an archive, or a file without its end.

    >>> sheet_name("book.xlsx, sheet HGB"), sheet_name("a.zip, labs/plt.csv"), sheet_name("ne.csv")
    ('HGB', 'plt', 'ne')
    """
    last = table.rpartition(", ")[2]
    if last.startswith("sheet "):
        return last.removeprefix("sheet ")
    return re.sub(r"\.\w{2,8}$", "", last.rpartition("/")[2]) or table
