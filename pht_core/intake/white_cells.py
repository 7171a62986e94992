"""Neutrophil counts of files that give white cells and percents instead."""

import numpy as np
import pandas as pd

from pht_core.intake.amounts import Desk
from pht_core.intake.laboratory import WHITE_CELLS, join_values, values_of_test
from pht_core.units import canonical_unit
from pht_core.validation import CHANGES, counted, finding


def derive_neutrophils(values: pd.DataFrame, desk: Desk) -> pd.DataFrame:
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
        desk.findings.append(
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
    desk.findings.append(
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
