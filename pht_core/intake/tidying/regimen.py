"""How a dose was given: how often a day, by which route, and whether it was given at all."""

import re
import unicodedata
from collections.abc import Callable

import numpy as np
import pandas as pd

from pht_core.intake.mapping import ColumnMap
from pht_core.intake.tidying.amounts import IntakeContext
from pht_core.intake.tidying.mapped import MappedTable, text_of
from pht_core.model.findings import CHANGES, finding
from pht_core.model.words import counted

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


def multiply_doses(
    numbers: pd.Series,
    table: MappedTable,
    entry: ColumnMap,
    wanted: np.ndarray,
    context: IntakeContext,
) -> pd.Series:
    """Doses of one intake as those of a whole day, where a column tells how often they are taken.

    A dose whose header or unit says that it is a day's stays. Where the frequency is not
    understood the dose is missing.

    Parameters
    ----------
    wanted : the rows of steroids; of the others nothing is said.
    """
    told = table.series("frequency")
    if told is None or _PER_DAY.search(entry.column):
        return numbers
    factors = _by_word(told, times_a_day)
    factors[told.isna().to_numpy()] = 1.0
    units = table.series("dose_unit")
    if units is not None:
        # A unit per day says that the dose is the day's.
        daily = _by_word(units, _finds(_PER_DAY)) == 1.0
        factors[daily] = 1.0
    given = numbers.notna().to_numpy() & (numbers != 0).to_numpy() & wanted
    several = given & np.isfinite(factors) & (factors != 1.0)
    unclear = given & np.isnan(factors)
    column = str(told.name)
    if several.any():
        first = int(np.flatnonzero(several)[0])
        was, now = numbers.iloc[first], numbers.iloc[first] * factors[first]
        context.findings.append(
            finding(
                CHANGES,
                table.name,
                column,
                f"{counted(int(several.sum()), 'dose is', 'doses are')} not taken once a day, "
                f"the first {was:g} {told.iloc[first]}.",
                f"The dose is taken to be that of one intake: {was:g} becomes {now:g} a day.",
                "If it is the whole day's, name its column 'daily dose'.",
                row=table.line_of(numbers.index[first]),
                value=str(told.iloc[first]),
            )
        )
    if unclear.any():
        first = int(np.flatnonzero(unclear)[0])
        context.findings.append(
            finding(
                CHANGES,
                table.name,
                column,
                f"Of {counted(int(unclear.sum()), 'dose', 'doses')} it is not clear how often a "
                f"day they are taken, the first {str(told.iloc[first])!r}.",
                "Their days are days on the drug; the dose is not known.",
                "Write once, twice or three times a day (QD, BID, TID), or give the daily dose.",
                row=table.line_of(numbers.index[first]),
                value=str(told.iloc[first]),
            )
        )
    return numbers * np.where(given, factors, 1.0)


def used_rows(table: MappedTable, context: IntakeContext, what: str) -> np.ndarray:
    """The rows of doses or support that were given, and that act in the whole body.

    What was held, cancelled or returned is left out, and so are eye drops, creams and sprays:
    both are findings.
    """
    used = np.ones(len(table.frame), dtype=bool)
    verb = "did not happen" if what == "event" else "was not given"
    told = table.series("given")
    if told is not None:
        refused = _by_word(told, _finds(_NOT_GIVEN)) == 1.0
        clear = _by_word(told, _finds(_GIVEN)) == 1.0
        _say_left_out(refused, told, table, context, f"say that the {what} {verb}")
        strange = ~refused & ~clear & told.notna().to_numpy()
        if strange.any():
            first = int(np.flatnonzero(strange)[0])
            context.findings.append(
                finding(
                    CHANGES,
                    table.name,
                    str(told.name),
                    f"{counted(int(strange.sum()), 'cell does', 'cells do')} not say whether the "
                    f"{what} {verb.replace('not ', '')}, the first {str(told.iloc[first])!r}.",
                    "They count as yes.",
                    "Write yes or no.",
                    row=table.line_of(told.index[first]),
                    value=str(told.iloc[first]),
                )
            )
        used &= ~refused
    route = table.series("route")
    if route is not None:
        local = _by_word(route, _finds(_LOCAL)) == 1.0
        _say_left_out(local & used, route, table, context, "are of a drug that acts locally only")
        used &= ~local
    amount = table.series("amount")
    if amount is not None:
        none = (pd.to_numeric(text_of(amount).astype(object), errors="coerce") == 0).to_numpy()
        _say_left_out(none & used, amount, table, context, f"say that there was no {what}")
        used &= ~none
    return used


def dose_of_none(table: MappedTable, named: np.ndarray, context: IntakeContext) -> np.ndarray:
    """The named rows of a list of drugs whose dose is 0, which is a finding: nothing was given."""
    entry = table.map_of("dose")
    if entry is None:
        return np.zeros(len(named), dtype=bool)
    dose = table.values_of(entry)
    none = (pd.to_numeric(text_of(dose).astype(object), errors="coerce") == 0).to_numpy() & named
    _say_left_out(none, dose, table, context, "give a dose of 0")
    return none


def _say_left_out(
    rows: np.ndarray, told: pd.Series, table: MappedTable, context: IntakeContext, why: str
) -> None:
    if not rows.any():
        return
    first = int(np.flatnonzero(rows)[0])
    context.findings.append(
        finding(
            CHANGES,
            table.name,
            str(told.name),
            f"{int(rows.sum())} of {len(rows)} rows {why}, the first {str(told.iloc[first])!r}.",
            "They are left out.",
            "Clear the column in the mapping if they should count.",
            row=table.line_of(told.index[first]),
            value=str(told.iloc[first]),
        )
    )


def _by_word(values: pd.Series, meaning: Callable[[str], float]) -> np.ndarray:
    """What each cell means, each distinct text looked at once; missing where a cell is empty."""
    words = text_of(values).cat
    known = [float(meaning(str(word))) for word in words.categories]
    found: np.ndarray = np.array([*known, np.nan])[words.codes.to_numpy()]
    return found


def _finds(pattern: re.Pattern[str]) -> Callable[[str], float]:
    return lambda word: float(bool(pattern.search(word.strip())))
