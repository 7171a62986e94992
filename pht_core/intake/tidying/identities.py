"""Who is who: each row's patient, from ids as people write them; what is unclear is asked."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from pht_core.intake.cells.numbers import convert_numbers
from pht_core.intake.mapping import ColumnMap, FileMap, TableMap
from pht_core.intake.notes import TableNotes
from pht_core.intake.questions import ask_field
from pht_core.intake.recognising.layouts import TIMES, likely_ids
from pht_core.intake.source import ADDED, COLUMN_NAME, ROW_NUMBER, TABLE_NAME, SourceTable
from pht_core.intake.tidying.context import IntakeContext
from pht_core.intake.tidying.mapped import MappedTable, named, read_words, recode, text_of
from pht_core.intake.words.word_lists import read_pattern
from pht_core.model.words import listed

# The patients of the rows that the template comes with.
EXAMPLE = re.compile(r"EXAMPLE-\d+")
# Letters of other alphabets that look like Latin ones, and signs that are not seen.
_LOOK_ALIKE = str.maketrans(
    "АВЕКМНОРСТУХаеорсухіΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEKMHOPCTYXaeopcyxiABEZHIKMNOPTYXo"
)
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
# What a summary shows: so many cells, and this share of all, are the same statistic of the rest.
_FEWEST_CELLS, _FEWEST_OF_PATIENTS, _SHARE = 3, 5, 0.8
_LAST_NAMES, _MOST_ROWS = 4, 50_000
_MOST_ASKED = 12


@dataclass
class _Ids:
    """The column of patients of one table, and each row's id as text (missing = none)."""

    table: SourceTable
    map: TableMap
    entry: ColumnMap
    cells: pd.Series

    def names(self) -> list[str]:
        """Its ids, in the order in which they first come."""
        return [str(name) for name in self.cells.dropna().unique()]

    def rename(self, pairs: dict[str, str]) -> None:
        """Other names for ids; an empty one takes the patient from its rows."""
        if pairs:
            self.cells = recode(self.cells, pairs.items())


def map_tables(
    tables: Sequence[SourceTable], mapping: FileMap, context: IntakeContext
) -> list[MappedTable]:
    """Each used table with its map and its rows' patients.

    Tables that the mapping leaves out, or that have no column of patients, are reported. Every
    table's patients share one set of categories. While a question is open its likely answer
    holds, so that what else must be asked is asked at once.
    """
    own = {entry.table: entry for entry in mapping.tables}
    used: list[_Ids] = []
    nameless: list[tuple[SourceTable, TableMap]] = []
    for table in tables:
        entry = own.get(table.name)
        columns = entry.columns if entry else ()
        column = next((own for own in columns if own.field == "subject_id"), None)
        if entry is None or not entry.rows or (column is None and lists_tests(table, entry)):
            context.report("table_not_used", table.name)
            continue
        if column is None:
            nameless.append((table, entry))
            continue
        used.append(_Ids(table, entry, column, text_of(table.frame[column.column])))
    known = {name for ids in used for name in ids.names()}
    for table, entry in nameless:
        column = ask_patients(table, entry, known, context)
        if column is not None:
            used.append(_Ids(table, entry, column, text_of(table.frame[column.column])))
    for ids in used:
        ids.rename({str(name): str(name).strip() for name in ids.cells.cat.categories})
        _fill_down(ids, context)
    _unite_spellings(used, context)
    left_out = _leave_out_summaries(used, context)
    names = list(dict.fromkeys(name for ids in used for name in ids.names()))
    names = _without_examples(names, context)
    return [_with_subjects(ids, names, left_out, context) for ids in used]


def lists_tests(table: SourceTable, entry: TableMap) -> bool:
    """Whether a table of results only lists tests, each once: it holds no patients."""
    tests = [table.frame[one.column] for one in entry.columns if one.field == "test"]
    return any(cells.count() < 2 * cells.nunique() for cells in tests)


