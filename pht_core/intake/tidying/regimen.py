"""How a dose was given: how often a day, by which route, and whether it was given at all."""

import re
import unicodedata

import numpy as np
import pandas as pd

from pht_core.intake.mapping import ColumnMap
from pht_core.intake.tidying.context import IntakeContext
from pht_core.intake.tidying.mapped import MappedTable, find_words, read_words, text_of

_PER_DAY = re.compile(
    r"/\s*(?:d|day|tag|24\s*h)\b|daily|per day|a day|total|täglich|tages|日", re.I
)
_TIMES = {
    1.0: r"qd|od|q24h|q1d|daily|once (?:a day|daily)|every day|qam|qpm|qhs|hs|sid"
    r"|(?:1|one)\s*[x×]?\s*(?:/\s*(?:d|day)|daily|a day|per day|täglich|tgl|par jour)|一日一次"
    r"|(?:每日|每天|一天)(?:1|一)次|1 fois par jour|(?:every|each) morning"
    r"|morgens|24h|once per day",
    2.0: r"bid|b\.i\.d\.?|bd|q12h|every 12 hours|twice(?: a day| daily| per day)?"
    r"|(?:2|two)\s*[x×]?\s*(?:times )?(?:/\s*(?:d|day)|daily|a day|per day|täglich|tgl|par jour)"
    r"|(?:每日|每天|一天|一日)(?:2|二|两)次|2 fois par jour|2 ?x|zweimal täglich|2 times per day",
    3.0: r"tid|t\.i\.d\.?|tds|q8h|every 8 hours|three times(?: a day| daily| per day)"
    r"|3\s*[x×]?\s*(?:times )?(?:/\s*(?:d|day)|daily|a day|per day|täglich|tgl|par jour)"
    r"|(?:每日|每天|一天|一日)(?:3|三)次|3 fois par jour|3 ?x|3 times per day",
    4.0: r"qid|q\.i\.d\.?|qds|q6h|every 6 hours|four times(?: a day| daily| per day)"
    r"|4\s*[x×]?\s*(?:times )?(?:/\s*(?:d|day)|daily|a day|per day|täglich|tgl|par jour)"
    r"|(?:每日|每天|一天|一日)(?:4|四)次|4 fois par jour|4 ?x|4 times per day",
    0.5: r"qod|eod|q48h|q2d|every other day|every second day|alternate days?|隔日(?:一|1)次|隔日"
    r"|jeden zweiten tag|un jour sur deux|every 48 hours",
}
_SCHEME = re.compile(r"(\d)\s*-\s*(\d)\s*-\s*(\d)(?:\s*-\s*(\d))?")
_LOCAL = re.compile(
    r"ophthalm|eye|ocul|conjunctiv|topic|cutan|derma|skin|nasal|otic|auric|\bear\b|inhal|respirat"
    r"|nebul|rectal|vagin|intra-?articul|intrathec|intralesion|mouth ?wash|oromucos|gargl|local"
    r"|augen|nase|鞘内|外用|滴眼|吸入|鼻|局部|灌肠|含漱",
    re.I,
)
_NOT_GIVEN = re.compile(
    r"^(?:n|no|0|false|nein|non|否|未用|未给|未输|未执行|已取消|取消)$|not[ _]|held|hold\b|cancel"
    r"|refus|return|wasted|missed|omit|discard|discontinued before|withheld|nicht|annul",
    re.I,
)
_GIVEN = re.compile(
    r"^(?:y|yes|1|true|x|ja|oui|si|是|已用|已执行|已输|完成)$|given|administ|transfus|complet|issued|taken|"
    r"done|infused|dispens|new bag|gegeben|verabreicht",
    re.I,
)


def times_a_day(text: str) -> float:
    """How often a day a dose is taken, from a word of frequency; missing where it is not known.

    >>> [times_a_day(text) for text in ("QD", "BID", "every other day", "1-0-1", "PRN")]
    [1.0, 2.0, 0.5, 2.0, nan]
    """
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().replace("_", " ").split())
    scheme = _SCHEME.fullmatch(words)
    if scheme:
        return float(sum(int(part) for part in scheme.groups() if part)) or np.nan
    plain = re.sub(r"^(?:po|oral|iv)\s+|\s+(?:po|orally|iv|with food)$", "", words).strip(" .")
    return next(
        (times for times, pattern in _TIMES.items() if re.fullmatch(pattern, plain)), np.nan
    )


def convert_to_daily_doses(
    numbers: pd.Series,
    table: MappedTable,
    entry: ColumnMap,
    wanted: np.ndarray,
    context: IntakeContext,
) -> pd.Series:
    """Single doses as those of a whole day, where a column gives how often they are taken.

    A dose whose header or unit says that it is a day's stays. Where the frequency is not
    understood the dose is missing.

    Parameters
    ----------
    wanted : the rows of steroids; the others are not reported.
    """
    frequency = table.series("frequency")
    if frequency is None or _PER_DAY.search(entry.column):
        return numbers
    factors = read_words(frequency, times_a_day, 1.0)
    units = table.series("dose_unit")
    if units is not None:
        factors[find_words(units, _PER_DAY)] = 1.0
    given = numbers.notna().to_numpy() & (numbers != 0).to_numpy() & wanted
    several = given & np.isfinite(factors) & (factors != 1.0)
    if several.any():
        first = int(np.flatnonzero(several)[0])
        was, now = numbers.iloc[first], numbers.iloc[first] * factors[first]
        context.report_cells("dose_multiplied", table, frequency, several, was=was, now=now)
    context.report_cells("unclear_frequency", table, frequency, given & np.isnan(factors))
    return numbers * np.where(given, factors, 1.0)


def find_given_rows(table: MappedTable, context: IntakeContext, what: str) -> np.ndarray:
    """The rows of doses or support that were given, and that act in the whole body.

    What was held, cancelled or returned is left out, and so are eye drops, creams and sprays:
    both are findings.
    """
    used = np.ones(len(table.frame), dtype=bool)
    status = table.series("given")
    if status is not None:
        refused = find_words(status, _NOT_GIVEN)
        no, unclear = "treatment_did_not_happen", "treatment_unclear"
        if what == "event":
            no, unclear = "event_did_not_happen", "event_unclear"
        context.report_cells(no, table, status, refused, what=what)
        unknown = ~refused & ~find_words(status, _GIVEN) & status.notna().to_numpy()
        context.report_cells(unclear, table, status, unknown, what=what)
        used &= ~refused
    route = table.series("route")
    if route is not None:
        local = find_words(route, _LOCAL)
        context.report_cells("local_treatment", table, route, local & used)
        used &= ~local
    amount = table.series("amount")
    if amount is not None:
        none = _is_zero(amount)
        context.report_cells("amount_of_0", table, amount, none & used, what=what)
        used &= ~none
    return used


def find_doses_of_0(table: MappedTable, named: np.ndarray, context: IntakeContext) -> np.ndarray:
    """The named rows of a list of drugs whose dose is 0, which is a finding: nothing was given."""
    entry = table.map_of("dose")
    if entry is None:
        return np.zeros(len(named), dtype=bool)
    dose = table.values_of(entry)
    none = _is_zero(dose) & named
    context.report_cells("dose_of_0", table, dose, none)
    return none


def _is_zero(cells: pd.Series) -> np.ndarray:
    return (pd.to_numeric(text_of(cells).astype(object), errors="coerce") == 0).to_numpy()
