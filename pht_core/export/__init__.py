"""Files to take away: pictures (PNG, SVG, PDF) and the tables behind them (CSV)."""

from pht_core.export.files import file_name, format_csv
from pht_core.export.pictures.fonts import Font, find_cjk_font, font_notice, missing_letters
from pht_core.export.pictures.pictures import (
    KINDS,
    MEDIA_TYPES,
    Order,
    draw_pictures,
    export_picture,
    picture_notice,
)
from pht_core.export.pictures.style import PRESETS, RESOLUTIONS, Preset, Style

__all__ = [
    "KINDS",
    "MEDIA_TYPES",
    "PRESETS",
    "RESOLUTIONS",
    "Font",
    "Order",
    "Preset",
    "Style",
    "draw_pictures",
    "export_picture",
    "file_name",
    "find_cjk_font",
    "font_notice",
    "format_csv",
    "missing_letters",
    "picture_notice",
]
