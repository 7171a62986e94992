"""Blood counts and other laboratory values, from columns or from a row per result."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from pht_core.intake.amounts import Desk, choose_unit, convert_listed, read_amounts, read_numbers
from pht_core.intake.clock import Clock, dayless, find_days, with_day
from pht_core.intake.fields import read_fields
from pht_core.intake.mapped import MappedTable, text_of
from pht_core.intake.mapping import CHOSEN, ColumnMap
from pht_core.intake.vocabulary import recognise_test
from pht_core.schema import LABS, LINEAGES
from pht_core.units import canonical_unit, recognise_unit, split_header
from pht_core.validation import CHANGES, NOTE, finding

WHITE_CELLS = ("WBC", "NE_percent", "segmented_percent", "bands_percent")
TESTS = (*LINEAGES, *WHITE_CELLS, *LABS)

# Numbers of one test: subject_id (categorical), day, test, value, unit, lln, and the row that
# they stand on, so that white cells and their percents are only multiplied on one row or draw.
COLUMNS = ["subject_id", "day", "test", "value", "unit", "lln", "row"]


def read_counts(table: MappedTable, clock: Clock, desk: Desk) -> pd.DataFrame:
    """Every laboratory value of a table, in the units of the tables.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, a row per value; a value whose unit is unknown keeps what the file says as its
        unit, so that it gets no grade.
    """
    if table.map.rows == "results":
        parts = list(_results(table, clock, desk))
    elif table.map.rows in ("days", "patients"):
        parts = list(_columns(table, clock, desk))
    else:
        parts = []
    return join_counts(parts)


def join_counts(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Several tables' values under each other, tests and units as categories."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return empty_counts()
    if len(parts) == 1:
        return parts[0]
    joined = pd.concat([part.drop(columns="unit") for part in parts], ignore_index=True)
    units = union_categoricals([part["unit"] for part in parts])
    return joined.assign(unit=units)[COLUMNS]


def _part(
    subjects: pd.Categorical,
    days: np.ndarray,
    test: str,
    values: np.ndarray,
    unit: str,
    lln: np.ndarray,
    rows: np.ndarray,
) -> pd.DataFrame:
    """One test's values, all in one unit; an empty unit is missing."""
    n = len(values)
    units = [unit] if unit else []
    return pd.DataFrame(
        {
            "subject_id": subjects,
            "day": days.astype("int64"),
            "test": pd.Categorical.from_codes(np.full(n, TESTS.index(test), "int8"), list(TESTS)),
            "value": values,
            "unit": pd.Categorical.from_codes(np.full(n, len(units) - 1, "int8"), units),
            "lln": lln,
            "row": rows,
        }
    )


def empty_counts() -> pd.DataFrame:
    """No laboratory values."""
    none = np.array([], dtype=float)
    return _part(pd.Categorical([]), none, TESTS[0], none, "", none, none.astype("int64"))


def _columns(table: MappedTable, clock: Clock, desk: Desk) -> Iterator[pd.DataFrame]:
    """A column per test, or per test and day."""
    entries = [entry for entry in table.map.columns if entry.field in TESTS]
    plain = [entry for entry in entries if entry.day is None]
    of_day = [entry for entry in entries if entry.day is not None]
    days = find_days(table, clock, desk.findings) if plain else None
    if plain and days is None:
        names = ", ".join(entry.column for entry in plain)
        if table.map.rows == "days":
            desk.findings += dayless(table, clock, "counts")
        else:
            desk.findings.append(
                finding(
                    CHANGES,
                    table.name,
                    names,
                    f"Of {names} no day is known, neither from a column nor from the header.",
                    "They are not used.",
                    "Say the day after infusion in the mapping (a baseline is before day 0).",
                )
            )
    elif days is not None:
        needed = table.frame[[entry.column for entry in plain]].notna().any(axis=1).to_numpy()
        known = with_day(days, needed, table, desk.findings)
        for entry in plain:
            yield _column(table, entry, days, known, desk)
    for entry in of_day:
        constant = pd.Series(float(entry.day or 0), index=table.frame.index)
        yield _column(table, entry, constant, np.ones(len(constant), dtype=bool), desk)


