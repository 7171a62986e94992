"""Outcomes: follow-up, progression, death and next therapy, from times, dates or censored times."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pht_core.intake.cells import convert_answers
from pht_core.intake.mapping import CHOSEN, ColumnMap
from pht_core.intake.questions import ask_unit
from pht_core.intake.tidying.amounts import IntakeContext, read_numbers
from pht_core.intake.tidying.day_reference import DayReference, is_date
from pht_core.intake.tidying.mapped import MappedTable, text_of
from pht_core.intake.tidying.patients import combine_patients, first_by_patient
from pht_core.intake.words.fields import read_fields
from pht_core.intake.words.vocabulary import recognise_endpoint
from pht_core.model.cohort import DAYS_PER_MONTH
from pht_core.model.findings import BLOCKS, CHANGES, NOTE, finding
from pht_core.model.units import convert_unit, recognise_unit, split_header
from pht_core.model.words import counted

TIME_UNITS = ["days", "months"]
# A follow-up of more than 25 years after CAR-T is days, not months: the first were in 2010.
LONGEST_MONTHS = 300.0


def read_months(
    entry: ColumnMap,
    values: pd.Series,
    table: MappedTable,
    clock: DayReference,
    context: IntakeContext,
) -> pd.Series | None:
    """A column of times in months: months as they stand, days and dates by 30.4375 days."""
    column, title = entry.column, read_fields()[entry.field].title
    if is_date(entry, values):
        dates = clock.read_dates(values, table, context.findings)
        if not clock.has_infusions:
            context.findings.append(
                finding(
                    CHANGES,
                    table.name,
                    column,
                    f"{column!r} gives dates, but no column gives the date of infusion.",
                    "It is not used.",
                    "Add each patient's date of infusion.",
                )
            )
            return None
        return clock.count_days(dates, table.subjects) / DAYS_PER_MONTH
    numbers, in_cells = read_numbers(values, table, context)
    unit = entry.unit or recognise_unit(in_cells, "time")
    given = numbers.dropna()
    if not len(given):
        return numbers
    if not unit:
        unit = _unit_of_times(numbers, table, clock, column, context)
    elif unit == "months" and given.max() > LONGEST_MONTHS and entry.reason != CHOSEN:
        why = f"Its header says months, but its longest is {given.max():g}."
        context.ask(ask_unit(table.name, column, title, why, TIME_UNITS), table.name, column)
        return None
    if not unit:
        why = f"No unit is given, and the times ({given.min():g} to {given.max():g}) fit both."
        context.ask(ask_unit(table.name, column, title, why, TIME_UNITS), table.name, column)
        return None
    if unit == "months":
        return numbers
    months = convert_unit(numbers.to_numpy(), "time", unit)
    context.findings.append(
        finding(
            NOTE,
            table.name,
            column,
            f"{counted(len(given), 'time', 'times')} of {column} given in {unit}.",
            f"They are converted to months of {DAYS_PER_MONTH} days.",
        )
    )
    return pd.Series(months, index=numbers.index, name=numbers.name)


def _unit_of_times(
    numbers: pd.Series, table: MappedTable, clock: DayReference, column: str, context: IntakeContext
) -> str:
    """The unit that dates beside the times show, or that only one reading allows; else empty."""
    given = numbers.dropna()
    unit, why = "", ""
    dated = table.map_of("date")
    if dated is not None and clock.has_infusions:
        dates = clock.read_dates(table.values_of(dated), table, [])
        gap = (numbers - clock.count_days(dates, table.subjects)).dropna()
        if len(gap) and gap.between(-0.5, 1.5).mean() > 0.9:
            unit, why = "days", "they are the days from infusion to their dates"
    if not unit and given.max() > LONGEST_MONTHS and (given == np.floor(given)).all():
        unit, why = "days", f"they are whole numbers up to {given.max():g}"
    if unit:
        context.findings.append(
            finding(
                CHANGES,
                table.name,
                column,
                f"No unit is given for {column}: {why}.",
                f"They are read in {unit}.",
                "Say the unit in the mapping if it is another.",
                value=unit,
            )
        )
    return unit


def told_units(table: MappedTable, value: ColumnMap) -> np.ndarray:
    """Each row's unit of time: of its own unit, or its endpoint's name; else the header's."""
    found = np.full(len(table.frame), "", dtype=object)
    for field in ("unit", "test_label", "test"):
        texts = table.series(field)
        if texts is None:
            continue
        words = text_of(texts).cat
        own = [
            str(word) if field == "unit" else split_header(str(word))[1]
            for word in words.categories
        ]
        units = [recognise_unit(word, "time") for word in own]
        rows = np.array([*units, ""], dtype=object)[words.codes.to_numpy()]
        found = np.where(found == "", rows, found)
    header = value.unit or recognise_unit(split_header(value.column)[1], "time")
    if header and (value.reason == CHOSEN or not (found != "").any()):
        return np.full(len(found), header, dtype=object)
    return np.where(found == "", header, found)


