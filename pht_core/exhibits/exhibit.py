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
from pht_core.exhibits.words import Texts
from pht_core.model.errors import PhtError, UnknownName
from pht_core.model.settings import describe_settings

SLIDE_ROWS = 25


@dataclass(frozen=True)
class RenderTarget:
    """How a picture is drawn: in which colours, and the room that it is laid out for.

    width : of the layout, in units. height : units that a slide has for the whole picture; None
        where the picture may be as high as it likes.
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


NO_OPTIONS = NoOptions()


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


__all__ = ["NO_OPTIONS", "Exhibit", "NativeChart", "NoOptions", "RenderTarget", "Texts", "choice"]

O = TypeVar("O", bound=Any)  # noqa: E741  the options of one exhibit


def choice(default: Any, *offered: Any) -> Any:
    """A field of options that takes one of a few values, the default among them."""
    return field(default=default, metadata={"offered": (default, *offered)})


class Exhibit(ABC, Generic[O]):
    """One figure or table: its numbers, its picture and its words, made of a view and options.

    name : in file names, keys and settings files; never changed once published.
    page : file name of the page that shows it. title : what it is called in lists.
    options : a frozen dataclass whose fields all have defaults; each is JSON.
    definitions : names of the settings that its numbers rest on, see ``describe_settings``.
    """

    name: ClassVar[str]
    page: ClassVar[str]
    title: ClassVar[str]
    options: ClassVar[type] = NoOptions
    definitions: ClassVar[tuple[str, ...]] = ()

    def why_not(self, view: View, options: O) -> str:
        """Why there is nothing to show, as a sentence; empty where there is something."""
        return ""

    def check(self, view: View, options: O) -> None:
        """Raise a PhtError that says why, where there is nothing to show."""
        view.check_patients()
        if why := self.why_not(view, options):
            raise PhtError(why)

    @abstractmethod
    def numbers(self, view: View, options: O) -> pd.DataFrame:
        """The numbers behind it, as saved in its CSV."""

    @abstractmethod
    def texts(self, view: View, numbers: pd.DataFrame, options: O) -> Texts:
        """The exhibit in words; patients' ids are as in the file."""

    @abstractmethod
    def provenance(self, view: View, options: O) -> Provenance:
        """Where it comes from."""

    def picture(
        self, view: View, numbers: pd.DataFrame, options: O, target: RenderTarget
    ) -> Picture | None:
        """Its picture, or None for a table.

        Raises
        ------
        PhtError : there is nothing to draw.
        """
        return None

    def frame(
        self,
        view: View,
        options: O,
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
            footer=self.provenance(view, options).footer(),
        )

    def table(self, view: View, numbers: pd.DataFrame, options: O) -> pd.DataFrame | None:
        """A table as it is printed: headed in words, every cell a text; None for a figure."""
        return None

    def charts(
        self, view: View, numbers: pd.DataFrame, options: O, target: RenderTarget
    ) -> tuple[NativeChart, ...]:
        """Bars and pies as numbers; empty where another program's charts cannot show it."""
        return ()

    def cached_numbers(self, view: View, options: O) -> pd.DataFrame:
        """`numbers`, made once for a view."""
        return view.keep((self.name, options), lambda: self.numbers(view, options))

    def method(self, view: View) -> list[str]:
        """The definitions that its numbers rest on, a sentence each, with the values in use."""
        return describe_settings(view.settings, self.definitions)

    def read_options(self, chosen: Mapping[str, Any]) -> O:
        """Options from plain values, such as those of a settings file; what is absent is default.

        Raises
        ------
        UnknownName : no such option, or a value that is not offered. PhtError : another type.
        """
        known = {entry.name: entry for entry in fields(self.options)}
        values: dict[str, Hashable] = {}
        for name, value in chosen.items():
            if name not in known:
                raise UnknownName(f"Option of {self.name}", name, list(known))
            offered = known[name].metadata.get("offered")
            default = known[name].default
            if isinstance(value, list):
                value = tuple(value)
            if offered is not None:
                if not any(value == one and type(value) is type(one) for one in offered):
                    raise UnknownName(f"{name} of {self.name}", value, list(map(str, offered)))
            elif type(value) is not type(default) or (
                isinstance(value, tuple) and not all(isinstance(part, str) for part in value)
            ):
                raise PhtError(
                    f"{name} of {self.name} must be {_KINDS.get(type(default), 'another kind')}."
                )
            values[name] = value
        options: O = self.options(**values)
        return options


_KINDS = {str: "a text", bool: "true or false", tuple: "a list of texts", int: "a whole number"}
