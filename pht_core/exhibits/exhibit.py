"""An exhibit: a figure or table of the pages, as something that any writer can make again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Generic, TypeVar

import pandas as pd

from pht_core.charts import Frame, Picture
from pht_core.charts.frame import WIDTH
from pht_core.charts.theme import Theme
from pht_core.exhibits.view import Provenance, View
from pht_core.exhibits.words import (
    Gaps,
    Texts,
    abbreviations,
    capital,
    filter_sentence,
    read_sentences,
    sentence,
)
from pht_core.model.criteria import scheme
from pht_core.model.errors import PhtError, UnknownName
from pht_core.model.settings import describe_settings
from pht_core.stats.assessment import Assessment

SLIDE_ROWS = 25
# Units of a picture's own title and footer, which it does not have on a slide.
SLIDE_FRAME = 60


@dataclass(frozen=True)
class RenderTarget:
    """How a picture is drawn: in which colours, and the room that it is laid out for.

    width : of the layout, in units. height : units that a slide has for the whole picture with a
        title and a footer of its own; None where the picture may be as high as it likes.
    """

    theme: Theme = "light"
    width: int = WIDTH
    height: int | None = None

    def part(self, usual: int, *, besides: int, of: int = 1, least: int) -> int:
        """Height of one of some panels or rows, so that they fit with what stands besides.

        >>> RenderTarget().part(170, besides=330, of=3, least=70)
        170
        >>> RenderTarget(height=600).part(170, besides=330, of=3, least=70)
        90
        """
        if self.height is None:
            return usual
        return min(usual, max(least, (self.height - besides) // max(of, 1)))

    def rows(self, most: int) -> int:
        """How many patients are drawn a row each: on a slide fewer, so that each can be read.

        >>> RenderTarget().rows(60), RenderTarget(height=414).rows(60)
        (60, 25)
        """
        return most if self.height is None else min(most, SLIDE_ROWS)


Look = RenderTarget  # as scripts saved by version 0.1.0 call it


@dataclass(frozen=True)
class NoOptions:
    """For an exhibit without choices of its own."""


@dataclass(frozen=True)
class NativeChart:
    """Bars or a pie as numbers, for programs that draw charts of their own.

    kind : bars, stacked, horizontal or pie. categories : along the axis, or the slices.
    series : names and values in percent, a value per category; None where there is no data.
    labels : what is printed on each, like values. colours : by series; of a pie by category.
    """

    kind: str
    title: str
    categories: tuple[str, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]
    labels: tuple[tuple[str, ...], ...]
    colours: tuple[str, ...]


__all__ = ["Exhibit", "NativeChart", "NoOptions", "RenderTarget", "Texts", "choice"]

O = TypeVar("O", bound=Any)  # noqa: E741  the options of one exhibit


def choice(default: Any, *offered: Any) -> Any:
    """A field of options that takes one of a few values, the default among them."""
    return field(default=default, metadata={"offered": (default, *offered)})


class Exhibit(ABC, Generic[O]):
    """One figure or table of a view under options: its numbers, its picture and its words.

    The class says what there is to choose; made of a view and options, it is what is shown.

    name : in file names, keys and settings files; never changed once published.
    page : file name of the page that shows it. title : what it is called in lists.
    options : a frozen dataclass whose fields all have defaults; each is JSON.
    definitions : names of the settings that its numbers rest on, see ``describe_settings``.
    graded : whether its numbers rest on the grading scheme.
    view : the cohort under definitions and filters. chosen : the options, by default the defaults.
    """

    name: ClassVar[str]
    page: ClassVar[str]
    title: ClassVar[str]
    options: ClassVar[type] = NoOptions
    definitions: ClassVar[tuple[str, ...]] = ()
    graded: ClassVar[bool] = True

    def __init__(self, view: View, chosen: O | None = None) -> None:
        self.view = view
        self.chosen: O = self.options() if chosen is None else chosen
        self.settings, self.cohort = view.settings, view.cohort

    @property
    def assessment(self) -> Assessment:
        """The view's cohort, graded."""
        return self.view.assessment

    @property
    def ids(self) -> list[str]:
        """The patients whom it shows."""
        return self.view.subject_ids

    def rows(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table that are about these patients."""
        return self.view.of(table, self.ids)

    def why_not(self) -> str:
        """Why there is nothing to show, as a sentence; empty where there is something."""
        return ""

    def check(self) -> None:
        """Raise a PhtError that says why, where there is nothing to show."""
        self.view.check_patients()
        if why := self.why_not():
            raise PhtError(why)

    @abstractmethod
    def compute(self) -> pd.DataFrame:
        """Its numbers, computed anew."""

    @property
    def numbers(self) -> pd.DataFrame:
        """The numbers behind it, as saved in its CSV; computed once for a view."""
        return self.view.keep((self.name, self.chosen), self.compute)

    @abstractmethod
    def texts(self) -> Texts:
        """The exhibit in words; patients' ids are as in the file."""

    @property
    def n(self) -> int:
        """How many patients it shows."""
        return len(self.ids)

    def provenance(self) -> Provenance:
        """Where it comes from, and what its footer says of patients, estimate or interval."""
        return self.view.provenance(self.say("basis"), graded=self.graded)

    def picture(self, target: RenderTarget) -> Picture:
        """Its picture; a PhtError for a table, which has none, or where nothing is to draw."""
        raise PhtError(f"{self.title} is a table: it has no picture.")

    def frame(
        self,
        target: RenderTarget,
        *,
        title: str = "",
        subtitle: str = "",
        height: int | None = None,
    ) -> Frame:
        """What surrounds its picture: titles, the provenance as a footer, the target's size.

        title : by default the exhibit's. height : of the plot or a panel; by default the chart's.
        """
        return Frame(
            theme=target.theme,
            width=target.width,
            height=height,
            title=title or self.title,
            subtitle=subtitle,
            footer=self.provenance().footer(),
        )

    def table(self) -> pd.DataFrame | None:
        """A table as it is printed: headed in words, every cell a text; None for a figure."""
        return None

    def charts(self, target: RenderTarget) -> tuple[NativeChart, ...]:
        """Bars and pies as numbers; empty where another program's charts cannot show it."""
        return ()

    @property
    def is_table(self) -> bool:
        """True for a table, which is printed and not drawn."""
        return type(self).table is not Exhibit.table

    @property
    def sentences(self) -> str:
        """The table of ``sentences.toml`` that it speaks by: its own, else of whom it is a kind."""
        names = [getattr(kind, "name", "") for kind in type(self).__mro__]
        return next((name for name in names if name in read_sentences()), self.name)

    def say(self, phrase: str, **values: Any) -> str:
        """A phrase of ``sentences.toml``, this exhibit's or a shared one; see `words.Gaps`."""
        gaps = Gaps(self, values)
        return gaps.first(gaps.phrases[phrase])

    def write(self, **values: Any) -> Texts:
        """Its sentences in ``sentences.toml``, filled with values, see `words.Gaps`.

        The caption is closed by what every caption ends with: the filters, "Simulated data.", and
        the abbreviations of caption, result, and ``beside`` (headings of a table).
        """
        gaps = Gaps(self, values)
        result = sentence(*gaps.every(gaps.phrases.get("result", [])))
        kind = "Table." if self.is_table else "Figure."
        said = [kind, *gaps.every(gaps.phrases["caption"]), filter_sentence(self.view)]
        caption = " ".join(filter(None, said))
        simulated = "Simulated data." if self.cohort.simulated else ""
        beside = gaps.first(gaps.phrases.get("beside", ""))
        spelled_out = abbreviations(f"{caption} {result} {beside}")
        closed = " ".join(filter(None, [caption, simulated, spelled_out]))
        return Texts(capital(gaps.first(gaps.phrases["headline"])), closed, result)

    @property
    def columns(self) -> dict[str, str]:
        """Headings of its printed table by column of its numbers, from ``sentences.toml``."""
        columns: dict[str, str] = read_sentences()[self.sentences]["columns"]
        return columns

    @property
    def grading(self) -> str:
        """The scheme that grades, in a few words."""
        return f"by {scheme(self.settings.scheme).title}"

    def method(self) -> list[str]:
        """The definitions that its numbers rest on, a sentence each, with the values in use."""
        return describe_settings(self.settings, self.definitions)

    @classmethod
    def read_options(cls, chosen: Mapping[str, Any]) -> O:
        """Options from plain values, such as those of a settings file; what is absent is default.

        Raises UnknownName for an option or value that is not offered, PhtError for another type.
        """
        known = {entry.name: entry for entry in fields(cls.options)}
        values: dict[str, Hashable] = {}
        for name, value in chosen.items():
            if name not in known:
                raise UnknownName(f"Option of {cls.name}", name, list(known))
            offered = known[name].metadata.get("offered")
            default = known[name].default
            if isinstance(value, list):
                value = tuple(value)
            if offered is not None:
                if not any(value == one and type(value) is type(one) for one in offered):
                    raise UnknownName(f"{name} of {cls.name}", value, list(map(str, offered)))
            elif type(value) is not type(default) or (
                isinstance(value, tuple) and not all(isinstance(part, str) for part in value)
            ):
                raise PhtError(
                    f"{name} of {cls.name} must be {_KINDS.get(type(default), 'another kind')}."
                )
            values[name] = value
        options: O = cls.options(**values)
        return options


_KINDS = {str: "a text", bool: "true or false", tuple: "a list of texts", int: "a whole number"}
