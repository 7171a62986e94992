"""Texts of cohorts in which hardly anything is known are grammatical, and no text judges."""

import re
from collections.abc import Iterator

import pytest

from pht_core.claims.report import check_report
from pht_core.claims.verdicts import VERDICTS
from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.cytopenias import CytopeniaOptions
from pht_core.exhibits.entry import Entry, render_entries
from pht_core.exhibits.overview import headline_figures
from pht_core.exhibits.rendering import Rendering
from pht_core.exhibits.response import ResponseOptions, ResponseTimes
from pht_core.exhibits.survival import SurvivalOptions
from pht_core.exhibits.trajectories import PatientsOptions
from pht_core.exhibits.view import View
from pht_core.intake.reading import read_sample
from pht_core.model.cohort import Cohort
from pht_core.model.filters import Filters
from tests.small import small_cohort

COUNTS = """
subject_id | day | HGB | PLT | NE
A          | -5  | 130 | 200 | 3.0
A          | 10  | 70  | 20  | 0.3
A          | 28  | 75  | 30  | 0.4
A          | 30  | 75  | 30  | 0.4
A          | 44  | 105 | 90  | 1.6
A          | 60  | 140 | 210 | 3.0
"""
NORMAL = """
subject_id | day | HGB | PLT | NE
A          | 10  | 140 | 210 | 3.0
A          | 28  | 140 | 210 | 3.0
B          | 10  | 140 | 210 | 3.0
B          | 28  | 140 | 210 | 3.0
"""
PARTLY = """
subject_id | day | HGB | PLT | NE
A          | 10  | 70  |     |
A          | 28  | 70  |     |
B          | 10  |     | 210 | 3.0
B          | 28  |     | 210 | 3.0
C          | 10  | 140 | 210 |
C          | 28  | 90  | 210 |
"""
DOSES = """
subject_id | start_day | end_day | dose
A          | 30        | 43      | 0.5
"""
TWO_DOSES = """
subject_id | start_day | end_day | dose
A          | 30        | 43      | 0.5
A          | 44        | 50      | 0.25
"""
NO_DOSE = """
subject_id | start_day | end_day | dose
A          | 30        | 43      |
"""
OUTCOMES = """
subject_id | last_followup_months | progression_months | death_months | next_therapy_months
A          | 3.0                  |                    |              |
"""
DEATH = """
subject_id | last_followup_months | progression_months | death_months | next_therapy_months
A          | 3.0                  |                    | 3.0          |
B          | 20.0                 | 5.0                |              |
"""
EVENTS = """
subject_id | day | event
A          | 32  | infection
"""
ONE = """
subject_id | sex | age_years | prior_hsct
A          | F   | 1         | true
"""
NOTHING = """
subject_id | sex | age_years
A          |     |
B          |     |
"""

COHORTS = {
    "one patient": lambda: small_cohort(
        COUNTS, subjects=ONE, prednisone=DOSES, outcomes=OUTCOMES, events=EVENTS
    ),
    "two doses": lambda: small_cohort(COUNTS, prednisone=TWO_DOSES, events=EVENTS),
    "dose not known": lambda: small_cohort(COUNTS, prednisone=NO_DOSE, outcomes=DEATH),
    "counts only": lambda: small_cohort(COUNTS),
    "nobody with PHT": lambda: small_cohort(NORMAL, outcomes=DEATH),
    "nobody given prednisone": lambda: small_cohort(NORMAL, recorded="prednisone support"),
    "prednisone without PHT": lambda: small_cohort(NORMAL, prednisone=DOSES, outcomes=DEATH),
    "lineages missing": lambda: small_cohort(PARTLY, prednisone=DOSES, outcomes=DEATH),
    "prednisone without counts": lambda: small_cohort(prednisone=DOSES, outcomes=OUTCOMES),
    "outcomes only": lambda: small_cohort(outcomes=DEATH),
    "all missing": lambda: small_cohort(subjects=NOTHING),
}
# What no sentence of a journal has; a hyphen between numbers is an en dash there.
NEVER = re.compile(
    r"\bnan\b|\bNone\b|\binf\b|–%|<NA>|NaT|\bof 0 patients\b|\b0 of 0\b|in each of 1\b|"
    r"(?<![.\d])1 (?:patients|days|years|recurrences|changes|months|grades|times|events|courses)\b|"
    r"\(\)|\( |  | ,| ;| \.|,,|;;|\.\.|: ?\.|: ?;|, ?\.|; ?\.|\d-\d(?!\S*-)"
)
# An adjective or a cause has no place under a figure.
JUDGING = re.compile(
    r"\b(?:significan\w*|remarkabl\w*|dramatic\w*|effective\w*|efficac\w*|improve\w*|safe|safely|"
    r"well|better tolerated|tolerable|good|excellent|excit\w+|interesting\w*|strik\w+|notabl\w+|"
    r"impressive\w*|promising|benefi\w+|favou?rabl\w+|superior|inferior|robust\w*|rapid\w*|"
    r"successful\w*|clear(?:ly)?|only|merely|high|low|very|surprising\w*|due to|because|caus\w+|"
    r"led to|leads? to|result(?:ed|s) in|thanks to|therefore|thus|hence|worked|cured?|"
    r"prevent\w*|protect\w*|promot\w+|reduc\w+|increas\w+|decreas\w+|substantial\w*|mild\w*|"
    r"severe\w*|trend\w*|unfortunately|importantly|manageable|novel|first-ever)\b",
    re.IGNORECASE,
)


