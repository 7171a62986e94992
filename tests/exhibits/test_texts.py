"""What exhibits say in words follows: the report check finds every number consistent."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pht_core.claims.claim import NOT_REPRODUCED, REPRODUCED, Report
from pht_core.claims.data.cohort_figures import figures_of
from pht_core.claims.report import check_report
from pht_core.claims.verdicts import CONSISTENT, VERDICTS
from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.cytopenias import CytopeniaOptions
from pht_core.exhibits.entry import Entry, list_entries, render_entries
from pht_core.exhibits.recovery import RECOVERY_OUTCOMES, RecoveryOptions
from pht_core.exhibits.rendering import Rendering
from pht_core.exhibits.survival import SurvivalOptions
from pht_core.exhibits.view import View
from pht_core.intake.reading import read_sample
from pht_core.model.filters import Filters
from pht_core.model.settings import Settings
from pht_core.stats.grouping import GROUPINGS

FIGURE_1 = ("figure1-incidence", "figure1-lineages", "figure1-grades")
RESPONSE = (
    "response-times",
    "figure1-recovery",
    "recovery-incidence",
    "relapses",
    "recurrence-incidence",
    "doses",
)
SURVIVAL = ("survival", "survival-rates", "survival-medians")
HSCT = Filters(prior_hsct=True)
# A percent that stands beside its count and its denominator.
SHARE = re.compile(r"\d+ of \d+[^;(]{0,60}\(\d+(?:\.\d+)?%")
INTERVAL = re.compile(r"\d+ of \d+[^;(]{0,60}\((?:\d+(?:\.\d+)?%; )?95% CI")


BY = [{"by": name, "landmark": months} for name in GROUPINGS for months in (0, 3)]
OF_SURVIVAL: list[dict[str, Any]] = [
    {"endpoint": "pfs"},
    *BY,
    {"origin": "prednisone"},
    {"ci": "plain", "landmark": 6},
    {"censor": False},
]
# What is said in the sample, by how it is asked: everything of a view, or exhibits with options.
OF_VIEWS = {
    "defaults": (Settings(), Filters()),
    "filtered": (Settings(), HSCT),
    "grade 3": (Settings(pht_grade=3), Filters()),
    "v6": (Settings(scheme="ctcae_v6"), Filters()),
    "Table 1": (Settings(scheme="wang2023_table1"), Filters()),
    "confirmed": (Settings(confirm=True, use_support=False), Filters()),
}
OF_OPTIONS = {
    "all": [Entry(name, CytopeniaOptions(of="all", intervals=True)) for name in FIGURE_1]
    + [Entry(name, EXHIBITS[name].options(of="all")) for name in RESPONSE],
    "recovery": [
        Entry("recovery-incidence", RecoveryOptions(outcome=outcome, origin=origin, by=by))
        for outcome in RECOVERY_OUTCOMES
        for origin in ("prednisone", "infusion")
        for by in ("none", "sex")
    ],
    "last": [Entry(name, CytopeniaOptions(after="last")) for name in FIGURE_1],
    "pies": [Entry(FIGURE_1[0], CytopeniaOptions(look="pies"))],
    "survival": [
        Entry(name, SurvivalOptions(**options)) for name in SURVIVAL for options in OF_SURVIVAL
    ],
}
ASKED = (*OF_VIEWS, *OF_OPTIONS)


def entries(how: str) -> list[Entry]:
    if how in OF_OPTIONS:
        return OF_OPTIONS[how]
    return list_entries(View(read_sample(), *OF_VIEWS[how]))


@pytest.fixture(scope="module")
def renderings() -> dict[str, list[Rendering]]:
    return {how: render_entries(read_sample(), entries(how))[0] for how in ASKED}


def texts_of(rendering: Rendering) -> Iterator[tuple[str, str]]:
    for kind in ("headline", "caption", "result"):
        yield kind, getattr(rendering, kind)


def wrong(report: Report) -> list[str]:
    """Claims and findings that do not match."""
    claims = [
        f"{claim.text}: {claim.arithmetic}"
        for claim in report.claims
        if VERDICTS[claim.verdict].is_wrong or claim.verdict == "rounding"
    ]
    return claims + [found.message for found in report.findings if VERDICTS[found.verdict].is_wrong]


def test_every_exhibit_says_something(renderings: dict[str, list[Rendering]]) -> None:
    named = {rendering.name for rendering in renderings["defaults"]}
    assert named == set(EXHIBITS)
    for rendering in renderings["defaults"]:
        assert rendering.headline
        assert rendering.caption.startswith(("Figure. ", "Table. "))
        assert "Simulated data." in rendering.caption
        assert rendering.result.endswith(".") or rendering.name == "patients"


@pytest.mark.parametrize("how", ASKED)
def test_the_report_check_finds_nothing_wrong(
    renderings: dict[str, list[Rendering]], how: str
) -> None:
    shares = intervals = 0
    for rendering in renderings[how]:
        for kind, text in texts_of(rendering):
            report = check_report(text)
            assert wrong(report) == [], (rendering.name, kind, text)
            consistent = [claim for claim in report.claims if claim.verdict == CONSISTENT]
            # Every percent with its count is read as a claim, and follows from it.
            assert len(consistent) >= len(SHARE.findall(text)), (rendering.name, kind, text)
            shares += len(SHARE.findall(text))
            exact = [one for one in report.findings if "Clopper-Pearson" in one.message]
            assert len(exact) >= len(INTERVAL.findall(text)), (rendering.name, kind, text)
            intervals += len(INTERVAL.findall(text))
    # Counted by hand in the texts of the sample: shares, and those with an exact interval.
    counted = {"defaults": (94, 55), "pies": (11, 9), "last": (36, 30)}
    counted |= {"survival": (0, 0), "recovery": (0, 0)}
    if how in counted:
        assert (shares, intervals) == counted[how]
    else:
        assert (shares, intervals) > (45, 30)


def test_all_numbers_of_one_manuscript_fit_together(renderings: dict[str, list[Rendering]]) -> None:
    parts = [
        text for rendering in renderings["defaults"] for _, text in texts_of(rendering) if text
    ]
    report = check_report("\n\n".join(parts))
    assert wrong(report) == []
    assert report.counts()[CONSISTENT] >= 88


@pytest.mark.parametrize("how", ["defaults", "all", "last", "pies"])
def test_the_cohort_gives_what_is_said(renderings: dict[str, list[Rendering]], how: str) -> None:
    figures = figures_of(read_sample())
    held = 0
    for rendering in renderings[how]:
        for kind, text in texts_of(rendering):
            for claim in check_report(text, figures=figures).claims:
                assert claim.data != NOT_REPRODUCED, (rendering.name, kind, claim)
                held += claim.data == REPRODUCED
    assert held >= {"defaults": 62, "all": 35, "last": 26, "pies": 10}[how]


@pytest.mark.parametrize(
    ("settings", "least"), [(Settings(pht_grade=3), 40), (Settings(scheme="ctcae_v6"), 40)]
)
def test_the_cohort_gives_it_under_other_definitions(settings: Settings, least: int) -> None:
    cohort = read_sample()
    view = View(cohort, settings)
    figures = figures_of(cohort)
    figures = type(figures)(view.assessment, None)
    found, _ = render_entries(cohort, list_entries(view))
    held = 0
    for rendering in found:
        for kind, text in texts_of(rendering):
            for claim in check_report(text, figures=figures).claims:
                assert claim.data != NOT_REPRODUCED, (rendering.name, kind, claim)
                held += claim.data == REPRODUCED
    assert held >= least


@pytest.mark.parametrize(
    ("name", "said", "altered"),
    [
        ("figure1-incidence", "(94%", "(96%"),  # the paper's own slip, of 16 of 17
        ("figure1-grades", "(71%", "(72%"),
        ("response-times", "15 of 15", "14 of 15"),
        ("relapses", "(40%", "(41%"),
        ("safety", "(65%", "(67%"),
        ("patient-flow", "(78.9%", "(79.8%"),
        ("characteristics", "(53%", "(59%"),
    ],
)
def test_a_slip_of_one_digit_is_found(
    renderings: dict[str, list[Rendering]], name: str, said: str, altered: str
) -> None:
    result = next(
        rendering.result for rendering in renderings["defaults"] if rendering.name == name
    )
    assert said in result
    assert wrong(check_report(result)) == []
    assert wrong(check_report(result.replace(said, altered, 1))) != []


def test_filters_are_told(renderings: dict[str, list[Rendering]]) -> None:
    for rendering in renderings["filtered"]:
        assert "Restricted to 12 of 17 patients: prior HSCT." in rendering.caption
    assert all("Restricted" not in rendering.caption for rendering in renderings["defaults"])


def test_the_users_title_and_the_same_figure(renderings: dict[str, list[Rendering]]) -> None:
    entry = entries("defaults")[5]
    cohort = read_sample()
    (rendering,), _ = render_entries(cohort, [replace(entry, title="Ours")])
    assert rendering.headline == "Ours"
    assert rendering.caption == renderings["defaults"][5].caption
