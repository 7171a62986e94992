"""Files to take away: pictures (PNG, SVG, PDF) and the tables behind them (CSV)."""

from pht_core.export.files import file_name, format_csv
from pht_core.export.pictures.fonts import font_notice
from pht_core.export.pictures.pictures import MEDIA_TYPES, Order, draw_pictures, export_picture
from pht_core.export.pictures.style import Style

__all__ = [
    "MEDIA_TYPES",
    "Order",
    "Style",
    "draw_pictures",
    "export_picture",
    "file_name",
    "font_notice",
    "format_csv",
]
