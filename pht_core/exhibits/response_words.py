"""Words of the exhibits of response: times, complete recovery, recovery, and relapses."""

import pandas as pd

from pht_core.charts.response import MOST_DOTS
from pht_core.exhibits.view import View
from pht_core.exhibits.words import (
    EXACT,
    Texts,
    capital,
    caption,
    left_out,
    limits,
    listed,
    median_value,
    median_words,
    patients,
    percent,
    pht_definition,
    rows_of,
    sentence,
    share,
    short_share,
    these,
)
from pht_core.model.schema import LINEAGE_NAMES
from pht_core.model.settings import support_word
from pht_core.stats.proportion import rate_text
from pht_core.stats.recovery import derive_recovery_times
from pht_core.stats.response import first_courses
from pht_core.stats.summary import count_yes

RECOVERY_DAY = 28.0
_COMPETING = {"progression": "progression", "next_therapy": "the next therapy", "death": "death"}
_START = "after the start of prednisone"


def times(view: View, numbers: pd.DataFrame, of: str) -> Texts:
    """Days to the first gain of a grade.

    Parameters
    ----------
    numbers : first courses, see ``response.derive_responses``. of : pht or all.
    """
    settings, which = view.settings, given(of)
    n, known, missing = count_yes(numbers["responded"])
    if known:
        short = median_words(numbers["response_time"], "days", n=False)
        headline = f"Response in {short_share(n, known, _short(of))}"
        headline += f", {short} {_START}" if n else f" {_START}"
        when = f", {median_words(numbers['response_time'], 'days')} {_START}" if n else ""
        result = sentence(
            f"response was found in {share(n, known, which, method=EXACT)}{when}",
            left_out(missing, f"without counts before and {_START}"),
        )
    else:
        headline = f"Response not known in {patients(missing, _short(of))} given prednisone"
        result = sentence(
            f"response could not be told in {patients(missing, which)}, without counts before "
            f"and {_START}"
        )
    confirmed = ", confirmed by the lineage's next count" if settings.confirm else ""
    drawn = (
        "Each dot is a patient, the soonest response on top"
        if len(numbers) <= MOST_DOTS
        else "Bars count patients by days to response"
    )
    return Texts(
        headline,
        caption(
            view,
            f"Days from the start of prednisone to response in {patients(len(numbers), which)}, "
            "first course.",
            f"Response is the first {support_word(settings)}count at least one grade better than "
            f"the last before prednisone (at most {settings.baseline_age} days old), in any "
            f"lineage{confirmed}.",
            f"{drawn}; the dashed line is the median of the responders." if n else f"{drawn}.",
            _pht(view, of),
            beside=result,
        ),
        result,
    )


def complete_recovery(view: View, numbers: pd.DataFrame, of: str) -> Texts:
    """Back to normal per lineage, and all lineages on one draw.

    Parameters
    ----------
    numbers : see ``recovery.count_complete_recovery``. of : pht or all.
    """
    settings, which = view.settings, given(of)
    free = support_word(settings)
    n_group = int((numbers["n_total"] + numbers["missing"]).max())
    known = [
        (LINEAGE_NAMES.get(param), n, n_total, missing)
        for param, n, n_total, missing in rows_of(numbers, "param", "n", "n_total", "missing")
    ]
    lineages = [row for row in known if row[0] and row[2]]
    if lineages:
        short = [
            f"{name} in {short_share(n, n_total, None if place else '')}"
            for place, (name, n, n_total, _) in enumerate(lineages)
        ]
        headline = f"Returned to normal after prednisone: {listed(short)}"
        full = [
            f"{name} in {share(n, n_total, None if place else which)}"
            for place, (name, n, n_total, _) in enumerate(lineages)
        ]
        without = [f"{row[3]} for {row[0]}" for row in known if row[0] and row[3]]
        result = sentence(
            f"after prednisone, counts had returned to normal (grade 0): {listed(full)}",
            *(
                f"all counts were normal on one draw in {share(n, n_total, None)}"
                for name, n, n_total, _ in known
                if name is None and n_total
            ),
            f"patients without a count were left out ({listed(without)})" if without else "",
            f"intervals are {EXACT}",
        )
    else:
        headline = f"No {free}count after prednisone in {patients(n_group, _short(of))}"
        result = f"There was no {free}count after prednisone in {patients(n_group, which)}."
    return Texts(
        headline,
        caption(
            view,
            f"Counts back to normal (grade 0, complete recovery) after prednisone in "
            f"{patients(n_group, which)}, by lineage and with all three on one draw.",
            f"Of each lineage the best {free}count is taken from the day after the first dose to "
            f"{settings.after_days} days after the first course, before a relapse, progression "
            "or next therapy.",
            "Bars show the percent of patients with such a count; lines are exact "
            "(Clopper-Pearson) 95% CIs.",
            _pht(view, of),
            beside=result,
        ),
        result,
    )