DIRECT = ("last_followup", "progression", "death", "next_therapy")
# Two tables may count the day of infusion or not, and round to hundredths of a month.
SAME_MONTHS = 1.5 / DAYS_PER_MONTH
COLUMNS = [f"{name}_months" for name in DIRECT]
DEAD = ("dead", "deceased", "died", "event", "1:deceased", "死亡", "tot", "verstorben", "décédé")
NO_EVENT = ("censored", "censor", "no event", "progression free", "progression-free")
ALIVE = ("alive", "living", "0:living", "存活", "lebend", "vivant", "vivo")

Times = dict[str, pd.Series]


def read_outcomes(
    tables: Sequence[MappedTable], clock: DayReference, context: IntakeContext
) -> tuple[pd.DataFrame | None, bool]:
    """The outcomes of every table, in months, and whether any is told.

    Returns
    -------
    pandas.DataFrame
        subject_id and `COLUMNS`; missing where it did not happen (or is not told).
    """
    found: dict[str, list[pd.Series]] = {}
    for table in tables:
        if table.map.rows == "times":
            times = _endpoints(table, clock, context)
        elif table.map.rows in ("patients", "days"):
            times = _columns(table, clock, context)
        else:
            times = {}
        for name, series in times.items():
            found.setdefault(name, []).append(series)
    if not found:
        return None, False
    whole = {
        name: combine_patients(
            parts, f"{name}_months", context.findings, table="outcomes", within=SAME_MONTHS
        )
        for name, parts in found.items()
    }
    outcomes = pd.DataFrame(whole).reindex(columns=list(DIRECT)).astype(float)
    outcomes = _drop_negative(outcomes, context)
    # Whoever has an event is known until then.
    latest = outcomes[["death", "progression"]].max(axis=1)
    n_unknown = int((outcomes["last_followup"].isna() & latest.notna()).sum())
    followed = int(outcomes["last_followup"].notna().sum()) + n_unknown
    absent = len(tables[0].subjects.categories) - followed
    if absent > 0 and "last_followup" not in found and outcomes["death"].notna().any():
        context.findings.append(
            finding(
                CHANGES,
                "outcomes",
                "last_followup_months",
                f"{counted(absent, 'patient has', 'patients have')} neither a last follow-up nor "
                "an event.",
                "They are not in any survival figure, which so shows too many events.",
                "Add the date of the last contact, also of those alive.",
                value=absent,
            )
        )
    if n_unknown:
        context.findings.append(
            finding(
                NOTE,
                "outcomes",
                "last_followup_months",
                f"{counted(n_unknown, 'patient has', 'patients have')} "
                f"an event but no last follow-up.",
                "Their last follow-up is the latest event.",
                value=n_unknown,
            )
        )
        outcomes["last_followup"] = outcomes["last_followup"].fillna(latest)
    outcomes.columns = pd.Index(COLUMNS)
    outcomes.index.name = "subject_id"
    return outcomes.reset_index(), True


def _columns(table: MappedTable, clock: DayReference, context: IntakeContext) -> Times:
    times: Times = {}
    for name in DIRECT:
        entry = table.map_of(name)
        if entry is None:
            continue
        values = table.values_of(entry)
        if name == "death" and _says_only_whether(values):
            times["dead"] = _dead(values, table, context)
            continue
        months = read_months(entry, values, table, clock, context)
        if months is not None:
            times[name] = first_by_patient(table.subjects, months, table, context.findings)
    status = table.map_of("vital_status")
    if status is not None:
        times["dead"] = _dead(table.values_of(status), table, context)
    for endpoint in ("os", "pfs"):
        _add_pair(endpoint, table, clock, times, context)
    return _resolve(times, table, context)


def _add_pair(
    endpoint: str, table: MappedTable, clock: DayReference, times: Times, context: IntakeContext
) -> None:
    """A time and whether it ended in an event (1) or was censored (0)."""
    entry, event = table.map_of(f"{endpoint}_time"), table.map_of(f"{endpoint}_event")
    if entry is None:
        return
    months = read_months(entry, table.values_of(entry), table, clock, context)
    if months is None:
        return
    own = first_by_patient(table.subjects, months, table, context.findings)
    times[f"{endpoint}_time"] = own
    if event is not None:
        times[f"{endpoint}_event"] = _dead(table.values_of(event), table, context)
    else:
        context.findings.append(
            finding(
                CHANGES,
                table.name,
                entry.column,
                f"{entry.column!r} is a time without a column that says whether it ended in an "
                "event.",
                "It counts as follow-up only.",
                "Add a column with 1 = event, 0 = censored.",
            )
        )


