"""Do the written files still give every figure of the paper? Judged by pht_core."""

from __future__ import annotations

from pathlib import Path

from pht_core.intake.reading import read_cohort
from pht_core.model.settings import Settings
from pht_core.paper.reproduction import reproduce
from pht_core.paper.sample import read_treated
from pht_core.stats.assessment import derive_assessment

# The figures may not hang on a choice of ours: the paper's own table of grades, a response or
# relapse only when the next count agrees, and the other set of reference ranges give the same.
VARIANTS: tuple[dict[str, str | bool], ...] = (
    {},
    {"scheme": "wang2023_table1"},
    {"confirm": True},
    {"scheme": "wang2023_table1", "confirm": True},
    {"reference": "who_2024"},
)


def check_figures(cohort_file: Path) -> list[str]:
    """What disagrees with published.csv, in words; empty if every figure comes out."""
    cohort, treated = read_cohort(cohort_file, simulated=True), read_treated()
    wrong = []
    for changes in VARIANTS:
        assessment = derive_assessment(cohort, Settings().with_changes(**changes))
        for row in reproduce(assessment, treated):
            wanted = row["value"] is not None or row["agrees"] is not None
            if wanted and row["agrees"] is not True:
                under = ", ".join(f"{name} {value}" for name, value in changes.items())
                wrong.append(
                    f"{row['id']}: {row['printed']} is wanted, the data give {row['computed']}"
                    f" ({under or 'defaults'})"
                )
    return wrong
