"""What is found in a report: claims, findings between them, and what was read and not checked."""

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

CONSISTENT = "consistent"
ROUNDING = "rounding"
INCONSISTENT = "inconsistent"
IMPOSSIBLE = "impossible"
CANNOT_TELL = "cannot_tell"
VERDICTS = (IMPOSSIBLE, INCONSISTENT, ROUNDING, CANNOT_TELL, CONSISTENT)
WRONG = frozenset({INCONSISTENT, IMPOSSIBLE})

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
NO_COLUMN = "no column"


@dataclass(frozen=True)
class Reading:
    """A claim as a pattern read it; places are in the spelled text (see ``typography``).

    ``strong`` is False where the words only suggest that count and percent belong together: such
    a pair is kept if it fits and never accused. ``options`` are further denominators in reach.
    """

    start: int
    end: int
    pct_start: int
    pct_end: int
    percent: str
    kind: str
    numerator: int | None = None
    denominator: int | None = None
    n_source: str | None = None
    relation: str = "="
    hedged: bool = False
    strong: bool = True
    options: tuple[tuple[int, str], ...] = ()
    note: str = ""
    settled: str = ""  # a verdict that the arithmetic of one claim cannot give, such as a column's
    cell: tuple[int, int, int] | None = None

    def changed(self, **what: Any) -> "Reading":
        return replace(self, **what)


@dataclass(frozen=True)
class Claim:
    """A numeric claim with its verdict; start, end and pct_start are offsets in the text as read.

    ``id`` stays the same as long as the text does: it is the place of the percent.
    """

    id: str
    start: int
    end: int
    text: str
    percent: str
    pct_start: int
    pct_end: int
    numerator: int | None
    denominator: int | None
    n_source: str | None
    verdict: str
    arithmetic: str
    kind: str
    line: int
    place: str
    context: str
    relation: str = "="
    hedged: bool = False
    data: str | None = None
    read_as: str = ""
    data_gives: str = ""
    quantity: str | None = None
    quantities: tuple[str, ...] = ()
    value: str = ""  # the percent in one spelling, such as 18.5 for 18·5


@dataclass(frozen=True)
class Finding:
    """Statements that do not fit together; ``spans`` are their places in the text as read."""

    kind: str
    verdict: str
    message: str
    spans: tuple[tuple[int, int], ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """All that was read in a text."""

    text: str
    claims: tuple[Claim, ...]
    findings: tuple[Finding, ...]
    not_checked: dict[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """How many claims have each verdict."""
        return {name: sum(claim.verdict == name for claim in self.claims) for name in VERDICTS}

    @property
    def digest(self) -> str:
        """SHA-256 of the text as read."""
        return sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def any_wrong(self) -> bool:
        verdicts = {claim.verdict for claim in self.claims}
        return bool(WRONG & (verdicts | {finding.verdict for finding in self.findings}))
