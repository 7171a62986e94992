"""Outcomes: follow-up, progression, death, next therapy, and endpoints given as time and event."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import product

import numpy as np
import pandas as pd

from pht_core.intake.cells.dates import date_orders
from pht_core.intake.cells.texts import clean_text
from pht_core.intake.mapping import CHOSEN, ColumnMap
from pht_core.intake.recognising.evidence import is_word_for
from pht_core.intake.source import ADDED
from pht_core.intake.tidying.amounts import read_numbers
from pht_core.intake.tidying.context import IntakeContext
from pht_core.intake.tidying.day_reference import find_days, is_date
from pht_core.intake.tidying.mapped import MappedColumn, MappedTable, read_words, text_of
from pht_core.intake.tidying.missing_columns import ask_column
from pht_core.intake.tidying.months import header_unit, read_months, units_of_times
from pht_core.intake.tidying.patients import combine_patients, one_by_patient
from pht_core.intake.tidying.states import is_of_censoring, propose_state, read_state
from pht_core.intake.words.fields import read_fields
from pht_core.intake.words.vocabulary import recognise_endpoint
from pht_core.model.cohort import DAYS_PER_MONTH
from pht_core.model.endpoint import ENDPOINTS
from pht_core.model.words import listed

DIRECT = ("last_followup", "last_assessment", "progression", "death", "next_therapy")
# A column that says whether something happened, and the column that would give its time.
STATUS_OF = {"death": "vital_status", "progression": "progressed"}
EVENT_OF = {status: time for time, status in STATUS_OF.items()}
# Two tables may count the day of infusion or not, and round to hundredths of a month.
SAME_MONTHS = 1.5 / DAYS_PER_MONTH


@dataclass
class Told:
    """What the files tell, by name: times in months, and whether something happened.

    Names are those of `DIRECT`, of `STATUS_OF` (vital_status is true of the dead), and
    ``<endpoint>_time`` and ``<endpoint>_event``; ``parts`` are those of each column in ``columns``,
    ``where`` the first column, ``known`` what they come to.
    """

    context: IntakeContext
    parts: dict[str, list[pd.Series]] = field(default_factory=dict)
    where: dict[str, MappedColumn] = field(default_factory=dict)
    columns: dict[str, list[MappedColumn]] = field(default_factory=dict)
    known: dict[str, pd.Series | None] = field(default_factory=dict)

    def add(self, name: str, values: pd.Series | None, column: MappedColumn) -> None:
        """Keep a column's values of each row, one a patient, if there are any to keep."""
        if values is not None:
            self.parts.setdefault(name, []).append(one_by_patient(values, column))
            self.columns.setdefault(name, []).append(column)
            self.where.setdefault(name, column)

    def take(self, name: str) -> pd.Series | None:
        """One value a patient from all tables; None if no column gives it."""
        parts = self.parts.get(name)
        if parts is None:
            return None
        if parts[0].dtype == "boolean":
            return combine_patients(parts, self.columns[name], name)
        times = combine_patients(parts, self.columns[name], name, within=SAME_MONTHS)
        before = times[times < 0]
        if len(before):  # no survival time can start before the infusion
            is_event = name in ("death", "progression", "next_therapy")
            found = "event_before_infusion" if is_event else "followup_before_infusion"
            facts = {"value": before.iloc[0], "n": len(before), "who": before.index[0]}
            facts["title"] = read_fields()[name].title
            column = f"{name.removesuffix('_time')}_months"
            self.context.report(found, "outcomes", column, **facts)
        return times[times >= 0].astype(float)


