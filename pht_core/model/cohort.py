"""A cohort: its seven tables, where they came from, and which patients a filter leaves."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from pht_core.model.lineage import LINEAGES, PHT_LINEAGES
from pht_core.model.schema import (
    EVENT_KINDS,
    EVENT_RESULTS,
    PER_DAY,
    PER_KG,
    SUPPORT_KINDS,
    TABLES,
    column_names,
)

DAYS_PER_MONTH = 30.4375


@dataclass(frozen=True)
class Cohort:
    """Tidy tables as in ``schema.TABLES``, plus what a figure needs to say of their origin.

    subjects, counts, prednisone, support, outcomes, events, labs : pandas frames, never changed.
    name : the data's name as shown on figures. digest : SHA-256 of the file's bytes, hexadecimal.
    findings : the table of ``validation.check_tables``.
    recorded : which of the tables (and kinds of support, and columns of outcomes) the file had at
        all, so that "none happened" and "not recorded" stay apart.
    simulated : true for data that are not of real patients.
    stated : how the user said that unclear entries are to be read, for every figure's footer.
    others : columns of the file that stand in none of the tables and have few values, as text by
        subject_id, to filter by; missing where empty.
    """

    subjects: pd.DataFrame
    counts: pd.DataFrame
    prednisone: pd.DataFrame
    support: pd.DataFrame
    outcomes: pd.DataFrame
    events: pd.DataFrame
    labs: pd.DataFrame
    name: str
    digest: str
    findings: pd.DataFrame = field(default_factory=pd.DataFrame)
    recorded: frozenset[str] = frozenset()
    simulated: bool = False
    stated: tuple[str, ...] = ()
    others: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def subject_ids(self) -> list[str]:
        """Every patient's id, in the order of the subjects table."""
        return self.subjects["subject_id"].tolist()

    def __len__(self) -> int:
        return len(self.subjects)

    @cached_property
    def tables_digest(self) -> str:
        """SHA-256 of the tables as they were read: one file under another mapping has another."""
        found = hashlib.sha256()
        for name in TABLES:
            table: pd.DataFrame = getattr(self, name)
            found.update(f"{name} {len(table)}".encode())
            for column in table:
                values = table[column]
                if values.dtype == object:  # a cell may hold anything
                    values = values.astype(str)
                hashed = pd.util.hash_pandas_object(values, index=False)
                found.update(hashed.to_numpy().tobytes())
        return found.hexdigest()

    @cached_property
    def _in_mg(self) -> frozenset[str]:
        rows = self.prednisone["dose_unit"] == PER_DAY
        return frozenset(self.prednisone.loc[rows, "subject_id"])

    def dose_unit(self, subject_id: str) -> str:
        """The unit of all doses of a patient: mg/kg/day, or mg/day where no weight is known."""
        return PER_DAY if subject_id in self._in_mg else PER_KG

    def has(self, table: str) -> bool:
        """True if the file recorded anything of that table or kind of support or event."""
        return table in self.recorded


def unrecorded_support(cohort: Cohort) -> list[str]:
    """The kinds of support that make counts unfit to show recovery, and that the file lacks."""
    kinds = (LINEAGES[param].support for param in PHT_LINEAGES)
    return [SUPPORT_KINDS[kind] for kind in kinds if not cohort.has(kind)]


def digest_of(content: bytes) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def empty_table(name: str) -> pd.DataFrame:
    """A table of that name without rows."""
    kinds = {"text": "object", "number": "float64", "whole": "float64", "yes_no": "boolean"}
    return pd.DataFrame({entry.name: pd.Series(dtype=kinds[entry.kind]) for entry in TABLES[name]})


def build_cohort(
    tables: dict[str, pd.DataFrame],
    *,
    name: str,
    digest: str,
    findings: pd.DataFrame | None = None,
    recorded: frozenset[str] | None = None,
    simulated: bool = False,
    stated: tuple[str, ...] = (),
    others: pd.DataFrame | None = None,
) -> Cohort:
    """Put checked tables together; a table that is absent becomes an empty one.

    tables : frames by table name, typed as in ``schema.TABLES``. Columns that a table lacks are
        added as missing. Patients who stand only in other tables are added to the subjects.
    Returns patients in natural order (P2 before P10), counts sorted by patient, lineage and day;
        text columns with few values are categories, which the grading is fast on.
    """
    full = {}
    for table in TABLES:
        frame = tables.get(table)
        frame = empty_table(table) if frame is None else frame
        full[table] = frame.reindex(columns=column_names(table), copy=False)
    order = sort_naturally({name for frame in full.values() for name in _subjects_of(frame)})
    subjects = full["subjects"].set_index("subject_id").reindex(order)
    subjects.index.name = "subject_id"
    full["subjects"] = subjects.reset_index()
    rank = pd.CategoricalDtype(order, ordered=False)
    for table in TABLES.keys() - {"subjects"}:
        frame = full[table].copy(deep=False)
        frame["subject_id"] = frame["subject_id"].astype(rank)
        days = [name for name in ("param", "test", "day", "start_day") if name in frame]
        full[table] = frame.sort_values(["subject_id", *days], kind="stable", ignore_index=True)
    for table, names in (
        ("counts", ("param", "unit")),
        ("support", ("kind",)),
        ("labs", ("test", "unit")),
    ):
        for column in names:
            full[table][column] = full[table][column].astype("category")
    return Cohort(
        **full,
        name=name,
        digest=digest,
        findings=pd.DataFrame() if findings is None else findings,
        recorded=recorded_in(tables) if recorded is None else recorded,
        simulated=simulated,
        stated=stated,
        others=pd.DataFrame() if others is None else others,
    )


def _subjects_of(frame: pd.DataFrame) -> list[str]:
    """Each patient of a table once; of a category without looking at every row's text."""
    ids = frame["subject_id"]
    if isinstance(ids.dtype, pd.CategoricalDtype):
        occurs = np.bincount(ids.cat.codes.to_numpy() + 1, minlength=len(ids.cat.categories) + 1)
        names: list[str] = ids.cat.categories[occurs[1:] > 0].tolist()
        return names
    return pd.unique(ids.dropna()).tolist()


def recorded_in(tables: dict[str, pd.DataFrame]) -> frozenset[str]:
    """What tidy tables tell of: a table that is there tells of all its kinds, none included.

    Of outcomes those that have a column are told.
    Only CAR-T cells and bone marrow, which are looked for, must have been found or not found.
    """
    names = set(tables)
    if "support" in tables:
        names |= set(SUPPORT_KINDS)
    if "outcomes" in tables:
        names |= set(tables["outcomes"].columns) - {"subject_id"}
    if "events" in tables:
        seen = set(tables["events"].get("event", pd.Series(dtype=object)).dropna())
        names |= (set(EVENT_KINDS) - set(EVENT_RESULTS)) | seen
    return frozenset(names)


def sort_naturally(ids: Iterable[object]) -> list[str]:
    """Ids with their numbers compared as numbers; letters come before numbers.

    The one order of patients, in tables as in charts.

    >>> sort_naturally(["P10", "7", "P2", "A"])
    ['A', 'P2', 'P10', '7']
    """

    def key(text: str) -> tuple[list[tuple[int, int, str]], str]:
        parts = re.split(r"(\d+)", text)
        whole = [p.lstrip("0") if p.isdecimal() else None for p in parts]
        # Of numbers without leading zeros the longer one is larger, however many digits they have.
        return [
            (0, 0, part) if digits is None else (1, len(digits), digits)
            for part, digits in zip(parts, whole, strict=True)
            if part
        ], text

    return sorted((str(name) for name in ids), key=key)
