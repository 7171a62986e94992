"""Every exhibit there is, in the order of the pages."""

from typing import Any

from pht_core.exhibits.compared import Compared
from pht_core.exhibits.cytopenias import Grades, GradeShifts, Incidence, Lineages
from pht_core.exhibits.exhibit import Exhibit
from pht_core.exhibits.heat import WorstGrades
from pht_core.exhibits.hematotoxicity import (
    IcahtGrades,
    IcahtPatients,
    IcahtReadings,
    IcahtStrips,
    Schemes,
    Scores,
)
from pht_core.exhibits.on_off import OnOff, Phases
from pht_core.exhibits.overview import Described, KeyFigures, PatientFlow, Patients
from pht_core.exhibits.recovery import RecoveryIncidence, RecurrenceIncidence
from pht_core.exhibits.response import (
    CompleteRecovery,
    Doses,
    Relapses,
    ResponseTimes,
    Safety,
    SupportRates,
)
from pht_core.exhibits.survival import Survival, SurvivalMedians, SurvivalRates
from pht_core.exhibits.trajectories import Swimmer, Trajectories, Trajectory
from pht_core.model.errors import UnknownName

_IN_ORDER: tuple[type[Exhibit[Any]], ...] = (
    KeyFigures,
    PatientFlow,
    Described,
    Patients,
    Compared,
    Incidence,
    Lineages,
    Grades,
    GradeShifts,
    Trajectory,
    Trajectories,
    Swimmer,
    WorstGrades,
    IcahtGrades,
    IcahtStrips,
    IcahtPatients,
    IcahtReadings,
    Schemes,
    Scores,
    ResponseTimes,
    CompleteRecovery,
    RecoveryIncidence,
    Relapses,
    RecurrenceIncidence,
    Doses,
    Safety,
    SupportRates,
    Phases,
    OnOff,
    Survival,
    SurvivalRates,
    SurvivalMedians,
)
EXHIBITS: dict[str, type[Exhibit[Any]]] = {exhibit.name: exhibit for exhibit in _IN_ORDER}

# The paper's case in six pictures, as slides tell it: who, how low, what follows the drug, and how
# far chance would give the same, recovery, survival.
STORY = (
    PatientFlow.name,
    Grades.name,
    Trajectories.name,
    OnOff.name,
    RecoveryIncidence.name,
    Survival.name,
)


def exhibit(name: str) -> type[Exhibit[Any]]:
    """An exhibit by its name; UnknownName if there is none."""
    if name not in EXHIBITS:
        raise UnknownName("Exhibit", name, list(EXHIBITS))
    return EXHIBITS[name]