def read_outcomes(
    tables: Sequence[MappedTable], context: IntakeContext
) -> tuple[pd.DataFrame, frozenset[str]] | None:
    """The outcomes of every table, in months; None if no table has any.

    Returns those columns of ``schema.TABLES["outcomes"]`` that have a use here, and the names of
    those that the files record: elsewhere a missing value says nothing. An endpoint's own
    time without its event is of a patient whose outcome is not recorded.
    """
    told = Told(context)
    for table in tables:
        if table.map.rows == "times":
            _read_endpoints(table, told)
        elif table.map.rows in ("patients", "days"):
            _read_times(table, told)
    for table in tables:
        if table.map.rows in ("patients", "days"):
            _read_statuses(table, told)
    _ask_followup(tables, told)
    if not told.parts:
        return None
    outcomes, recorded = _resolve(told)
    outcomes = _with_followup(outcomes, len(tables[0].subjects.categories), context)
    return outcomes, recorded


def _with_followup(outcomes: pd.DataFrame, n_patients: int, context: IntakeContext) -> pd.DataFrame:
    """Follow-up of those who have an event only: whoever has one is known until then."""
    if "last_followup_months" not in outcomes:
        outcomes["last_followup_months"] = np.nan
    events = outcomes.reindex(columns=["death_months", "progression_months"])
    latest, column = events.max(axis=1), "last_followup_months"
    unknown = outcomes[column].isna() & latest.notna()
    absent = n_patients - int((outcomes[column].notna() | unknown).sum())
    if absent > 0 and outcomes[column].isna().all() and events["death_months"].notna().any():
        context.report("survival_of_events_only", "outcomes", column, value=absent)
    if unknown.any():
        context.report("followup_until_event", "outcomes", column, value=int(unknown.sum()))
        outcomes[column] = outcomes[column].fillna(latest)
    outcomes.index.name = "subject_id"
    return outcomes.reset_index()


# --- columns -----------------------------------------------------------------------------------


def _read_times(table: MappedTable, told: Told) -> None:
    """The columns of times; what stands under the name of an event without any time comes later."""
    for name in (*DIRECT, *(f"{endpoint}_time" for endpoint in ENDPOINTS)):
        for column in table.all_columns(name):
            if not (name in STATUS_OF and _is_status_only(column.values)):
                told.add(name, read_months(column), column)


def _read_statuses(table: MappedTable, told: Told) -> None:
    """The columns that say whether something happened."""
    died = {name for part in told.parts.get("death", ()) for name in part.index}
    for name in (*STATUS_OF.values(), *(f"{endpoint}_event" for endpoint in ENDPOINTS)):
        columns = table.all_columns(name)
        if not columns and name in EVENT_OF:
            named = table.all_columns(EVENT_OF[name])
            columns = [column for column in named if _is_status_only(column.values)]
        settled = table.subjects.isin(list(died)) if name == "vital_status" else None
        for column in columns:
            status = _read_status(name, column, settled)
            if status is not None and table.map.rows == "days":
                status = _happened_along(name, status, column, told)
            told.add(name, status, column)


def _happened_along(name: str, status: pd.Series, column: MappedColumn, told: Told) -> pd.Series:
    """A status of each day as one of the patient; when it happened is asked where it changes."""
    table = column.table
    codes = table.subjects.codes
    ever, always = (status.groupby(codes).transform(end) for end in ("max", "min"))
    turned = (ever != always).fillna(False).to_numpy(dtype=bool)
    days = find_days(table)
    if days is None or not turned.any():
        return status
    who = table.subjects[turned].unique()
    if not column.choose("along", n=len(who), who=listed(list(who), most=3)):
        return status.mask(turned)
    yes = status.fillna(False).to_numpy(dtype=bool)
    if name in EVENT_OF:
        first = days.where(yes & turned).groupby(codes).transform("min")
        told.add(EVENT_OF[name], first / DAYS_PER_MONTH, column)
        if not any(one.startswith("last_") or one.endswith("_time") for one in told.parts):
            last = days.groupby(codes).transform("max") / DAYS_PER_MONTH
            told.add("last_followup", last, column)
    return ever


