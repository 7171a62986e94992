"""Outcomes: follow-up, progression, death and next therapy, from times, dates or censored times."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pht_core.intake.cells.answers import convert_answers
from pht_core.intake.mapping import CHOSEN, ColumnMap
from pht_core.intake.questions import ask_unit
from pht_core.intake.recognising.evidence import is_word_for
from pht_core.intake.tidying.amounts import read_numbers
from pht_core.intake.tidying.context import IntakeContext
from pht_core.intake.tidying.day_reference import is_date
from pht_core.intake.tidying.mapped import MappedTable, read_words, text_of
from pht_core.intake.tidying.patients import combine_patients, first_by_patient
from pht_core.intake.words.fields import read_fields
from pht_core.intake.words.vocabulary import recognise_endpoint
from pht_core.model.cohort import DAYS_PER_MONTH
from pht_core.model.units import convert_unit, recognise_unit, split_header
from pht_core.model.words import listed

TIME_UNITS = ["days", "months"]
# A follow-up of more than 25 years after CAR-T is days, not months: the first were in 2010.
LONGEST_MONTHS = 300.0
DIRECT = ("last_followup", "progression", "death", "next_therapy")
COLUMNS = [f"{name}_months" for name in DIRECT]
# Two tables may count the day of infusion or not, and round to hundredths of a month.
SAME_MONTHS = 1.5 / DAYS_PER_MONTH

Times = dict[str, pd.Series]


def read_outcomes(tables: Sequence[MappedTable], context: IntakeContext) -> pd.DataFrame | None:
    """The outcomes of every table, in months; None if no table has any.

    Returns
    -------
    pandas.DataFrame
        subject_id and `COLUMNS`; missing where it did not happen (or is not recorded).
    """
    found: dict[str, list[pd.Series]] = {}
    for table in tables:
        times: Times = {}
        if table.map.rows == "times":
            times = _read_endpoints(table, context)
        elif table.map.rows in ("patients", "days"):
            times = _read_columns(table, context)
        for name, series in times.items():
            found.setdefault(name, []).append(series)
    if not found:
        return None
    whole = {
        name: combine_patients(
            parts, f"{name}_months", context, table="outcomes", within=SAME_MONTHS
        )
        for name, parts in found.items()
    }
    outcomes = pd.DataFrame(whole).reindex(columns=list(DIRECT)).astype(float)
    outcomes = _drop_negative(outcomes, context)
    # Whoever has an event is known until then.
    latest = outcomes[["death", "progression"]].max(axis=1)
    column = "last_followup_months"
    n_unknown = int((outcomes["last_followup"].isna() & latest.notna()).sum())
    followed = int(outcomes["last_followup"].notna().sum()) + n_unknown
    absent = len(tables[0].subjects.categories) - followed
    if absent > 0 and "last_followup" not in found and outcomes["death"].notna().any():
        context.report("survival_of_events_only", "outcomes", column, value=absent)
    if n_unknown:
        context.report("followup_until_event", "outcomes", column, value=n_unknown)
        outcomes["last_followup"] = outcomes["last_followup"].fillna(latest)
    outcomes.columns = pd.Index(COLUMNS)
    outcomes.index.name = "subject_id"
    return outcomes.reset_index()


def _read_columns(table: MappedTable, context: IntakeContext) -> Times:
    """A column per outcome, or a time and whether it ended in an event."""
    times: Times = {}
    for name in DIRECT:
        entry = table.map_of(name)
        if entry is None:
            continue
        values = table.values_of(entry)
        if name == "death" and _is_status_only(values):
            times["dead"] = _read_status(values, table, context)
            continue
        months = _read_months(entry, values, table, context)
        if months is not None:
            times[name] = first_by_patient(months, table, context)
    status = table.map_of("vital_status")
    if status is not None:
        times["dead"] = _read_status(table.values_of(status), table, context)
    for endpoint in ("os", "pfs"):
        _add_censored_time(endpoint, table, times, context)
    return _resolve(times, table, context)


def _add_censored_time(
    endpoint: str, table: MappedTable, times: Times, context: IntakeContext
) -> None:
    """A time and whether it ended in an event (1) or was censored (0)."""
    entry, event = table.map_of(f"{endpoint}_time"), table.map_of(f"{endpoint}_event")
    months = None
    if entry is not None:
        months = _read_months(entry, table.values_of(entry), table, context)
    if entry is None or months is None:
        return
    times[f"{endpoint}_time"] = first_by_patient(months, table, context)
    if event is not None:
        times[f"{endpoint}_event"] = _read_status(table.values_of(event), table, context)
    else:
        context.report("time_without_event", table.name, entry.column)


def _read_endpoints(table: MappedTable, context: IntakeContext) -> Times:
    """A row per patient and endpoint, as in ADaM's ADTTE: CNSR 0 = happened, 1 = censored."""
    test, value, censor = (table.map_of(name) for name in ("test", "value", "censor"))
    if test is None or value is None:
        return {}
    cells = table.values_of(test)
    endpoints = read_words(cells, recognise_endpoint, "")
    others = [str(word) for word in cells[endpoints == ""].dropna().unique()]
    if others:
        names = listed([repr(word) for word in others], most=6)
        context.report("other_endpoints", table.name, test.column, value=len(others), names=names)
    months = pd.Series(np.nan, index=table.frame.index)
    units = _units_of_times(table, value)
    for unit in dict.fromkeys(units[endpoints != ""]):
        rows = (units == unit) & (endpoints != "")
        entry = ColumnMap(value.column, "os_time", str(unit), reason=value.reason)
        part = _read_months(entry, table.frame[value.column].where(rows), table, context)
        if part is None:
            return {}
        months = months.fillna(part)
    if censor is None:
        context.report("no_censoring", table.name, "censor")
        return {}
    flags, _ = read_numbers(table.values_of(censor), table, context)
    known = flags.notna()
    happened = flags == 0
    _check_censoring(table, censor, happened, known, context)
    times: Times = {}
    for name in dict.fromkeys(filter(None, endpoints)):
        rows = endpoints == name
        time = first_by_patient(months.where(rows), table, context)
        event = first_by_patient(happened.where(known & rows), table, context).astype(bool)
        if name in ("os", "pfs"):
            times[f"{name}_time"], times[f"{name}_event"] = time, event
        else:
            times[name] = time[_happened(event, time, table, context)]
    return _resolve(times, table, context)


