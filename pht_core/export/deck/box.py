"""A rectangle on a slide, in points."""

from __future__ import annotations

from dataclasses import dataclass

from pptx.util import Length, Pt


@dataclass(frozen=True)
class Box:
    """Left and top edge, width and height, in points (1/72 inch)."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    @property
    def emu(self) -> tuple[Length, Length, Length, Length]:
        """Left, top, width and height as PowerPoint counts them."""
        return (Pt(self.left), Pt(self.top), Pt(self.width), Pt(self.height))

    def cut_foot(self, height: float, gap: float = 0) -> tuple[Box, Box]:
        """What is left above, and a strip of so many points at the foot."""
        above = Box(self.left, self.top, self.width, self.height - height - gap)
        return above, Box(self.left, self.bottom - height, self.width, height)

    def holds(self, other: Box) -> bool:
        """True if another lies inside, to a point."""
        return (
            other.left >= self.left - 1
            and other.top >= self.top - 1
            and other.right <= self.right + 1
            and other.bottom <= self.bottom + 1
        )

    def meets(self, other: Box) -> bool:
        """True if both cover some of the same ground."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def cells(self, count: int, most_across: int, gap: float = 12) -> list[Box]:
        """So many equal parts, row by row."""
        across = min(count, most_across)
        down = -(-count // across)
        width = (self.width - gap * (across - 1)) / across
        height = (self.height - gap * (down - 1)) / down
        return [
            Box(
                self.left + (place % across) * (width + gap),
                self.top + (place // across) * (height + gap),
                width,
                height,
            )
            for place in range(count)
        ]
