"""Cohorts that strain a report: a patient with everything, and one whose id is meant to do harm.

Courses and counts are those of the sample, which are simulated; the rest is made up here.
"""

from dataclasses import replace

import pandas as pd

from pht_core.intake.reading import read_sample
from pht_core.model.cohort import Cohort, build_cohort
from pht_core.model.schema import TABLES
from tests.written import read_rows

# Signs that end elements, attributes, scripts and comments, and one that turns letters round.
HARMFUL = "</script><script>window.harmed=1</script><img src=x onerror=window.harmed=1>\"'$&<!--"
TURNED = "\u202eP9"

STEROIDS = """
drug               | start_day | end_day | dose
dexamethasone      | 3         | 5       | 0.15
dexamethasone      | 7         | 7       | 0.3
hydrocortisone     | 8         | 8       |
methylprednisolone | 9         | 12      | 2
"""
LABS = """
day | test       | value | unit
0   | CRP        | 1     | mg/L
3   | CRP        | 100   | mg/L
20  | CRP        | 4     | mg/L
0   | FERRITIN   | 90    | ng/mL
3   | FERRITIN   | 12000 | ng/mL
7   | CART_LEVEL | 3000  | copies
60  | CART_LEVEL | 0     | copies
"""


def renamed(cohort: Cohort, names: dict[str, str]) -> Cohort:
    """The same cohort with other ids for some of its patients."""
    tables = {
        table: getattr(cohort, table).assign(
            subject_id=[names.get(one, one) for one in getattr(cohort, table)["subject_id"]]
        )
        for table in TABLES
    }
    return replace(
        build_cohort(tables, name=cohort.name, digest=cohort.digest, simulated=True),
        recorded=cohort.recorded,
    )


def patient_with_everything(name: str = "P3", courses: int = 9) -> Cohort:
    """P3 of the sample with other steroids, laboratory values, and more courses than P3 had."""
    sample = read_sample()
    own = {
        table: getattr(sample, table)[getattr(sample, table)["subject_id"] == "P3"]
        for table in TABLES
    }
    doses = [
        pd.DataFrame(
            {"drug": "prednisone", "start_day": [day], "end_day": [day + 5], "dose": [0.25]}
        )
        for day in range(300, 300 + 20 * (courses - 3), 20)
    ]
    own["prednisone"] = pd.concat([own["prednisone"], *doses, read_rows(STEROIDS)])
    own["labs"] = read_rows(LABS)
    own["subjects"] = own["subjects"].assign(malignancy="B-ALL " + "with a long name " * 8)
    tables = {
        table: frame.astype({"subject_id": object} if "subject_id" in frame else {}).assign(
            subject_id=name
        )
        for table, frame in own.items()
    }
    return build_cohort(
        {table: frame.reset_index(drop=True) for table, frame in tables.items()},
        name=sample.name,
        digest=sample.digest,
        recorded=sample.recorded | {"labs"},
        simulated=True,
    )