def _endpoints(table: MappedTable, clock: DayReference, context: IntakeContext) -> Times:
    """A row per patient and endpoint, as in ADaM's ADTTE: CNSR 0 = happened, 1 = censored."""
    test, value, censor = (table.map_of(name) for name in ("test", "value", "censor"))
    if test is None or value is None:
        return {}
    words = text_of(table.values_of(test)).cat
    names = [recognise_endpoint(str(word)) for word in words.categories]
    own = np.array([*names, ""], dtype=object)[words.codes.to_numpy()]
    unknown = [str(word) for word, name in zip(words.categories, names, strict=True) if not name]
    if unknown:
        context.findings.append(
            finding(
                NOTE,
                table.name,
                test.column,
                f"Endpoints that are not used here: {', '.join(map(repr, unknown[:6]))}.",
                "Their rows are left out.",
                value=len(unknown),
            )
        )
    months = pd.Series(np.nan, index=table.frame.index)
    units = told_units(table, value)
    for unit in dict.fromkeys(units[own != ""]):
        rows = (units == unit) & (own != "")
        part = read_months(
            ColumnMap(value.column, "os_time", str(unit), reason=value.reason),
            table.frame[value.column].where(rows),
            table,
            clock,
            context,
        )
        if part is None:
            return {}
        months = months.fillna(part)
    if censor is None:
        context.findings.append(
            finding(
                BLOCKS,
                table.name,
                "censor",
                f"{table.name} has times to event but no column of censoring (CNSR).",
                "Nothing is drawn, since every time would look like follow-up.",
                "Add it: 0 = happened, 1 = censored.",
            )
        )
        return {}
    flags, _ = read_numbers(table.values_of(censor), table, context)
    happened = flags == 0
    _check_words(table, censor, happened, flags.notna(), context)
    times: Times = {}
    for name in dict.fromkeys(names):
        rows = own == name
        if not name or not rows.any():
            continue
        subjects, time = table.subjects[rows], months[rows]
        event = happened.where(flags.notna())[rows]
        known = first_by_patient(subjects, time, table, context.findings)
        ended = first_by_patient(subjects, event, table, context.findings).astype(bool)
        if name in ("os", "pfs"):
            times[f"{name}_time"], times[f"{name}_event"] = known, ended
        else:
            times[name] = known[_happened(ended, known, table, context)]
    return _resolve(times, table, context)


def _check_words(
    table: MappedTable,
    censor: ColumnMap,
    happened: pd.Series,
    known: pd.Series,
    context: IntakeContext,
) -> None:
    """A finding if other columns call the censored dead, or those with an event alive."""
    for column in table.frame.columns:
        values = table.frame[column]
        if column == censor.column or not isinstance(values.dtype, pd.CategoricalDtype):
            continue
        words = values.astype(str).str.lower()
        # "Alive" is also what a censored row says of a patient; "death" alone is an event.
        died = words.str.contains(r"\b(?:death|died|dead|deceased)\b", regex=True)
        alive = words.str.contains(r"\b(?:alive|living|censored)\b", regex=True) & ~died
        wrong = int((known & ((died & ~happened) | (alive & happened))).sum())
        right = int((known & ((died & happened) | (alive & ~happened))).sum())
        if wrong > right:
            context.findings.append(
                finding(
                    CHANGES,
                    table.name,
                    censor.column,
                    f"The censoring looks reversed: {wrong} of {wrong + right} rows whose "
                    f"{column!r} speaks of death or life say the opposite.",
                    "It is used as it stands: 0 = happened, 1 = censored.",
                    "If the file means 1 = happened, turn the column round.",
                    value=wrong,
                )
            )
            return


def _resolve(times: Times, table: MappedTable, context: IntakeContext) -> Times:
    """Overall and progression-free survival as dates of death, progression and follow-up."""
    os_time, os_event = times.pop("os_time", None), times.pop("os_event", None)
    pfs_time, pfs_event = times.pop("pfs_time", None), times.pop("pfs_event", None)
    dead = times.pop("dead", None)
    if os_time is not None:
        _longest(times, "last_followup", os_time)
        if os_event is not None:
            ended = _happened(os_event, os_time, table, context)
            times.setdefault("death", os_time[ended])
    if dead is not None and "death" not in times and "last_followup" in times:
        # Dead without a day: the end of follow-up is the day of death.
        ended = _happened(dead, times["last_followup"], table, context)
        times["death"] = times["last_followup"][ended]
        context.findings.append(
            finding(
                NOTE,
                table.name,
                "death",
                f"{counted(int(ended.sum()), 'patient is', 'patients are')} "
                f"dead, without a time of death.",
                "Their last follow-up is the time of death.",
            )
        )
    if pfs_time is not None:
        _longest(times, "last_followup", pfs_time)
        if pfs_event is not None:
            ended = _happened(pfs_event, pfs_time, table, context)
            _check_pair(times.get("death"), ended, pfs_time, table, context)
            death = times.get("death", pd.Series(dtype=float)).reindex(pfs_time.index)
            progressed = ended & ~(death <= pfs_time)
            times.setdefault("progression", pfs_time[progressed])
    return times


