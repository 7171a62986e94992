"""Made-up tables in the shape that charts take, every chart drawn from them, and ways to look in.

The numbers are those of a small cohort made up for these tests; nothing in them is a patient's.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from pht_core import charts
from pht_core.charts import Frame, Picture
from pht_core.charts.frame import PLAIN
from pht_core.stats.trajectory import count_severe_weeks
from tests.written import read_rows

PERIODS = ("within 28 days (worst)", "at day 28 (single draw)", "after prednisone (best)")

INCIDENCE = read_rows(
    """
    period_label            | param | n  | n_total | percent  | conf_low | conf_high | missing
    within 28 days (worst)  | HGB   | 16 | 17      | 94.11765 | 71.3     | 99.9      | 0
    within 28 days (worst)  | PLT   | 15 | 17      | 88.23529 | 63.6     | 98.5      | 0
    within 28 days (worst)  | NE    | 17 | 17      | 100      | 80.5     | 100       | 0
    at day 28 (single draw) | HGB   | 1  | 8       | 12.5     | 0.3      | 52.7      | 1
    at day 28 (single draw) | PLT   | 0  | 8       | 0        | 0        | 36.9      | 0
    at day 28 (single draw) | NE    | 0  | 0       |          |          |           | 15
    after prednisone (best) | HGB   | 5  | 15      | 33.33333 | 11.8     | 61.6      | 0
    after prednisone (best) | PLT   | 5  | 15      | 33.33333 | 11.8     | 61.6      | 0
    after prednisone (best) | NE    | 6  | 15      | 40       | 16.3     | 67.7      | 0
    """
)

LINEAGES = pd.DataFrame(
    [
        (period, lineages, n, 17, 100 * n / 17)
        for period in PERIODS
        for lineages, n in ((3, 14), (2, 2), (1, 1), (0, 0))
    ],
    columns=["period_label", "lineages", "n", "n_total", "percent"],
).assign(conf_low=5.0, conf_high=95.0)

GRADES = pd.DataFrame(
    [
        (period, param, grade, n, 17, 100 * n / 17)
        for period in PERIODS
        for param in ("HGB", "PLT", "NE")
        for grade, n in ((0, 1), (1, 3), (2, 6), (3, 5), (4, 2))
    ],
    columns=["period_label", "param", "grade", "n", "n_total", "percent"],
)

COUNTS = read_rows(
    """
    subject_id | day | param | value | grade | segment | dose
    P2         | -7  | HGB   | 101   | 1     | 1       |
    P2         | 3   | HGB   | 82    | 2     | 1       |
    P2         | 30  | HGB   | 76    | 3     | 1       | 0.5
    P2         | 90  | HGB   | 118   | 1     | 2       |
    P2         | 3   | PLT   | 12    | 4     | 1       |
    P2         | 30  | PLT   | 31    | 3     | 1       | 0.5
    P2         | 90  | PLT   | 130   | 0     | 2       |
    P2         | 3   | NE    | 0.2   | 4     | 1       |
    P2         | 30  | NE    | 0     | 4     | 1       | 0.5
    P2         | 90  | NE    | 2.3   |       | 2       |
    """
)
OTHERS = pd.concat(
    [COUNTS, *(COUNTS.assign(subject_id=who, value=COUNTS["value"] * 0.9) for who in ("P10", "P1"))]
)
COURSES = read_rows(
    """
    subject_id | course | start_day | stop_day
    P2         | 1      | 30        | 65
    P2         | 2      | 80        |
    """
)
DOSES = read_rows(
    """
    subject_id | start_day | end_day | dose
    P2         | 30        | 45      | 0.5
    P2         | 46        | 64      | 0.25
    P2         | 80        |         | 0.5
    P10        | 33        | 60      | 0.5
    """
)
STEPS = read_rows(
    """
    subject_id | day | dose_after | followed
    P2         | 46  | 0.25       | True
    P10        | 50  | 0.4        | False
    """
)
SUPPORT = read_rows(
    """
    subject_id | day | kind
    P2         | 12  | gcsf
    P2         | 9   | red_cells
    """
)
STEROIDS = read_rows(
    """
    subject_id | drug               | start_day | end_day | dose | prednisone_equivalent
    P2         | dexamethasone      | 3         | 5       | 0.15 | 1
    P2         | dexamethasone      | 7         | 7       | 0.3  | 2
    P2         | hydrocortisone     | -3        |         |      |
    P2         | methylprednisolone | 9         | 12      | 2    | 2.5
    """
)
LABS = read_rows(
    """
    subject_id | day | test       | value | unit   | segment
    P2         | 0   | CRP        | 1     | mg/L   | 1
    P2         | 3   | CRP        | 100   | mg/L   | 1
    P2         | 0   | FERRITIN   | 90    | ng/mL  | 2
    P2         | 3   | FERRITIN   | 12000 | ng/mL  | 2
    P2         | 3   | CART_LEVEL | 20    | copies | 3
    P2         | 7   | CART_LEVEL | 3000  | copies | 3
    P2         | 60  | CART_LEVEL | 0     | copies | 4
    """
)
CUTS = read_rows(
    """
    param | grade | value
    HGB   | 2     | 100
    HGB   | 3     | 80
    PLT   | 2     | 75
    PLT   | 3     | 50
    PLT   | 4     | 25
    NE    | 2     | 1.5
    NE    | 3     | 1.0
    NE    | 4     | 0.5
    """
)
LLN = pd.DataFrame({"param": ["HGB", "PLT", "NE"], "value": [115.0, 125.0, 1.8]})
SUMMARY = pd.DataFrame(
    [
        (param, day, value * 0.5, value * 0.8, value, value * 1.2, value * 1.5, 15)
        for param, value in (("HGB", 100.0), ("PLT", 80.0), ("NE", 1.2))
        for day in (3.0, 10.0, 17.0)
    ],
    columns=["param", "day", "q10", "q25", "median", "q75", "q90", "n"],
)
LANES = read_rows(
    """
    subject_id | start_day | end_day | grade
    P2         | 0         | 20      | 4
    P2         | 20        | 300     |
    P10        | 0         | 500     | 0
    P1         | 0         | 500     | 2
    """
)
ENDS = pd.DataFrame(
    {"subject_id": ["P10", "P2", "P1"], "last_day": [500, 300, 500], "ongoing": [True, False, True]}
)
MARKS = pd.DataFrame(
    {
        "subject_id": ["P2", "P2", "P1"],
        "day": [50, 300, 60],
        "kind": ["relapse", "death", "response"],
    }
)
CURVE = read_rows(
    """
    time | n_risk | n_event | n_censor | estimate | conf_low | conf_high | strata
    0    | 10     | 0       | 0        | 1        | 1        | 1         | all
    3    | 10     | 2       | 0        | 0.8      | 0.41     | 0.95      | all
    7    | 8      | 3       | 1        | 0.5      | 0.18     | 0.75      | all
    14   | 4      | 2       | 2        | 0.25     | 0.04     | 0.55      | all
    """
)
AT_RISK = read_rows(
    """
    strata | time | n_risk | n_event | n_censor
    all    | 0    | 10     | 0       | 0
    all    | 6    | 8      | 2       | 0
    all    | 12   | 4      | 5       | 1
    """
)
MEDIANS = pd.DataFrame({"strata": ["all"], "n": [10], "median": [7.0]})
INCIDENCE_OF_RECOVERY = read_rows(
    """
    param | strata | cause | time | estimate | conf_low | conf_high | n_risk
    PLT   | all    | event | 0    | 0        |          |           | 10
    PLT   | all    | event | 9    | 0.4      | 0.1      | 0.7       | 10
    PLT   | all    | event | 130  | 0.5      | 0.2      | 0.8       | 2
    PLT   | all    | other | 0    | 0        |          |           | 10
    PLT   | all    | other | 20   | 0.1      | 0.01     | 0.3       | 6
    PLT   | all    | other | 130  | 0.1      | 0.01     | 0.3       | 2
    all   | all    | event | 0    | 0        |          |           | 10
    all   | all    | event | 60   | 0.3      | 0.1      | 0.6       | 10
    all   | all    | other | 0    | 0        |          |           | 10
    all   | all    | other | 60   | 0        |          |           | 10
    """
)
NUMBERS_OF_RECOVERY = read_rows(
    """
    param | strata | day | n_risk | n_event
    PLT   | all    | 0   | 10     | 0
    PLT   | all    | 60  | 5      | 4
    PLT   | all    | 120 | 2      | 4
    all   | all    | 0   | 10     | 0
    all   | all    | 60  | 10     | 0
    all   | all    | 120 | 0      | 3
    """
)
PANELS = {"PLT": ("Platelets", "10 of 12 low"), "all": ("All three", "10 of 12 low")}
ROWS_OF_NUMBERS = {"n_risk": "at risk", "n_event": "recovered"}


def incidence_panels(table: pd.DataFrame = INCIDENCE_OF_RECOVERY, **of: Any) -> Picture:
    """Two panels of recovery, to day 120."""
    return charts.cumulative_incidence_chart(
        table, NUMBERS_OF_RECOVERY, titled(**of), heads=PANELS, rows=ROWS_OF_NUMBERS, day=120
    )


RESPONSES = pd.DataFrame(
    {
        "subject_id": ["P10", "P2", "P1", "P3"],
        "course": 1,
        "response_time": [7.0, 21.0, None, None],
        "responded": pd.array([True, True, False, None], dtype="boolean"),
    }
)
RECOVERY = pd.DataFrame(
    {
        "param": ["HGB", "PLT", "NE", "all"],
        "n": [10, 10, 9, 0],
        "n_total": [15, 15, 15, 0],
        "percent": [66.7, 66.7, 60.0, None],
        "conf_low": [38.4, 38.4, 32.3, None],
        "conf_high": [88.2, 88.2, 83.7, None],
    }
)
FLOW = read_rows(
    """
    step       | label                          | n   | n_total | order
    treated    | treated with CAR-T cells       | 159 |         | 0
    evaluated  | with blood count follow-up     | 109 | 159     | 1
    pht        | with PHT at day 28             | 86  | 109     | 2
    refractory | with PHT despite support       | 15  |         | 3
    late       | with late cytopenia            | 2   |         | 4
    prednisone | given prednisone               | 17  |         | 5
    relapsed   | with recurrent cytopenia       | 6   | 15      | 6
    """
).assign(note="")


def titled(**of: Any) -> Frame:
    """A frame with a title, and with what is asked for."""
    return Frame(**{"title": "Blood counts"} | of)


SPANS = read_rows(
    """
    subject_id | param | start_day | end_day | grade
    P2         | HGB   | -7        | 3       | 1
    P2         | HGB   | 3         | 30      | 2
    P2         | HGB   | 30        | 65      | 3
    P2         | HGB   | 65        | 90      |
    P2         | PLT   | 3         | 38      | 4
    P10        | NE    | 3         | 38      | 4
    """
)
RELAPSES = read_rows(
    """
    subject_id | relapse_day | relapse_params
    P2         | 97          | HGB, NE
    """
)
ROWS = pd.DataFrame(
    {"subject_id": ["P2", "P10", "P1"], "zero": [65.0, 60.0, 0.0], "words": ["again", "", ""]}
)


def draw_wall(counts: pd.DataFrame, frame: Frame = PLAIN, **of: Any) -> Picture:
    """The wall of three patients: P2 stopped on day 65 and is the only one who relapsed."""
    given: dict[str, Any] = {
        "rows": ROWS,
        "window": (-60.0, 60.0),
        "axis_title": "Days since the stop",
        "spans": SPANS,
        "courses": COURSES,
        "doses": DOSES,
        "relapses": RELAPSES,
        "cuts": CUTS,
    }
    return charts.wall_chart(counts, frame, **given | of)


WEEKS = pd.DataFrame(
    [(who, week, grade) for who in ("P2", "P10") for week, grade in ((0, 4), (1, 2), (3, 0))],
    columns=["subject_id", "week", "grade"],
)


def draw_heat(weeks: pd.DataFrame, frame: Frame = PLAIN, **of: Any) -> Picture:
    """The heat map of three patients, of whom P2 died on day 70."""
    given: dict[str, Any] = {
        "rows": ROWS.assign(zero=0.0, group="3 patients"),
        "shares": count_severe_weeks(weeks),
        "window": (0, 20),
        "axis_title": "Weeks since CAR-T infusion",
        "courses": COURSES,
        "deaths": pd.DataFrame({"subject_id": ["P2"], "day": [70]}),
    }
    return charts.heat_chart(weeks, frame, **given | of)


DRAW: dict[str, Callable[..., Picture]] = {
    "incidence": lambda **of: charts.incidence_chart(INCIDENCE, titled(**of), intervals=True),
    "grades": lambda **of: charts.grades_chart(GRADES, titled(**of)),
    "lineages": lambda **of: charts.lineages_chart(LINEAGES, titled(**of), intervals=True),
    "pies": lambda **of: charts.pies_chart(INCIDENCE, titled(**of)),
    "trajectory": lambda **of: charts.trajectory_chart(
        COUNTS, titled(**of), courses=COURSES, doses=DOSES, support=SUPPORT, cuts=CUTS, lln=LLN
    ),
    "steroids and labs": lambda **of: charts.trajectory_chart(
        COUNTS, titled(**of), courses=COURSES, doses=DOSES, steroids=STEROIDS, labs=LABS
    ),
    "wall": lambda **of: draw_wall(OTHERS, titled(**of)),
    "ribbons": lambda **of: draw_wall(
        pd.concat([COUNTS.assign(subject_id=f"P{n}") for n in range(13)]),
        titled(**of),
        rows=pd.DataFrame({"subject_id": [f"P{n}" for n in range(13)], "zero": 65.0, "words": ""}),
    ),
    "summary": lambda **of: charts.summary_chart(SUMMARY, titled(**of), cuts=CUTS, lln=LLN),
    "heat": lambda **of: draw_heat(WEEKS, titled(**of)),
    "swimmer": lambda **of: charts.swimmer_chart(
        LANES, titled(**of), ends=ENDS, courses=COURSES, marks=MARKS
    ),
    "survival": lambda **of: charts.survival_chart(
        CURVE, titled(**of), at_risk=AT_RISK, medians=MEDIANS, thin_tails={"all": 10.0}
    ),
    "cumulative_incidence": lambda **of: incidence_panels(**of),
    "response_time": lambda **of: charts.response_time_chart(RESPONSES, titled(**of), median=14.0),
    "recovery": lambda **of: charts.recovery_chart(RECOVERY, titled(**of)),
    "dose": lambda **of: charts.dose_chart(DOSES, titled(**of), steps=STEPS),
    "flow": lambda **of: charts.flow_chart(FLOW, titled(**of)),
}

# Each chart with its main table and any others it cannot do without.
FROM_TABLE: dict[str, tuple[Callable[..., Picture], pd.DataFrame]] = {
    "incidence": (charts.incidence_chart, INCIDENCE),
    "grades": (charts.grades_chart, GRADES),
    "lineages": (charts.lineages_chart, LINEAGES),
    "pies": (charts.pies_chart, INCIDENCE),
    "trajectory": (charts.trajectory_chart, COUNTS),
    "wall": (draw_wall, COUNTS),
    "summary": (charts.summary_chart, SUMMARY),
    "swimmer": (lambda lanes: charts.swimmer_chart(lanes, ends=ENDS), LANES),
    "survival": (charts.survival_chart, CURVE),
    "cumulative_incidence": (incidence_panels, INCIDENCE_OF_RECOVERY),
    "response_time": (charts.response_time_chart, RESPONSES),
    "recovery": (charts.recovery_chart, RECOVERY),
    "dose": (charts.dose_chart, DOSES),
    "flow": (charts.flow_chart, FLOW),
}


def spec_of(picture: Picture) -> dict[str, Any]:
    """The specification as the JSON that is drawn."""
    return picture.to_dict()


def units(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Views that draw marks, wherever they are nested; their data is told by name."""
    for key in ("vconcat", "layer"):
        for view in spec.get(key, []):
            inherited = {name: spec[name] for name in ("data",) if name in spec}
            encoding = {**spec.get("encoding", {}), **view.get("encoding", {})}
            yield from units({**inherited, **view, "encoding": encoding})
    if "mark" in spec:
        yield spec


def marks_of(spec: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Views whose mark is of a kind, such as ``bar``."""
    return [view for view in units(spec) if view["mark"]["type"] == kind]


def params_of(spec: dict[str, Any]) -> dict[str, Any]:
    """The values that a picture hands to its structure, by name."""
    return {param["name"]: param.get("value") for param in spec["params"]}


def rows_of(picture: Picture, name: str) -> pd.DataFrame:
    """One of the tables that a picture draws, as the browser gets it."""
    return pd.DataFrame(picture.to_dict()["datasets"][name])
