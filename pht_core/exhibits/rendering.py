"""A rendering: an exhibit made ready for files; writers of slides and reports need no more."""

from __future__ import annotations

from collections.abc import Callable
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
    view: View, exhibit: Exhibit[Any], options: Any, title: str = "", comment: str = ""
) -> Rendering:
    """Compute what an exhibit shows.

    Parameters
    ----------
    title, comment : the user's.

    Raises
    ------
    PhtError : there is nothing to show; the text says why.
    """
    exhibit.check(view, options)
    numbers = exhibit.cached_numbers(view, options)
    texts = exhibit.texts(view, numbers, options)
    table = exhibit.table(view, numbers, options)

    def draw(target: RenderTarget) -> Picture:
        picture = exhibit.picture(view, numbers, options, target)
        if picture is None:
            raise TypeError(f"{exhibit.name} has no picture")
        return picture

    drawn = draw(RenderTarget()) if table is None else None
    return Rendering(
        name=exhibit.name,
        page=exhibit.page,
        title=exhibit.title,
        headline=title or texts.headline,
        caption=texts.caption,
        result=texts.result,
        method=tuple(exhibit.method(view)),
        comment=comment,
        alt=drawn.description if drawn else texts.caption,
        provenance=exhibit.provenance(view, options),
        numbers=numbers,
        table=table,
        draw=draw if drawn else None,
        charts=lambda target: exhibit.charts(view, numbers, options, target),
    )


def printed(table: pd.DataFrame, columns: dict[str, str], decimals: int = 1) -> pd.DataFrame:
    """Some columns of a table under their headings, in words.

    Yes/no becomes "yes" and "no", whole numbers have no decimals, a missing value is an en dash.

    Parameters
    ----------
    columns : headings by column name, in the order wanted; those that the table lacks are left out.
    decimals : of numbers that are not whole.
    """
    kept = {name: title for name, title in columns.items() if name in table}
    return pd.DataFrame(
        {
            title: [print_cell(value, decimals) for value in table[name].tolist()]
            for name, title in kept.items()
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