def _read_months(
    entry: ColumnMap, values: pd.Series, table: MappedTable, context: IntakeContext
) -> pd.Series | None:
    """A column of times in months: months as they are, days and dates by 30.4375 days."""
    column = entry.column
    if is_date(entry, values):
        dates = context.read_dates(values, table)
        if not context.day_reference.has_infusions:
            context.report("outcome_dates_without_infusion", table.name, column)
            return None
        return context.day_reference.count_days(dates, table) / DAYS_PER_MONTH
    numbers, in_cells = read_numbers(values, table, context)
    unit = entry.unit or recognise_unit(in_cells, "time")
    given = numbers.dropna()
    if not len(given):
        return numbers
    why = ""
    if not unit:
        unit = _infer_unit(numbers, table, column, context)
        why = f"No unit is given, and the times ({given.min():g} to {given.max():g}) fit both."
    elif unit == "months" and given.max() > LONGEST_MONTHS and entry.reason != CHOSEN:
        unit, why = "", f"Its header says months, but the longest time is {given.max():g}."
    if not unit:
        title = read_fields()[entry.field].title
        context.ask(ask_unit(table.name, column, title, why, TIME_UNITS), table.name, column)
        return None
    if unit == "months":
        return numbers
    months = convert_unit(numbers.to_numpy(), "time", unit)
    context.report(
        "times_converted", table.name, column, n=len(given), unit=unit, per=DAYS_PER_MONTH
    )
    return pd.Series(months, index=numbers.index, name=numbers.name)


def _infer_unit(numbers: pd.Series, table: MappedTable, column: str, context: IntakeContext) -> str:
    """The unit that dates beside the times show, or that only one reading allows; else empty."""
    given = numbers.dropna()
    why = ""
    dated = table.map_of("date")
    if dated is not None and context.day_reference.has_infusions:
        dates = replace(context, findings=[]).read_dates(table.values_of(dated), table)
        gap = (numbers - context.day_reference.count_days(dates, table)).dropna()
        if len(gap) and gap.between(-0.5, 1.5).mean() > 0.9:
            why = "they are the days from infusion to their dates"
    if not why and given.max() > LONGEST_MONTHS and (given == np.floor(given)).all():
        why = f"they are whole numbers up to {given.max():g}"
    if not why:
        return ""
    context.report("unit_of_times_inferred", table.name, column, value="days", why=why)
    return "days"


def _units_of_times(table: MappedTable, value: ColumnMap) -> np.ndarray:
    """Each row's unit of time: of its own unit, or its endpoint's name; else the header's."""
    found = np.full(len(table.frame), "", dtype=object)
    for field in ("unit", "test_label", "test"):
        texts = table.series(field)
        if texts is not None:
            found = np.where(found == "", read_words(texts, _time_unit, ""), found)
    header = value.unit or _time_unit(value.column)
    if header and (value.reason == CHOSEN or not (found != "").any()):
        return np.full(len(found), header, dtype=object)
    return np.where(found == "", header, found)


def _time_unit(text: str) -> str:
    """The unit of time that a text is, or has at its end."""
    return recognise_unit(text, "time") or recognise_unit(split_header(text)[1], "time")


