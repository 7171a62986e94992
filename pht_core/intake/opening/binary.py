"""The tables of a file in a binary format; run in a process of its own (``worker``)."""

from typing import Any

from pht_core.intake.limits import Limits
from pht_core.intake.opening.archive import Budget
from pht_core.intake.opening.columnar import read_parquet, read_statistical
from pht_core.intake.opening.workbook import read_workbook
from pht_core.model.findings import Findings


def read_binary(
    content: bytes, name: str, kind: str, limits: dict[str, Any], used: int
) -> dict[str, Any]:
    """Tables, findings, and how many bytes are unpacked in all; ``used`` were before.

    Raises UnreadableFile as the readers of workbooks, Parquet and statistical files.
    """
    budget = Budget(Limits(**limits), used)
    findings: Findings = []
    if kind in ("workbook", "xls"):
        tables = read_workbook(name, content, budget, findings, kind)
    elif kind == "parquet":
        tables = [read_parquet(name, content, findings, budget.limits)]
    else:
        tables = [read_statistical(name, content, kind, findings, budget.limits)]
    return {"tables": tables, "findings": findings, "used": budget.used}