def _ask_followup(tables: Sequence[MappedTable], told: Told) -> None:
    """Where deaths are told but no time of the living: which column gives it.

    It could be a column of dates or numbers that is filled for all who are alive, or for all who
    died, and in which no one is before the infusion; numbers without a unit of time only where no
    death has a time.
    """
    died = {"death", "vital_status"} & told.parts.keys()
    if not died:
        return
    rows = pd.concat(told.parts["vital_status" if "vital_status" in died else "death"])
    dead = list(rows.index[rows.notna() & (rows != False)])  # noqa: E712  of a column with gaps
    followed = [name for name in told.parts if name[-5:] == "_time" or name[:5] == "last_"]
    parts = [part for name in (*followed, "death") for part in told.parts.get(name, ())]
    if followed and {who for part in parts for who in part.index} >= set(dead):
        return
    for table in tables:
        offered: dict[str, list[str]] = {"last_followup": [], "death": []}
        with_unit = []
        for column in table.in_silence().columns if table.map.rows == "patients" else ():
            entry, values = column.entry, column.table.frame[column.name]
            if entry.field or entry.private or entry.reason == CHOSEN or entry.column in ADDED:
                continue
            unit = header_unit(entry.column)
            time = replace(entry, field="last_followup", unit=unit)
            if not (is_date(replace(time, unit=""), values) and date_orders(values)):
                time = replace(time, unit=unit or ("" if "death" in died else "days"))
            months = read_months(replace(column, entry=time), values)
            if months is None or (months < 0).any():
                continue
            if months.nunique() < min(months.count() / 2, 8):
                continue
            with_unit += [entry.column] * bool(unit)
            for name, who in (("last_followup", False), ("death", True)):
                if months[table.subjects.isin(dead) == who].notna().all():
                    offered[name].append(entry.column)
        for name, names in offered.items():
            if followed and name == "last_followup":
                continue
            likely = [one for one in names if one in with_unit] or names
            place = table.source, table.map
            if ask_column(f"which {name}", place, name, names, told.context, likely=likely):
                return


def _is_status_only(values: pd.Series) -> bool:
    """True for cells such as yes, no, dead, alive: no time is in them."""
    words = {str(word).strip().lower() for word in text_of(values).cat.categories} - {""}
    numbers = pd.to_numeric(pd.Series(sorted(words), dtype=object), errors="coerce")
    plain = bool(numbers.isna().all()) and not any(
        char.isdigit() for word in words for char in word
    )
    return bool(words) and (plain or all(map(is_word_for("ended"), words)))


def _read_status(
    name: str, column: MappedColumn, settled: np.ndarray | None = None
) -> pd.Series | None:
    """Whether it happened, a row each; None while words are not understood, and these are asked.

    Of ``settled`` rows the answer is known from elsewhere: their words need not be understood.
    """
    values, words = column.values, text_of(column.values)
    open_rows = words.notna() if settled is None else words.notna() & ~settled
    is_death = name in ("vital_status", "os_event")
    texts = [str(text) for text in words.cat.categories]
    codes = {clean_text(text) for text in texts}
    # A bare code or a yes says nothing under a name that holds for both, or that is of censoring.
    plain = name != "vital_status" and not is_of_censoring(column.name)
    coded = bool({"0", "0.0"} & codes) or codes <= {"1", "1.0"}
    meanings = {text: read_state(text, plain=plain, coded=coded) for text in texts}
    counts = words[open_rows].value_counts()
    unknown = [text for text in texts if meanings[text] is None and counts[text]]
    if unknown:
        cells = [(text, int(counts[text])) for text in unknown]
        likely = [propose_state(text, is_death=is_death) for text in unknown]
        question, table = "states of death" if is_death else "states of event", column.table
        table.context.ask_cells(question, table.name, column.entry, cells, likely=likely)
        return None
    yes = read_words(values, lambda text: meanings[text] is True, False).astype(bool)
    no = read_words(values, lambda text: meanings[text] is False, False).astype(bool)
    array = pd.arrays.BooleanArray(yes, ~(yes | no))
    return pd.Series(array, index=values.index, name=values.name)


# --- times to event ----------------------------------------------------------------------------


