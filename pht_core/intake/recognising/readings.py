"""The fields that one column can stand for, by its header and label, weighed by its cells."""

import re
from dataclasses import dataclass, field, replace

import numpy as np

from pht_core.intake.recognising.dictionary import (
    DataDictionary,
    are_unexplained,
    list_codes,
    map_codes,
)
from pht_core.intake.recognising.evidence import (
    Cells,
    fit_of,
    holds_answers,
    holds_dates,
    holds_days,
    is_coded,
    is_status,
    is_word_for,
    names_days,
    sample_cells,
)
from pht_core.intake.recognising.headers import (
    header_words,
    is_list_of_values,
    only_day,
    sheet_name,
    split_choice,
    split_day,
    split_remark,
)
from pht_core.intake.recognising.privacy import NAME, PHONE, private_kind
from pht_core.intake.source import ADDED, SourceTable
from pht_core.intake.words.fields import Field, daily_fields, read_fields
from pht_core.intake.words.synonyms import Reading, map_header, read_synonyms
from pht_core.intake.words.vocabulary import (
    recognise_drug,
    recognise_event,
    recognise_support,
    recognise_test,
)
from pht_core.intake.words.word_lists import read_header_words
from pht_core.model.units import recognise_unit, split_header

LONGEST_HEADER = 200  # letters
LEAST_CONFIDENCE = 0.4  # what is less certain is not used, only shown
# Fields of a header that names a day, where its cells are dates.
DATE_FIELD_OF = {"day": "date", "start_day": "start_date", "end_day": "end_date"}
# cBioPortal's timelines, in which these are days.
TIMELINE = frozenset({"START_DATE", "STOP_DATE"})
# Fields of few words, which a column of other words never is.
STRICT = ("car_t", "marrow")
# Whether it happened, under the name of what happened or of its time.
ANSWERED = {"death": "vital_status", "progression": "progressed"}


@dataclass
class Column:
    """A column while its meaning is sought.

    ``note`` is why it is not used, ``lost_field`` the field that it would have had.
    """

    name: str
    cells: Cells
    private: str = ""
    readings: list[Reading] = field(default_factory=list)
    note: str = ""
    lost_field: str = ""

    def reject(self, note: str, lost_field: str = "") -> None:
        """Note why the column is not used, and the field that it would have had."""
        self.note, self.lost_field = note, lost_field


def read_column(name: str, table: SourceTable, dictionary: DataDictionary) -> Column:
    """Everything that one column of a table can mean."""
    cells = sample_cells(table.frame[name])
    if name in ADDED:
        return Column(name, cells, note="Added: it may identify the patients.")
    column = Column(name, cells, private_kind(name[:LONGEST_HEADER], cells.some))
    if len(name) > LONGEST_HEADER:
        column.note = "The header is a text, not a name: not used."
        return column
    if column.private == NAME and any(map(recognise_test, cells.texts)):
        column.private = ""  # names of tests
    if column.private == PHONE and any(one.field == "subject_id" for one in map_header(name)):
        column.private = ""  # ids of eleven digits
    for named in filter(_unit_fits, _by_name(column, table, dictionary)):
        reading = _weigh(named, cells, name)
        values = map_codes(reading.field, name, cells, table, dictionary)
        if are_unexplained(reading.field, cells, values):
            column.reject(
                f"{reading.reason} But its codes {list_codes(cells.texts)} are not explained: "
                "use words, or add the file's list of codes.",
                reading.field,
            )
        else:
            column.readings.append(replace(reading, values=values))
    if not column.readings and _tells_status(cells):
        reason = "Its cells are words for dead and alive."
        column.readings.append(_shown("vital_status", 0.8, reason))
        column.note = ""
    return column


def _shown(field: str, confidence: float, reason: str, day: int | None = None) -> Reading:
    """A field that something else than the words of a header shows."""
    rows = read_fields()[field].rows
    return Reading(field, confidence, reason, rows, day=day, by_name=confidence)


def _tells_status(cells: Cells) -> bool:
    """Whether cells are words for dead and alive, both of them."""
    both = all(any(map(is_word_for(state), cells.texts)) for state in ("dead", "living"))
    return both and fit_of(read_fields()["vital_status"], cells) == 1


def _by_name(column: Column, table: SourceTable, dictionary: DataDictionary) -> list[Reading]:
    """Each field that header, choice or label can stand for; the first that knows it counts."""
    name = column.name
    stem, choice = split_choice(name)
    if stem:
        return _by_choice(stem, dictionary.choice(stem, choice) or choice, column)
    found = _by_sheet(name, table.name) or _by_header(name, column)
    if found or column.note:
        return found
    label = (table.labels.get(name, "") or dictionary.label(name))[:LONGEST_HEADER]
    if not label or label == name:
        return []
    stem, choice = split_choice(label)
    labelled = _by_choice(stem, choice, column) if stem else _by_header(label, column)
    words = f"Label: {label!r}. "
    return [
        replace(one, confidence=one.confidence * 0.95, reason=words + one.reason)
        for one in labelled
    ]


