"""Files to take away: pictures (PNG, SVG, PDF) and the tables behind them (CSV)."""

from pht_core.export.pictures import MEDIA_TYPES, PRESETS, Preset, export_picture, font_folders
from pht_core.export.tables import file_name, format_csv

__all__ = [
    "MEDIA_TYPES",
    "PRESETS",
    "Preset",
    "export_picture",
    "file_name",
    "font_folders",
    "format_csv",
]