def texts(cohort: Cohort, filters: Filters | None = None) -> Iterator[tuple[str, str, str]]:
    """Every text of every exhibit of a cohort, with its exhibit and kind."""
    for rendering in renderings(cohort, filters):
        for kind in ("headline", "caption", "result"):
            yield rendering.name, kind, getattr(rendering, kind)


def renderings(cohort: Cohort, filters: Filters | None = None) -> list[Rendering]:
    """Plates of every exhibit with its defaults and with options that change its words."""
    asked = [
        Entry(name, one.options(), filters=filters or Filters()) for name, one in EXHIBITS.items()
    ]
    asked += [
        Entry(name, options, filters=filters or Filters())
        for name, one in EXHIBITS.items()
        for options in (
            CytopeniaOptions(of="all", after="last", look="pies", intervals=True),
            ResponseOptions(of="all"),
            *(SurvivalOptions(endpoint="pfs", by=by) for by in ("sex", "pht_d28", "relapsed")),
            SurvivalOptions(landmark=1, by="sex"),
            SurvivalOptions(origin="prednisone"),
            PatientsOptions(look="medians"),
        )
        if type(options) is one.options
    ]
    found, left_out = render_entries(cohort, asked)
    assert all(one.why for one in left_out)
    return found


@pytest.mark.parametrize("name", list(COHORTS))
def test_texts_of_odd_cohorts(name: str) -> None:
    said = 0
    for exhibit, kind, text in texts(COHORTS[name]()):
        where = f"{exhibit} {kind}: {text}"
        assert not NEVER.search(text), where
        assert not JUDGING.search(text), where
        assert text or (exhibit, kind) == ("patients", "result"), where
        if kind != "headline" and text:
            assert text.endswith("."), where
            assert text[0].isupper(), where
        assert "Simulated" not in text, where
        report = check_report(text)
        assert not [claim for claim in report.claims if VERDICTS[claim.verdict].is_wrong], where
        assert not [found for found in report.findings if VERDICTS[found.verdict].is_wrong], where
        said += 1
    # Without any count the figures of counts have nothing to say.
    assert said >= (12 if name == "all missing" else 15)


@pytest.mark.parametrize("filters", [Filters(), Filters(sex="F"), Filters(age_years=(0, 12))])
def test_no_text_of_the_sample_judges(filters: Filters) -> None:
    for exhibit, kind, text in texts(read_sample(), filters):
        where = f"{exhibit} {kind}: {text}"
        assert not JUDGING.search(text), where
        assert not NEVER.search(text), where


def test_lanes_tell_of_whom_something_is_not_known() -> None:
    # B was given prednisone and has no counts; of B nothing is known of the time after it either.
    given = "\nB          | 31        | 40      | 0.5"
    outcomes = """
        subject_id | last_followup_months | progression_months | death_months | next_therapy_months
        A          | 12                   | 6                  |              |
    """
    cohort = small_cohort(COUNTS, prednisone=DOSES.rstrip() + given, outcomes=outcomes)
    (rendering,), _ = render_entries(cohort, [Entry("swimmer", EXHIBITS["swimmer"].options())])
    assert "response in 1 of 1 given prednisone (1 not evaluable)" in rendering.headline
    assert "recurrent cytopenia in 0 of 1 who stopped it (1 not evaluable)" in rendering.headline
    assert "progression in 1 of 1 and death in 0 of 1" in rendering.result
    assert "follow-up was ongoing in 1 of 1, and is not known in 1" in rendering.result


