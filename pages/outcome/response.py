"""Response to prednisone: times, recovery, relapses after stopping, doses, and safety."""

import streamlit as st

from pages.shared.figure import show_figure, show_method
from pages.shared.session import current_assessment, current_view
from pages.shared.tables import show_relapses, show_safety
from pht_core.charts.response import dose_chart, recovery_chart, response_time_chart
from pht_core.charts.survival import cumulative_incidence_chart
from pht_core.confirmation import changed_by_confirmation
from pht_core.recovery import count_complete_recovery, count_recovery, recovery_curves
from pht_core.safety import count_car_t_persistence, count_safety
from pht_core.summary import median_range, median_text
from pht_core.trajectory import patient_doses

# More lanes than this are no longer read one by one.
MOST_LANES = 60

view = current_view()
st.title("Response to prednisone")
if not view.treated:
    st.info("None of these patients was given prednisone, so there is no response to show.")
    st.stop()
of = st.segmented_control(
    "Patients",
    ["pht", "all"],
    default="pht",
    required=True,
    format_func={"pht": "with PHT at day 28", "all": "all given prednisone"}.__getitem__,
    key="response_of",
    bind="query-params",
    help="The paper's fifteen had PHT at day 28; two more fell ill later, around day 70.",
)
ids = [name for name in view.treated if of == "all" or name in set(view.pht)]
if not ids:
    st.info("None of these patients had PHT at day 28. Choose all given prednisone.")
    st.stop()
assessment, settings = view.assessment, view.assessment.settings
responses = view.of(assessment.responses, ids)
first = responses[responses["course"] == 1]
who = f"{len(ids)} patients, first course"

median, *_, n_responders = median_range(first["response_time"])
show_figure(
    "response-times",
    lambda shade: response_time_chart(
        first,
        median=median if n_responders else None,
        theme=shade,
        title=f"{n_responders} of {int(first['responded'].notna().sum())} responded; median "
        f"response time {median_text(first['response_time'], 'days')}",
        subtitle="From the first prednisone day to the first support-free count at least one "
        "grade better, in any lineage.",
        footer=view.provenance(who).footer(),
    ),
    first,
    view,
)

complete = count_complete_recovery(assessment, ids)
show_figure(
    "figure1-recovery",
    lambda shade: recovery_chart(
        complete,
        intervals=True,
        theme=shade,
        title="Back to normal after prednisone (complete recovery)",
        subtitle="Best support-free count up to 28 days after the first course; lines are exact "
        "95% intervals.",
        footer=view.provenance(who).footer(),
    ),
    complete,
    view,
)

curves = recovery_curves(assessment, ids)
states = count_recovery(assessment, ids)
st.caption(
    "Recovery at the first course: "
    + "; ".join(f"{row.state}: {row.n} of {row.n_total}" for row in states.itertuples())
    + ". Only those not yet at that grade can recover."
)
if len(curves):
    show_figure(
        "recovery-incidence",
        lambda shade: cumulative_incidence_chart(
            curves,
            theme=shade,
            title=f"Cumulative incidence of recovery to grade ≤ {settings.recovery_grade}",
            subtitle="All lineages on one support-free draw. Death, progression and the next "
            "therapy compete (Aalen-Johansen).",
            footer=view.provenance(f"Aalen-Johansen, {settings.ci} interval").footer(),
        ),
        curves,
        view,
    )

n_confounded = int(first["confounded"].fillna(False).sum())
if n_confounded:
    st.warning(
        f"{n_confounded} of these patients were given erythropoietin or a thrombopoietin receptor "
        "agonist during the course, which may have caused the response. The paper excluded such."
    )

st.subheader("After stopping")
relapses = view.of(assessment.relapses, ids)
n_stopped = relapses["subject_id"].nunique()
again = relapses[relapses["relapsed"].fillna(False)]
st.markdown(
    f"**{again['subject_id'].nunique()} of {n_stopped}** patients who stopped had cytopenia again "
    f"(grade ≥ {settings.relapse_grade} and at least {settings.relapse_fall} grade worse than at "
    "the stop)."
)
show_relapses(again)

other = current_assessment(settings.with_changes(confirm=not settings.confirm))
changed = changed_by_confirmation(assessment, other, ids)
asked = "Without" if settings.confirm else "With"
st.caption(
    f"{asked} confirmation by the next count the result differs for: {', '.join(changed)}."
    if changed
    else f"{asked} confirmation by the next count no patient's response or relapse changes."
)

drawn = ids[:MOST_LANES]
doses, steps = patient_doses(assessment, drawn), view.of(assessment.dose_steps, drawn)
if len(drawn) < len(ids):
    st.caption(f"Doses of the first {len(drawn)} of {len(ids)} patients.")
if len(doses):
    show_figure(
        "dose-steps",
        lambda shade: dose_chart(
            doses,
            steps=steps,
            theme=shade,
            title=f"Prednisone dose: {int(steps['followed'].sum())} of {len(steps)} steps "
            "followed the taper rule",
            subtitle="Rule: halved (40-60%) after a lineage gained a grade in the 14 days before.",
            footer=view.provenance().footer(),
        ),
        steps,
        view,
    )

st.subheader("Safety on prednisone")
safety = count_safety(assessment, ids)
if len(safety):
    show_safety(safety)
else:
    st.info("This cohort's file records no events.")
if assessment.cohort.has("car_t"):
    n, n_total = count_car_t_persistence(assessment, ids)
    st.markdown(
        f"CAR-T cells were detected both before and after the start of prednisone in **{n} of "
        f"{n_total}** patients."
    )
show_method(
    view,
    "course_gap",
    "baseline_age",
    "response",
    "recovery_grade",
    "relapse_grade",
    "confirm",
    "use_support",
    "taper",
    "cutoff",
)
