"""Every exhibit there is, in the order of the pages."""

from typing import Any

from pht_core.exhibits.cytopenias import Grades, Incidence, Lineages
from pht_core.exhibits.exhibit import Exhibit
from pht_core.exhibits.overview import Compared, Described, KeyFigures, PatientFlow, Patients
from pht_core.exhibits.response import (
    CompleteRecovery,
    Doses,
    RecoveryIncidence,
    Relapses,
    ResponseTimes,
    Safety,
)
from pht_core.exhibits.survival import Survival, SurvivalMedians, SurvivalRates
from pht_core.exhibits.trajectories import Swimmer, Trajectories, Trajectory
from pht_core.model.errors import UnknownName

KEY_FIGURES, FLOW, DESCRIBED = KeyFigures(), PatientFlow(), Described()
PATIENTS, COMPARED = Patients(), Compared()
INCIDENCE, LINEAGES, GRADES = Incidence(), Lineages(), Grades()
TRAJECTORY, TRAJECTORIES, SWIMMER = Trajectory(), Trajectories(), Swimmer()
RESPONSE_TIMES, COMPLETE_RECOVERY = ResponseTimes(), CompleteRecovery()
RECOVERY_INCIDENCE, RELAPSES, DOSES, SAFETY = RecoveryIncidence(), Relapses(), Doses(), Safety()
SURVIVAL, SURVIVAL_RATES, SURVIVAL_MEDIANS = Survival(), SurvivalRates(), SurvivalMedians()

EXHIBITS: dict[str, Exhibit[Any]] = {
    exhibit.name: exhibit
    for exhibit in (
        KEY_FIGURES,
        FLOW,
        DESCRIBED,
        PATIENTS,
        COMPARED,
        INCIDENCE,
        LINEAGES,
        GRADES,
        TRAJECTORY,
        TRAJECTORIES,
        SWIMMER,
        RESPONSE_TIMES,
        COMPLETE_RECOVERY,
        RECOVERY_INCIDENCE,
        RELAPSES,
        DOSES,
        SAFETY,
        SURVIVAL,
        SURVIVAL_RATES,
        SURVIVAL_MEDIANS,
    )
}


def exhibit(name: str) -> Exhibit[Any]:
    """An exhibit by its name; UnknownName if there is none."""
    if name not in EXHIBITS:
        raise UnknownName("Exhibit", name, list(EXHIBITS))
    return EXHIBITS[name]
