"""A REDCap data dictionary among the tables: what variables are called and what codes mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pht_core.intake.headers import header_words
from pht_core.intake.source import SourceTable

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
