"""Laboratory values from a table with a row per result."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pht_core.intake.amounts import Desk, choose_unit, convert_listed, read_numbers
from pht_core.intake.clock import Clock, dayless, find_days
from pht_core.intake.fields import read_fields
from pht_core.intake.laboratory import PERCENTS, TESTS, empty_values
from pht_core.intake.mapped import MappedTable, named, text_of
from pht_core.intake.specimens import drawn_from_blood
from pht_core.intake.vocabulary import recognise_test
from pht_core.schema import LABS
from pht_core.units import canonical_unit, recognise_unit, split_header
from pht_core.validation import CHANGES, NOTE, counted, finding


def read_results(table: MappedTable, clock: Clock, desk: Desk) -> pd.DataFrame:
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
    names = drawn_from_blood(table, _percents_apart(_tests(table, desk), table), desk)
    of_test = {name: np.flatnonzero(names == place) for place, name in enumerate(TESTS)}
    used = {name: rows for name, rows in of_test.items() if rows.size}
    if not used.keys() & set(PERCENTS):
        used.pop("WBC", None)  # white cells serve only to compute neutrophils
    if not used:
        return empty_values()
    days = find_days(table, clock, desk)
    if days is None:
        desk.findings += dayless(table, clock, "results")
        return empty_values()
    numbers, _ = read_numbers(table.values_of(value), table, desk)
    limit = table.map_of("lln")
    limits = None if limit is None else read_numbers(table.values_of(limit), table, desk)[0]
    known = days.notna().to_numpy() & numbers.notna().to_numpy()
    values = numbers.to_numpy(copy=True)
    lln = np.full(len(values), np.nan) if limits is None else limits.to_numpy(copy=True)
    units: list[str] = []
    of_row = np.full(len(values), -1, dtype=np.int16)
    kept = np.zeros(len(values), dtype=bool)
    for name, rows in used.items():
        rows = rows if known.all() else rows[known[rows]]
        quantity = read_fields()[name].quantity
        for unit, own in _by_unit(name, rows, values, table, desk):
            kept[own] = True
            target = unit
            if known_unit := recognise_unit(unit, quantity):
                target = canonical_unit(quantity, known_unit)
                if known_unit != target:
                    where, what = value.column, name
                    amounts = convert_listed(
                        values[own], quantity, known_unit, desk, table.name, where, what
                    )
                    values[own] = amounts
                    # A limit stands in the unit of its result.
                    lln[own] = convert_listed(
                        lln[own], quantity, known_unit, Desk(), table.name, where
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


def _tests(table: MappedTable, desk: Desk) -> np.ndarray:
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
        desk.findings.append(
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