def _check_censoring(
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
            context.report(
                "reversed_censoring",
                table.name,
                censor.column,
                value=wrong,
                of=wrong + right,
                other=column,
            )
            return


def _resolve(times: Times, table: MappedTable, context: IntakeContext) -> Times:
    """Overall and progression-free survival as dates of death, progression and follow-up."""
    os_time, os_event = times.pop("os_time", None), times.pop("os_event", None)
    pfs_time, pfs_event = times.pop("pfs_time", None), times.pop("pfs_event", None)
    dead = times.pop("dead", None)
    if os_time is not None:
        _extend_followup(times, os_time)
        if os_event is not None:
            ended = _happened(os_event, os_time, table, context)
            times.setdefault("death", os_time[ended])
    if dead is not None and "death" not in times and "last_followup" in times:
        # Dead without a day: the end of follow-up is the day of death.
        ended = _happened(dead, times["last_followup"], table, context)
        times["death"] = times["last_followup"][ended]
        context.report("death_without_time", table.name, "death", n=int(ended.sum()))
    if pfs_time is not None:
        _extend_followup(times, pfs_time)
        if pfs_event is not None:
            ended = _happened(pfs_event, pfs_time, table, context)
            death = times.get("death", pd.Series(dtype=float))
            _check_events(death, ended, pfs_time, table, context)
            progressed = ended & ~(death.reindex(pfs_time.index) <= pfs_time)
            times.setdefault("progression", pfs_time[progressed])
    return times


def _happened(
    event: pd.Series, time: pd.Series, table: MappedTable, context: IntakeContext
) -> pd.Series:
    """Whether each patient who has a time had the event; not recorded is no, and a finding."""
    known = event.astype("boolean").reindex(time.index)
    n = int(known.isna().sum())
    if n:
        # A column of nothing but yes is a flag: an empty cell in it says no.
        is_flag = bool(known.dropna().all())
        context.report(
            "empty_flag_is_censored" if is_flag else "unknown_event_is_censored",
            table.name,
            str(event.name or ""),
            value=n,
            who=known.index[known.isna()][0],
        )
    return known.fillna(False).astype(bool)


def _check_events(
    death: pd.Series,
    ended: pd.Series,
    time: pd.Series,
    table: MappedTable,
    context: IntakeContext,
) -> None:
    """Deaths are events of progression-free survival: more of them than events is a reversal."""
    both = death.dropna().index.intersection(ended.index)
    censored = [name for name in both if not ended[name] and death[name] <= time[name]]
    if len(censored) > len(both) / 2:
        context.report("reversed_events", table.name, "pfs", value=len(censored), of=len(both))


def _extend_followup(times: Times, other: pd.Series) -> None:
    own = times.get("last_followup")
    times["last_followup"] = other if own is None else own.combine(other, np.fmax)


def _is_status_only(values: pd.Series) -> bool:
    """True for cells such as yes, no, dead, alive: no time is in them."""
    words = {str(word).strip().lower() for word in text_of(values).cat.categories} - {""}
    numbers = pd.to_numeric(pd.Series(sorted(words), dtype=object), errors="coerce")
    plain = bool(numbers.isna().all()) and not any(
        char.isdigit() for word in words for char in word
    )
    return bool(words) and (plain or all(map(is_word_for("ended"), words)))


def _read_status(values: pd.Series, table: MappedTable, context: IntakeContext) -> pd.Series:
    """Whether each patient died (or had the event), from words, 1/0 or yes/no."""
    answers = pd.Series(
        read_words(values, _answer_of_status, ""), index=values.index, name=values.name
    )
    answers = answers.mask(text_of(values).isna())
    died = convert_answers(answers, context.notes(table))
    return first_by_patient(died, table, context)


def _answer_of_status(text: str) -> str:
    """``yes`` for a word of death or of an event, ``no`` for one of life; others as they are."""
    code, _, label = text.strip().lower().partition(":")
    has_code = bool(label.strip()) and code.strip() in ("0", "1")
    plain = label.strip() if has_code else text.strip().lower()
    happened = is_word_for("dead")(plain) or is_word_for("happened")(plain)
    if happened or plain.startswith(("dead", "deceas", "died")):
        return "yes"
    if is_word_for("living")(plain) or is_word_for("not happened")(plain):
        return "no"
    if has_code:
        return "yes" if code.strip() == "1" else "no"
    return text


def _drop_negative(outcomes: pd.DataFrame, context: IntakeContext) -> pd.DataFrame:
    """Months without those before infusion, which no survival time can start from."""
    for name in DIRECT:
        before = outcomes[name][outcomes[name] < 0]
        if len(before):
            is_event = name != "last_followup"
            context.report(
                "event_before_infusion" if is_event else "followup_before_infusion",
                "outcomes",
                f"{name}_months",
                value=before.iloc[0],
                n=len(before),
                title=read_fields()[name].title,
                who=before.index[0],
            )
            outcomes[name] = outcomes[name].mask(outcomes[name] < 0)
    return outcomes