def ask_patients(
    table: SourceTable, entry: TableMap, known: set[str], context: IntakeContext
) -> ColumnMap | None:
    """Ask which column identifies the patients; the likely one, None where none is."""
    columns = {own.column: own for own in entry.columns}
    built = likely_ids(table, entry, known)
    n_rows = 0.9 * len(table.frame)  # in a list of patients each has an id of its own
    others = [
        own.column
        for own in entry.columns
        if not own.field
        and own.column not in {*built, *ADDED}
        and (table.frame[own.column].nunique() > (n_rows if entry.rows == "patients" else 0))
    ]
    words = {ROW_NUMBER: "each row is one patient, numbered by its row"}
    named: list[str] = []
    for name in {TABLE_NAME, COLUMN_NAME} & set(columns):
        names = list(map(str, table.frame[name].unique()))
        words[name] = f"each {name} is one patient: {listed(names, most=6)}"
        if len(names) == 1:
            words[name] = f"all rows are of one patient, {names[0]!r}"
        named += [name] * (len(names) > 1 or entry.rows != "patients")
    if ROW_NUMBER in columns and entry.rows == "patients":
        named.append(ROW_NUMBER)
        if len(set(table.frame[TABLE_NAME])) < len(table.frame):
            named.reverse()
    likely = [name for name in named if table.frame[name].nunique() > 1 or len(table.frame) == 1]
    offered = [*built, *named, *others]
    proposed = next(iter([*built, *likely]), "")
    text = f"No column identifies the patients (subject_id) of {table.name}: which one does?"
    why = "No header is a word for it."
    if built:
        how = "differ" if table.frame[built[0]].is_unique else "come again, each once a day"
        why = f"The values of {built[0]!r} are built like ids and {how}."
    field = "subject_id"
    question = ask_field(table.name, field, text, why, offered, proposed=proposed, words=words)
    context.ask(question, table.name, field)
    return columns.get(proposed)


def _without_examples(names: list[str], context: IntakeContext) -> list[str]:
    """Patients without the template's examples, which people forget to delete."""
    own = [name for name in names if not EXAMPLE.fullmatch(name)]
    n = len(names) - len(own)
    if n:
        sentence = "examples_left_out" if own else "examples_only"
        context.report(sentence, "file", "subject_id", value=n)
    return own or names


def _with_subjects(
    ids: _Ids, names: list[str], left_out: dict[str, np.ndarray], context: IntakeContext
) -> MappedTable:
    table, frame = ids.table, ids.table.frame
    place = {name: number for number, name in enumerate(names)}
    codes = [place.get(str(name), -1) for name in ids.cells.cat.categories]
    rows = np.append(codes, -1).astype(np.int32)[ids.cells.cat.codes.to_numpy()]
    known = rows >= 0
    example = read_words(ids.cells, lambda name: bool(EXAMPLE.fullmatch(name)), False)
    nameless = ~known & ~example & ~left_out[table.name]
    if nameless.any():
        n = int(nameless.sum())
        facts = {"value": n, "row": table.line_of(frame.index[nameless][0]), "of": len(known)}
        context.report("rows_without_patient", table.name, ids.entry.column, **facts)
    if not known.all():
        frame, rows = frame[known], rows[known]
    return MappedTable(table, ids.map, named(rows, names), frame, context)


def _fill_down(ids: _Ids, context: IntakeContext) -> None:
    """Ask whether rows without an id belong to the patient above, as in a sheet of blocks."""
    codes = ids.cells.cat.codes.to_numpy().copy()
    # Not in a list of patients: there a row without an id is another patient, or none.
    if ids.map.rows == "patients" or codes.size == 0 or codes[0] < 0 or (codes >= 0).all():
        return
    of_row = np.array([ids.table.line_of(place) for place in ids.table.frame.index])
    lines = np.unique(of_row[codes < 0]).tolist()
    n_named, n_names = len(np.unique(of_row[codes >= 0])), len(np.unique(codes[codes >= 0]))
    once = n_named == n_names
    if not once and len(lines) < n_named:
        return
    shown, proposed = listed(list(map(str, lines)), most=8), "above" if once else None
    reason = "; each patient is named once, in the first of several rows." if once else "."
    facts: dict[str, Any] = {"n": len(lines), "lines": shown, "reason": reason}
    answer = context.choose("above", ids.table.name, ids.entry, proposed=proposed, **facts)
    if answer == "above" or (answer is None and once):
        codes = pd.Series(codes).where(codes >= 0).ffill().to_numpy(dtype=np.int64)
        names = [str(name) for name in ids.cells.cat.categories]
        ids.cells = pd.Series(named(codes, names), index=ids.cells.index, name=ids.cells.name)