def _column(
    table: MappedTable, entry: ColumnMap, days: pd.Series, known: np.ndarray, desk: Desk
) -> pd.DataFrame:
    amounts, unit = read_amounts(entry, table.values_of(entry), table, desk)
    limit = table.map_of(f"{entry.field}_lln") if entry.field in LINEAGES else None
    lln = np.full(len(amounts), np.nan)
    if limit is not None:
        if not limit.unit and not pd.isna(table.values_of(limit)).all():
            # A limit stands in the unit of its count unless its header says otherwise.
            own = ColumnMap(limit.column, limit.field, entry.unit or unit, reason=CHOSEN)
            limit = own if own.unit else limit
        lln = read_amounts(limit, table.values_of(limit), table, desk)[0].to_numpy()
    keep = known & amounts.notna().to_numpy()
    return _part(
        table.subjects[keep],
        days.to_numpy()[keep],
        entry.field,
        amounts.to_numpy()[keep],
        unit,
        lln[keep],
        np.flatnonzero(keep),
    )


def _results(table: MappedTable, clock: Clock, desk: Desk) -> Iterator[pd.DataFrame]:
    """A row per result: each test's rows converted from the units that they say."""
    test, value = table.map_of("test"), table.map_of("value")
    if test is None or value is None:
        return
    names = _tests(table, desk)
    of_test = {name: np.flatnonzero(names == place) for place, name in enumerate(TESTS)}
    used = {name: rows for name, rows in of_test.items() if rows.size}
    if not used:
        return
    days = find_days(table, clock, desk.findings)
    if days is None:
        desk.findings += dayless(table, clock, "results")
        return
    numbers, _ = read_numbers(table.values_of(value), table, desk)
    limit = table.map_of("lln")
    limits = None if limit is None else read_numbers(table.values_of(limit), table, desk)[0]
    known = with_day(days, (names >= 0) & numbers.notna().to_numpy(), table, desk.findings)
    known &= numbers.notna().to_numpy()
    values, day = numbers.to_numpy(), days.to_numpy()
    lln = np.full(len(values), np.nan) if limits is None else limits.to_numpy()
    for name, rows in used.items():
        rows = rows[known[rows]]
        for unit, own in _by_unit(name, rows, values, table, desk):
            amount, low, kept = values[own], lln[own], unit
            quantity = read_fields()[name].quantity
            if recognise_unit(unit, quantity):
                column = f"{value.column} of {name}"
                amount = convert_listed(
                    amount, quantity, unit, desk, table.name, value.column, column
                )
                # A limit stands in the unit of its result.
                low = convert_listed(low, quantity, unit, Desk(), table.name, value.column)
                kept = canonical_unit(quantity, recognise_unit(unit, quantity))
            yield _part(
                table.subjects[own], day[own], name, amount, kept, low, np.full(len(own), -1)
            )


def _tests(table: MappedTable, desk: Desk) -> np.ndarray:
    """Each row's place in `TESTS`, -1 for other tests."""
    found = np.full(len(table.frame), -1)
    strange: dict[str, int] = {}
    for field in ("test", "test_label"):
        values = table.series(field)
        if values is None:
            continue
        words = text_of(values).cat
        places = [
            TESTS.index(name) if (name := recognise_test(str(word))) in TESTS else -1
            for word in words.categories
        ]
        rows = np.append(places, -1).astype(int)[words.codes.to_numpy()]
        found = np.where(found >= 0, found, rows)
        if field == "test":
            counted = np.bincount(words.codes[words.codes >= 0], minlength=len(places))
            strange = {
                str(word): int(n)
                for word, n, place in zip(words.categories, counted, places, strict=True)
                if place < 0
            }
    n_other = int((found < 0).sum())
    if n_other and strange:
        first = ", ".join(repr(word) for word in list(strange)[:5])
        more = f" and {len(strange) - 5} more" if len(strange) > 5 else ""
        desk.findings.append(
            finding(
                NOTE,
                table.name,
                table.maps_of("test")[0].column,
                f"{n_other} of {len(found)} rows are of other tests: {first}{more}.",
                "They are not used.",
                value=n_other,
            )
        )
    return found


