"""What is found in a report: claims, findings between them, and what was read and not checked."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from pht_core.claims.reading.typography import Spelled
from pht_core.claims.verdicts import FINDING_TITLES, VERDICTS, by_gravity

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
NO_COLUMN = "no column"


class CellPlace(NamedTuple):
    """Where a cell stands: the numbers of its table, row and column."""

    table: int
    row: int
    column: int


class Reading(NamedTuple):
    """A claim as a pattern read it; places are in the spelled text (see ``typography``).

    ``strong`` is False where the words only suggest that count and percent belong together: such
    a pair is kept if it matches and is never flagged. ``bound`` (< or >) is what words such as "at
    most" suggest; ``verdict`` is set where the context decides and not the arithmetic.
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
    bound: str = ""
    from_curve: bool = False  # an estimate from a survival curve, which need not be a share
    note: str = ""  # ends the sentence of its arithmetic
    verdict: str = ""
    cause: str = ""
    cell: CellPlace | None = None

    def changed(self, **what: Any) -> "Reading":
        return self._replace(**what)

    @property
    def k(self) -> int:
        """Its count, 0 where none is printed."""
        return self.numerator or 0

    @property
    def n(self) -> int:
        """Its denominator, 0 where none is known."""
        return self.denominator or 0

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end

    @property
    def is_exact(self) -> bool:
        """Whether neither a sign nor a hedge stands before its percentage."""
        return self.relation == "=" and not self.hedged


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
    cell: CellPlace | None = None


class Coverage(NamedTuple):
    """What a text names and prints, and how much of it was read and judged."""

    tables_named: int = 0
    tables_read: int = 0
    figures_named: int = 0
    pairs: int = 0
    pairs_judged: int = 0


@dataclass(frozen=True)
class Finding:
    """Statements that were compared; ``spans`` are their places in the text as read."""

    kind: str
    verdict: str
    message: str
    spans: tuple[tuple[int, int], ...] = ()
    texts: tuple[str, ...] = ()

    @classmethod
    def at(
        cls,
        spelled: Spelled,
        kind: str,
        verdict: str,
        message: str,
        places: Iterable[tuple[int, int]],
    ) -> "Finding":
        """A finding at some places of the spelled text."""
        spans = tuple(spelled.origin_span(*place) for place in places)
        texts = tuple(spelled.original[start:end].strip() for start, end in spans)
        return cls(kind, verdict, message, spans, texts)

    @property
    def title(self) -> str:
        """Its kind as readers see it; ``kind`` itself is what JSON has."""
        return FINDING_TITLES.get(self.kind, self.kind)


@dataclass(frozen=True)
class Report:
    """All that was read in a text."""

    text: str
    claims: tuple[Claim, ...]
    findings: tuple[Finding, ...]
    not_checked: dict[str, int] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)

    def counts(self) -> dict[str, int]:
        """How many claims have each verdict, the most serious first."""
        found = Counter(claim.verdict for claim in self.claims)
        return {verdict.name: found[verdict.name] for verdict in by_gravity()}

    @property
    def digest(self) -> str:
        """SHA-256 of the text as read."""
        return sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def any_wrong(self) -> bool:
        names = [item.verdict for item in self.claims] + [item.verdict for item in self.findings]
        return any(VERDICTS[name].is_wrong for name in names)