def plain_id(name: str) -> str:
    """An id without what people write in different ways: capitals, signs, zeros in front.

    >>> plain_id("K-01*"), plain_id("k1"), plain_id("01-001"), plain_id("1-10")
    ('k1', 'k1', '1-1', '1-10')
    """
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", name)).translate(_LOOK_ALIKE).casefold()
    text = re.sub(r"^(\d+)\.0+$", r"\1", text)
    text = re.sub(r"(?<=\d)[\W_]+(?=\d)", "-", text)  # 1-11 is not 11-1
    text = re.sub(r"[^\w-]|_|(?<!\d)-|-(?!\d)", "", text)
    return re.sub(r"(?<!\d)0+(?=\d)", "", text) or name


def _unite_spellings(used: Sequence[_Ids], context: IntakeContext) -> None:
    """Ask whether ids that differ only in how they are written are one patient's."""
    rows: Counter[str] = Counter()
    for ids in used:
        rows.update({str(name): n for name, n in ids.cells.value_counts().items() if n})
    groups: dict[str, list[str]] = {}
    for name in rows:
        groups.setdefault(plain_id(name), []).append(name)
    # The spelling that is kept is built like most ids, or is the more frequent one.
    built = Counter(map(_build_of, rows))
    alike = [
        sorted(group, key=lambda name: (-built[_build_of(name)], -rows[name]))
        for group in groups.values()
    ]
    alike = [group for group in alike if len(group) > 1]
    if not alike:
        return
    # In a list of patients a row is a patient: two spellings there are probably two.
    lists = [set(ids.names()) for ids in used if ids.map.rows == "patients"]
    two = any(len(own & set(group)) > 1 for own in lists for group in alike)
    proposed = "two" if two else "one"
    # Which ids it is about, without keeping them in the saved mapping.
    kind = f"spelling {sha256(repr(alike).encode()).hexdigest()[:12]}"
    # Asked at the first table that has them, answered at any.
    odd = {name for group in alike for name in group}
    having = [ids for ids in used if odd & set(ids.names())]
    asked = next((ids for ids in having if kind in dict(ids.entry.answers)), having[0])
    shown = listed([" and ".join(map(ascii, group)) for group in alike], most=6)
    answer = context.choose(
        "spelling", asked.table.name, asked.entry, kind=kind, proposed=proposed, groups=shown
    )
    if (answer or proposed) == "one":
        pairs = {name: group[0] for group in alike for name in group[1:]}
        for ids in used:
            ids.rename(pairs)


def _build_of(name: str) -> str:
    """What an id is built like: K01 is A99."""
    return re.sub(r"[A-Z]", "A", re.sub(r"[a-z]", "a", re.sub(r"\d", "9", name)))


def _leave_out_summaries(used: Sequence[_Ids], context: IntakeContext) -> dict[str, np.ndarray]:
    """Take the patient from rows that summarize others; which rows, by table.

    An id that is unlike all others, or a word for a statistic, is a summary where its values are
    a statistic of the other rows; else it is asked. The last ids of a table may be one whatever
    they are.
    """
    names = list(dict.fromkeys(name for ids in used for name in ids.names()))
    odd = _unlike_others(names)
    answers = {cell: word for ids in used for cell, word in ids.entry.values}
    summaries = {cell for cell, word in answers.items() if not word}
    for ids in used:
        for name in _find_statistics(ids, odd - set(answers), odd | set(answers)):
            summaries.add(name)
            rows = ids.table.frame.index[(ids.cells == name).to_numpy()]
            facts = {"value": name, "n": len(rows), "row": ids.table.line_of(rows[0])}
            context.report("summary_rows_left_out", ids.table.name, ids.entry.column, **facts)
    if len(names) - len(odd) <= _FEWEST_CELLS:  # so few say little of how ids are built
        odd = set(filter(_is_statistic_word, odd))
    for ids in used:
        asked = [name for name in ids.names() if name in odd - summaries - set(answers)]
        if asked:
            _ask_whether_patients(ids, asked[:_MOST_ASKED], context)
            answers |= dict.fromkeys(asked, "patient")
    left_out = {ids.table.name: ids.cells.isin(summaries).to_numpy() for ids in used}
    for ids in used:
        ids.cells = ids.cells.mask(left_out[ids.table.name])
    return left_out


def _ask_whether_patients(ids: _Ids, names: Sequence[str], context: IntakeContext) -> None:
    cells = [(name, int((ids.cells == name).sum())) for name in names]
    likely = ["" if _is_statistic_word(name) else None for name in names]
    facts: dict[str, Any] = {"n": len(names), "names": listed(list(map(repr, names)))}
    context.ask_cells("patients", ids.table.name, ids.entry, cells, likely=likely, **facts)