def _happened(
    event: pd.Series, time: pd.Series, table: MappedTable, context: IntakeContext
) -> pd.Series:
    """Whether each patient who has a time had the event; not told is no, and a finding."""
    told = event.astype("boolean").reindex(time.index)
    n = int(told.isna().sum())
    if n:
        # A column of nothing but yes is a flag: an empty cell in it says no.
        flags = bool(told.dropna().all())
        context.findings.append(
            finding(
                NOTE if flags else CHANGES,
                table.name,
                str(event.name or ""),
                f"{counted(n, 'patient has', 'patients have')} a time, but nothing says whether it "
                f"ended in the event, the first {told.index[told.isna()][0]}.",
                "They count as censored at that time.",
                "" if flags else "Fill it in: 1 = happened, 0 = censored.",
                value=n,
            )
        )
    return told.fillna(False).astype(bool)


def _check_pair(
    death: pd.Series | None,
    ended: pd.Series,
    time: pd.Series,
    table: MappedTable,
    context: IntakeContext,
) -> None:
    """Deaths are events of progression-free survival: more of them than events is a reversal."""
    if death is None or not len(death):
        return
    both = death.dropna().index.intersection(ended.index)
    censored_dead = [name for name in both if not ended[name] and death[name] <= time[name]]
    if len(censored_dead) > len(both) / 2:
        context.findings.append(
            finding(
                CHANGES,
                table.name,
                "pfs",
                f"The event coding looks reversed: {len(censored_dead)} of {len(both)} patients "
                "who died are censored for progression-free survival at their death.",
                "It is used as it stands.",
                "Check which value means that it happened.",
                value=len(censored_dead),
            )
        )


def _longest(times: Times, name: str, other: pd.Series) -> None:
    own = times.get(name)
    times[name] = other if own is None else own.combine(other, np.fmax)


def _says_only_whether(values: pd.Series) -> bool:
    """True for cells such as yes, no, dead, alive: no time is in them."""
    words = {str(word).strip().lower() for word in text_of(values).cat.categories} - {""}
    numbers = pd.to_numeric(pd.Series(sorted(words), dtype=object), errors="coerce")
    plain = bool(numbers.isna().all()) and not any(
        char.isdigit() for word in words for char in word
    )
    return bool(words) and (plain or words <= {"0", "1"} or words <= {*DEAD, *ALIVE})


def _dead(values: pd.Series, table: MappedTable, context: IntakeContext) -> pd.Series:
    """Whether each patient died (or had the event), from words, 1/0 or yes/no."""
    text = text_of(values)
    meanings = {}
    for word in text.cat.categories:
        plain = str(word).strip().lower()
        code, _, label = plain.partition(":")
        plain = label.strip() if label and code.strip() in ("0", "1") else plain
        if plain in DEAD or any(plain.startswith(name) for name in ("dead", "deceas", "died")):
            meanings[word] = "yes"
        elif plain in ALIVE or plain in NO_EVENT:
            meanings[word] = "no"
        elif label and code.strip() in ("0", "1"):
            meanings[word] = "yes" if code.strip() == "1" else "no"
        else:
            meanings[word] = str(word)
    words = text.astype(object).map(meanings)
    words.name = values.name
    said = convert_answers(words, table.name, context.findings, line_of=table.line_of)
    return first_by_patient(table.subjects, said, table, context.findings)


def _drop_negative(outcomes: pd.DataFrame, context: IntakeContext) -> pd.DataFrame:
    """Months without those before infusion, which no survival time can start from."""
    for name in DIRECT:
        before = outcomes[name] < 0
        if not before.any():
            continue
        who = before[before].index[0]
        meaning = "" if name == "last_followup" else ", as if it had not happened"
        context.findings.append(
            finding(
                CHANGES,
                "outcomes",
                f"{name}_months",
                f"{counted(int(before.sum()), 'patient has', 'patients have')} "
                f"{read_fields()[name].title} before infusion, "
                f"the first {who} at {outcomes.loc[who, name]:g} months.",
                f"It counts as missing{meaning}.",
                "Give times after the infusion (day 0).",
                value=outcomes.loc[who, name],
            )
        )
        outcomes[name] = outcomes[name].mask(before)
    return outcomes
