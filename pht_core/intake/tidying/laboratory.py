"""Laboratory values on their way from files to the tables of counts and of other values."""

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from pht_core.intake.mapping import CHOSEN
from pht_core.intake.tidying.amounts import (
    Amounts,
    IntakeContext,
    choose_unit,
    convert_listed,
    read_amounts,
    read_numbers,
)
from pht_core.intake.tidying.day_reference import DayReference, dayless, find_days
from pht_core.intake.tidying.mapped import MappedTable, named, text_of
from pht_core.intake.words.fields import read_fields
from pht_core.intake.words.vocabulary import recognise_test
from pht_core.model.findings import CHANGES, NOTE, finding
from pht_core.model.schema import LABS, LINEAGES
from pht_core.model.units import canonical_unit, recognise_unit, split_header
from pht_core.model.words import counted

PERCENTS = ("NE_percent", "segmented_percent", "bands_percent")
WHITE_CELLS = ("WBC", *PERCENTS)
TESTS = (*LINEAGES, *WHITE_CELLS, *LABS)

# subject_id (categorical), day, test, value in the unit, lln, and the row that it stands on, so
# that white cells and their percents are only multiplied on one row; -1 where rows hold one test.
COLUMNS = ["subject_id", "day", "test", "value", "unit", "lln", "row"]


def join_values(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Several tables' values under each other, tests and units as categories."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return empty_values()
    if len(parts) == 1:
        return parts[0]
    joined = pd.concat([part.drop(columns="unit") for part in parts], ignore_index=True)
    units = union_categoricals([part["unit"] for part in parts])
    return joined.assign(unit=units)[COLUMNS]


def values_of_test(
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
            "test": named(np.full(n, TESTS.index(test), "int8"), list(TESTS)),
            "value": values,
            "unit": named(np.full(n, len(units) - 1, "int8"), units),
            "lln": lln,
            "row": rows,
        }
    )


def empty_values() -> pd.DataFrame:
    """No laboratory values."""
    none = np.array([], dtype=float)
    return values_of_test(pd.Categorical([]), none, TESTS[0], none, "", none, none.astype("int64"))


_OTHER = re.compile(
    r"urin|csf|cerebro|spinal|marrow|pleura|ascit|periton|synov|fluid|stool|faec|fec(?:es|al)|sput"
    r"|saliva|lavage|cord|donor|product|bag|aphere|leuka|liquor|knochenmark|moelle|尿|脑脊|骨髓|胸水"
    r"|腹水|粪|痰|^bm$|^ur$",
    re.I,
)

_VOID = re.compile(r"cancel|error|invalid|reject|void|not done|not perf|作废|取消|storniert", re.I)


def drawn_from_blood(table: MappedTable, names: np.ndarray, context: IntakeContext) -> np.ndarray:
    """Each row's test as given, -1 where the row is no count of drawn blood.

    Rows of urine, marrow, liquor …, cancelled results, and rows that a study derived from others
    (ADaM's DTYPE: last
    observation carried forward, averages) are left out, which is a finding.

    Parameters
    ----------
    names : each row's place in ``laboratory.TESTS``, -1 for other tests.
    """
    for field, what in (
        ("specimen", "of another specimen than blood"),
        ("derived", "derived"),
        ("given", "of cancelled or rejected results"),
    ):
        told = table.series(field)
        if told is None:
            continue
        words = text_of(told).cat
        pattern = {"specimen": _OTHER, "given": _VOID}.get(field)
        if pattern:
            out = [bool(pattern.search(str(word))) for word in words.categories]
        else:
            out = [bool(str(word).strip()) for word in words.categories]
        rows = np.array([*out, False])[words.codes.to_numpy()] & (names >= 0)
        if rows.any():
            first = int(np.flatnonzero(rows)[0])
            context.findings.append(
                finding(
                    CHANGES,
                    table.name,
                    str(told.name),
                    f"{int(rows.sum())} of {len(rows)} rows are {what}, the first "
                    f"{str(told.iloc[first])!r}.",
                    "They are left out.",
                    "Clear the column in the mapping if they should count.",
                    row=table.line_of(told.index[first]),
                    value=str(told.iloc[first]),
                )
            )
            names = np.where(rows, np.int8(-1), names)
    return names


