"""Tables as they are printed: columns headed in words, every cell a text."""

import numpy as np
import pandas as pd


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
