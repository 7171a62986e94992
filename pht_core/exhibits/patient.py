"""One patient on one page: what a ward round asks first, the tables behind it, and the counts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from pht_core.charts.picture import Picture
from pht_core.errors import UnknownName
from pht_core.exhibits.exhibit import Look
from pht_core.exhibits.patient_lines import patient_lines
from pht_core.exhibits.patient_tables import PatientTable, patient_page_tables
from pht_core.exhibits.plate import Plate, build_plate
from pht_core.exhibits.printed import print_cell
from pht_core.exhibits.trajectories import PatientOptions, Trajectory
from pht_core.provenance import Provenance
from pht_core.schema import column
from pht_core.trajectory import patient_tables
from pht_core.view import View

_ABOUT = {
    "age_years": "Age",
    "sex": "Sex",
    "malignancy": "Malignancy",
    "lines_of_therapy": "Lines of therapy",
    "prior_hsct": "Prior HSCT",
    "cart_dose": "CAR-T cells",
    "response": "Response to CAR-T",
    "crs_grade": "CRS grade",
    "icans_grade": "ICANS grade",
}


# Rows of tables beside which the picture has to be lower, and panels of one lineage in both cases.
_MANY_ROWS = 16
_PANEL, _LOW_PANEL = 130, 85


class _OnAPage(Trajectory):
    """The counts on a page whose words say whose they are and where they come from.

    Laboratory values stand in a table there: their panels would make all of it too small to read.
    """

    with_labs = False

    def __init__(self, panel_height: int) -> None:
        self.panel_height = panel_height

    def picture(
        self, view: View, numbers: pd.DataFrame, options: PatientOptions, look: Look
    ) -> Picture:
        picture = super().picture(view, numbers, options, look)
        return replace(picture, title="Blood counts and prednisone", footer="")


@dataclass(frozen=True)
class PatientPage:
    """A patient in words and tables, every cell a text; what is not known says so.

    about : who it is, as (name, value) where known. lines : (question, answer), what is asked
    first. tables : courses, grades by period, support, and what else the file has of the patient.
    trajectory : the counts over time, None without counts, for the reason ``why_not``.
    """

    subject_id: str
    about: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, str], ...]
    tables: tuple[PatientTable, ...]
    trajectory: Plate | None
    why_not: str
    provenance: Provenance


def build_patient(view: View, subject_id: str) -> PatientPage:
    """Everything of one patient's page.

    Parameters
    ----------
    subject_id : as in the file; one of ``view.subject_ids``.

    Raises
    ------
    UnknownName : no such patient in this view.
    """
    if subject_id not in view.subject_ids:
        raise UnknownName("Patient", subject_id, view.subject_ids[:20])
    counted = len(patient_tables(view.assessment, subject_id).counts) > 0
    tables = patient_page_tables(view, subject_id)
    rows = sum(len(table.cells) for table in tables)
    exhibit = _OnAPage(_LOW_PANEL if rows > _MANY_ROWS else _PANEL)
    plate = build_plate(view, exhibit, PatientOptions(patient=subject_id)) if counted else None
    return PatientPage(
        subject_id=subject_id,
        about=_about(view, subject_id),
        lines=patient_lines(view, subject_id),
        tables=tables,
        trajectory=plate,
        why_not="" if counted else "No blood counts of this patient, so there is nothing to draw.",
        provenance=_provenance(view, plate, subject_id),
    )


def _provenance(view: View, plate: Plate | None, subject_id: str) -> Provenance:
    """Of the page: as of the picture, but of one patient and without the id, which heads it."""
    if plate is None:
        return view.provenance(n=1)
    method = plate.provenance.method.removeprefix(f"patient {subject_id}").removeprefix("; ")
    return replace(plate.provenance, n=1, method=method)


def _about(view: View, subject_id: str) -> tuple[tuple[str, str], ...]:
    """Who it is; a column that the whole file lacks is left out, an empty cell is a dash."""
    subjects = view.cohort.subjects
    row = subjects[subjects["subject_id"] == subject_id].iloc[0]
    told = []
    for name, title in _ABOUT.items():
        if subjects[name].isna().all():
            continue
        value = row[name]
        words = f"{value:.4g}" if isinstance(value, float) and value == value else print_cell(value)
        unit = column("subjects", name).unit.replace("10^6", "10⁶")
        if unit and words != "–":
            words += f" × {unit}" if unit.startswith("10") else f" {unit}"
        told.append((title, words))
    return tuple(told)
