"""Words of the exhibits of prednisone itself: doses, and events on it."""

import pandas as pd

from pht_core.exhibits.texts.response import given
from pht_core.exhibits.words import (
    EXACT,
    Texts,
    capital,
    caption,
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
from pht_core.response import first_courses
from pht_core.view import View

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