def _read_endpoints(table: MappedTable, told: Told) -> None:
    """A row per patient and endpoint, as in ADaM's ADTTE: CNSR 0 = happened, above 0 = censored."""
    test, value = table.column("test"), table.column("value")
    if test is None or value is None:
        return
    endpoints = read_words(test.values, recognise_endpoint, "")
    others = [str(word) for word in test.values[endpoints == ""].dropna().unique()]
    if others:
        names = listed([repr(word) for word in others], most=6)
        test.report("other_endpoints", value=len(others), names=names)
    months = pd.Series(np.nan, index=table.frame.index)
    units = units_of_times(value)
    for unit in dict.fromkeys(units[endpoints != ""]):
        rows = (units == unit) & (endpoints != "")
        entry = ColumnMap(value.name, "os_time", str(unit), reason=value.entry.reason)
        own = replace(value, entry=entry)
        part = read_months(own, own.values.where(rows))
        if part is None:
            return
        months = months.fillna(part)
    censors = table.all_columns("censor")
    if not censors:
        table.report("no_censoring", "censor")
    for censor, name in product(censors, dict.fromkeys(filter(None, endpoints))):
        flags, _ = read_numbers(censor.values, table)
        happened = (flags == 0).astype("boolean").mask(flags.isna())
        checked = _confirm_censoring(censor, happened)
        if checked is None:
            continue
        censor = replace(censor, test=f"{censor.name} ({name})")
        rows = endpoints == name
        # The time to death is overall survival by another name.
        own_name = "os" if name == "death" and "os" not in endpoints else name
        time, event = months.where(rows), checked.where(rows)
        if own_name in ENDPOINTS:
            told.add(f"{own_name}_time", time, censor)
            told.add(f"{own_name}_event", event, censor)
            continue
        told.add(name, time.where(event.fillna(False).astype(bool)), censor)
        if name == "progression":
            told.add("last_assessment", time.where(~event.fillna(True).astype(bool)), censor)


def _confirm_censoring(censor: MappedColumn, happened: pd.Series) -> pd.Series | None:
    """Whether the event happened, asked where other columns call the censored dead."""
    for name, values in censor.table.frame.items():
        if name == censor.name or not isinstance(values.dtype, pd.CategoricalDtype):
            continue
        words = values.astype(str).str.lower()
        # "Alive" is also what a censored row says of a patient; "death" alone is an event.
        died = words.str.contains(r"\b(?:death|died|dead|deceased)\b", regex=True)
        alive = words.str.contains(r"\b(?:alive|living|censored)\b", regex=True) & ~died
        truth = died.astype("boolean").mask(~(died | alive))
        checked = _confirm_coding(censor, happened, truth, f"words of {name!r}")
        if checked is None or checked is not happened:
            return checked
    return happened


def _confirm_coding(
    column: MappedColumn, event: pd.Series, truth: pd.Series, other: str
) -> pd.Series | None:
    """The events, asked about where they contradict what else the files tell.

    Where most of them do, they may be coded the other way round.
    """
    both = truth.reindex(event.index)
    differ = (event != both).fillna(False).astype(bool)
    wrong, right = int(differ.sum()), int((event == both).fillna(False).sum())
    if not wrong:
        return event
    if wrong <= right:
        who = listed(list(map(str, event.index[differ])), most=3)
        answer = column.choose("disagreement", other=other, n=wrong, who=who)
        return event.mask(differ, both) if answer == "other" else event if answer else None
    answer = column.choose("coding", other=other, wrong=wrong, n_both=wrong + right)
    return ~event if answer == "reversed" else event if answer else None


# --- what they come to -------------------------------------------------------------------------


