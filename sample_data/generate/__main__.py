"""Write the sample data: ``python -m sample_data.generate``."""

from __future__ import annotations

from sample_data.generate.cohort import SAMPLE_DATA, build_patients
from sample_data.generate.tables import (
    TIDY_COLUMNS,
    WIDE_COLUMNS,
    build_tidy,
    build_wide,
    write_table,
)


def main() -> None:
    """Build every table, and write it beside this package."""
    patients = build_patients()
    write_table(SAMPLE_DATA / "cohort.csv", WIDE_COLUMNS, build_wide(patients))
    (SAMPLE_DATA / "tidy").mkdir(exist_ok=True)
    for name, rows in build_tidy(patients).items():
        write_table(SAMPLE_DATA / "tidy" / f"{name}.csv", TIDY_COLUMNS[name], rows)


if __name__ == "__main__":
    main()
