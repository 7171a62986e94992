"""Grades of counts: one derive stage that runs alike on pandas, polars, DuckDB and PySpark."""

from functools import reduce
from operator import add, or_
from typing import Any, cast

import narwhals as nw
import pandas as pd
from narwhals.typing import IntoFrameT

from pht_core.model.criteria import LLN, Band, find_holes, reference, scheme
from pht_core.model.lineage import LINEAGES
from pht_core.stats.engines import frame_like


def reference_limits(subjects: pd.DataFrame, reference_set: str) -> pd.DataFrame:
    """Each patient's lower limits of normal from a reference table.

    subjects : columns subject_id, sex ("M", "F" or missing), age_years (missing allowed).
    reference_set : a name in ``criteria/reference_ranges.csv``.
    Returns subject_id, param, lln (in the lineage's unit; missing where sex or age is needed and
        not known, or the table has no row), a row per patient and lineage.
    """
    table = reference(reference_set)
    ages = pd.to_numeric(subjects["age_years"]).to_numpy(dtype=float, na_value=float("nan"))
    rows = [
        (subject, param, table.lln(param, sex, age))
        for subject, sex, age in zip(subjects["subject_id"], subjects["sex"], ages, strict=True)
        for param in LINEAGES
    ]
    limits = pd.DataFrame(rows, columns=["subject_id", "param", "lln"])
    limits["lln"] = limits["lln"].astype(float)
    return limits


def derive_lln(counts: IntoFrameT, subjects: pd.DataFrame, reference_set: str) -> IntoFrameT:
    """Fill ``lln`` where the row has none from the reference table; the row's own limit wins.

    counts : subject_id, day, param, value, unit, lln, in any engine.
    subjects : pandas, see `reference_limits`. A patient not in it keeps a missing limit.
    Returns the same rows and columns, in the same engine; the order of rows is kept on pandas and
        polars.
    """
    limits = reference_limits(subjects, reference_set).rename(columns={"lln": "lln_reference"})
    frame: Any = nw.from_native(cast(Any, counts))
    joined = frame.join(frame_like(limits, counts), on=["subject_id", "param"], how="left")
    own = nw.col("lln").cast(nw.Float64)
    filled = joined.with_columns(
        lln=nw.when(own.is_null() | own.is_nan()).then(nw.col("lln_reference")).otherwise(own)
    )
    return cast(IntoFrameT, nw.to_native(filled.drop("lln_reference")))


def _known(values: nw.Expr) -> nw.Expr:
    """True for a number, false for a NaN, null for a null: engines compare NaN differently."""
    return ~values.is_nan()


def _above(band: Band, value: nw.Expr) -> nw.Expr:
    return value >= band.lower if band.lower_closed else value > band.lower


def _reached(band: Band, value: nw.Expr, lln: nw.Expr) -> nw.Expr:
    """True for values of this band and of all worse ones."""
    if band.upper == LLN:
        # The cuts win over LLN: a laboratory's LLN may be lower than grade 1's lower bound.
        return (value < lln) | ~_above(band, value)
    return value <= band.upper if band.upper_closed else value < band.upper


def _decided(bands: tuple[Band, ...], value: nw.Expr, lln: nw.Expr) -> nw.Expr:
    """False where only a missing LLN could tell, and for a value that lies in none of the bands.

    Below 0 is no count: it may be a code for missing, which must not become the worst grade.
    """
    mildest = bands[-1]
    decided = _known(value) & (value >= 0)
    if mildest.upper == LLN:
        decided = decided & (_known(lln) | ~_above(mildest, value))
    for hole in find_holes(bands):
        decided = decided & (value != hole)
    return decided


def derive_grades(counts: IntoFrameT, scheme_name: str = "ctcae_v5") -> IntoFrameT:
    """Add each count's grade, 0 to 4.

    counts : param, value, unit and lln, in any engine; other columns are kept. A missing or
        negative value, an unknown lineage or a unit that the scheme has no row for has no grade.
        Where grade 1 is bounded by LLN and LLN is missing, a value that only LLN could tell from
        normal has none either. Values are compared as they are, never rounded.
    scheme_name : a name in ``criteria/schemes.csv``; its bands carry the source.
    Returns the same rows, with ``grade`` as a float (missing = no grade), in the same engine.
    Raises UnknownName for a scheme that is not offered.
    """
    chosen = scheme(scheme_name)
    lineages = [chosen.bands_of(param) for param in chosen.params]
    frame: Any = nw.from_native(cast(Any, counts))
    # Each lineage's rows are found once: comparing text is the slow part on some engines.
    names = [f"_is_{bands[0].param}" for bands in lineages]
    frame = frame.with_columns(
        _value=nw.col("value").cast(nw.Float64),
        _lln=nw.col("lln").cast(nw.Float64),
        **{
            name: (nw.col("param") == bands[0].param) & (nw.col("unit") == bands[0].unit)
            for name, bands in zip(names, lineages, strict=True)
        },
    )
    value, lln = nw.col("_value"), nw.col("_lln")
    # Bands tile, so a count's grade is how many of its lineage's upper bounds it lies below.
    reached: dict[int, list[nw.Expr]] = {}
    decided = []
    for name, bands in zip(names, lineages, strict=True):
        for band in bands:
            reached.setdefault(band.grade, []).append(nw.col(name) & _reached(band, value, lln))
        decided.append(nw.col(name) & _decided(bands, value, lln))
    steps = [reduce(or_, lineage).cast(nw.Int8) for lineage in reached.values()]
    grade = nw.when(reduce(or_, decided).fill_null(False))
    frame = frame.with_columns(grade=grade.then(reduce(add, steps).cast(nw.Float64)))
    return cast(IntoFrameT, nw.to_native(frame.drop("_value", "_lln", *names)))


def derive_supported(counts: IntoFrameT, support: pd.DataFrame, days: int = 7) -> IntoFrameT:
    """Add ``supported``: support of the count's own lineage on its day or the days before.

    Red cells count for HGB, platelets for PLT, G-CSF for NE: ``Lineage.support``.

    counts : subject_id, day, param, in any engine; no missing keys.
    support : pandas, subject_id, day, kind as in ``schema.SUPPORT_KINDS``; other kinds and rows
        without a day are passed over.
    days : how many days support is held to act (definition: 7).
    Returns the same rows, with the boolean ``supported``, in the same engine.
    """
    lifted = pd.DataFrame({"kind": [lineage.support for lineage in LINEAGES.values()]})
    lifted["param"] = list(LINEAGES)
    given = support.loc[support["kind"].isin(lifted["kind"]), ["subject_id", "day", "kind"]]
    given = given.dropna(subset=["day"]).astype({"kind": object})
    given = given.merge(lifted, on="kind").drop(columns="kind")
    acting = pd.concat([given.assign(day=given["day"] + shift) for shift in range(days + 1)])
    acting = acting.astype({"day": "int64"}).drop_duplicates().assign(_acting=True)
    frame: Any = nw.from_native(cast(Any, counts))
    if not len(acting):  # nothing to join: a registry's columns need not be copied
        return cast(IntoFrameT, nw.to_native(frame.with_columns(supported=nw.lit(False))))
    joined = frame.join(frame_like(acting, counts), on=["subject_id", "day", "param"], how="left")
    joined = joined.with_columns(supported=~nw.col("_acting").is_null()).drop("_acting")
    return cast(IntoFrameT, nw.to_native(joined))
