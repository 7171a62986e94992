"""Grades of counts: one derive stage that runs alike on pandas, polars, DuckDB and PySpark."""

from functools import reduce
from operator import or_
from typing import Any, cast

import narwhals as nw
import pandas as pd
from narwhals.typing import IntoFrameT

from pht_core.criteria import LLN, Band, reference, scheme
from pht_core.engines import frame_like
from pht_core.schema import LINEAGES, SUPPORT_OF


def reference_limits(subjects: pd.DataFrame, reference_set: str) -> pd.DataFrame:
    """Each patient's lower limits of normal from a reference table.

    Parameters
    ----------
    subjects : columns subject_id, sex ("M", "F" or missing), age_years (missing allowed).
    reference_set : a name in ``criteria/reference_ranges.csv``.

    Returns
    -------
    pandas.DataFrame
        subject_id, param, lln (g/L for HGB, 10^9/L for PLT and NE; missing where sex or age is
        needed and not known), a row per patient and lineage.
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

    Parameters
    ----------
    counts : subject_id, day, param, value, unit, lln, in any engine.
    subjects : pandas, see `reference_limits`. A patient not in it keeps a missing limit.

    Returns
    -------
    Same rows and columns, in the same engine; the order of rows is kept on pandas and polars.
    """
    limits = reference_limits(subjects, reference_set).rename(columns={"lln": "lln_reference"})
    frame: Any = nw.from_native(cast(Any, counts))
    if frame.implementation.is_pandas():
        native = cast(pd.DataFrame, counts)
        limits["subject_id"] = limits["subject_id"].astype(native["subject_id"].dtype)
        limits["param"] = limits["param"].astype(native["param"].dtype)
    joined = frame.join(frame_like(limits, counts), on=["subject_id", "param"], how="left")
    own = nw.col("lln").cast(nw.Float64)
    filled = joined.with_columns(
        lln=nw.when(~_known(own)).then(nw.col("lln_reference")).otherwise(own)
    )
    return cast(IntoFrameT, nw.to_native(filled.drop("lln_reference")))


def _known(values: nw.Expr) -> nw.Expr:
    """True for a number; false for a null and for a NaN, which engines compare differently."""
    return ~(values.is_null() | values.is_nan().fill_null(True))


def _above(band: Band, value: nw.Expr) -> nw.Expr | None:
    if band.lower is None:
        return None
    return value >= band.lower if band.lower_closed else value > band.lower


def _below(band: Band, value: nw.Expr) -> nw.Expr | None:
    if band.upper is None:
        return None
    upper: Any = nw.col("lln") if band.upper == LLN else band.upper
    return value <= upper if band.upper_closed else value < upper


def derive_grades(counts: IntoFrameT, scheme_name: str = "ctcae_v5") -> IntoFrameT:
    """Add each count's grade, 0 to 4.

    Parameters
    ----------
    counts : param (HGB, PLT, NE), value, unit and lln, in any engine; other columns are kept.
        A missing value, an unknown lineage or a unit that the scheme has no row for has no
        grade. Where grade 1 is bounded by LLN and LLN is missing, a value that only LLN could
        tell from normal has none either. Values are compared as they are, never rounded.
    scheme_name : a name in ``criteria/schemes.csv``; its bands carry the source.

    Returns
    -------
    Same rows, with ``grade`` as a float (missing = no grade), in the same engine.

    Raises
    ------
    UnknownName
        For a scheme that is not offered.
    """
    bands = scheme(scheme_name).bands
    value = nw.col("value").cast(nw.Float64)
    lln = nw.col("lln").cast(nw.Float64)
    frame: Any = nw.from_native(cast(Any, counts)).with_columns(
        _known_value=_known(value), _known_lln=_known(lln), lln=lln
    )
    keys = sorted({(band.param, band.unit) for band in bands})
    names = {key: f"_is_{number}" for number, key in enumerate(keys)}
    frame = frame.with_columns(
        **{
            name: (
                (nw.col("param") == param).fill_null(False)
                & (nw.col("unit") == unit).fill_null(False)
                & nw.col("_known_value")
            )
            for (param, unit), name in names.items()
        }
    )
    grade: nw.Expr = nw.lit(0.0)
    graded: list[nw.Expr] = []
    for band in bands:
        is_param = nw.col(names[band.param, band.unit])
        needs_lln = band.upper == LLN
        parts = [part for part in (_above(band, value), _below(band, value)) if part is not None]
        inside = reduce(lambda left, right: left & right, parts)
        if needs_lln:
            inside = inside & nw.col("_known_lln")
        inside = (inside & is_param).fill_null(False)
        grade = grade + inside.cast(nw.Float64) * float(band.grade)
        graded.append(inside)
        if band.grade == 1:
            # Grade 0 lies above grade 1: not below its lower bound, and at or past its upper one.
            # So the cuts win over LLN where a laboratory's LLN is lower than a cut.
            above, below = _above(band, value), _below(band, value)
            if above is not None and below is not None:
                normal = above & ~below & is_param
                if needs_lln:
                    normal = normal & nw.col("_known_lln")
                graded.append(normal.fill_null(False))
    frame = frame.with_columns(grade=nw.when(reduce(or_, graded)).then(grade))
    return cast(IntoFrameT, nw.to_native(frame.drop("_known_value", "_known_lln", *names.values())))


def derive_supported(counts: IntoFrameT, support: pd.DataFrame, days: int = 7) -> IntoFrameT:
    """Add ``supported``: support of the count's own lineage on its day or the days before.

    Red cells count for HGB, platelets for PLT, G-CSF for NE.

    Parameters
    ----------
    counts : subject_id, day, param, in any engine; no missing keys.
    support : pandas, subject_id, day, kind as in ``schema.SUPPORT_KINDS``; other kinds and rows
        without a day are passed over.
    days : how many days support is held to act (definition: 7).

    Returns
    -------
    Same rows, with the boolean ``supported``, in the same engine.
    """
    lineage = {kind: param for param, kind in SUPPORT_OF.items()}
    given = support.loc[support["kind"].isin(list(lineage)), ["subject_id", "day", "kind"]]
    given = given.dropna(subset=["day"])
    given = given.assign(param=given["kind"].astype(object).map(lineage)).drop(columns="kind")
    acting = pd.concat([given.assign(day=given["day"] + shift) for shift in range(days + 1)])
    acting = acting.astype({"day": "int64"}).drop_duplicates().assign(supported=True)
    frame: Any = nw.from_native(cast(Any, counts))
    if frame.implementation.is_pandas():
        native = cast(pd.DataFrame, counts)
        for key in ("subject_id", "param", "day"):
            acting[key] = acting[key].astype(native[key].dtype)
    joined = frame.join(frame_like(acting, counts), on=["subject_id", "day", "param"], how="left")
    known = ~nw.col("supported").is_null()
    return cast(IntoFrameT, nw.to_native(joined.with_columns(supported=known)))
