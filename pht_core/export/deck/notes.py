"""Speaker's notes: what a figure shows, how it was made, and the numbers behind it."""

import pandas as pd
from pptx.slide import Slide

from pht_core.exhibits.plate import Plate
from pht_core.exhibits.printed import print_cell
from pht_core.export.deck.words import LONGEST, clean, clean_lines

MOST_ROWS = 40
_LONGEST_CELL = 80


def write_notes(slide: Slide, plate: Plate) -> None:
    """Write the notes of an exhibit's slide."""
    frame = slide.notes_slide.notes_text_frame
    if frame is not None:
        frame.text = format_notes(plate)


def format_notes(plate: Plate) -> str:
    """Result, caption, method, data with filters and n of N, comment, and the numbers."""
    source = plate.provenance
    chosen = f"{source.n} of {source.n_total} patients"
    parts = [
        plate.headline,
        plate.result,
        plate.caption,
        f"Comment: {plate.comment}" if plate.comment else "",
        f"Patients: {chosen}; filters: {source.filters or 'none'}.",
        "Method: " + " ".join(plate.method) if plate.method else "",
        f"Source: {source.footer()}",
    ]
    words = "\n".join(clean_lines(part) for part in dict.fromkeys(parts) if part)
    return clean_lines(f"{words}\n\n{format_numbers(plate.numbers)}", 2 * LONGEST["notes"])


def format_numbers(numbers: pd.DataFrame) -> str:
    """A table as lines with tabs, to be pasted into a spreadsheet; the first rows of a long one."""
    rows = [[clean(str(name), _LONGEST_CELL) for name in numbers.columns]]
    rows += [
        [clean(print_cell(cell, 3), _LONGEST_CELL) for cell in row]
        for row in numbers.head(MOST_ROWS).itertuples(index=False)
    ]
    lines = ["The numbers behind it:", *("\t".join(row) for row in rows)]
    left = len(numbers) - MOST_ROWS
    if left > 0:
        lines.append(f"… {left} more {'row' if left == 1 else 'rows'} in the CSV of this exhibit.")
    return "\n".join(lines)
