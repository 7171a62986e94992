"""What publications print, as marks in the figures of other cohorts."""

import pytest

from pht_core.charts import recovery_chart, survival_chart
from pht_core.exhibits.cytopenias import CytopeniaOptions, Incidence
from pht_core.exhibits.exhibit import RenderTarget
from pht_core.exhibits.response import CompleteRecovery, ResponseOptions
from pht_core.exhibits.survival import Survival, SurvivalOptions
from pht_core.exhibits.view import View
from pht_core.intake.reading import read_sample
from pht_core.paper.published import read_publications
from tests.drawn import CURVE, RECOVERY
from tests.opened import chart_data, open_page, words
from tests.pages.test_sidebar import csv, sample_of


@pytest.fixture(scope="module")
def view() -> View:
    return View(read_sample())


@pytest.mark.parametrize(
    ("figure", "label"),
    [
        # Wang et al. 2023, Results and Figure 1.
        ("pht", "Wang 2023, n = 109: 86/109 (78.9%)"),
        ("relapse", "Wang 2023, n = 17: 6/15 (40%)"),
        ("os", "Wang 2023, n = 17: 64.7%"),
        ("pfs", "Wang 2023, n = 17: 58.8%"),
        # 96.12% is printed: a misprint of 16/17.
        ("within_28 HGB", "Wang 2023, n = 17: 16/17 (94%)"),
        ("recovery NE", "Wang 2023, n = 17: 9/15 (60%)"),
    ],
)
def test_shares_have_their_denominator_and_their_source(figure: str, label: str) -> None:
    (one,) = read_publications()[figure]
    assert one.label == label
    assert one.source.endswith("(doi:10.3389/fimmu.2023.1139559)")


def test_bars_of_figure_1_are_marked_where_the_paper_prints_a_share(view: View) -> None:
    shown = Incidence(view, CytopeniaOptions(published=True))
    picture = shown.picture(RenderTarget())
    marks = picture.datasets["published"]
    assert marks["param"].tolist() == ["HGB", "PLT", "NE"]
    assert marks["percent"].round(2).tolist() == [94.12, 88.24, 100]
    assert picture.frame.subtitle.endswith("Wang 2023, n = 17 (doi:10.3389/fimmu.2023.1139559).")
    narrow = shown.picture(RenderTarget(width=413))
    assert "Wang 2023, n = 17: 16/17 (94%)" in narrow.datasets["names"]["under"].iloc[0]
    assert "published" not in Incidence(view).picture(RenderTarget()).datasets


def test_recovery_and_survival_are_marked(view: View) -> None:
    bars = CompleteRecovery(view, ResponseOptions(published=True)).picture(RenderTarget())
    assert bars.datasets["published"]["percent"].round(1).tolist() == [66.7, 66.7, 60]
    curve = Survival(view, SurvivalOptions(published=True)).picture(RenderTarget())
    assert curve.datasets["published"][["time", "percent"]].values.tolist() == [[12, 64.7]]
    # The paper counts from infusion.
    later = Survival(view, SurvivalOptions(published=True, origin="prednisone"))
    assert later.published() is None


def test_nothing_is_marked_without_being_asked_for() -> None:
    assert "published" not in recovery_chart(RECOVERY).datasets
    assert "published" not in survival_chart(CURVE).datasets
    assert not [box for box in open_page().toggle if box.key == "published"]


def test_a_switch_of_an_own_cohort_sets_them_into_its_figures() -> None:
    own = csv(sample_of("P3", "P5", "P9", "P11"))
    app = open_page("survival", upload=own)
    app.toggle(key="published").set_value(True).run()
    assert chart_data(app)["published"]["words"].tolist() == ["Wang 2023, n = 17: 64.7%"]
    app = open_page(upload=own)
    app.toggle(key="published").set_value(True).run()
    assert "Wang 2023, n = 109: 86/109 (78.9%)" in words(app)