def _by_header(header: str, column: Column) -> list[Reading]:
    """By the header as it is, or without a bracket that only says what the cells may be."""
    found = _by_words(header, column)
    name, remark = split_remark(header)
    if found or column.note or not remark:
        return found
    plain = header_words(remark) in read_synonyms().remark or is_list_of_values(remark)
    return _by_words(name, column) if plain else []


def _by_words(header: str, column: Column) -> list[Reading]:
    name, unit = split_header(header)
    bare = f"{name} %" if unit == "%" else name
    # Slips are looked for last, and only in the name without its unit and day.
    found = map_header(header, alike=False) or map_header(bare, alike=False)
    if not found and header.casefold().endswith("_complete"):
        reason = "Completion status of a REDCap form."
        return [replace(one, reason=reason) for one in map_header("complete")]
    part = split_day(header)
    if found or not part.words:
        found = found or map_header(name)
        if not found:
            column.reject(*_numbered(name))
        return [replace(one, unit=unit) for one in found]
    name, unit = split_header(part.name)
    found = map_header(f"{name} %") if unit == "%" else ()
    found = found or map_header(part.name) or map_header(name)
    daily = [one for one in found if one.field in daily_fields()]
    if daily and part.day is None:
        column.reject(
            f"Looks like {read_fields()[daily[0].field].title}, but {part.words!r} is not a "
            "definite day after infusion: choose the field and enter the day to use it.",
            daily[0].field,
        )
        return []
    words = f" {part.words!r} is day {part.day}."
    return [replace(one, reason=one.reason + words, unit=unit, day=part.day) for one in daily]


def _numbered(name: str) -> tuple[str, str]:
    """The note on ``hgb14`` and its field: the number may be a day, or only the place in a row."""
    part = re.fullmatch(r"(.*?[^\W\d])[\s_.\-]*(\d{1,4})", name)
    named = map_header(part[1], alike=False) if part else ()
    field = next((one.field for one in named if one.field in daily_fields()), "")
    if part is None or not field:
        return "", ""
    note = (
        f"Looks like {read_fields()[field].title}, with the number {part[2]}: if that is the day "
        "after infusion, choose the field and enter the day."
    )
    return note, field


def _unit_fits(named: Reading) -> bool:
    """Whether a field can have the header's unit: "G-CSF days" is no G-CSF, "Hb (%)" no Hb."""
    entry = read_fields()[named.field]
    if not named.unit or entry.name in ("value", "lln", "uln"):
        return True
    if entry.kind == "day" or entry.name == "duration":
        return recognise_unit(named.unit, "time") == "days"
    return bool(entry.quantity and recognise_unit(named.unit, entry.quantity))


def _by_sheet(header: str, table: str) -> list[Reading]:
    """A column of one day (``D14``) in a file or sheet that is named for a test (``HGB``)."""
    name = sheet_name(table)
    test = recognise_test(name) or recognise_test(name.partition("(")[0])
    day = only_day(header) if test else None
    if day is None:
        return []
    title = read_fields()[test].title
    reason = f"The table is named after {title}, and {header!r} is day {day}."
    return [_shown(test, 0.9, reason, day)]


def _by_choice(stem: str, choice: str, column: Column) -> list[Reading]:
    """What a checkbox of REDCap stands for; only words count, never a bare code."""
    if is_coded(choice):
        column.note = (
            f"Checkbox of {stem!r} with the unexplained code {choice!r}: "
            "choose its field, or add the project's data dictionary."
        )
        return []
    support = recognise_support(choice)
    name = "platelets_transfused" if support == "platelets" else support
    name = name or recognise_event(choice) or recognise_drug(choice)
    name = "prednisone" if name == "prednisolone" else name
    entry = read_fields().get(name)
    if entry is None or entry.kind == "text":
        return []
    return [_shown(name, 0.9, f"Choice {choice!r} is {entry.title}.", split_day(stem).day)]


