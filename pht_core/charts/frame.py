"""What surrounds a chart of any kind, and the names by which a layout finds its room."""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt

from pht_core.charts.theme import Theme

WIDTH = 960
# Pictures narrower than this are laid out for a column of a journal.
NARROW = 640
PADDING = 8
View = alt.Chart | alt.LayerChart | alt.FacetChart

# Names of the views whose height depends on the data: a row per patient or the like, the legend.
ROWS, LEGEND = "rows", "legend"
# Parameters of a narrow picture: units that the axes take to the left of the plot, and the width
# of the whole between its margins. Its texts begin at the left edge of the picture.
LEFT, PAGE = "left_margin", "page_width"


@dataclass(frozen=True)
class Frame:
    """What surrounds a chart.

    width : of the layout, in units; below 640 it is laid out for a column of a journal.
    height : of the plot, or of one of several panels; by default what is usual for the chart.
    title, subtitle, footer : texts above and below the chart; an empty one takes no room.
    """

    theme: Theme = "light"
    width: int = WIDTH
    height: int | None = None
    title: str = ""
    subtitle: str = ""
    footer: str = ""

    @property
    def narrow(self) -> bool:
        """Whether it is laid out for a column."""
        return self.width < NARROW

    @property
    def room(self) -> int:
        """Units between the margins."""
        return self.width - 2 * PADDING

    def describe(self, kind: str, content: str) -> str:
        """Alternative text: the kind of chart, its title, and what it shows."""
        return " ".join([f"{kind}.", *([f"{self.title}."] if self.title else []), content])


PLAIN = Frame()
