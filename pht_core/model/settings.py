"""Every choice of ours that a number depends on: its default, its bounds and what it means.

A definition is one line of `Settings`, with its default; the bounds that a settings file is held
to, and its words, are in ``settings.toml``.
"""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from pht_core.model.criteria import read_references, read_schemes
from pht_core.model.errors import PhtError, UnknownName

FILE = Path(__file__).with_name("settings.toml")
INTERVALS = ("log-log", "log", "plain")
# The names that can be chosen.
OFFERED: dict[str, Callable[[], Sequence[str]]] = {
    "scheme": lambda: list(read_schemes()),
    "reference": lambda: list(read_references()),
    "ci": lambda: INTERVALS,
}


@dataclass(frozen=True)
class Setting:
    """What is known of one definition beside its value, as ``settings.toml`` says.

    ``offered`` gives the names that can be chosen.
    """

    bounds: Sequence[float] = ()
    meaning: str = ""
    negated: str = ""
    changed: str = ""
    offered: Callable[[], Sequence[str]] | None = None


@dataclass(frozen=True)
class Settings:
    """The parameters of the definitions, which ``settings.toml`` explains.

    Days are whole days after infusion (day 0). Beside what is said there: scheme, reference : names
    in ``criteria``. ci : interval of survival curves, one of `INTERVALS`. icaht_carry : the first
    and last counts of days 0 to 30 stand over gaps of at most ``icaht_gap`` days.
    """

    scheme: str = "ctcae_v5"
    reference: str = "wst405_2012"
    day28: int = 28
    day28_window: int = 3
    day28_support_free: bool = False
    pht_grade: int = 1
    support_free_days: int = 7
    use_support: bool = True
    course_gap: int = 2
    other_steroids: bool = False
    early_start: int = 14
    early_end: int = 28
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
    icaht_gap: int = 7
    icaht_carry: bool = False
    icaht_recovery: int = 3
    icaht_start: int = 3
    icaht_total: bool = False
    ticaht_total: bool = True
    icaht_late_end: int = 100
    icaht_late_tests: int = 1
    icaht_late_same: bool = False
    ticaht_at_most: bool = False
    ticaht_transfused: bool = True
    score_first: int = -30
    score_last: int = -5

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


# By name: every setting, and the definitions that are no single setting's.
_KNOWN = tomllib.loads(FILE.read_text("utf-8"))
MEANINGS = {name: Setting(**known) for name, known in _KNOWN.items()}
SETTINGS = {
    one.name: replace(MEANINGS.get(one.name, Setting()), offered=OFFERED.get(one.name))
    for one in fields(Settings)
}


def describe_settings(settings: Settings, names: tuple[str, ...]) -> list[str]:
    """What some of the definitions mean, a sentence each, with the values in use.

    >>> describe_settings(Settings(), ("course_gap",))
    ['A gap of 2 days or fewer does not end a course of prednisone.']
    """
    values = asdict(settings) | {"support_free": support_word(settings)}
    return [
        (known.negated if values.get(name) is False else known.meaning).format(**values)
        for name, known in ((name, MEANINGS[name]) for name in names)
    ]


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
    """``support-free `` before "count" where support is taken into account, else nothing."""
    return "support-free " if settings.use_support else ""
