"""What the README says about speed, measured: `make bench`, or `make bench ARGS="rerun start"`.

Every figure is a ratio of two medians taken in turn on this computer; a target that is not
reached is printed as such.
"""

import sys

from benchmarks import (
    claims,
    claims_pdf,
    engines,
    fuzz,
    hematotoxicity,
    reading,
    rerun,
    slides,
    start,
    survival,
    upload,
)

PARTS = {
    "rerun": rerun.run,
    "start": start.run,
    "engines": engines.run,
    "survival": survival.run,
    "hematotoxicity": hematotoxicity.run,
    "reading": reading.run,
    "upload": upload.run,
    "slides": slides.run,
    "fuzz": fuzz.run,
    "claims": claims.run,
    "claims_pdf": claims_pdf.run,
}

if __name__ == "__main__":
    asked = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in asked if name not in PARTS]:
        sys.exit(f"Unknown: {', '.join(unknown)}. Choose from {', '.join(PARTS)}.")
    for name in asked:
        PARTS[name]()
