"""Every choice of ours that a number depends on, with its default and what it means."""

from dataclasses import dataclass, fields, replace
from typing import Any

from pht_core.model.errors import PhtError, UnknownName


@dataclass(frozen=True)
class Settings:
    """The parameters of the definitions. Days are whole days after infusion (day 0).

    scheme, reference : names in ``criteria``.
    day28, day28_window : the single draw is the one nearest ``day28`` within +- the window.
    pht_grade : a lineage counts as low at day 28 from this grade on.
    support_free_days : a count within so many days after support of its lineage is supported.
    use_support : without it supported counts are used like any other.
    course_gap : so many days off the drug do not end a course.
    other_steroids : methylprednisolone, dexamethasone and hydrocortisone count into courses too.
    baseline_age : a baseline count may be so many days old.
    after_days : the period after prednisone ends so many days after the first course's end.
    recovery_grade : recovered means every lineage at this grade or better.
    relapse_grade, relapse_fall : a relapse is at this grade or worse and so many grades down.
    confirm : responses and relapses count only if the lineage's next count agrees.
    late_after : late cytopenia begins after this day, from ``late_grade`` on.
    taper_days, taper_low, taper_high : a dose step follows the paper's rule if a grade was gained
        in the days before it and the new dose is this share of the last.
    ci : interval of survival curves, ``log-log``, ``log`` or ``plain``.
    censor_at_next_therapy : follow-up ends at HSCT or another therapy, as in the paper.
    """

    scheme: str = "ctcae_v5"
    reference: str = "wst405_2012"
    day28: int = 28
    day28_window: int = 3
    pht_grade: int = 1
    support_free_days: int = 7
    use_support: bool = True
    course_gap: int = 2
    other_steroids: bool = False
    baseline_age: int = 14
    after_days: int = 28
    recovery_grade: int = 2
    relapse_grade: int = 2
    relapse_fall: int = 1
    confirm: bool = False
    late_after: int = 31
    late_grade: int = 2
    taper_days: int = 14
    taper_low: float = 0.40
    taper_high: float = 0.60
    ci: str = "log-log"
    censor_at_next_therapy: bool = True

    def __post_init__(self) -> None:
        for name, lowest in (("day28_window", 0), ("support_free_days", 0), ("course_gap", 0)):
            if getattr(self, name) < lowest:
                raise PhtError(f"{name} is {getattr(self, name)}; it must be {lowest} or more.")

    def with_changes(self, **changes: Any) -> "Settings":
        """The same settings with some of them changed; an unknown name is an `UnknownName`."""
        names = [field.name for field in fields(self)]
        for name in changes:
            if name not in names:
                raise UnknownName("Setting", name, names)
        return replace(self, **changes)


def describe_settings(settings: Settings, names: tuple[str, ...]) -> list[str]:
    """What some of the settings mean, a sentence each, with the values in use.

    >>> describe_settings(Settings(), ("course_gap",))
    ['A gap of 2 days or fewer does not end a course of prednisone.']
    """
    confirmed = (
        "Responses and relapses count only if the lineage's next count agrees."
        if settings.confirm
        else "One count is enough for a response or a relapse (no confirmation by the next)."
    )
    support = (
        f"Support-free: no red cells (hemoglobin), platelets (platelets) or G-CSF (neutrophils) on "
        f"the count's day or the {settings.support_free_days} days before it."
        if settings.use_support
        else "Counts under transfusion or G-CSF are used like any other."
    )
    steroids = (
        "Methylprednisolone, dexamethasone and hydrocortisone count into courses like prednisone, "
        "their doses in prednisone equivalents. Their first day then counts as the first of "
        "prednisone: no later draw is used for day 28. A course begun before infusion is left out."
        if settings.other_steroids
        else "Prednisone and prednisolone form courses; methylprednisolone, dexamethasone and "
        "hydrocortisone form none."
    )
    sentences = {
        "day28_window": f"The draw at day 28 is the one nearest day {settings.day28} within "
        f"± {settings.day28_window} days and not after the first prednisone day; of two equally "
        "near the earlier.",
        "pht_grade": f"PHT: any lineage at grade {settings.pht_grade} or worse on that draw; none "
        "only if all three lineages are known.",
        "use_support": support,
        "after_days": "After prednisone: from the day after the first dose to "
        f"{settings.after_days} days after the end of the first course, ending before a relapse.",
        "course_gap": f"A gap of {settings.course_gap} days or fewer does not end a course of "
        "prednisone.",
        "other_steroids": steroids,
        "baseline_age": "Baseline of a course, and the grade at its stop: the last count on or "
        f"before that day, at most {settings.baseline_age} days old.",
        "response": f"Response: the first {support_word(settings)}count after the start that is "
        "at least one grade better than the baseline, in any lineage.",
        "recovery_grade": f"Recovery: every lineage at grade {settings.recovery_grade} or better "
        f"on one {support_word(settings)}draw, in patients with a lineage above that grade at "
        "the start.",
        "relapse_grade": f"Relapse: after a stop, up to and including the next start, a count at "
        f"grade {settings.relapse_grade} or worse and at least {settings.relapse_fall} grade worse "
        "than at the stop.",
        "confirm": confirmed,
        "late_after": f"Late cytopenia: none at day 28, then grade {settings.late_grade} or "
        f"worse after day {settings.late_after}.",
        "taper": f"Taper rule: the new dose is {100 * settings.taper_low:.0f}-"
        f"{100 * settings.taper_high:.0f}% of the last, and in the {settings.taper_days} days "
        "up to it some lineage had gained a grade since the last step.",
        "cutoff": "Counts after progression, the next therapy (HSCT included) or death are not "
        "used.",
    }
    return [sentences[name] for name in names]


def changed_settings(settings: Settings) -> list[str]:
    """Definitions that are not the defaults, in a few words each, for the page and for footers.

    The grading scheme is not among them: it is always named.

    >>> changed_settings(Settings(pht_grade=3, confirm=True))
    ['PHT from grade 3', 'confirmed by the next count']
    """
    default = Settings()
    words = {
        "reference": f"lower limits of normal {settings.reference}",
        "day28_window": f"day 28 ± {settings.day28_window} days",
        "pht_grade": f"PHT from grade {settings.pht_grade}",
        "support_free_days": f"support-free for {settings.support_free_days} days",
        "use_support": "support not looked at",
        "recovery_grade": f"recovery to grade ≤ {settings.recovery_grade}",
        "relapse_grade": f"relapse from grade {settings.relapse_grade}",
        "relapse_fall": f"relapse by {settings.relapse_fall} grades",
        "confirm": "confirmed by the next count",
        "course_gap": f"course gap {settings.course_gap} days",
        "other_steroids": "other steroids count as prednisone",
        "baseline_age": f"baseline at most {settings.baseline_age} days old",
        "after_days": f"to {settings.after_days} days after the course",
        "censor_at_next_therapy": "not censored at next therapy",
    }
    return [
        text for name, text in words.items() if getattr(settings, name) != getattr(default, name)
    ]


def support_word(settings: Settings) -> str:
    """``support-free `` before "count" where support is looked at, else nothing."""
    return "support-free " if settings.use_support else ""