def test_who_could_not_respond_or_did_too_late_is_named() -> None:
    # A is normal at the start, B improves 260 days after its course, C has no count after it.
    counts = """
    subject_id | day | HGB | PLT | NE
    A | 28 | 140 | 210 | 3.0
    A | 35 | 140 | 210 | 3.0
    B | 28 | 70  | 20  | 0.3
    B | 35 | 70  | 20  | 0.3
    B | 300 | 140 | 210 | 3.0
    C | 28 | 70  | 20  | 0.3
    """
    doses = "subject_id | start_day | end_day | dose" + "".join(
        f"\n{name} | 30 | 40 | 0.5" for name in "ABC"
    )
    cohort = small_cohort(
        counts, prednisone=doses, support="subject_id | day | kind\nA | 22 | gcsf"
    )
    entries = [
        Entry("response-times", ResponseOptions("all")),
        Entry("figure1-incidence", CytopeniaOptions()),
    ]
    (times, incidence), _ = render_entries(cohort, entries)
    assert times.headline == "Response in 0 of 1 patient after the start of prednisone"
    for words in (
        "1 patient at grade 0 in all lineages at the start (A) was excluded",
        "1 patient without counts before and after the start of prednisone was excluded",
        "improvement after the course, not counted, was found in B (day 300)",
    ):
        assert words in times.result
    assert (
        "1 of 3 day-28 draws under support (a normal count within 7 days of transfusion or G-CSF "
        "for its lineage; graded like any other)." in incidence.caption
    )


def test_nobody_is_said_to_be_free_of_pht_where_it_is_not_evaluable() -> None:
    counts = "subject_id | day | HGB | PLT | NE\nA | 10 | 70 | 20 | 0.3\nA | 50 | 70 | 20 | 0.3"
    view = View(small_cohort(counts, prednisone=DOSES))
    assert ResponseTimes(view).why_not() == (
        "PHT at day 28 is not evaluable in 1 of 1 patient given prednisone, and not known in any. "
        "Choose all given prednisone."
    )
    figures = {figure.name: figure for figure in headline_figures(view.assessment, ["A"])}
    assert figures["pht"].basis == "not evaluable in 1"
    assert figures["response"].basis == "none known to have PHT (1 not evaluable)"


def test_captions_name_every_end_of_the_time_after_prednisone() -> None:
    cohort = small_cohort(COUNTS, prednisone=DOSES)
    names = ("figure1-incidence", "figure1-recovery")
    renderings, _ = render_entries(
        cohort, [Entry(name, EXHIBITS[name].options()) for name in names]
    )
    for rendering in renderings:
        assert (
            "before recurrent cytopenia, the next course, progression or next therapy."
            in rendering.caption
        )


@pytest.mark.parametrize(
    ("row", "of_os", "of_pfs"),
    [
        ("12 | | |", "no death", "no progression and no death"),
        ("12 | | 5 |", "", "no progression"),
        ("12 | 3 | 5 |", "", ""),
    ],
)
def test_curves_tell_of_events_that_no_patient_of_the_file_has(
    row: str, of_os: str, of_pfs: str
) -> None:
    head = "subject_id | last_followup_months | progression_months | death_months"
    head += " | next_therapy_months"
    outcomes = f"{head}\nA | {row}\nB | 14 | | |"
    cohort = small_cohort(COUNTS, outcomes=outcomes)
    for endpoint, lacking in (("os", of_os), ("pfs", of_pfs)):
        chosen = SurvivalOptions(endpoint=endpoint)
        names = ("survival", "survival-rates", "survival-medians")
        renderings, _ = render_entries(cohort, [Entry(name, chosen) for name in names])
        assert len(renderings) == 3
        for rendering in renderings:
            told = f"{lacking} recorded in the file"
            assert (
                (told in rendering.caption)
                == (told in rendering.provenance.footer())
                == bool(lacking)
            )


@pytest.mark.parametrize("name", ["one patient", "lineages missing"])
def test_medians_of_fewer_than_three_patients_say_why_they_are_not_drawn(name: str) -> None:
    entry = Entry("figure3-trajectories", PatientsOptions(look="medians"))
    found, (left_out,) = render_entries(COHORTS[name](), [entry])
    assert not found
    assert left_out.why == "In no week do at least 3 of these patients have counts of a lineage."
