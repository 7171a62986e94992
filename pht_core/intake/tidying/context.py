"""What the steps of one reading share: how days are counted, what was noticed, what is asked."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pht_core.intake.cells.dates import convert_dates, find_turned
from pht_core.intake.cells.texts import clean_text
from pht_core.intake.mapping import ColumnMap, TableMap
from pht_core.intake.notes import TableNotes
from pht_core.intake.questions import Question, ask_cells, ask_field
from pht_core.intake.recognising.evidence import sample_cells
from pht_core.intake.source import SourceTable
from pht_core.intake.tidying.mapped import MappedTable, recode, text_of
from pht_core.intake.words.word_lists import read_cell_words
from pht_core.model.findings import Findings, build_finding
from pht_core.model.lineage import LINEAGES
from pht_core.model.words import counted, listed

# Of more different cells than these each can hardly be asked about.
MOST_CELLS = 40


def show_values(names: Iterable[str], table: SourceTable) -> dict[str, str]:
    """Each column with some of its values, by which it may be known."""
    shown = {}
    for name in names:
        if name in table.frame:
            texts = [text[:20] for text in sample_cells(table.frame[name]).texts]
            more = ", …" if len(texts) > 4 else ""
            shown[name] = f"{name} (values: {', '.join(texts[:4])}{more})"
    return shown


@dataclass(frozen=True)
class DayReference:
    """How the days of a file are counted.

    Parameters
    ----------
    infusions : each patient's date of infusion (day 0), by the patients' codes; NaT = not given.
    date_order : ``day-month``, ``month-day``, ``year-first``, or empty where no date needs it.
    first_day : the number of the infusion's day, 0 or 1 (ADaM, which has no day 0).
    has_infusions : whether any column gives the date of infusion.
    declared : whether the user declared ``first_day``.
    follows_adam : columns with ADaM's names call the infusion day 1, whatever others do.
    """

    infusions: np.ndarray
    date_order: str = ""
    first_day: int = 0
    has_infusions: bool = False
    declared: bool = False
    follows_adam: bool = False

    def count_days(self, dates: pd.Series, table: MappedTable) -> pd.Series:
        """Whole days from each row's infusion to its date; missing without either."""
        whole = dates.to_numpy(dtype="datetime64[D]")
        infusions = self.infusions[table.subjects.codes]
        days = (whole - infusions).astype(float)
        days[np.isnat(whole) | np.isnat(infusions)] = np.nan
        return pd.Series(days, index=dates.index, name=dates.name)


