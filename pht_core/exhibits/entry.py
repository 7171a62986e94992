"""An entry of the basket: one exhibit with the choices, filters and definitions of its moment."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pht_core.exhibits.catalogue import EXHIBITS, STORY, exhibit
from pht_core.exhibits.exhibit import Exhibit
from pht_core.exhibits.rendering import Rendering, render_exhibit
from pht_core.exhibits.survival import SurvivalOptions
from pht_core.exhibits.view import View
from pht_core.model.cohort import Cohort
from pht_core.model.endpoint import ENDPOINTS
from pht_core.model.errors import PhtError
from pht_core.model.filters import Filters
from pht_core.model.settings import Settings
from pht_core.stats.assessment import Assessment, derive_assessment


@dataclass(frozen=True)
class Entry:
    """What to show, and how.

    name : of the exhibit. options : of its own class. title : the user's in place of the
    headline, empty if there is none. comment : the user's, beside the figure.
    """

    name: str
    options: Any
    settings: Settings = field(default_factory=Settings)
    filters: Filters = field(default_factory=Filters)
    title: str = ""
    comment: str = ""

    @property
    def exhibit(self) -> type[Exhibit[Any]]:
        """The exhibit itself."""
        return exhibit(self.name)

    def same_figure(self, other: "Entry") -> bool:
        """True if both show the same, whatever they are called."""
        return replace(self, title="", comment="") == replace(other, title="", comment="")


@dataclass(frozen=True)
class LeftOut:
    """An entry of which no rendering could be made, and why."""

    entry: Entry
    why: str


def list_entries(view: View) -> list[Entry]:
    """Every figure and table that this view has, with the options that a page opens with.

    The curve of survival is there for every endpoint, its tables for the first alone.
    """
    entries = []
    for name, one in EXHIBITS.items():
        options = [one.options()]
        if name == "survival":
            options = [SurvivalOptions(endpoint) for endpoint in ENDPOINTS]
        entries += [
            Entry(name, chosen, view.settings, view.filters)
            for chosen in options
            if view.subject_ids and not one(view, chosen).why_not()
        ]
    return entries


def list_story(view: View) -> list[Entry]:
    """The figures of `STORY` that this view has, in that order; all figures if it has none."""
    every = list_entries(view)
    return [
        next(entry for entry in every if entry.name == name)
        for name in STORY
        if any(entry.name == name for entry in every)
    ] or every


def render_entries(
    cohort: Cohort,
    entries: Sequence[Entry],
    *,
    final: bool = False,
    assess: Callable[[Cohort, Settings], Assessment] = derive_assessment,
    report: Callable[[int, int], None] | None = None,
) -> tuple[list[Rendering], list[LeftOut]]:
    """Compute what entries show, in their order; views are shared by entries that look alike.

    Also the entries that have nothing to show under their filters, with the reason. final : the
    user says that the cohort is. assess : grades the cohort under some settings. report : is told
    how many of how many are done.
    """
    views: dict[tuple[Settings, Filters], View] = {}
    assessments: dict[Settings, Assessment] = {}

    def kept(cohort: Cohort, settings: Settings) -> Assessment:
        if settings not in assessments:
            assessments[settings] = assess(cohort, settings)
        return assessments[settings]

    renderings: list[Rendering] = []
    left_out: list[LeftOut] = []
    for done, entry in enumerate(entries, 1):
        key = (entry.settings, entry.filters)
        view = views.setdefault(key, View(cohort, *key, final=final, assess=kept))
        try:
            renderings.append(
                render_exhibit(view, entry.exhibit, entry.options, entry.title, entry.comment)
            )
        except PhtError as error:
            left_out.append(LeftOut(entry, str(error)))
        if report:
            report(done, len(entries))
    return renderings, left_out


def unique_names(renderings: Iterable[Rendering]) -> list[str]:
    """A name per rendering for its files: numbered by place, so that none is written over another.

    >>> unique_names([])
    []
    """
    return [f"{place:02d}-{rendering.name}" for place, rendering in enumerate(renderings, 1)]


build_plates = render_entries  # as scripts saved by version 0.1.0 call it