def read_columns(table: MappedTable, clock: DayReference, context: IntakeContext) -> pd.DataFrame:
    """Every laboratory value of a table with a row per patient, or per patient and day.

    Returns
    -------
    pandas.DataFrame
        ``laboratory.COLUMNS``, a row per value, in the units of the tables.
    """
    return join_values(list(_columns(table, clock, context)))


def _columns(
    table: MappedTable, clock: DayReference, context: IntakeContext
) -> Iterator[pd.DataFrame]:
    """A column per test, or per test and day."""
    entries = [entry for entry in table.map.columns if entry.field in TESTS]
    if not table.fields & set(PERCENTS):
        # White cells serve only to compute neutrophils.
        entries = [entry for entry in entries if entry.field != "WBC"]
    plain = [entry for entry in entries if entry.day is None]
    of_day = [entry for entry in entries if entry.day is not None]
    days = find_days(table, clock, context) if plain else None
    if plain and days is None:
        names = ", ".join(entry.column for entry in plain)
        if table.map.rows == "days":
            context.findings += dayless(table, clock, "counts")
        else:
            context.undated.append(
                finding(
                    CHANGES,
                    table.name,
                    names,
                    f"Of {names} no day is known, neither from a column nor from the header.",
                    "They are not used.",
                    "Say the day after infusion in the mapping (a baseline is before day 0).",
                )
            )
        plain = []
    for field in dict.fromkeys(entry.field for entry in (*plain, *of_day)):
        columns = [entry for entry in (*plain, *of_day) if entry.field == field]
        for amounts in read_amounts(columns, table, context):
            yield _values(table, amounts, days, context)


def _values(
    table: MappedTable, amounts: Amounts, days: pd.Series | None, context: IntakeContext
) -> pd.DataFrame:
    """One column's values with their days: its own day, else each row's."""
    entry = amounts.entry
    limit = table.map_of(f"{entry.field}_lln") if entry.field in LINEAGES else None
    lln = np.full(len(amounts.values), np.nan)
    if limit is not None:
        if not limit.unit and amounts.source:
            # A limit stands in the unit of its count unless its header says otherwise.
            limit = replace(limit, unit=amounts.source, reason=CHOSEN)
        if limit.unit:
            lln = read_amounts([limit], table, context)[0].values.to_numpy()
    if entry.day is not None or days is None:
        day = np.full(len(lln), float(entry.day or 0))
    else:
        day = days.to_numpy()
    keep = np.isfinite(day) & amounts.values.notna().to_numpy()
    return values_of_test(
        table.subjects[keep],
        day[keep],
        entry.field,
        amounts.values.to_numpy()[keep],
        amounts.unit,
        lln[keep],
        np.flatnonzero(keep),
    )


def derive_neutrophils(values: pd.DataFrame, context: IntakeContext) -> pd.DataFrame:
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
        context.findings.append(
            finding(
                CHANGES,
                "counts",
                "NE",
                f"{counted(impossible, 'draw has', 'draws have')} "
                f"less than 0 or more than 100% neutrophils.",
                "No count is computed from them.",
                "Correct the percents.",
                value=impossible,
            )
        )
    if not len(made):
        return values
    context.findings.append(
        finding(
            CHANGES,
            "counts",
            "NE",
            f"{counted(len(made), 'neutrophil count is', 'neutrophil counts are')} "
            f"not in the file.",
            "They are computed: white cells x the percent of neutrophils (segmented and bands).",
            "Give the absolute count where the laboratory has it.",
            value=len(made),
        )
    )
    rows = made.rename("value").reset_index()
    subjects = pd.Categorical(rows["subject_id"], values["subject_id"].cat.categories)
    computed = values_of_test(
        subjects,
        rows["day"].to_numpy(),
        "NE",
        rows["value"].to_numpy(),
        canonical_unit("NE"),
        np.full(len(rows), np.nan),
        rows["row"].to_numpy(),
    )
    return join_values([values, computed])