def _weigh(named: Reading, cells: Cells, header: str) -> Reading:
    """The header's confidence, raised or lowered by what the cells are."""
    in_days = header in TIMELINE and holds_days(cells)
    named = _by_cells(named, cells, in_days=in_days)
    field = read_fields()[named.field]
    fit = fit_of(field, cells)
    confidence, reason = named.confidence, named.reason
    unit = _fitting_unit(named.unit, field, cells)
    if in_days:
        reason += " A cBioPortal timeline counts days; its day 0 must be the infusion."
    if fit is None:
        reason += " The column is empty in the rows examined."
    elif field.name in STRICT or (is_status(field.name) and confidence < 0.9):
        confidence *= fit
    elif is_status(field.name):
        pass  # the name is certain: words that are not understood are asked about
    elif fit == 0:
        # A known name stays, for its cells to be found unreadable; "relapse: yes" is no time.
        confidence *= 0.4 if confidence >= 0.9 and field.kind != "time" else 0.2
        reason += f" But no cell looks like {_article(field)}."
    elif fit < 0.5:
        confidence *= 0.7
        reason += f" But most cells do not look like {_article(field)}."
    elif fit == 1 and confidence < 0.9 and field.kind != "text":
        confidence = min(0.9, confidence + 0.1)
    if fit and unit:
        confidence = min(1.0, confidence + 0.1)
    doubt = _doubt_percent(field, unit, cells, header)
    if doubt:
        confidence = min(confidence, LEAST_CONFIDENCE - 0.1)
    by_name = named.confidence
    return replace(named, confidence=confidence, reason=reason + doubt, unit=unit, by_name=by_name)


def _doubt_percent(field: Field, unit: str, cells: Cells, header: str) -> str:
    """Why counts may be percentages, or percentages counts; empty without a doubt."""
    percentage = read_fields().get(f"{field.name}_percent")
    if percentage and not unit and _like_percent(cells):
        titles = f"{field.title!r} or {percentage.title!r}"
        return f" But the values look like percentages: choose {titles}."
    stated = set(read_header_words("percent")) & set(header_words(header))
    if field.quantity == "percent" and not stated and _like_counts(field.name, cells):
        return " But no % is stated, and the values may be counts: choose its field."
    return ""


def _by_cells(named: Reading, cells: Cells, *, in_days: bool) -> Reading:
    """The field's twin, where the cells are dates under a header of days, or answers."""
    name = named.field
    if name in DATE_FIELD_OF and holds_dates(cells):
        name = DATE_FIELD_OF[name]
    elif name in ("day", "date") and names_days(cells):
        name = "visit"
    elif in_days and name in DATE_FIELD_OF.values():
        name = next(day for day, date in DATE_FIELD_OF.items() if date == name)
    elif (twin := _answer_to(name)) and not _varied(cells) and _holds_no_time(named, cells):
        name = twin
    if name == named.field:
        return named
    rows = named.rows & read_fields()[name].rows
    return replace(named, field=name, rows=rows, confidence=named.confidence * 0.95)


def _answer_to(name: str) -> str:
    """The field that says whether it happened, of a field of times; else empty."""
    own = name.removesuffix("_time")
    return ANSWERED.get(name, "" if own == name else f"{own}_event")


def _holds_no_time(named: Reading, cells: Cells) -> bool:
    """Whether a column of times holds answers or codes, or under a certain name any words."""
    is_wordy = named.confidence >= 0.9 and fit_of(read_fields()[named.field], cells) == 0
    return holds_answers(cells) or bool(cells.numbers) or is_wordy


def _varied(cells: Cells) -> bool:
    """Whether numbers are more than codes: then they are times, not answers.

    A 1 and a 2 are codes where they come again.
    """
    codes = {0.0, 1.0, 2.0, 9.0} if cells.repeats else {0.0, 1.0}
    return bool(cells.numbers) and not set(cells.numbers) <= codes


def _like_percent(cells: Cells) -> bool:
    """Whether values are far too high for 10^9/L and too low for cells per uL: percentages."""
    if len(cells.numbers) < 5:
        return False
    low, median, high = np.quantile(cells.numbers, [0.0, 0.5, 1.0])
    return bool(low >= 0 and 20 <= median <= 95 and high <= 100)


def _like_counts(name: str, cells: Cells) -> bool:
    """Whether values under "polys" or "bands" may be absolute: low, or no whole numbers."""
    if not cells.numbers:
        return False
    if name == "bands_percent":
        return any(number != int(number) for number in cells.numbers)
    return max(cells.numbers) <= 20


def _fitting_unit(unit: str, field: Field, cells: Cells) -> str:
    if field.kind == "time" and holds_dates(cells):
        return "date"
    quantity = "time" if field.kind == "time" else field.quantity
    return recognise_unit(unit, quantity) if unit and quantity else ""


def _article(field: Field) -> str:
    return {
        "number": "a number",
        "whole": "a whole number",
        "yes_no": "a yes or a no",
        "sex": "a sex",
        "day": "a day",
        "date": "a date",
        "time": "a time or a date",
    }.get(field.kind, f"such a {field.title}")