def recovery_incidence(view: View, numbers: pd.DataFrame, ids: list[str], of: str) -> Texts:
    """Cumulative incidence of recovery, with what competes.

    Parameters
    ----------
    numbers : see ``recovery.recovery_curves``. ids : who was given prednisone and counts.
    """
    grade, ci = view.settings.recovery_grade, view.settings.ci
    assessment, everyone = view.assessment, view.cohort.subject_ids
    ends = assessment.keep("recovery times", lambda: derive_recovery_times(assessment, everyone))
    ends = ends[ends["subject_id"].isin(ids)]
    n, causes = len(ends), ends["cause"].astype(str)
    curve = numbers[numbers["cause"] == "recovery"]
    day = min(RECOVERY_DAY, float(curve["time"].max()))
    columns = ("estimate", "conf_low", "conf_high")
    estimate, low, high = rows_of(curve[curve["time"] <= day], *columns)[-1]
    at_risk = int((ends["time"] >= day).sum())
    rate = rate_text(estimate, 0 if estimate in (0.0, 1.0) else 1)
    # Where nobody or everybody has recovered there is no interval (missing, which is not less).
    known = low < high
    interval = f"95% CI {limits(100 * low, 100 * high)}" if known else ""
    when = f"{day:g} {'day' if day == 1 else 'days'} {_START}"
    before = [
        f"{words} in {int((causes == cause).sum())}"
        for cause, words in _COMPETING.items()
        if (causes == cause).any()
    ]
    waiting = int((causes == "censored").sum())
    method = ", ".join(filter(None, [interval, f"Aalen-Johansen, {ci}" if known else ""]))
    result = sentence(
        f"of {patients(n, f'with a lineage above grade {grade}')} at the start of prednisone, "
        f"{int((causes == 'recovery').sum())} recovered",
        f"before recovery, {listed(before)}" if before else "",
        f"{waiting} had not recovered when last counted" if waiting else "",
        f"the cumulative incidence of recovery was {rate} ({method or 'Aalen-Johansen'}) {when}, "
        f"with {patients(at_risk)} at risk",
    )
    others = [f"{words} before recovery" for c, words in _COMPETING.items() if (causes == c).any()]
    return Texts(
        f"Cumulative incidence of recovery to grade ≤ {grade}: {rate}"
        f"{f' ({interval})' if interval else ''} {when}",
        caption(
            view,
            f"Cumulative incidence of recovery from the start of prednisone in {patients(n)} with "
            f"a lineage above grade {grade} then"
            f"{f', of {patients(len(ids), given(of))}' if n != len(ids) else ''}.",
            f"Recovery is every lineage at grade {grade} or better on one "
            f"{support_word(view.settings)}draw; progression, the next therapy and death compete "
            "(Aalen-Johansen).",
            f"Shaded, {ci} 95% CI{f'; further curves, {listed(others)}' if others else ''}.",
            _pht(view, of),
            beside=result,
        ),
        result,
    )


def relapses(view: View, numbers: pd.DataFrame, of: str, ids: list[str]) -> Texts:
    """Relapses after stopping, a row each.

    Parameters
    ----------
    numbers : the relapses, see ``response.derive_relapses``. ids : given prednisone, and counted.
    """
    settings = view.settings
    pht = "with PHT" if of == "pht" else ""
    rows = view.patients.loc[ids]
    stopped = rows[rows["stopped"].fillna(False).to_numpy(dtype=bool)]
    n, known, missing = count_yes(stopped["relapsed"].astype("boolean"))
    if known:
        retreated = numbers[numbers["retreated"].fillna(False).to_numpy(dtype=bool)]
        again, judged, _ = count_yes(retreated["responded_again"].astype("boolean"))
        headline = f"Cytopenia again after stopping prednisone in {short_share(n, known, pht)}"
        if judged:
            headline += f"; response again after {again} of {these(judged, 'relapse')}"
        when = median_words(numbers["relapse_time"], "days")
        result = sentence(
            f"cytopenia was found again after stopping prednisone in "
            f"{share(n, known, pht, method=EXACT)}",
            f"{these(len(numbers), 'relapse')} came {when} after the stop" if n else "",
            f"prednisone was given again after {len(retreated)} of {these(len(numbers), 'relapse')}"
            if n
            else "",
            f"response was found again after {again} of {these(judged, 'further course')}"
            if judged
            else "",
            left_out(missing, "without counts at the stop and after it"),
        )
    elif len(stopped):
        headline = f"Relapse after stopping not known in {patients(len(stopped), pht)}"
        result = (
            f"Relapse could not be told in {patients(len(stopped), pht)} who stopped prednisone, "
            "without counts at the stop and after it."
        )
    else:
        headline = f"No stop of prednisone recorded in {patients(len(ids), pht)} given it"
        result = f"{headline}."
    fall = f"{settings.relapse_fall} grade{'s' if settings.relapse_fall > 1 else ''}"
    return Texts(
        headline,
        caption(
            view,
            f"Relapses after stopping prednisone, a row each, in {patients(len(stopped), pht)} who "
            f"stopped, of {len(ids)} given it.",
            f"Relapse is a count at grade {settings.relapse_grade} or worse and at least {fall} "
            "worse than at the stop, up to the next start"
            f"{', confirmed by the next count' if settings.confirm else ''}; days are counted from "
            "CAR-T infusion.",
            _pht(view, of),
            kind="Table",
            beside=f"{result} {' '.join(LINEAGE_NAMES)}" if len(numbers) else result,
        ),
        result,
    )


