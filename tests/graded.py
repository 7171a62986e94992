"""Counts with the grade that a hand reads off each scheme's table, for every engine's test."""

import pandas as pd

from tests.written import read_rows

SCHEMES = ("ctcae_v5", "ctcae_v6", "wang2023_table1")

# Worked out from the bands in words (NCI CTCAE 5.0 and 6.0; Table 1 of the paper), not by code.
# "none" is no grade.
GRADED = """
case                              | param | value | unit   | lln | v5   | v6   | wang
HGB at LLN                        | HGB   | 130   | g/L    | 130 | 0    | 0    | 0
HGB well above                    | HGB   | 171   | g/L    | 130 | 0    | 0    | 0
HGB just below LLN                | HGB   | 129.9 | g/L    | 130 | 1    | 1    | 1
HGB at 100                        | HGB   | 100   | g/L    | 130 | 1    | 1    | 1
HGB just below 100                | HGB   | 99.9  | g/L    | 130 | 2    | 2    | 2
HGB that rounding would lift      | HGB   | 99.9999999 | g/L | 130 | 2  | 2    | 2
HGB at 80                         | HGB   | 80    | g/L    | 130 | 2    | 2    | 2
HGB just below 80                 | HGB   | 79.9  | g/L    | 130 | 3    | 3    | 3
HGB never 4 from a count          | HGB   | 21    | g/L    | 130 | 3    | 3    | 3
HGB zero                          | HGB   | 0     | g/L    | 130 | 3    | 3    | 3
HGB cut wins over a low LLN       | HGB   | 96    | g/L    | 95  | 2    | 2    | 2
HGB above a low LLN and the cut   | HGB   | 100   | g/L    | 95  | 0    | 0    | 0
HGB LLN at the cut                | HGB   | 100   | g/L    | 100 | 0    | 0    | 0
HGB no LLN, only LLN could tell   | HGB   | 100   | g/L    |     | none | none | none
HGB no LLN, high                  | HGB   | 180   | g/L    |     | none | none | none
HGB no LLN, below 100             | HGB   | 99    | g/L    |     | 2    | 2    | 2
HGB no LLN, below 80              | HGB   | 79    | g/L    |     | 3    | 3    | 3
PLT at LLN                        | PLT   | 125   | 10^9/L | 125 | 0    | 0    | 0
PLT just below LLN                | PLT   | 124   | 10^9/L | 125 | 1    | 1    | 1
PLT just above 75                 | PLT   | 75.1  | 10^9/L | 125 | 1    | 1    | 1
PLT at 75                         | PLT   | 75    | 10^9/L | 125 | 1    | 1    | 2
PLT just below 75                 | PLT   | 74.9  | 10^9/L | 125 | 2    | 2    | 2
PLT just above 50                 | PLT   | 50.1  | 10^9/L | 125 | 2    | 2    | 2
PLT at 50                         | PLT   | 50    | 10^9/L | 125 | 2    | 2    | 3
PLT just below 50                 | PLT   | 49.9  | 10^9/L | 125 | 3    | 3    | 3
PLT just above 25                 | PLT   | 25.1  | 10^9/L | 125 | 3    | 3    | 3
PLT at 25                         | PLT   | 25    | 10^9/L | 125 | 3    | 3    | none
PLT just below 25                 | PLT   | 24.9  | 10^9/L | 125 | 4    | 3    | 4
PLT at 10                         | PLT   | 10    | 10^9/L | 125 | 4    | 3    | 4
PLT just below 10                 | PLT   | 9.9   | 10^9/L | 125 | 4    | 4    | 4
PLT zero                          | PLT   | 0     | 10^9/L | 125 | 4    | 4    | 4
PLT LLN at the cut                | PLT   | 75    | 10^9/L | 75  | 0    | 0    | 2
PLT cut wins over a low LLN       | PLT   | 74    | 10^9/L | 70  | 2    | 2    | 2
PLT no LLN, at 75                 | PLT   | 75    | 10^9/L |     | none | none | 2
PLT no LLN, just below 75         | PLT   | 74.9  | 10^9/L |     | 2    | 2    | 2
PLT no LLN, at 25                 | PLT   | 25    | 10^9/L |     | 3    | 3    | none
PLT no LLN, below 10              | PLT   | 3     | 10^9/L |     | 4    | 4    | 4
NE at LLN                         | NE    | 1.8   | 10^9/L | 1.8 | 0    | 0    | 0
NE just below LLN                 | NE    | 1.79  | 10^9/L | 1.8 | 1    | 0    | 1
NE just above 1.5                 | NE    | 1.51  | 10^9/L | 1.8 | 1    | 0    | 1
NE at 1.5                         | NE    | 1.5   | 10^9/L | 1.8 | 1    | 0    | 2
NE just below 1.5                 | NE    | 1.49  | 10^9/L | 1.8 | 2    | 1    | 2
NE just above 1.0                 | NE    | 1.01  | 10^9/L | 1.8 | 2    | 1    | 2
NE at 1.0                         | NE    | 1.0   | 10^9/L | 1.8 | 2    | 1    | 3
NE just below 1.0                 | NE    | 0.99  | 10^9/L | 1.8 | 3    | 2    | 3
NE just above 0.5                 | NE    | 0.51  | 10^9/L | 1.8 | 3    | 2    | 3
NE at 0.5                         | NE    | 0.5   | 10^9/L | 1.8 | 3    | 2    | none
NE just below 0.5                 | NE    | 0.49  | 10^9/L | 1.8 | 4    | 3    | 4
NE at 0.1                         | NE    | 0.1   | 10^9/L | 1.8 | 4    | 3    | 4
NE just below 0.1                 | NE    | 0.09999999999999999 | 10^9/L | 1.8 | 4 | 4 | 4
NE zero                           | NE    | 0     | 10^9/L | 1.8 | 4    | 4    | 4
NE cut wins over a low LLN        | NE    | 1.4   | 10^9/L | 1.3 | 2    | 1    | 2
NE above a low LLN and the cut    | NE    | 1.6   | 10^9/L | 1.3 | 0    | 0    | 0
NE no LLN, only LLN could tell    | NE    | 1.6   | 10^9/L |     | none | 0    | none
NE no LLN, at 1.5                 | NE    | 1.5   | 10^9/L |     | none | 0    | 2
NE no LLN, just below 1.5         | NE    | 1.49  | 10^9/L |     | 2    | 1    | 2
below zero, as -9 for missing     | NE    | -9    | 10^9/L | 1.8 | none | none | none
below zero in the worst band      | HGB   | -0.1  | g/L    | 130 | none | none | none
missing value                     | HGB   |       | g/L    | 130 | none | none | none
missing value and LLN             | NE    |       | 10^9/L |     | none | none | none
hemoglobin in g/dL                | HGB   | 9.5   | g/dL   | 13  | none | none | none
platelets under the red cells' unit | PLT | 40    | g/L    | 125 | none | none | none
missing unit                      | PLT   | 40    |        | 125 | none | none | none
unknown lineage                   | WBC   | 0.4   | 10^9/L | 4   | none | none | none
missing lineage                   |       | 0.4   | 10^9/L | 4   | none | none | none
"""


def graded_counts() -> pd.DataFrame:
    """The rows as counts of one patient, a row a day from day -20 on, with the schemes' grades."""
    rows = read_rows(GRADED)
    rows = rows.rename(columns=dict(zip(("v5", "v6", "wang"), SCHEMES, strict=True)))
    rows[list(SCHEMES)] = rows[list(SCHEMES)].replace("none", None).astype(float)
    for name in ("param", "unit"):
        rows[name] = [None if pd.isna(text) else text for text in rows[name]]
    return rows.assign(subject_id="P1", day=range(-20, len(rows) - 20))
