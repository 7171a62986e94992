"""Every choice of ours that a number depends on: its default, its bounds and what it means.

A definition is one line of `Settings`: its value, the bounds that a settings file is held to,
and its words.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from pht_core.model.criteria import read_references, read_schemes
from pht_core.model.errors import PhtError, UnknownName

INTERVALS = ("log-log", "log", "plain")
DAYS = (0, 3650)
SHARE = (0.0, 1.0)


@dataclass(frozen=True)
class Setting:
    """What is known of one definition beside its value.

    Parameters
    ----------
    bounds : the lowest and the highest value of a number.
    offered : the names that can be chosen.
    meaning : a sentence with the values in use, for "Methods and definitions". negated : the
        sentence where a yes/no definition is off.
    changed : a few words for where it is not the default.
    """

    bounds: tuple[float, float] | None = None
    offered: Callable[[], Sequence[str]] | None = None
    meaning: str = ""
    negated: str = ""
    changed: str = ""


def _setting(
    default: Any, bounds: tuple[float, float] | None = None, /, changed: str = "", **known: Any
) -> Any:
    setting = Setting(bounds, changed=changed, **known)
    return field(default=default, metadata={"setting": setting})


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
    ci : interval of survival curves, one of `INTERVALS`.
    censor_at_next_therapy : follow-up ends at HSCT or another therapy, as in the paper.
    """

    scheme: str = _setting("ctcae_v5", offered=lambda: list(read_schemes()))
    reference: str = _setting(
        "wst405_2012",
        changed="lower limits of normal {reference}",
        offered=lambda: list(read_references()),
    )
    day28: int = _setting(28, DAYS)
    day28_window: int = _setting(
        3,
        DAYS,
        "day 28 ± {day28_window} days",
        meaning="The draw at day 28 is the one nearest day {day28} within ± {day28_window} days "
        "and not after the first prednisone day; of two equally near, the earlier.",
    )
    pht_grade: int = _setting(
        1,
        (1, 4),
        "PHT from grade {pht_grade}",
        meaning="PHT: any lineage at grade {pht_grade} or worse on that draw; no PHT only if all "
        "three lineages are known.",
    )
    support_free_days: int = _setting(7, DAYS, "support-free for {support_free_days} days")
    use_support: bool = _setting(
        True,
        changed="transfusions and G-CSF ignored",
        meaning="Support-free: no red cells (hemoglobin), platelets (platelets) or G-CSF "
        "(neutrophils) on the day of the count or in the {support_free_days} days before it.",
        negated="Counts under transfusion or G-CSF are used like any other.",
    )
    course_gap: int = _setting(
        2,
        DAYS,
        "course gap {course_gap} days",
        meaning="A gap of {course_gap} days or fewer does not end a course of prednisone.",
    )
    other_steroids: bool = _setting(
        False,
        changed="other steroids count as prednisone",
        meaning="Methylprednisolone, dexamethasone and hydrocortisone count towards courses like "
        "prednisone, with doses in prednisone equivalents. Their first day then counts as the "
        "first day of prednisone: no later draw is used for day 28. A course begun before "
        "infusion is left out.",
        negated="Prednisone and prednisolone form courses; methylprednisolone, dexamethasone and "
        "hydrocortisone form none.",
    )
    baseline_age: int = _setting(
        14,
        DAYS,
        "baseline at most {baseline_age} days old",
        meaning="Baseline of a course, and the grade at its stop: the last count on or before that "
        "day, at most {baseline_age} days old.",
    )
    after_days: int = _setting(
        28,
        DAYS,
        "to {after_days} days after the course",
        meaning="After prednisone: from the day after the first dose to {after_days} days after "
        "the end of the first course, ending before a relapse.",
    )
    recovery_grade: int = _setting(
        2,
        (0, 4),
        "recovery to grade ≤ {recovery_grade}",
        meaning="Recovery: every lineage at grade {recovery_grade} or better on one {support_free}"
        "draw, in patients with a lineage above that grade at the start.",
    )
    relapse_grade: int = _setting(
        2,
        (1, 4),
        "relapse from grade {relapse_grade}",
        meaning="Relapse: after a stop, up to and including the next start, a count at grade "
        "{relapse_grade} or worse and at least {relapse_fall} grade worse than at the stop.",
    )
    relapse_fall: int = _setting(1, (1, 4), "relapse by {relapse_fall} grades")
    confirm: bool = _setting(
        False,
        changed="confirmed by the next count",
        meaning="Responses and relapses count only if the lineage's next count agrees.",
        negated="A single count is enough for a response or a relapse (no confirmation by the "
        "next).",
    )
    late_after: int = _setting(
        31,
        DAYS,
        meaning="Late cytopenia: none at day 28, then grade {late_grade} or worse after day "
        "{late_after}.",
    )
    late_grade: int = _setting(2, (1, 4))
    taper_days: int = _setting(14, DAYS)
    taper_low: float = _setting(0.40, SHARE)
    taper_high: float = _setting(0.60, SHARE)
    ci: str = _setting("log-log", offered=lambda: INTERVALS)
    censor_at_next_therapy: bool = _setting(True, changed="not censored at next therapy")

    def __post_init__(self) -> None:
        for name, setting in SETTINGS.items():
            value = getattr(self, name)
            if setting.bounds and not setting.bounds[0] <= value <= setting.bounds[1]:
                low, high = setting.bounds
                raise PhtError(f"{name} is {value}; it must be from {low:g} to {high:g}.")

    def with_changes(self, **changes: Any) -> "Settings":
        """The same settings with some of them changed; an unknown name is an `UnknownName`."""
        for name in changes:
            if name not in SETTINGS:
                raise UnknownName("Setting", name, list(SETTINGS))
        return replace(self, **changes)


SETTINGS: dict[str, Setting] = {one.name: one.metadata["setting"] for one in fields(Settings)}

# Definitions that are no single setting's.
RULES = {
    "response": "Response: the first {support_free}count after the start that is at least one "
    "grade better than the baseline, in any lineage.",
    "taper": "Taper rule: the new dose is {taper_low:.0%} to {taper_high:.0%} of the last, and in "
    "the {taper_days} days before it some lineage had gained a grade since the last step.",
    "cutoff": "Counts after progression, the next therapy (HSCT included) or death are not used.",
}


def describe_settings(settings: Settings, names: tuple[str, ...]) -> list[str]:
    """What some of the settings (or `RULES`) mean, a sentence each, with the values in use.

    >>> describe_settings(Settings(), ("course_gap",))
    ['A gap of 2 days or fewer does not end a course of prednisone.']
    """
    values = asdict(settings) | {"support_free": support_word(settings)}
    sentences = []
    for name in names:
        if name in RULES:
            sentence = RULES[name]
        else:
            off = values[name] is False
            sentence = SETTINGS[name].negated if off else SETTINGS[name].meaning
        sentences.append(sentence.format(**values))
    return sentences


def changed_settings(settings: Settings) -> list[str]:
    """Definitions that are not the defaults, in a few words each, for the page and for footers.

    The grading scheme is not among them: it is always named.

    >>> changed_settings(Settings(pht_grade=3, confirm=True))
    ['PHT from grade 3', 'confirmed by the next count']
    """
    values, defaults = asdict(settings), asdict(Settings())
    return [
        setting.changed.format(**values)
        for name, setting in SETTINGS.items()
        if setting.changed and values[name] != defaults[name]
    ]


def support_word(settings: Settings) -> str:
    """``support-free `` before "count" where support is looked at, else nothing."""
    return "support-free " if settings.use_support else ""
