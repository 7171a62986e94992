"""Lymphocytes as a lineage that is added while the program runs: shown, but not part of PHT."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pht_core.model import criteria
from pht_core.model.cohort import Cohort, build_cohort
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import TABLES

LYMPHOCYTES = replace(
    LINEAGES["NE"],
    param="LYM",
    name="lymphocytes",
    term="lymphopenia",
    support="",
    narrow_term="lympho-\npenia",
    column="lym_10e9_l",
    lln_column="lym_lln_10e9_l",
)
# CTCAE v5.0, lymphocyte count decreased.
BANDS = """\
LYM,10^9/L,1,0.8,>=,LLN,<,"<LLN - 800/mm3; <LLN - 0.8 x 10e9 /L"
LYM,10^9/L,2,0.5,>=,0.8,<,"<800 - 500/mm3; <0.8 - 0.5 x 10e9 /L"
LYM,10^9/L,3,0.2,>=,0.5,<,"<500 - 200/mm3; <0.5 - 0.2 x 10e9 /L"
LYM,10^9/L,4,,,0.2,<,"<200/mm3; <0.2 x 10e9 /L"
"""


def add_lymphocytes(monkeypatch: pytest.MonkeyPatch, folder: Path | None = None) -> None:
    """Register the lineage; its bands (of CTCAE v5.0 alone) too if there is a folder for them."""
    monkeypatch.setitem(LINEAGES, "LYM", LYMPHOCYTES)
    if folder is not None:
        own = folder / "criteria"
        shutil.copytree(criteria.FOLDER, own)
        with (own / "ctcae_v5.csv").open("a", encoding="utf-8", newline="") as file:
            file.write(BANDS)
        monkeypatch.setattr(criteria, "FOLDER", own)
        # A cache of its own, so that no other test meets these bands.
        monkeypatch.setattr(criteria, "read_schemes", criteria.read_schemes.__wrapped__)


def count_lymphocytes(cohort: Cohort) -> Cohort:
    """The cohort with low lymphocytes on every day of a count, the day after and long after.

    The days after are days on which nothing else was counted, or could be told from it.
    """
    days = cohort.counts[["subject_id", "day"]].astype({"subject_id": object}).drop_duplicates()
    last = days.groupby("subject_id", as_index=False)["day"].max()
    shifted = [days, days.assign(day=days["day"] + 1), last.assign(day=last["day"] + 400)]
    rows = pd.concat(shifted).drop_duplicates(ignore_index=True)
    rows = rows.assign(param="LYM", value=0.3, unit="10^9/L", lln=1.0)
    counts = cohort.counts.astype({"subject_id": object, "param": object, "unit": object})
    tables = {name: getattr(cohort, name) for name in TABLES}
    tables["counts"] = pd.concat([counts, rows], ignore_index=True)
    return build_cohort(
        tables,
        name=cohort.name,
        digest=cohort.digest,
        findings=cohort.findings,
        recorded=cohort.recorded,
        simulated=cohort.simulated,
    )
