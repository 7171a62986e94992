"""Response to prednisone: times, recovery, relapses after stopping, doses, and safety."""

import pandas as pd
import streamlit as st

from pages.shared.choices import choose
from pages.shared.figure import show_figure, show_method
from pages.shared.session import Theme, View, current_assessment, current_view, plain
from pages.shared.tables import show_relapses, show_safety
from pht_core.charts.picture import Picture
from pht_core.charts.response import dose_chart, recovery_chart, response_time_chart
from pht_core.charts.survival import cumulative_incidence_chart
from pht_core.confirmation import changed_by_confirmation
from pht_core.recovery import count_complete_recovery, count_recovery, recovery_curves
from pht_core.response import first_courses
from pht_core.safety import count_car_t_persistence, count_safety
from pht_core.settings import support_word
from pht_core.summary import count_yes, median_range, median_text
from pht_core.trajectory import patient_doses


def show_times(view: View, ids: list[str], of: str) -> None:
    """Days to the first gain of a grade, and what may have confounded it."""

    def draw(first: pd.DataFrame, shade: Theme) -> Picture:
        n, known, _ = count_yes(first["responded"])
        return response_time_chart(
            first,
            median=median_range(first["response_time"])[0] if n else None,
            theme=shade,
            title=f"{n} of {known} responded; median response time "
            f"{median_text(first['response_time'], 'days')}",
            subtitle="From the first prednisone day to the first "
            f"{support_word(view.assessment.settings)}count at least one grade better, in any "
            "lineage.",
            footer=view.provenance(f"{len(ids)} patients, first course").footer(),
        )

    first = show_figure(
        view,
        "response-times",
        lambda: first_courses(view.of(view.assessment.responses, ids)),
        draw,
        (of,),
    )
    n_confounded = count_yes(first["confounded"])[0]
    if n_confounded:
        st.warning(
            f"{n_confounded} of these patients were given erythropoietin or a thrombopoietin "
            "receptor agonist during the course, which may have caused the response. The paper "
            "excluded such patients."
        )


def show_recovery(view: View, ids: list[str], of: str) -> None:
    """Complete recovery per lineage, and the time to recovery with what competes."""
    settings = view.assessment.settings
    show_figure(
        view,
        "figure1-recovery",
        lambda: count_complete_recovery(view.assessment, ids),
        lambda table, shade: recovery_chart(
            table,
            intervals=True,
            theme=shade,
            title="Back to normal after prednisone (complete recovery)",
            subtitle=f"Best {support_word(settings)}count up to {settings.after_days} days after "
            "the first course; lines are exact 95% intervals.",
            footer=view.provenance(f"{len(ids)} patients, first course").footer(),
        ),
        (of,),
    )
    states = view.keep(("states", of), lambda: count_recovery(view.assessment, ids))
    told = "; ".join(f"{row.state}: {row.n} of {row.n_total}" for row in states.itertuples())
    st.caption(f"At the first course {told}. Only those not yet at that grade can recover.")
    curves = view.keep(("curves", of), lambda: recovery_curves(view.assessment, ids))
    if len(curves):
        show_figure(
            view,
            "recovery-incidence",
            lambda: curves,
            lambda curves, shade: cumulative_incidence_chart(
                curves,
                theme=shade,
                title=f"Cumulative incidence of recovery to grade ≤ {settings.recovery_grade}",
                subtitle=f"All lineages on one {support_word(settings)}draw. Death, progression "
                "and the next therapy compete (Aalen-Johansen).",
                footer=view.provenance(f"Aalen-Johansen, {settings.ci} interval").footer(),
            ),
            (of,),
        )


def show_stopping(view: View, ids: list[str], of: str) -> None:
    """Relapses after stopping, whom confirmation changes, and the doses."""
    settings = view.assessment.settings
    relapses = view.of(view.assessment.relapses, ids)
    again = relapses[relapses["relapsed"].fillna(False)]
    st.markdown(
        f"**{again['subject_id'].nunique()} of {relapses['subject_id'].nunique()}** patients who "
        f"stopped had cytopenia again (grade ≥ {settings.relapse_grade} and at least "
        f"{settings.relapse_fall} grade worse than at the stop)."
    )
    show_relapses(again)
    other = current_assessment(settings.with_changes(confirm=not settings.confirm))
    changed = changed_by_confirmation(view.assessment, other, ids)
    asked = f"{'Without' if settings.confirm else 'With'} confirmation by the next count"
    st.caption(
        f"{asked} the result differs for: {', '.join(map(plain, changed))}."
        if changed
        else f"{asked} no patient's response or relapse changes."
    )
    steps = view.of(view.assessment.dose_steps, ids)
    show_figure(
        view,
        "doses",
        lambda: patient_doses(view.assessment, ids),
        lambda doses, shade: dose_chart(
            doses,
            steps=steps,
            theme=shade,
            title=f"Prednisone dose: {int(steps['followed'].sum())} of {len(steps)} steps "
            "followed the taper rule",
            subtitle="Rule: halved (40-60%) after a lineage gained a grade in the 14 days before.",
            footer=view.provenance().footer(),
        ),
        (of,),
    )


def show_events(view: View) -> None:
    """Safety on prednisone, and CAR-T persistence, of everyone who was given it."""
    safety = view.keep("safety", lambda: count_safety(view.assessment, view.treated))
    if len(safety):
        show_safety(safety)
    else:
        st.info("This cohort's file records no events.")
    if view.assessment.cohort.has("car_t"):
        n, n_total = count_car_t_persistence(view.assessment, view.treated)
        st.markdown(
            "CAR-T cells were detected both before and after the start of prednisone in "
            f"**{n} of {n_total}** patients."
        )


view = current_view()
st.title("Response to prednisone")
if not view.assessment.cohort.has("prednisone"):
    st.info("This cohort's file does not record prednisone, so there is no response to show.")
    st.stop()
if not view.treated:
    st.info("None of these patients was given prednisone, so there is no response to show.")
    st.stop()
of = choose(
    "Patients",
    {"pht": "with PHT at day 28", "all": "all given prednisone"},
    "response_of",
    help="The paper's fifteen had PHT at day 28; two more fell ill later, around day 70.",
)
ids = view.treated if of == "all" else view.treated_pht
if not ids:
    st.info("None of these patients had PHT at day 28. Choose all given prednisone.")
    st.stop()
show_times(view, ids, of)
show_recovery(view, ids, of)
st.subheader("After stopping")
show_stopping(view, ids, of)
st.subheader(f"Safety on prednisone, all {len(view.treated)} who were given it")
show_events(view)
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
