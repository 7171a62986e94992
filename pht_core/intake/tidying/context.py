"""What the steps of one reading share: how days are counted, what was noticed, what is asked."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pht_core.intake.mapping import ColumnMap
from pht_core.intake.questions import Question
from pht_core.model.findings import Findings, build_finding, fill_sentence
from pht_core.model.words import listed

Options = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class DayReference:
    """How the days of a file are counted.

    infusions : each patient's date of infusion (day 0), by the patients' codes; NaT = not given.
    date_order : ``day-month``, ``month-day``, ``year-first``, or empty where no date needs it.
    first_day : the number of the infusion's day, 0 or 1 (ADaM, which has no day 0).
    declared : whether the user declared ``first_day``.
    follows_adam : columns with ADaM's names call the infusion day 1, whatever others do.
    """

    infusions: np.ndarray
    date_order: str = ""
    first_day: int = 0
    has_infusions: bool = False
    declared: bool = False
    follows_adam: bool = False


@dataclass
class IntakeContext:
    """Where the steps of one reading leave what they noticed and asked.

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
        name: str,
        table: str,
        entry: ColumnMap,
        /,
        *,
        kind: str = "",
        about: str | None = None,
        offered: Options = (),
        proposed: str | None = None,
        **values: Any,
    ) -> str | None:
        """The user's answer to a question about a column; asked, and None, while there is none.

        ``name`` stands in ``questions.toml``, whose gaps ``values`` fill. ``kind`` is what the
        answer is kept under where a column may be asked the same of several things, ``about`` what
        of it is asked of where an answer changes the mapping; ``offered`` come before the answers
        that are always there.
        """
        question = _build_question(name, table, entry, offered, values)
        kind = kind or name
        answer = dict(entry.answers).get(kind)
        if answer in dict(question.options):
            return answer
        key = (kind, table, entry.column, *([] if about is None else [about]))
        likely = question.proposed if proposed is None else (proposed,)
        self.ask(replace(question, key=key, proposed=likely), table, entry.column)
        return None

    def ask_cells(
        self,
        name: str,
        table: str,
        entry: ColumnMap,
        cells: Sequence[tuple[str, int]],
        /,
        *,
        likely: Sequence[str | None],
        offered: Options = (),
        **values: Any,
    ) -> None:
        """Ask, as ``choose``, what each of a column's values stands for (value, number of rows)."""
        question = _build_question(name, table, entry, offered, values)
        question = replace(question, cells=tuple(cells), proposed=tuple(likely))
        self.ask(question, table, entry.column)


@cache
def read_questions() -> dict[str, dict[str, Any]]:
    """Every question about a column by its name: text, why, options and what is proposed."""
    return tomllib.loads(Path(__file__).with_name("questions.toml").read_text("utf-8"))


def say(name: str, /, **values: Any) -> tuple[str, str]:
    """A question's text, and why it is asked."""
    said = read_questions()[name]
    return fill_sentence(said["text"], values), fill_sentence(said["why"], values)


def _build_question(
    name: str, table: str, entry: ColumnMap, offered: Options, values: dict[str, Any]
) -> Question:
    said = read_questions()[name]
    values = {"table": table, "column": entry.column} | values
    always = [(value, fill_sentence(words, values)) for value, words in said.get("options", ())]
    text, why = say(name, **values)
    proposed = (said["proposed"],) if "proposed" in said else ()
    key = ("cells", table, entry.column)
    return Question(key, text, why, (*offered, *always), proposed=proposed)