def _is_statistic_word(name: str) -> bool:
    return any(read_pattern(one).match(name) for one in ("summary", "weak summary"))


def _unlike_others(names: Sequence[str]) -> set[str]:
    """Ids that are words for statistics, or have no digit where the others have some."""
    words = set(filter(_is_statistic_word, names))
    others = [name for name in names if name not in words]
    bare = {name for name in others if not re.search(r"\d", name)}
    n_others = len(others) - len(bare)
    few = n_others >= _FEWEST_CELLS and len(bare) <= n_others / 2
    return (words if len(others) else set()) | (bare if few else set())


def _find_statistics(ids: _Ids, odd: set[str], apart: set[str]) -> list[str]:
    """Ids whose rows are a statistic of the others': of the odd ones, and of a table's last."""
    names = [name for name in ids.names() if name not in apart]
    doubted = [name for name in ids.names() if name in odd]
    last = range(max(len(names) - _LAST_NAMES, _FEWEST_CELLS), len(names))
    if len(ids.cells) > _MOST_ROWS:  # no sheet that people sum up
        last = range(0)
    if not doubted and not last:
        return []
    numbers, steps = _numbers_of(ids)
    found = [name for name in doubted if _is_statistic(ids, name, names, numbers, steps)]
    own = names
    for place in last:
        others = own[:place]
        if _is_statistic(ids, names[place], others, numbers, steps, among_patients=True):
            found.append(names[place])
            own = others
    return found


# Those of many patients, which none of them has by chance, come first.
STATISTICS: tuple[Callable[[Any], pd.DataFrame], ...] = (
    lambda groups: groups.mean(),
    lambda groups: groups.sum(),
    lambda groups: groups.std(),
    lambda groups: groups.std(ddof=0),
    lambda groups: groups.median(),
    lambda groups: groups.min(),
    lambda groups: groups.max(),
    lambda groups: groups.count(),
    lambda groups: groups.quantile(0.25),
    lambda groups: groups.quantile(0.75),
)


def _is_statistic(
    ids: _Ids,
    name: str,
    others: Sequence[str],
    numbers: pd.DataFrame,
    steps: np.ndarray,
    *,
    among_patients: bool = False,
) -> bool:
    """Whether the cells of an id are one statistic of the other ids' of the same day (and test).

    More is asked of an id that looks like the patients' own.
    """
    own, rest = (ids.cells == name).to_numpy(), ids.cells.isin(others).to_numpy()
    keys = [
        text_of(ids.table.frame[entry.column]).astype(str)
        for entry in ids.map.columns
        if entry.field in (*TIMES, "test", "unit")
    ]
    key = pd.Series(list(map(repr, zip(*keys, strict=True))) if keys else "", numbers.index)
    groups = numbers[rest].groupby(key[rest])
    # What all patients share is no sign of a statistic, but of a count.
    varied = groups.nunique().reindex(key[own]).to_numpy() > 1
    shown, own_steps = numbers[own].to_numpy(), steps[own]
    fewest = _FEWEST_OF_PATIENTS if among_patients else _FEWEST_CELLS
    for statistic in STATISTICS[:3] if among_patients else STATISTICS:
        with np.errstate(all="ignore"):  # numbers may be of any size
            expected = statistic(groups).reindex(key[own]).to_numpy()
            right = varied & (np.abs(shown - expected) <= own_steps)
        if right.sum() >= max(fewest, _SHARE * np.isfinite(shown).sum()):
            return True
    return False


def _numbers_of(ids: _Ids) -> tuple[pd.DataFrame, np.ndarray]:
    """The columns of numbers of a table, and half of each cell's last digit."""
    frame = ids.table.frame
    keys = {entry.column for entry in ids.map.columns if entry.field in (*TIMES, "subject_id")}
    columns, steps = {}, []
    for name in frame.columns:
        if name in keys or pd.api.types.is_datetime64_any_dtype(frame[name].dtype):
            continue
        numbers = convert_numbers(frame[name], TableNotes("", []), unit_in_cells=True)
        if numbers.notna().sum() >= _FEWEST_CELLS:
            columns[name] = numbers
            steps.append(read_words(frame[name], _half_step, np.nan).astype(float))
    stacked = np.array(steps).T if steps else np.empty((len(frame), 0))
    return pd.DataFrame(columns, index=frame.index), stacked


def _half_step(text: str) -> float:
    found = re.search(r"\d[.,](\d+)", text)
    return 0.51 * 10.0 ** -len(found[1]) if found else 0.51
