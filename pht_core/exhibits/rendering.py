"""A rendering: an exhibit made ready for files; writers of slides and reports need no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pht_core.charts.picture import Picture
from pht_core.exhibits.exhibit import Exhibit, NativeChart, RenderTarget
from pht_core.exhibits.view import Provenance, View


@dataclass(frozen=True)
class Rendering:
    """One figure or table with its words and numbers.

    name : the exhibit's. page : where it is shown in the app. title : what it is called.
    headline : a sentence with the finding's numbers, or what the user called it.
    caption, result, method : see ``exhibit.Texts`` and ``Exhibit.method``. comment : the user's.
    alt : the figure in words, for those who do not see it.
    provenance : data, filters, n of N, scheme, method, version; its ``footer()`` is in the picture.
    numbers : behind the figure, columns as in its CSV. table : as printed (texts), None for a
        figure. draw, charts : the picture, and bars or pies as numbers, in a look; None and
        empty for a table.
    """

    name: str
    page: str
    title: str
    headline: str
    caption: str
    result: str
    method: tuple[str, ...]
    comment: str
    alt: str
    provenance: Provenance
    numbers: pd.DataFrame
    table: pd.DataFrame | None
    draw: Callable[[RenderTarget], Picture] | None
    charts: Callable[[RenderTarget], tuple[NativeChart, ...]]


def render_exhibit(
    view: View, exhibit: type[Exhibit[Any]], options: Any, title: str = "", comment: str = ""
) -> Rendering:
    """Compute what an exhibit shows; see `render`."""
    return render(exhibit(view, options), title, comment)


def render(shown: Exhibit[Any], title: str = "", comment: str = "") -> Rendering:
    """Compute what an exhibit of a view shows; title and comment are the user's.

    Raises PhtError where there is nothing to show; the text says why.
    """
    shown.check()
    texts = shown.texts()
    return Rendering(
        name=shown.name,
        page=shown.page,
        title=shown.title,
        headline=title or texts.headline,
        caption=texts.caption,
        result=texts.result,
        method=tuple(shown.method()),
        comment=comment,
        alt=texts.caption if shown.is_table else shown.picture(RenderTarget()).description,
        provenance=shown.provenance(),
        numbers=shown.numbers,
        table=shown.table(),
        draw=None if shown.is_table else shown.picture,
        charts=shown.charts,
    )


def printed(
    table: pd.DataFrame, columns: Mapping[str, str] | None = None, decimals: int = 1
) -> pd.DataFrame:
    """Some columns of a table under their headings, in words.

    Yes/no becomes "yes" and "no", whole numbers have no decimals, a missing value is an en dash.

    columns : headings by column name, in the order wanted; those that the table lacks are left
    out. By default all, as they are called. decimals : of numbers that are not whole.
    """
    if columns is None:
        columns = {str(name): str(name) for name in table}
    return pd.DataFrame(
        {
            title: [print_cell(value, decimals) for value in table[name].tolist()]
            for name, title in columns.items()
            if name in table
        },
        dtype=object,
    )


def print_cell(value: object, decimals: int = 1) -> str:
    """One cell as text.

    >>> print_cell(3.0), print_cell(2.345), print_cell(None), print_cell(True)
    ('3', '2.3', '–', 'yes')
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return "–"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        if np.isnan(value):
            return "–"
        return f"{value:.0f}" if value == int(value) else f"{value:.{decimals}f}"
    return str(value)


build_plate = render_exhibit  # as scripts saved by version 0.1.0 call it