def _resolve(told: Told) -> tuple[pd.DataFrame, frozenset[str]]:
    """Follow-up, death and progression of each patient, and the endpoints that the files give."""
    known = told.known
    own = [f"{name}_{part}" for name in ENDPOINTS for part in ("time", "event")]
    known |= {name: told.take(name) for name in (*DIRECT, *own, *STATUS_OF.values())}
    # An event without a time of its own is a status like another.
    for name, status in (("os", "vital_status"), ("pfs", "progressed")):
        column = f"{name}_event"
        if known[status] is None and known[f"{name}_time"] is None and known[column] is not None:
            known[status], told.where[status] = known[column], told.where[column]
    followup = _latest(known["last_followup"], *(known[f"{name}_time"] for name in ENDPOINTS))
    if (dead := known["vital_status"]) is not None:
        if known["death"] is None and followup is not None:
            known["vital_status"] = dead = _answered("vital_status", dead, followup.index, told)
        last = followup if known["os_time"] is None else known["os_time"]
        followup = _latest(followup, _timed("death", dead, last, told))
    if (progressed := known["progressed"]) is not None and known["pfs_time"] is None:
        last = _latest(known["last_assessment"], followup)
        free = _timed("progression", progressed, last, told)
        known["last_assessment"] = _latest(known["last_assessment"], free)
    recorded = {f"{name}_months" for name in DIRECT if known[name] is not None}
    given: dict[str, pd.DataFrame] = {}
    for name in ENDPOINTS:
        time = known[f"{name}_time"]
        if time is None:
            continue
        event = _event_of(name, time, told)
        if event is None:
            if not recorded & set(ENDPOINTS[name].columns):
                told.where[f"{name}_time"].report("time_without_event")
            continue
        given[name] = pd.DataFrame({"months": time, "event": event})
        happened, death = time[event.fillna(False).astype(bool)], known["death"]
        if name == "os":
            parts = [happened if death is None else death, happened]
            where = [told.where.get("death", told.where["os_time"]), told.where["os_time"]]
            united = combine_patients(parts, where, "death", within=SAME_MONTHS)
            died = united.reindex(happened.index)
            same = (died - happened).abs() <= SAME_MONTHS
            given[name].loc[died.index, "months"] = happened.where(same, died)
            known["death"] = united
            recorded.add("death_months")
        elif name in ("pfs", "dfs") and known["progression"] is None:
            if death is not None:
                happened = happened[~(death.reindex(happened.index) <= happened)]
            known["progression"] = happened
    if followup is not None:
        known["last_followup"] = followup
        recorded.add("last_followup_months")
        # Whoever is in the file of an endpoint's times, but not with this endpoint, is not known.
        for name, rows in given.items():
            if rows["event"].notna().any():
                recorded.add(f"{name}_event")
            given[name] = rows.reindex(rows.index.union(followup.index))
            given[name]["months"] = given[name]["months"].fillna(followup)
        _leave_out(given, followup, told)
    columns = {f"{name}_months": time for name in DIRECT if (time := known[name]) is not None}
    for name, rows in given.items():
        columns |= {f"{name}_months": rows["months"], f"{name}_event": rows["event"]}
    everyone = [values.index for parts in told.parts.values() for values in parts]
    who = reduce(lambda one, other: one.union(other, sort=False), everyone)
    return pd.DataFrame(columns).reindex(who), frozenset(recorded)


def _latest(*times: pd.Series | None) -> pd.Series | None:
    """Each patient's latest time; None if there are none at all."""
    given = [time for time in times if time is not None]
    return reduce(lambda one, other: one.combine(other, np.fmax), given) if given else None


def _answered(name: str, event: pd.Series, who: pd.Index, told: Told) -> pd.Series:
    """The answers of patients who have a time; what an empty one means is asked."""
    event = event.reindex(who)
    unknown = who[event.isna()]
    column = told.where[name]
    if not len(unknown) or event.isna().all():
        return event
    is_death = name in ("vital_status", "os_event")
    # CDISC's flags are Y or empty.
    answer: str | None = "no"
    if column.name.upper() != "DTHFL":
        answer = column.choose(
            "unanswered",
            n=len(unknown),
            who=listed(list(map(str, unknown)), most=3),
            maybe="alive, or dead" if is_death else "without the event",
            otherwise="alive" if is_death else "it did not happen",
            proposed="no" if event.dropna().all() else None,
        )
    return event.fillna(False) if answer == "no" else event