@dataclass
class IntakeContext:
    """Where the steps of one reading leave what they noticed and asked.

    Parameters
    ----------
    decimal : the decimal mark that the user declared; empty = not asked.
    decimal_marks : the mark that other columns of a table show beyond doubt, by table.
    days : each row's day, by table and column, so that it is derived and reported once.
    stated : answers of the user that figures must name, in a few words each.
    undated : findings on columns of counts without a known day; they block if no count is left.
    """

    decimal: str = ""
    decimal_marks: dict[str, str] = field(default_factory=dict)
    findings: Findings = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    days: dict[tuple[str, str], pd.Series | None] = field(default_factory=dict)
    undated: Findings = field(default_factory=list)
    stated: list[str] = field(default_factory=list)
    day_reference: DayReference = DayReference(np.array([], dtype="datetime64[D]"))

    def report(self, name: str, table: str, column: str = "", /, **values: Any) -> None:
        """Add a finding; parameters as of ``build_finding``."""
        self.findings.append(build_finding(name, table, column, **values))

    def report_cells(
        self, name: str, table: MappedTable, cells: pd.Series, chosen: ArrayLike, /, **values: Any
    ) -> None:
        """Add a finding on the chosen cells of a column, if there are any.

        Its sentence knows how many they are (``n``), of how many (``n_rows``), and the first
        (``first``), whose line in the file is the finding's row.
        """
        places = np.flatnonzero(np.asarray(chosen, dtype=bool))
        if not places.size:
            return
        cell = cells.iloc[places[0]]
        first = f"{cell:.10g}" if isinstance(cell, float) else str(cell)
        facts = {"n": places.size, "n_rows": len(cells), "first": first, "value": first}
        facts |= {"row": table.line_of(cells.index[places[0]])} | values
        self.report(name, table.name, str(facts.pop("column", cells.name)), **facts)

    def ask(self, question: Question, table: str, column: str) -> None:
        """Ask once; until it is answered the file is blocked."""
        if question.key in [asked.key for asked in self.questions]:
            return
        self.questions.append(question)
        answers = " or ".join(label for _, label in question.options)
        if question.cells:
            shown = listed([repr(cell) for cell, _ in question.cells], most=6)
            answers = f"for each of {shown}: {answers}"
        self.report(
            "open_question", table, column, text=question.text, why=question.why, answers=answers
        )

    def choose(
        self,
        kind: str,
        table: MappedTable | SourceTable | str,
        entry: ColumnMap,
        text: str,
        why: str,
        options: Sequence[tuple[str, str]],
        *,
        proposed: str | None = None,
        about: str | None = None,
    ) -> str | None:
        """The user's answer to a question about a column; asked, and None, while there is none.

        ``about`` is what of the column it is asked of, where an answer changes the mapping.
        """
        answer = dict(entry.answers).get(kind)
        if answer in dict(options):
            return answer
        likely = () if proposed is None else (proposed,)
        name = table if isinstance(table, str) else table.name
        key = (kind, name, entry.column, *([] if about is None else [about]))
        question = Question(key, text, why, tuple(options), proposed=likely)
        self.ask(question, name, entry.column)
        return None

    def ask_column(
        self,
        table: SourceTable,
        entry: TableMap,
        field: str,
        what: str,
        why: str,
        names: Sequence[str],
        likely: Sequence[str] | None = None,
    ) -> bool:
        """Ask which of some columns is a field, unless it was answered; whether it was asked.

        Parameters
        ----------
        what : what the column does, as "gives platelets".
        names : the columns, or in a table of results the names of tests, that could be it.
        likely : those of which one alone is proposed; all by default.
        """
        if not names or any(field in dict(column.answers) for column in entry.columns):
            return False
        likely = names if likely is None else likely
        tests = [own.column for own in entry.columns if own.field == "test"]
        is_test = entry.rows == "results" and field in LINEAGES and bool(tests)
        question = ask_field(
            table.name,
            field,
            f"Which {'test' if is_test else 'column'} of {table.name} {what}?",
            why,
            names[:MOST_CELLS],
            proposed=likely[0] if len(likely) == 1 else "",
            words=show_values(names, table),
            none="none of them: not in this table",
        )
        if is_test:
            question = replace(question, key=("test", table.name, tests[0], field))
        self.ask(question, table.name, field)
        return True

    def ask_unread(
        self,
        table: MappedTable,
        entry: ColumnMap,
        values: pd.Series,
        chosen: ArrayLike,
        what: str,
        options: Sequence[tuple[str, str]] = (),
        likely: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        """Ask what the chosen cells of a column mean, which could not be read: none is dropped.

        Cells that say that there is no result are not asked about. Of very many different cells
        only one answer is asked, whether to leave them all out.

        Parameters
        ----------
        what : what each of the cells should be, in a word: a number, a date, a day.
        options : answers besides leaving the cell out.
        likely : the answer that a cell suggests, if any.
        """
        texts = text_of(values)[np.asarray(chosen, dtype=bool)]
        n_of = texts.value_counts(sort=False)
        nothing = read_cell_words("no result") | read_cell_words("broken formula")
        if what == "number":
            nothing -= read_cell_words("done or detected")
        cells = [
            (str(cell), int(n))
            for cell, n in n_of[n_of > 0].items()
            if str(cell).strip() and clean_text(str(cell)).casefold() not in nothing
        ]
        if not cells:
            return
        n = counted(sum(n for _, n in cells), "cell", "cells")
        text = f"What do these cells of {entry.column!r} ({table.name}) mean?"
        why = f"{n} cannot be read as a {what}, such as {cells[0][0][:60]!r}."
        leave = ("", f"not recorded: leave {'it' if len(cells) == 1 else 'them'} out")
        if len(cells) > MOST_CELLS:
            self.choose("unread", table, entry, text, why, (leave,))
            return
        every = (*options, leave)
        question = ask_cells(
            table.name,
            entry.column,
            text,
            why,
            every,
            cells,
            list(map(likely, (cell for cell, _ in cells))),
        )
        self.ask(question, table.name, entry.column)

    def read_dates(self, values: pd.Series, table: MappedTable) -> pd.Series:
        """A column's dates, at midnight; those that a spreadsheet may have turned are asked."""
        turned = find_turned(values)
        entry = next((own for own in table.map.columns if own.column == values.name), None)
        if turned and entry is not None:
            n = int(values.isin([cell for cell, _ in turned]).sum())
            answer = self.choose(
                "turned",
                table,
                entry,
                f"Did a spreadsheet exchange day and month in {counted(n, 'date', 'dates')} of "
                f"{entry.column!r} ({table.name}), such as {turned[0][0]!r}?",
                "Every date with a day above 12 is still a text, and no other date has a day "
                "above 12: so it looks after a spreadsheet has read day and month the wrong way.",
                (
                    ("turned", f"yes: {turned[0][0]} is {turned[0][1]}"),
                    ("", f"no: {turned[0][0]} is right"),
                ),
                proposed="turned",
            )
            if answer:
                values = recode(values, turned)
        return convert_dates(values, self.day_reference.date_order, self.notes(table))

    def notes(self, table: MappedTable) -> TableNotes:
        """Where what is noticed of a table's cells goes."""
        return TableNotes(table.name, self.findings, table.line_of)
