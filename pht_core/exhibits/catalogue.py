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

_IN_ORDER: tuple[Exhibit[Any], ...] = (
    KEY_FIGURES := KeyFigures(),
    FLOW := PatientFlow(),
    DESCRIBED := Described(),
    PATIENTS := Patients(),
    COMPARED := Compared(),
    INCIDENCE := Incidence(),
    LINEAGES := Lineages(),
    GRADES := Grades(),
    TRAJECTORY := Trajectory(),
    TRAJECTORIES := Trajectories(),
    SWIMMER := Swimmer(),
    RESPONSE_TIMES := ResponseTimes(),
    COMPLETE_RECOVERY := CompleteRecovery(),
    RECOVERY_INCIDENCE := RecoveryIncidence(),
    RELAPSES := Relapses(),
    DOSES := Doses(),
    SAFETY := Safety(),
    SURVIVAL := Survival(),
    SURVIVAL_RATES := SurvivalRates(),
    SURVIVAL_MEDIANS := SurvivalMedians(),
)
EXHIBITS: dict[str, Exhibit[Any]] = {exhibit.name: exhibit for exhibit in _IN_ORDER}


def exhibit(name: str) -> Exhibit[Any]:
    """An exhibit by its name; UnknownName if there is none."""
    if name not in EXHIBITS:
        raise UnknownName("Exhibit", name, list(EXHIBITS))
    return EXHIBITS[name]
