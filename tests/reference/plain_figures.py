"""The paper's figures from the plain definitions: id -> (numerator, denominator, value)."""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from tests.reference.plain_definitions import (
    PARAMS,
    TERMS,
    Grades,
    Patient,
    at_day28,
    best_after,
    courses,
    has_pht,
    is_refractory,
    late_cytopenia_day,
    lineages,
    recovery_time,
    relapse_day,
    response_time,
    worst_within_28,
)
from tests.reference.plain_outcomes import (
    car_t_persists,
    kaplan_meier,
    median_of,
    on_prednisone,
    percent,
    survival_time,
)

Figure = tuple[int | None, int | None, float]
Share = Callable[[str, list[Patient], list[Patient]], None]
Number = Callable[[str, float], None]


def all_figures(
    patients: list[Patient], scheme: str = "ctcae_v5", *, confirmed: bool = False
) -> dict[str, Figure]:
    """Every figure of published.csv with a value that the cohort itself can give."""
    pht = [p for p in patients if has_pht(p, scheme)]
    figures: dict[str, Figure] = {}

    def share(name: str, among: list[Patient], chosen: list[Patient]) -> None:
        figures[name] = (len(chosen), len(among), percent(len(chosen), len(among)))

    def number(name: str, value: float) -> None:
        figures[name] = (None, None, value)

    number("flow.refractory", sum(is_refractory(p, scheme) for p in patients))
    late = [day for p in patients if (day := late_cytopenia_day(p, scheme)) is not None]
    number("flow.late", len(late))
    number("flow.treated_prednisone", sum(bool(p.doses) for p in patients))
    number("p12.relapse_day", median_of([float(day) for day in late]))
    _subject_figures(patients, share, number)
    _survival_figures(patients, number)
    _support_figures(patients, share)

    worst = [(p, worst_within_28(p, scheme)) for p in patients]
    day28 = [(p, at_day28(p, scheme)) for p in pht]
    after = [(p, best_after(p, scheme, confirmed=confirmed)) for p in pht]
    for param in PARAMS:
        term = TERMS[param]
        share(f"fig1a.{term}", patients, [p for p, g in worst if low(g, param, 1)])
        share(f"fig1c.{term}34", patients, [p for p, g in worst if low(g, param, 3)])
        share(f"fig1f.{term}34", pht, [p for p, g in day28 if low(g, param, 3)])
        share(f"fig1g.{param.lower()}_normal", pht, [p for p, g in after if g[param] == 0])
    for name, count in (("bilineage", 2), ("trilineage", 3)):
        share(f"fig1b.{name}", patients, [p for p, g in worst if lineages(g) == count])
        share(f"fig1e.{name}", pht, [p for p, g in day28 if lineages(g) == count])
    share("fig1h.bilineage", pht, [p for p, g in after if lineages(g) == 2])
    share("fig1h.trilineage", pht, [p for p, g in after if lineages(g) == 3])
    any34 = sum(any(low(g, param, 3) for param in PARAMS) for _, g in day28)
    figures["fig1f.any34"] = (any34, len(pht), any34)
    recovered = [p for p, g in after if all(low(g, q, 0) and not low(g, q, 3) for q in PARAMS)]
    share("fig1g.recovered", pht, recovered)
    normal = [p for p in patients if lineages(at_day28(p, scheme)) == 0]
    share("d28.recovered", patients, normal)
    share("d28.pht", patients, pht)

    starts = [float(courses(p)[0].start) for p in pht]
    figures["pred.start"] = (None, len(pht), median_of(starts))
    first_doses = {courses(p)[0].doses[0][1] for p in patients}
    number("pred.dose", max(first_doses) if len(first_doses) == 1 else float("nan"))
    times = [response_time(p, 0, scheme, confirmed=confirmed) for p in pht]
    responders = [float(time) for time in times if time is not None]
    figures["pred.response_time"] = (None, len(responders), median_of(responders))
    stopped = [p for p in pht if courses(p)[0].stop is not None]
    relapsed = [
        p
        for p in stopped
        if any(
            relapse_day(p, i, scheme, confirmed=confirmed) is not None
            for i in range(len(courses(p)))
        )
    ]
    share("relapse.count", stopped, relapsed)

    p3 = next(p for p in patients if p.subject_id == "P3")
    first = courses(p3)[0]
    assert first.stop is not None
    number("p3.course1", first.stop - first.start)
    recovery = recovery_time(p3, 1, scheme)
    assert recovery is not None
    number("p3.month4", recovery)
    return figures


def low(grades: Grades, param: str, at_least: int) -> bool:
    """The grade is known and at least so much."""
    grade = grades[param]
    return grade is not None and grade >= at_least


def _subject_figures(patients: list[Patient], share: Share, number: Number) -> None:
    def have(column: str, *values: str) -> list[Patient]:
        return [p for p in patients if p.subject[column] in values]

    share("base.male", patients, have("sex", "M"))
    number("base.age", median_of([float(p.subject["age_years"]) for p in patients]))
    share("base.emd", patients, have("extramedullary", "Yes"))
    share("base.cns", patients, have("cns", "Yes"))
    number("base.lines", median_of([float(p.subject["lines_of_therapy"]) for p in patients]))
    share("base.hsct", patients, have("prior_hsct", "Yes"))
    share("crs.any", patients, have("crs_grade", "1", "2", "3", "4"))
    share("crs.g12", patients, have("crs_grade", "1", "2"))
    share("crs.g3", patients, have("crs_grade", "3"))
    share("icans.any", patients, have("icans_grade", "1", "2", "3", "4"))
    for event in ("hyperglycemia", "hypertension", "infection"):
        share(f"safety.{event}", patients, [p for p in patients if on_prednisone(p, event)])
    bones = [p for p in patients if on_prednisone(p, "osteoporosis")]
    either = bones + [p for p in patients if p not in bones and on_prednisone(p, "gi_ulcer")]
    share("safety.osteoporosis", patients, either)
    share("cart.detectable", patients, [p for p in patients if car_t_persists(p)])


def _survival_figures(patients: list[Patient], number: Number) -> None:
    follow_up = [survival_time(p, "os")[0] for p in patients]
    number("fu.median", median_of(follow_up))
    for endpoint in ("pfs", "os"):
        estimate, _ = kaplan_meier([survival_time(p, endpoint) for p in patients], 12)
        rounded = Decimal(str(round(100 * estimate, 6))).quantize(Decimal("0.1"), ROUND_HALF_UP)
        number(f"surv.{endpoint}12", float(rounded))


def _support_figures(patients: list[Patient], share: Share) -> None:
    def given(*kinds: str) -> list[Patient]:
        return [
            p
            for p in patients
            if any(0 <= day <= 28 for kind in kinds for day in p.support.get(kind, set()))
        ]

    share("support.transfusion", patients, given("red_cells", "platelets"))
    share("support.gcsf", patients, given("gcsf"))
    share("support.drugs", patients, given("epo", "tpo_ra"))


def treated_figures(path: Path) -> dict[str, Figure]:
    """The figures of the flow that come from the table of all treated patients."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    followed = [row for row in rows if row["blood_count_followup"] == "Yes"]
    pht = [row for row in followed if row["pht_d28"] == "Yes"]
    return {
        "flow.treated": (None, None, len(rows)),
        "flow.evaluated": (None, None, len(followed)),
        # printed with one decimal
        "flow.pht": (len(pht), len(followed), round(percent(len(pht), len(followed)), 1)),
    }
