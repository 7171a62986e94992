"""A chart as PNG, SVG or PDF."""