def read_results(table: MappedTable, clock: DayReference, context: IntakeContext) -> pd.DataFrame:
    """Every laboratory value of a table with a row per result.

    Each test's rows are converted from the units that they say, in place, since a registry has
    millions of rows. A value whose unit is unknown keeps what the file says as its unit, so that
    it gets no grade.

    Returns
    -------
    pandas.DataFrame
        ``laboratory.COLUMNS``, a row per value, in the units of the tables.
    """
    test, value = table.map_of("test"), table.map_of("value")
    if test is None or value is None:
        return empty_values()
    names = drawn_from_blood(table, _percents_apart(_tests(table, context), table), context)
    of_test = {name: np.flatnonzero(names == place) for place, name in enumerate(TESTS)}
    used = {name: rows for name, rows in of_test.items() if rows.size}
    if not used.keys() & set(PERCENTS):
        used.pop("WBC", None)  # white cells serve only to compute neutrophils
    if not used:
        return empty_values()
    days = find_days(table, clock, context)
    if days is None:
        context.findings += dayless(table, clock, "results")
        return empty_values()
    numbers, _ = read_numbers(table.values_of(value), table, context)
    limit = table.map_of("lln")
    limits = None if limit is None else read_numbers(table.values_of(limit), table, context)[0]
    known = days.notna().to_numpy() & numbers.notna().to_numpy()
    values = numbers.to_numpy(copy=True)
    lln = np.full(len(values), np.nan) if limits is None else limits.to_numpy(copy=True)
    units: list[str] = []
    of_row = np.full(len(values), -1, dtype=np.int16)
    kept = np.zeros(len(values), dtype=bool)
    for name, rows in used.items():
        rows = rows if known.all() else rows[known[rows]]
        quantity = read_fields()[name].quantity
        for unit, own in _by_unit(name, rows, values, table, context):
            kept[own] = True
            target = unit
            if known_unit := recognise_unit(unit, quantity):
                target = canonical_unit(quantity, known_unit)
                if known_unit != target:
                    where, what = value.column, name
                    amounts = convert_listed(
                        values[own], quantity, known_unit, context, table.name, where, what
                    )
                    values[own] = amounts
                    # A limit stands in the unit of its result.
                    lln[own] = convert_listed(
                        lln[own], quantity, known_unit, IntakeContext(), table.name, where
                    )
            if target:
                units += [target] * (target not in units)
                of_row[own] = units.index(target)
    all_kept = bool(kept.all())
    chosen = slice(None) if all_kept else kept
    columns = {
        "subject_id": table.subjects[chosen],
        "day": days.to_numpy()[chosen].astype("int64"),
        "test": named(names[chosen], list(TESTS)),
        "value": values[chosen],
        "unit": named(of_row[chosen], units),
        "lln": lln[chosen],
        "row": np.full(int(kept.sum()), -1, dtype=np.int8),
    }
    return pd.DataFrame(columns, copy=False)


def _tests(table: MappedTable, context: IntakeContext) -> np.ndarray:
    """Each row's place in `TESTS`, -1 for other tests."""
    found = np.full(len(table.frame), -1, dtype=np.int8)
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
        rows = np.append(places, -1).astype(np.int8)[words.codes.to_numpy()]
        found = np.where(found >= 0, found, rows)
        if field == "test":
            counted = np.bincount(words.codes[words.codes >= 0], minlength=len(places))
            strange = {
                str(word): int(n)
                for word, n, place in zip(words.categories, counted, places, strict=True)
                if place < 0 and n
            }
    unnamed = int((found < 0).sum()) - sum(strange.values())
    n_other = sum(strange.values())
    if unnamed > 0:
        context.findings.append(
            finding(
                CHANGES,
                table.name,
                table.maps_of("test")[0].column,
                f"{unnamed} of {len(found)} rows do not name their test.",
                "They are not used.",
                "Fill it in.",
                value=unnamed,
            )
        )
    if n_other:
        first = ", ".join(repr(word) for word in list(strange)[:5])
        more = f" and {len(strange) - 5} more" if len(strange) > 5 else ""
        context.findings.append(
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


def _percents_apart(names: np.ndarray, table: MappedTable) -> np.ndarray:
    """The same, with "neutrophils" in % as what they are: no count."""
    count, percent = TESTS.index("NE"), TESTS.index("NE_percent")
    if "unit" not in table.fields or not (names == count).any():
        return names
    units = _unit_texts("NE", table).cat
    is_percent = [recognise_unit(str(unit), "percent") == "%" for unit in units.categories]
    rows = np.array([*is_percent, False])[units.codes.to_numpy()] & (names == count)
    return np.where(rows, np.int8(percent), names)


def _by_unit(
    name: str, rows: np.ndarray, values: np.ndarray, table: MappedTable, context: IntakeContext
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
        context.findings.append(
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
            context.findings.append(
                finding(
                    CHANGES,
                    table.name,
                    where,
                    f"{counted(len(part), 'value', 'values')} "
                    f"of {name} in {unit!r}, which is no known unit of it.",
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
                context,
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