def _timed(name: str, answers: pd.Series, last: pd.Series | None, told: Told) -> pd.Series | None:
    """Complete an event's times by the answers whether it happened; the times without it.

    ``last`` is until when each patient was followed.
    """
    column, time = told.where[STATUS_OF[name]], told.known[name]
    free = None
    answer: str | None = "answer"
    if time is not None:
        others = time[~answers.reindex(time.index).fillna(True).astype(bool)]
        without = answers.index[~answers.fillna(True)]
        if len(others) and not without.isin(time.index).all():
            who = listed(list(map(str, others.index)), most=3)
            facts = {"n": len(others), "answers": column.name, "who": who, "name": name}
            answer = told.where[name].choose("contradiction", **facts)
        if not answer:
            told.known[name] = None
            return None
        if answer == "answer" and len(others):
            # A column that is filled for everyone ends with the event or with the follow-up.
            told.where[name].report("time_of_everyone", n=len(others))
            free, time = others, time.drop(others.index)
    dated = pd.Series(dtype=float) if time is None else time
    timeless = answers.index[answers.fillna(False)].difference(dated.index)
    answer = "followup"
    if len(timeless) and name != "death":
        leave = "leave it out, no progression-free survival is drawn"
        if time is not None:
            leave = "leave these patients out of progression-free survival"
        who = listed(list(map(str, timeless)), most=3)
        answer = column.choose("time_of_event", n=len(timeless), who=who, without=leave)
    if not len(timeless):
        time = dated
    elif last is not None and answer == "followup":
        late = last.reindex(timeless).dropna()
        if name == "death" and len(late):
            column.table.report("death_without_time", "death", n=len(late))
        time = late if time is None else pd.concat([time, late])
    told.known[name] = time
    return free


def _event_of(name: str, time: pd.Series, told: Told) -> pd.Series | None:
    """The event of everyone who has an endpoint's time; None where nothing tells it.

    Without a column of its own it is what else the files tell; a column that deaths contradict is
    asked about.
    """
    known, column = told.known, f"{name}_event"
    death, event = known["death"], known[column]
    died = pd.Series(False, time.index)
    if death is not None:
        died = death.reindex(time.index) <= time + SAME_MONTHS
    if event is None:
        status = {"os": "vital_status", "pfs": "progressed"}.get(name, column)
        if (event := known[status]) is None:
            return None
        told.where[column] = told.where[status]
        event = event.reindex(time.index)
        return _answered(column, event | died if name == "pfs" else event, time.index, told)
    event = _answered(column, event, time.index, told)
    truth = pd.Series(pd.NA, time.index, dtype="boolean").mask(died, True)
    if name == "os" and (dead := known["vital_status"]) is not None:
        truth = truth.fillna(dead.reindex(time.index))
    return _confirm_coding(told.where[column], event, truth, "deaths of the file")


def _leave_out(given: dict[str, pd.DataFrame], followup: pd.Series, told: Told) -> None:
    """Mark, in endpoints that come from dates, the patients whose outcome is not recorded."""
    (dead, death), (progressed, progression) = (
        (told.known[status], told.known[time]) for time, status in STATUS_OF.items()
    )
    unknown = pd.Index([])
    if dead is not None and death is not None and "os" not in given:
        unknown = dead.index[dead.isna()].difference(death.index)
    without = unknown
    if progressed is not None and progression is not None:
        happened = progressed.index[progressed.fillna(True)]
        without = unknown.union(happened).difference(progression.index)
    for name, who in (("os", unknown), ("pfs", without)):
        rows = followup.reindex(who).dropna()
        if name not in given and len(rows):
            event = pd.Series(pd.NA, rows.index, dtype="boolean")
            given[name] = pd.DataFrame({"months": rows, "event": event})
