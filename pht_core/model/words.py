"""Words that sentences everywhere share: how many, and lists of names."""

from collections.abc import Sequence


def counted(n: int, one: str, many: str) -> str:
    """How many, with the words for one or for many.

    >>> counted(1, "row has", "rows have"), counted(1200, "row has", "rows have")
    ('1 row has', '1,200 rows have')
    """
    return f"{n:,} {one if n == 1 else many}"


def listed(words: Sequence[str], last: str = "and", most: int | None = None) -> str:
    """Words as a list in a sentence; of more than ``most`` the rest as a number.

    >>> listed(["P1", "P2", "P3"]), listed(["P1", "P2", "P3"], most=2), listed(["P1"])
    ('P1, P2 and P3', 'P1, P2 and 1 more', 'P1')
    """
    if most is not None and len(words) > most:
        words = [*words[:most], f"{len(words) - most:,} more"]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
