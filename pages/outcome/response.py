"""Response to prednisone: times, recovery, recurrence after stopping, doses, and safety."""

import streamlit as st

from pages.shared.choices import published, select
from pages.shared.figure import (
    say_why_not,
    show_figure,
    show_if_any,
    show_method,
    show_on_demand,
    show_table,
)
from pages.shared.menu import PAGES
from pages.shared.session import current_view, plain
from pages.shared.words import said, worded
from pht_core.exhibits.overview import compare_confirmation
from pht_core.exhibits.recovery import (
    ORIGINS,
    RECOVERY_OUTCOMES,
    RecoveryIncidence,
    RecoveryOptions,
    RecurrenceIncidence,
    RecurrenceOptions,
    offered_groups,
)
from pht_core.exhibits.response import (
    PATIENTS,
    CompleteRecovery,
    Doses,
    Relapses,
    ResponseOptions,
    ResponseTimes,
    Safety,
    SupportRates,
)
from pht_core.exhibits.view import View
from pht_core.model.words import counted
from pht_core.stats.recovery import count_recovery
from pht_core.stats.safety import count_car_t_persistence
from pht_core.stats.summary import count_yes

DEFINITIONS = (
    "course_gap",
    "other_steroids",
    "early_start",
    "baseline_age",
    "response",
    "after_days",
    "recovery_grade",
    "relapse_grade",
    "confirm",
    "use_support",
    "taper",
    "cutoff",
)
# By column of the courses, what is said of the patients who have such a course.
EARLY = {
    "early": "given early steroids, which are drawn but are not the treatment of PHT",
    "began_early": "with a first course that began early but went on for longer",
}


def show_response(view: View, options: ResponseOptions, by: str) -> None:
    """Days to the first gain of a grade, and what may have confounded it; recovery."""
    times = ResponseTimes(view, options)
    show_figure(times)
    if n_confounded := count_yes(times.numbers["confounded"])[0]:
        patients = counted(n_confounded, "patient", "patients")
        st.warning(said("confounded", patients=patients))
    courses = view.of(view.assessment.courses)
    notes = [
        f"{len(who)} {words}: {', '.join(map(plain, who))}."
        for column, words in EARLY.items()
        if (who := courses.loc[courses[column], "subject_id"].unique().tolist())
    ]
    if notes:
        st.caption(" ".join(notes))
    show_recovery(view, options, by)


def show_recovery(view: View, options: ResponseOptions, by: str) -> None:
    """Complete recovery per lineage, and the time to recovery with its competing events."""
    recovery = CompleteRecovery(view, options)
    show_figure(recovery)
    states = view.keep(("states", options), lambda: count_recovery(view.assessment, recovery.ids))
    words = "; ".join(f"{row.state}: {row.n} of {row.n_total}" for row in states.itertuples())
    grade = f"grade ≤ {view.settings.recovery_grade}"
    st.caption(said("recovery", grade=grade, states=words))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        outcome = select("Recovery", RECOVERY_OUTCOMES, "recovery", width=280)
        origin = "infusion"
        if outcome != "cibmtr":
            origin = select("Days since", ORIGINS, "recovery_origin", width=180)
    show_if_any(RecoveryIncidence(view, RecoveryOptions(options.of, outcome, origin, by)))


def show_stopping(view: View, options: ResponseOptions, by: str) -> None:
    """Recurrence after stopping, and in whom confirmation changes the result."""
    relapses = Relapses(view, options)
    show_table(relapses)
    show_if_any(RecurrenceIncidence(view, RecurrenceOptions(options.of, by)))
    st.caption(plain(compare_confirmation(view, relapses.ids)))
    PAGES["trajectories"].show_link("Their counts side by side →", trajectories="Several patients")


def show_doses(view: View, options: ResponseOptions, _: str) -> None:
    """Doses; safety on prednisone, and CAR-T persistence, in all treated patients."""
    show_figure(Doses(view, options))
    st.subheader(f"Safety on prednisone: all {len(view.treated)} treated patients")
    show_if_any(Safety(view, options))
    show_on_demand(SupportRates(view, options), printed=True)
    if view.cohort.has("car_t"):
        n, n_total = count_car_t_persistence(view.assessment, view.treated)
        st.markdown(said("car_t", n=n, n_total=n_total))


# The names of the tabs are in addresses.
PARTS = {
    "Response and recovery": show_response,
    "After stopping": show_stopping,
    "Dose and safety": show_doses,
}

view = current_view()
if not view.treated:
    st.info(ResponseTimes(view).why_not())
    st.stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    of = select(options=PATIENTS, key="response_of", width=260, **worded("response_of"))
    by = select(options=offered_groups(), key="recovery_by", width=260, **worded("recovery_by"))
options = ResponseOptions(of, published=published())
if say_why_not(ResponseTimes(view, options)):
    st.stop()
parts = st.tabs(list(PARTS), key="part", bind="query-params", on_change="rerun")
for tab, show_part in zip(parts, PARTS.values(), strict=True):
    # Only the open one is made.
    if tab.open:
        with tab:
            show_part(view, options, by)
show_method(view, *DEFINITIONS)