def _by_unit(
    name: str, rows: np.ndarray, values: np.ndarray, table: MappedTable, desk: Desk
) -> Iterator[tuple[str, np.ndarray]]:
    """The rows of one test by unit: as chosen, as each row says, or as the test's name says."""
    value = table.maps_of("value")[0]
    meaning = read_fields()[name]
    chosen = dict(value.values).get(name)
    if chosen:
        yield chosen, rows
        return
    column = table.map_of("unit")
    where = value.column if column is None else column.column
    texts = _unit_texts(name, table)
    codes = texts.cat.codes.to_numpy()[rows]
    own: dict[str, list[np.ndarray]] = {}
    for code in np.unique(codes):
        text = "" if code < 0 else str(texts.cat.categories[code]).strip()
        unit = recognise_unit(text, meaning.quantity) or text
        own.setdefault(unit, []).append(rows[codes == code])
    groups = {unit: np.concatenate(parts) for unit, parts in own.items()}
    if len(groups) > 1:
        told = "; ".join(f"{len(part)} in {unit or 'none'}" for unit, part in groups.items())
        desk.findings.append(
            finding(
                CHANGES,
                table.name,
                where,
                f"The values of {name} are in more than one unit: {told}.",
                "Each is read in its own unit; a value without a unit has no grade.",
                "Check the units.",
                value=len(groups),
            )
        )
    for unit, part in groups.items():
        known = recognise_unit(unit, meaning.quantity)
        if unit and not known and name not in LABS:
            desk.findings.append(
                finding(
                    CHANGES,
                    table.name,
                    where,
                    f"{len(part)} values of {name} are in {unit!r}, which is no known unit of it.",
                    "They have no grade.",
                    f"Give them in {canonical_unit(meaning.quantity)}.",
                    value=unit,
                )
            )
            yield unit, part
        elif unit and not known:
            yield unit, part  # a level of CAR-T cells is given in many units
        elif not unit and len(groups) > 1:
            yield "", part
        else:
            best = choose_unit(
                values[part],
                meaning.quantity,
                known,
                desk,
                table.name,
                value.column,
                meaning.title,
                test=name,
                needed=name not in LABS,
            )
            if best or name in LABS:
                yield best, part


def _unit_texts(name: str, table: MappedTable) -> pd.Series:
    """Each row's unit as written: its cell, else the one in its test's name."""
    cells = table.series("unit")
    texts = None if cells is None else text_of(cells)
    if texts is not None and texts.notna().all():
        return texts
    quantity = read_fields()[name].quantity
    for field in ("test_label", "test"):
        labels = table.series(field)
        if labels is None:
            continue
        words = text_of(labels)
        units = [
            recognise_unit(split_header(str(word))[1], quantity) for word in words.cat.categories
        ]
        if any(units):
            whole = np.array([*units, ""], dtype=object)[words.cat.codes.to_numpy()]
            own = pd.Series(whole, index=words.index).replace("", None)
            merged = own if texts is None else texts.astype(object).fillna(own)
            return merged.astype("category")
    if texts is not None:
        return texts
    return pd.Series(pd.Categorical([None] * len(table.frame), categories=[]), table.frame.index)


def derive_neutrophils(values: pd.DataFrame, desk: Desk) -> pd.DataFrame:
    """Neutrophil counts from white cells and percents, where a draw has no count of its own.

    NE = WBC x (segmented + bands) / 100, or WBC x neutrophils in % / 100. A draw with two white
    cell counts, or with segmented cells but an empty cell for bands in a file that has bands,
    gets none.
    """
    tests = set(values["test"].unique())
    if "WBC" not in tests or not tests & {"NE_percent", "segmented_percent"}:
        return values
    draw = ["subject_id", "day", "row"]
    parts = values[values["test"].isin(("NE", *WHITE_CELLS))]
    twice = parts.duplicated([*draw, "test"], keep=False)
    wide = parts[~twice].pivot(index=draw, columns="test", values="value")
    percent = wide.get("NE_percent", pd.Series(np.nan, index=wide.index))
    if "segmented_percent" in wide:
        both = wide["segmented_percent"]
        both = both + wide["bands_percent"] if "bands_percent" in wide else both
        percent = percent.fillna(both)
    made = wide["WBC"] * percent / 100
    if "NE" in wide:
        made = made[wide["NE"].isna()]
    impossible = int(((percent < 0) | (percent > 100)).sum())
    made = made[percent.reindex(made.index).between(0, 100)].dropna()
    if impossible:
        desk.findings.append(
            finding(
                CHANGES,
                "counts",
                "NE",
                f"{impossible} draws have less than 0 or more than 100% neutrophils.",
                "No count is computed from them.",
                "Correct the percents.",
                value=impossible,
            )
        )
    if not len(made):
        return values
    desk.findings.append(
        finding(
            CHANGES,
            "counts",
            "NE",
            f"{len(made)} neutrophil counts are not in the file.",
            "They are computed: white cells x the percent of neutrophils (segmented and bands).",
            "Give the absolute count where the laboratory has it.",
            value=len(made),
        )
    )
    rows = made.rename("value").reset_index()
    subjects = pd.Categorical(rows["subject_id"], values["subject_id"].cat.categories)
    computed = _part(
        subjects,
        rows["day"].to_numpy(),
        "NE",
        rows["value"].to_numpy(),
        canonical_unit("NE"),
        np.full(len(rows), np.nan),
        rows["row"].to_numpy(),
    )
    return join_counts([values, computed])
