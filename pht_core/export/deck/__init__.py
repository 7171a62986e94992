"""Slides: figures and tables as a PowerPoint file."""

from pht_core.export.deck.deck import write_deck

__all__ = ["write_deck"]
