"""Blood lineages: every word, unit, range and colour that belongs to one, in one place.

A lineage that is added to `LINEAGES` (with its bands in ``criteria/*.csv`` and its headers in
``intake/words``) is read, graded and shown everywhere. What defines PHT is `PHT_LINEAGES` alone.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Lineage:
    """One lineage of blood cells.

    Parameters
    ----------
    param : its name in tables, as in CDISC ADaM's PARAMCD.
    name, term : what is counted, and what a low count is called.
    unit, printed_unit : of tables and files, and as it is written in figures and sentences.
    plausible : lowest and highest value that a human being can have; outside it the unit is
        probably another.
    plausible_lln : the same for a lower limit of normal.
    support : kind of support (``schema.SUPPORT_KINDS``) that lifts the count for a while, so that
        it says nothing of the marrow; empty if there is none.
    lowest_drawn : the lowest value of a logarithmic axis; 0 where the axis is always linear.
    colours : of lines, by theme (light, dark, grey). fills : of areas in grey.
    narrow_term : the term broken into lines for the width of a bar.
    column, lln_column : in files with a row per patient and day.
    """

    param: str
    name: str
    term: str
    unit: str
    printed_unit: str
    plausible: tuple[float, float]
    plausible_lln: tuple[float, float]
    support: str
    lowest_drawn: float
    light: str
    dark: str
    grey: str
    grey_fill: str
    narrow_term: str
    column: str
    lln_column: str

    @property
    def axis_title(self) -> str:
        """Title of its axis: ``Hemoglobin, g/L``."""
        return f"{self.name.capitalize()}, {self.printed_unit}"


# Colours: the three of Okabe and Ito's that stay apart for every kind of colour blindness and
# reach 3:1 on white; lighter relatives on dark.
LINEAGES: dict[str, Lineage] = {
    lineage.param: lineage
    for lineage in (
        Lineage(
            param="HGB",
            name="hemoglobin",
            term="anemia",
            unit="g/L",
            printed_unit="g/L",
            plausible=(20.0, 250.0),
            plausible_lln=(70.0, 190.0),
            support="red_cells",
            lowest_drawn=0.0,
            light="#d55e00",
            dark="#ff8a4c",
            grey="#000000",
            grey_fill="#0d0d0d",
            narrow_term="anemia",
            column="hgb_g_l",
            lln_column="hgb_lln_g_l",
        ),
        Lineage(
            param="PLT",
            name="platelets",
            term="thrombocytopenia",
            unit="10^9/L",
            printed_unit="10⁹/L",
            plausible=(0.0, 3000.0),
            plausible_lln=(80.0, 250.0),
            support="platelets",
            lowest_drawn=1.0,
            light="#009e73",
            dark="#2bc4a0",
            grey="#474747",
            grey_fill="#555555",
            narrow_term="thrombo-\ncytopenia",
            column="plt_10e9_l",
            lln_column="plt_lln_10e9_l",
        ),
        Lineage(
            param="NE",
            name="neutrophils",
            term="neutropenia",
            unit="10^9/L",
            printed_unit="10⁹/L",
            plausible=(0.0, 100.0),
            plausible_lln=(0.5, 4.0),
            support="gcsf",
            lowest_drawn=0.01,
            light="#0072b2",
            dark="#6fa8ff",
            grey="#747474",
            grey_fill="#949494",
            narrow_term="neutro-\npenia",
            column="ne_10e9_l",
            lln_column="ne_lln_10e9_l",
        ),
    )
}

# Low counts of these are PHT, and "all lineages" means these; what else is shown changes neither.
PHT_LINEAGES = ("HGB", "PLT", "NE")
