"""Cohorts that strain a picture (many patients, long ids, Chinese ids), and every figure of one.

All of them are copies of the sample's patients, whose courses are simulated.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import vl_convert

from pht_core.charts import Frame, Picture, trajectory_chart
from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.exhibit import RenderTarget
from pht_core.exhibits.view import View
from pht_core.intake.reading import read_sample
from pht_core.model.cohort import Cohort, build_cohort
from pht_core.model.schema import TABLES
from pht_core.model.settings import Settings
from pht_core.stats.trajectory import relapsed_patients
from tests.drawn import COUNTS, COURSES, CUTS, DOSES, LABS, LLN, STEROIDS, SUPPORT

FONTS = Path(__file__).parent.parent / "pht_core" / "export" / "pictures" / "fonts"
MONTHS = ("last_followup", "progression", "death", "next_therapy")
Draw = Callable[[RenderTarget], Picture]


def long_name(number: int) -> str:
    """An id of 29 letters whose end tells patients apart."""
    return f"NORTH-WEST/CAR-T 2023 no. {number + 1:03d}"


def chinese_name(number: int) -> str:
    """An id in Chinese: ward, patient, number."""
    return f"血液科第三病区患者{number + 1:03d}"


def copied_cohort(patients: int, name: Callable[[int], str], title: str) -> Cohort:
    """So many copies of the sample's patients, each with its own noise, times and name."""
    sample = read_sample()
    draw = np.random.default_rng(1139559)
    own = sample.subject_ids
    tables: dict[str, list[pd.DataFrame]] = {table: [] for table in TABLES}
    for number in range(patients):
        stretch = draw.uniform(0.6, 1.8)
        for table, parts in tables.items():
            rows: pd.DataFrame = getattr(sample, table)
            rows = rows[rows["subject_id"] == own[number % len(own)]].copy()
            rows["subject_id"] = name(number)
            if table == "counts":
                rows["value"] = (rows["value"] * draw.lognormal(0, 0.3, len(rows))).round(2)
            for column in rows.columns[rows.columns.str.startswith(MONTHS)]:
                if pd.api.types.is_numeric_dtype(rows[column].dtype):
                    rows[column] = (rows[column] * stretch).round(2)
            parts.append(rows)
    whole = {table: pd.concat(parts, ignore_index=True) for table, parts in tables.items()}
    return build_cohort(
        whole, name=title, digest="8d3b1c22" * 8, recorded=sample.recorded, simulated=True
    )


def read_cohort_of(kind: str) -> View:
    """The sample's 17; 200 with long ids, graded by the paper's Table 1; 40 with Chinese ids."""
    if kind == "sample":
        return View(read_sample())
    if kind == "long ids":
        cohort = copied_cohort(200, long_name, "simulated-cohort-of-a-registry.csv")
        return View(cohort, Settings(scheme="wang2023_table1"))
    return View(copied_cohort(40, chinese_name, "模拟队列.xlsx"))


# Figures by what they are called here: the exhibit's name and its options.
FIGURES: dict[str, tuple[str, dict[str, Any]]] = {
    "flow": ("patient-flow", {}),
    "incidence": ("figure1-incidence", {}),
    "incidence with intervals": ("figure1-incidence", {"intervals": True}),
    "pies": ("figure1-incidence", {"look": "pies"}),
    "lineages": ("figure1-lineages", {"intervals": True}),
    "grades": ("figure1-grades", {}),
    "survival": ("survival", {}),
    "survival by relapse": ("survival", {"endpoint": "pfs", "by": "relapsed"}),
    "survival by CRS grade": ("survival", {"by": "crs_grade"}),
    "recovery": ("figure1-recovery", {}),
    "recovery incidence": ("recovery-incidence", {}),
    "recovery by sex": ("recovery-incidence", {"by": "sex"}),
    "on and off": ("on-off-evidence", {}),
    "phases": ("on-off-phases", {}),
    "ICAHT grades": ("icaht-grades", {}),
    # Those that name patients.
    "response times": ("response-times", {}),
    "doses": ("doses", {}),
    "ICAHT strips": ("icaht-strips", {}),
    "swimmer": ("swimmer", {}),
    "heat": ("worst-grades", {}),
    "heat from the stop": ("worst-grades", {"align": "stop", "sort": "severe"}),
    "trajectory": ("figure3e-trajectory", {"log_axes": True}),
    "six": ("figure3-trajectories", {}),
    "one in front": ("figure3-trajectories", {"align": "infusion"}),
    "medians": ("figure3-trajectories", {"look": "medians"}),
    "all": ("figure3-trajectories", {}),
}
NAMING = list(FIGURES)[list(FIGURES).index("response times") :]
# Of tables made up for tests: the sample has neither other steroids nor laboratory values.
STRIPS = "all strips"


def draw_figures(view: View, names: list[str]) -> Iterator[tuple[str, Draw]]:
    """Each figure of these, ready to be drawn."""
    relapsed = relapsed_patients(view.assessment, view.subject_ids)
    chosen: dict[str, dict[str, Any]] = {
        "six": {"patients": relapsed[:6]},
        "one in front": {"patients": relapsed[:20], "front": relapsed[0]},
        "all": {"patients": view.subject_ids},
    }
    for name in names:
        if name == STRIPS:
            yield name, draw_all_strips
            continue
        exhibit = EXHIBITS[FIGURES[name][0]]
        options = exhibit.read_options(FIGURES[name][1] | chosen.get(name, {}))
        yield name, exhibit(view, options).picture


def draw_all_strips(target: RenderTarget) -> Picture:
    """One patient with other steroids and laboratory values too."""
    return trajectory_chart(
        COUNTS,
        Frame(theme=target.theme, width=target.width),
        courses=COURSES,
        doses=DOSES,
        support=SUPPORT,
        steroids=STEROIDS,
        labs=LABS,
        equivalents=True,
        cuts=CUTS,
        lln=LLN,
    )


def svg_of(picture: Picture) -> str:
    """A picture as it is laid out for paper, its faces named as the files of the fonts are."""
    spec = picture.to_dict(font="SourceSans3-Regular")
    places: list[object] = [spec]
    while places:
        place = places.pop()
        if isinstance(place, dict):
            for weight, font in (
                ("fontWeight", "font"),
                ("labelFontWeight", "labelFont"),
                ("titleFontWeight", "titleFont"),
            ):
                if place.get(weight) == 600:
                    place[font] = "SourceSans3-Semibold"
            places += [value for name, value in place.items() if name != "datasets"]
        elif isinstance(place, list):
            places += place
    vl_convert.register_font_directory(str(FONTS))
    return str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))


def drawn_figures(kind: str, looks: dict[str, list[RenderTarget]]) -> dict[str, str]:
    """SVGs of a cohort's figures, each in its looks, by what they are."""
    drawn = draw_figures(read_cohort_of(kind), [*looks])
    return {
        f"{kind}, {name}, {target.theme} {target.width}": svg_of(draw(target))
        for name, draw in drawn
        for target in looks[name]
    }
