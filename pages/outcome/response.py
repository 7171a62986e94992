"""Response to prednisone: times, recovery, relapses after stopping, doses, and safety."""

import streamlit as st

from pages.shared.figure import choose, show_figure, show_method, show_table_tools
from pages.shared.session import View, current_view, plain
from pages.shared.tables import show_relapses, show_safety
from pht_core.exhibits.catalogue import (
    COMPLETE_RECOVERY,
    DOSES,
    RECOVERY_INCIDENCE,
    RELAPSES,
    RESPONSE_TIMES,
    SAFETY,
)
from pht_core.exhibits.response import PATIENTS, ResponseOptions
from pht_core.stats.assessment import changed_by_confirmation
from pht_core.stats.recovery import count_recovery
from pht_core.stats.safety import count_car_t_persistence
from pht_core.stats.summary import count_yes


def show_times(view: View, options: ResponseOptions) -> None:
    """Days to the first gain of a grade, and what may have confounded it."""
    first = show_figure(view, RESPONSE_TIMES, options)
    n_confounded = count_yes(first["confounded"])[0]
    if n_confounded:
        st.warning(
            f"{n_confounded} of these patients were given erythropoietin or a thrombopoietin "
            "receptor agonist during the course, which may have caused the response. The paper "
            "excluded such patients."
        )


def show_recovery(view: View, options: ResponseOptions) -> None:
    """Complete recovery per lineage, and the time to recovery with what competes."""
    ids = COMPLETE_RECOVERY.patients(view, options)
    show_figure(view, COMPLETE_RECOVERY, options)
    states = view.keep(("states", options), lambda: count_recovery(view.assessment, ids))
    told = "; ".join(f"{row.state}: {row.n} of {row.n_total}" for row in states.itertuples())
    st.caption(f"At the first course {told}. Only those not yet at that grade can recover.")
    if not RECOVERY_INCIDENCE.why_not(view, options):
        show_figure(view, RECOVERY_INCIDENCE, options)


def show_stopping(view: View, options: ResponseOptions) -> None:
    """Relapses after stopping, whom confirmation changes, and the doses."""
    settings, ids = view.settings, RELAPSES.patients(view, options)
    stops = view.of(view.assessment.relapses, ids)
    again = RELAPSES.kept_numbers(view, options)
    st.markdown(
        f"**{again['subject_id'].nunique()} of {stops['subject_id'].nunique()}** patients who "
        f"stopped had cytopenia again (grade ≥ {settings.relapse_grade} and at least "
        f"{settings.relapse_fall} grade worse than at the stop)."
    )
    show_relapses(again)
    other = view.under(settings.with_changes(confirm=not settings.confirm))
    changed = changed_by_confirmation(view.assessment, other, ids)
    asked = f"{'Without' if settings.confirm else 'With'} confirmation by the next count"
    st.caption(
        f"{asked} the result differs for: {', '.join(map(plain, changed))}."
        if changed
        else f"{asked} no patient's response or relapse changes."
    )
    show_table_tools(view, RELAPSES, options)
    show_figure(view, DOSES, options)


def show_events(view: View, options: ResponseOptions) -> None:
    """Safety on prednisone, and CAR-T persistence, of everyone who was given it."""
    if why := SAFETY.why_not(view, options):
        st.info(why)
    else:
        show_safety(SAFETY.kept_numbers(view, options))
        show_table_tools(view, SAFETY, options)
    if view.cohort.has("car_t"):
        n, n_total = count_car_t_persistence(view.assessment, view.treated)
        st.markdown(
            "CAR-T cells were detected both before and after the start of prednisone in "
            f"**{n} of {n_total}** patients."
        )


view = current_view()
st.title("Response to prednisone")
if not view.treated:
    st.info(RESPONSE_TIMES.why_not(view, ResponseOptions()))
    st.stop()
of = choose(
    "Patients",
    PATIENTS,
    "response_of",
    help="The paper's fifteen had PHT at day 28; two more fell ill later, around day 70.",
)
options = ResponseOptions(of)
if why := RESPONSE_TIMES.why_not(view, options):
    st.info(why)
    st.stop()
show_times(view, options)
show_recovery(view, options)
st.subheader("After stopping")
show_stopping(view, options)
st.subheader(f"Safety on prednisone, all {len(view.treated)} who were given it")
show_events(view, options)
show_method(
    view,
    "course_gap",
    "other_steroids",
    "baseline_age",
    "response",
    "recovery_grade",
    "relapse_grade",
    "confirm",
    "use_support",
    "taper",
    "cutoff",
)
