"""Exhibits: the room that a picture is laid out for, and options from plain values."""

from typing import Any

import pandas as pd
import pytest

from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.cytopenias import Incidence
from pht_core.exhibits.entry import list_entries
from pht_core.exhibits.exhibit import Exhibit, RenderTarget
from pht_core.exhibits.response import Doses, ResponseOptions
from pht_core.exhibits.survival import Survival, SurvivalOptions
from pht_core.exhibits.trajectories import PatientsOptions, Swimmer, Trajectories
from pht_core.exhibits.view import View
from pht_core.intake.reading import read_cohort
from pht_core.model.cohort import build_cohort
from pht_core.model.errors import PhtError, UnknownName
from pht_core.model.filters import Filters
from tests.pictured import read_cohort_of

SLIDE = RenderTarget(width=900, height=414)


def test_on_a_slide_fewer_patients_have_a_row_and_that_is_said() -> None:
    view = read_cohort_of("long ids")
    asked: list[Exhibit[Any]] = [Swimmer(view), Doses(view, ResponseOptions("all"))]
    for shown in asked:
        everyone = shown.numbers["subject_id"].nunique()
        assert everyone > 60
        for target, drawn in ((SLIDE, 25), (RenderTarget(), 60)):
            assert shown.picture(target).frame.subtitle.startswith(
                f"{drawn} of {everyone} patients drawn"
            )


def test_options_from_plain_values() -> None:
    assert Survival.read_options({"endpoint": "pfs", "landmark": 3}) == SurvivalOptions(
        "pfs", landmark=3
    )
    assert Trajectories.read_options({"patients": ["P1", "P2"]}) == PatientsOptions(("P1", "P2"))
    for exhibit in EXHIBITS.values():
        assert exhibit.read_options({}) == exhibit.options()


@pytest.mark.parametrize(
    "values",
    [{"of": "some"}, {"intervals": 1}, {"intervals": "yes"}, {"which": 1}, {"of": ["pht"]}],
)
def test_options_that_are_not_offered(values: dict[str, object]) -> None:
    with pytest.raises((UnknownName, PhtError)):
        Incidence.read_options(values)


@pytest.mark.parametrize("patients", ["P1", [1, 2], None])
def test_patients_are_a_list_of_texts(patients: object) -> None:
    with pytest.raises(PhtError, match="a list of texts"):
        Trajectories.read_options({"patients": patients})


def test_true_is_no_landmark() -> None:
    with pytest.raises(UnknownName):
        Survival.read_options({"landmark": True})


def test_a_file_without_counts_has_no_figure_of_them() -> None:
    cohort = read_cohort(b"subject_id,age_years,sex,prior_hsct\nP1,30,M,yes\nP2,40,F,no\n")
    view = View(cohort)
    names = {entry.name for entry in list_entries(view)}
    assert "characteristics" in names
    assert not names & {"figure1-incidence", "figure1-lineages", "figure1-grades", "swimmer"}
    assert "no blood counts" in Incidence(view).why_not()


def test_a_view_has_the_rows_of_its_patients_in_every_table() -> None:
    subjects = pd.DataFrame({"subject_id": ["A", "B", "C"], "sex": ["M", "F", "F"]})
    counts = pd.DataFrame(
        {"subject_id": ["A", "B"], "day": [1, 1], "param": "NE", "value": 1.0, "unit": "10^9/L"}
    )
    support = pd.DataFrame({"subject_id": ["B", "A"], "day": [1, 1], "kind": "gcsf"})
    tables = {"subjects": subjects, "counts": counts, "support": support}
    cohort = build_cohort(tables, name="three", digest="")
    view = View(cohort, filters=Filters(sex="F"))
    assert view.of(cohort.subjects)["subject_id"].tolist() == view.subject_ids == ["B", "C"]
    assert view.of(cohort.counts)["subject_id"].tolist() == ["B"]
    assert view.of(cohort.support)["subject_id"].tolist() == ["B"]
    assert len(view.of(cohort.counts, [])) == 0
    assert len(cohort.counts) == len(cohort.support) == 2
