"""A REDCap data dictionary among the tables: what variables are called and what codes mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pht_core.intake.recognising.evidence import Cells
from pht_core.intake.recognising.headers import header_words, split_codes
from pht_core.intake.source import SourceTable
from pht_core.intake.words.fields import read_fields
from pht_core.intake.words.word_lists import read_cell_words, read_header_words

_VARIABLE = (("variable", "field", "name"), ("field", "name"))
_LABEL = ("field", "label")
_CHOICES = (
    ("choices", "calculations", "or", "slider", "labels"),
    ("select", "choices", "or", "calculations"),
)
_TYPE = ("field", "type")
YES_NO = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}


@dataclass(frozen=True)
class DataDictionary:
    """Labels by variable, and by variable what each code stands for; empty without a dictionary."""

    labels: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def label(self, variable: str) -> str:
        """The label of a variable; empty if unknown."""
        return self.labels.get(variable.lower(), "")

    def codes(self, variable: str) -> Mapping[str, str]:
        """What each code of a variable stands for."""
        return self.choices.get(variable.lower(), {})

    def choice(self, variable: str, code: str) -> str:
        """What one code of a checkbox stands for; REDCap writes -1 as ``_1`` in headers."""
        codes = {
            re.sub(r"\W", "_", text).lower(): label for text, label in self.codes(variable).items()
        }
        return codes.get(code.lower(), "")


def is_dictionary(table: SourceTable) -> bool:
    """Whether a table is a REDCap data dictionary."""
    names = {header_words(str(name)) for name in table.frame.columns}
    return any(name in names for name in _VARIABLE) and any(name in names for name in _CHOICES)


def read_dictionary(tables: Sequence[SourceTable]) -> DataDictionary:
    """The data dictionary among tables, if one is.

    Choices are written as ``1, Male | 2, Female``; a label may itself have commas.
    """
    labels: dict[str, str] = {}
    choices: dict[str, dict[str, str]] = {}
    for table in filter(is_dictionary, tables):
        place = {header_words(str(name)): str(name) for name in table.frame.columns}
        variable = next(place[name] for name in _VARIABLE if name in place)
        listed = next(place[name] for name in _CHOICES if name in place)
        columns = [variable, listed, place.get(_LABEL, variable), place.get(_TYPE, variable)]
        text = table.frame[list(dict.fromkeys(columns))].astype("str")
        for row in text.itertuples(index=False):
            cells = dict(zip(text.columns, row, strict=True))
            name = cells[variable].lower()
            if not name or name == "nan":
                continue
            labels[name] = re.sub(r"<[^>]*>", "", cells[columns[2]]).strip()
            kind = cells[columns[3]].lower()
            choices[name] = dict(YES_NO[kind]) if kind in YES_NO else _split_choices(cells[listed])
    return DataDictionary(labels, choices)


def _split_choices(text: str) -> dict[str, str]:
    pairs = (entry.partition(",") for entry in text.split("|"))
    return {code.strip(): label.strip() for code, comma, label in pairs if comma and code.strip()}


def map_codes(
    name: str, header: str, cells: Cells, table: SourceTable, dictionary: DataDictionary
) -> tuple[tuple[str, str], ...]:
    """What the column's codes stand for, where the file says it or the header leaves no doubt."""
    labels = table.value_labels.get(header) or dictionary.codes(header) or split_codes(header)[1]
    if labels and name != "subject_id" and read_fields()[name].kind in ("yes_no", "sex", "text"):
        return tuple((str(code), str(label)) for code, label in labels.items())
    words = {text.casefold() for text in cells.texts}
    state = _state_of(header)
    yes, no = read_cell_words("yes") | {"1"}, read_cell_words("no") | {"0"}
    if name == "vital_status" and state and words and words <= yes | no:
        other = "alive" if state == "dead" else "dead"
        return tuple((text, state if text.casefold() in yes else other) for text in cells.texts)
    if words and words <= {"checked", "unchecked"}:
        return (("Checked", "yes"), ("Unchecked", "no"))
    return ()


def are_unexplained(name: str, cells: Cells, values: tuple[tuple[str, str], ...]) -> bool:
    """Whether a yes and a no are coded 1 and 2, and neither the file nor the header says which."""
    if values or cells.is_empty:
        return False
    entry, codes = read_fields()[name], set(cells.numbers)
    is_answer = entry.kind == "yes_no" and entry.table == "subjects"
    return is_answer and 2.0 in codes and codes <= {1.0, 2.0, 9.0, 99.0}


def list_codes(texts: Sequence[str]) -> str:
    """The first of a column's codes, for a message."""
    return ", ".join(sorted(texts)[:5])


def _state_of(header: str) -> str:
    """What a yes stands for under a header: ``dead``, ``alive``, or empty where it names both."""
    words = set(header_words(header))
    if "态" in words:  # 生存状态, 存活状态: the state of survival
        return ""
    alive, dead = (not words.isdisjoint(read_header_words(role)) for role in ("life", "death"))
    return "" if alive == dead else "alive" if alive else "dead"
