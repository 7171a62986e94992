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
from sample_data.generate.treated import TREATED_COLUMNS, build_treated
from sample_data.generate.verify import check_figures


def main() -> None:
    """Build every table, write it beside this package, and fail where a figure is lost."""
    patients = build_patients()
    write_table(SAMPLE_DATA / "cohort.csv", WIDE_COLUMNS, build_wide(patients))
    write_table(SAMPLE_DATA / "treated.csv", TREATED_COLUMNS, build_treated())
    (SAMPLE_DATA / "tidy").mkdir(exist_ok=True)
    for name, rows in build_tidy(patients).items():
        write_table(SAMPLE_DATA / "tidy" / f"{name}.csv", TIDY_COLUMNS[name], rows)
    wrong = check_figures(SAMPLE_DATA / "cohort.csv")
    if wrong:
        raise SystemExit("The sample no longer gives the paper's figures:\n" + "\n".join(wrong))


if __name__ == "__main__":
    main()
