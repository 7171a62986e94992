"""Every exhibit there is, in the order of the pages."""

from typing import Any

from pht_core.exhibits import (
    compared,
    cytopenias,
    heat,
    hematotoxicity,
    on_off,
    overview,
    recovery,
    response,
    survival,
    trajectories,
)
from pht_core.exhibits.exhibit import Exhibit
from pht_core.model.errors import UnknownName

_BY_PAGE: tuple[tuple[type[Exhibit[Any]], ...], ...] = (
    (overview.KeyFigures, overview.PatientFlow, overview.Described, overview.Patients),
    (compared.Compared,),
    (cytopenias.Incidence, cytopenias.Lineages, cytopenias.Grades, cytopenias.GradeShifts),
    (trajectories.Trajectory, trajectories.Trajectories, trajectories.Swimmer, heat.WorstGrades),
    (hematotoxicity.IcahtGrades, hematotoxicity.IcahtStrips, hematotoxicity.IcahtPatients),
    (hematotoxicity.IcahtReadings, hematotoxicity.Schemes, hematotoxicity.Scores),
    (response.ResponseTimes, response.CompleteRecovery, recovery.RecoveryIncidence),
    (response.Relapses, recovery.RecurrenceIncidence),
    (response.Doses, response.Safety, response.SupportRates),
    (on_off.Phases, on_off.OnOff),
    (survival.Survival, survival.SurvivalRates, survival.SurvivalMedians),
)
EXHIBITS: dict[str, type[Exhibit[Any]]] = {
    exhibit.name: exhibit for exhibits in _BY_PAGE for exhibit in exhibits
}

# The paper's case in six pictures, as slides tell it: who, how low, what follows the drug, and how
# far chance would give the same, recovery, survival.
STORY = (
    overview.PatientFlow.name,
    cytopenias.Grades.name,
    trajectories.Trajectories.name,
    on_off.OnOff.name,
    recovery.RecoveryIncidence.name,
    survival.Survival.name,
)


def exhibit(name: str) -> type[Exhibit[Any]]:
    """An exhibit by its name; UnknownName if there is none."""
    if name not in EXHIBITS:
        raise UnknownName("Exhibit", name, list(EXHIBITS))
    return EXHIBITS[name]