def given(of: str) -> str:
    """What the patients have in common."""
    return "with PHT given prednisone" if of == "pht" else "given prednisone"


def _short(of: str) -> str:
    return "with PHT" if of == "pht" else ""


def _pht(view: View, of: str) -> str:
    return pht_definition(view.settings) if of == "pht" else ""


UNIT = "mg/kg/day"


def doses(view: View, steps: pd.DataFrame, ids: list[str], of: str) -> Texts:
    """Doses over time, and which changes followed the taper rule.

    Parameters
    ----------
    steps : see ``prednisone.derive_dose_steps``. ids : who was given prednisone and counts.
    """
    settings = view.settings
    first = first_courses(view.of(view.assessment.courses, ids))
    followed, n_steps = int(steps["followed"].sum()), len(steps)
    if n_steps:
        rule = f"the taper rule was followed in {followed} of {these(n_steps, 'change')} of dose"
        short, full = (f"{rule} ({percent(followed, n_steps, places)})" for places in (0, 1))
    else:
        short = full = "the dose was not changed within a course"
    dose = median_value(first["first_dose"], UNIT, n=False)
    duration = median_words(first["duration"], "days")
    ongoing = int(first["ongoing"].sum())
    known = median_words(first["first_dose"], UNIT)
    result = sentence(
        f"in {patients(len(first), given(of))}, the first course began "
        f"{median_words(first['start_day'], 'days')} after CAR-T infusion"
        f"{f' at {known}' if known else ''}",
        f"it lasted {duration}" if duration else "",
        f"it was not known to have ended in {ongoing}" if ongoing else "",
        full,
    )
    low, high = f"{settings.taper_low:g}", f"{settings.taper_high:g}"
    return Texts(
        capital(short) + (f"; first dose {dose}" if dose else ""),
        caption(
            view,
            f"Doses of prednisone in {patients(len(first), given(of))} by days since CAR-T "
            f"infusion; the height of a block is the dose, printed above it ({UNIT}).",
            f"Taper rule: the new dose is {low} to {high} of the last, and some lineage had gained "
            f"a grade in the {settings.taper_days} days up to it; circles are changes that "
            "followed it, crosses the others."
            if n_steps
            else "",
            "Doses are prednisone equivalents of all corticosteroids."
            if settings.other_steroids
            else "",
            pht_definition(settings) if of == "pht" else "",
            beside=result,
        ),
        result,
    )


def safety(view: View, numbers: pd.DataFrame) -> Texts:
    """Events on prednisone, of all who were given it.

    Parameters
    ----------
    numbers : see ``safety.count_safety``.
    """
    n_total = int(numbers["n_total"].iloc[0])
    counts = rows_of(numbers, "title", "n")
    happened = [one for one in counts if one[1]]
    never = listed([title for title, n in counts if not n], "or")
    short = [
        f"{title} in {short_share(n, n_total, None if place else '')}"
        for place, (title, n) in enumerate(happened)
    ]
    none = f"{never} in none{'' if happened else f' of {patients(n_total)}'}" if never else ""
    full = [
        f"{title} in {share(n, n_total, None if place else '')}"
        for place, (title, n) in enumerate(counts)
    ]
    result = sentence(
        f"on days of a course of prednisone, there was {listed(full)}", f"intervals are {EXACT}"
    )
    return Texts(
        f"On prednisone: {'; '.join(filter(None, [listed(short), none]))}",
        caption(
            view,
            f"Events on a day of a course of prednisone in {patients(n_total)} given it.",
            "A patient counts once for each kind of event; kinds that the data do not record are "
            "left out; CIs are exact (Clopper-Pearson).",
            kind="Table",
            beside=result,
        ),
        result,
    )
