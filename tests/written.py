"""Expected tables written as text, with a named row for each boundary."""

import io

import pandas as pd


def read_rows(text: str) -> pd.DataFrame:
    """A table whose cells stand between bars; an empty cell is a missing value.

    A column is numeric where all its cells are; the first column names the rows and may be
    called ``case``.
    """
    lines = [line.strip().strip("|") for line in text.strip().splitlines()]
    lines = ["|".join(cell.strip() for cell in line.split("|")) for line in lines]
    return pd.read_csv(io.StringIO("\n".join(lines)), sep="|", skip_blank_lines=True)
