"""How a picture is put on paper: its size, its resolution, with or without colours, its letters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from pht_core.charts.frame import WIDTH
from pht_core.model.errors import PhtError, UnknownName

POINTS_PER_MM = 72 / 25.4
# Labels of a chart are so many units of its layout tall.
LABEL_UNITS = 12
RESOLUTIONS = (300, 600)


@dataclass(frozen=True)
class Preset:
    """A size that is offered, in points (1/72 inch), and its sizes of labels, the usual first.

    Without ``height`` it follows the drawing; without ``width`` that is the drawing's too.
    """

    title: str
    sizes: tuple[float, ...]
    width: float | None = None
    height: float | None = None
    unit: str = "pt"


PRESETS = {
    "slide": Preset("Slide 16:9", (12, 14, 16), 960, 540),
    "single": Preset("Single column, 85 mm", (7, 6, 8), 85 * POINTS_PER_MM, unit="mm"),
    "double": Preset("Double column, 180 mm", (7, 6, 8), 180 * POINTS_PER_MM, unit="mm"),
    "as_drawn": Preset("As drawn", (12, 14, 16)),
}


@dataclass(frozen=True)
class Style:
    """How pictures are put on paper.

    preset : a name of `PRESETS`. ppi : pixels per inch of a PNG, 300 or 600. grey : in greys
        instead of colours. font_size : points of the labels, one of the preset's ``sizes``; by
        default the first of them.
    Raises UnknownName: preset not offered; PhtError: resolution or font size not offered.

    >>> style = Style("single", ppi=600)
    >>> style.width, [round(side, 2) for side in style.frame[:1]], round(style.scale, 3)
    (413, [240.94], 0.583)
    """

    preset: str = "slide"
    ppi: int = 300
    grey: bool = False
    font_size: float | None = None

    def __post_init__(self) -> None:
        if self.preset not in PRESETS:
            raise UnknownName("Size of picture", self.preset, list(PRESETS))
        if self.ppi not in RESOLUTIONS:
            raise PhtError(f"{self.ppi:g} pixels per inch are not offered; choose 300 or 600.")
        sizes = PRESETS[self.preset].sizes
        if self.font_size is not None and self.font_size not in sizes:
            offered = ", ".join(f"{size:g}" for size in sorted(sizes))
            raise PhtError(
                f"Letters of {self.font_size:g} pt are not offered for "
                f"“{PRESETS[self.preset].title}”; choose one of {offered}."
            )

    @property
    def theme(self) -> Literal["light", "grey"]:
        """Theme to draw the chart in."""
        return "grey" if self.grey else "light"

    @property
    def letters(self) -> float:
        """Size of the labels in points."""
        return PRESETS[self.preset].sizes[0] if self.font_size is None else self.font_size

    @property
    def least_units(self) -> float:
        """Units of the smallest letters; 0 where the chart decides."""
        return 0

    @property
    def scale(self) -> float:
        """Points per unit of the chart's layout."""
        return self.letters / LABEL_UNITS

    @property
    def frame(self) -> tuple[float, float | None] | None:
        """Width and height in points; no height or no frame where the drawing decides."""
        size = PRESETS[self.preset]
        return None if size.width is None else (size.width, size.height)

    @property
    def width(self) -> int:
        """Width to draw the chart at, in units of its layout."""
        return WIDTH if self.frame is None else round(self.frame[0] / self.scale)

    def to_plain(self) -> dict[str, str | int | float | bool | None]:
        """What a settings file holds of it."""
        return asdict(self)

    @classmethod
    def from_plain(cls, values: Mapping[str, object]) -> Style:
        """The style of a settings file, by default the usual; PhtError for what is not offered."""
        number = (int, float, type(None))
        kinds = {"preset": (str,), "ppi": (int,), "grey": (bool,), "font_size": number}
        for name, value in values.items():
            if name not in kinds:
                raise UnknownName("Choice of style", name, list(kinds))
            if type(value) not in kinds[name]:
                raise PhtError(f"{name} of the style cannot be {value!r}.")
        return cls(**dict(values))  # type: ignore[arg-type]
