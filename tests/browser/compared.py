"""Pictures compared as they look: an SVG as the browser draws it, a PNG as it is."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter
from playwright.sync_api import Page

# Pictures are compared at this width, in greys: fine enough for a letter to be seen in it.
WIDTH = 800
TILE = 16

Greys = np.ndarray


@dataclass(frozen=True)
class Difference:
    """How far two pictures are apart, in greys of 255: on the whole, and where it is worst."""

    mean: float
    worst: float


def see_png(content: bytes) -> Greys:
    """A PNG in greys, at the width of comparison."""
    return _shrink(Image.open(io.BytesIO(content)))


def see_svg(page: Page, content: bytes, like: Greys) -> Greys:
    """An SVG in greys as the browser draws it, in the size of another picture of the same shape.

    The page's context is best one of two pixels a unit: below that, letters are moved to whole
    pixels.
    """
    address = "data:image/svg+xml;base64," + base64.b64encode(content).decode()
    page.set_content(
        '<body style="margin:0"><img style="display:block;'
        f'width:{WIDTH}px;height:{len(like)}px" src="{address}">'
    )
    picture = page.locator("img")
    shape = picture.evaluate(
        "async picture => { await picture.decode();"
        " return picture.naturalHeight / picture.naturalWidth }"
    )
    assert abs(shape * WIDTH - len(like)) <= 5, "pictures of different shape"
    return _shrink(Image.open(io.BytesIO(picture.screenshot())))


def difference(one: Greys, other: Greys) -> Difference:
    """Mean difference of two pictures, and that of the worst tile of 16 x 16 pixels.

    Two programs put a letter or a line up to a pixel apart: the least of such shifts counts.
    """
    rows = len(one) // TILE * TILE
    first, second = (picture[:rows].astype(float) for picture in (one, other))
    tiles = np.full((rows // TILE, WIDTH // TILE), np.inf)
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            apart = np.abs(first - np.roll(second, (down, across), axis=(0, 1)))
            shape = (rows // TILE, TILE, WIDTH // TILE, TILE)
            tiles = np.minimum(tiles, apart.reshape(shape).mean(axis=(1, 3)))
    return Difference(float(tiles.mean()), float(tiles.max()))


def _shrink(picture: Image.Image) -> Greys:
    height = round(picture.height * WIDTH / picture.width)
    small = picture.convert("L").resize((WIDTH, height), Image.Resampling.BOX)
    # Programs smooth edges each in its way.
    return np.asarray(small.filter(ImageFilter.GaussianBlur(1)))
