"""What a column's codes stand for, where the file or its header says it; else it is not guessed."""

from collections.abc import Sequence

from pht_core.intake.dictionary import DataDictionary
from pht_core.intake.evidence import Cells
from pht_core.intake.fields import read_fields
from pht_core.intake.headers import header_words, split_codes
from pht_core.intake.source import SourceTable

DEAD = frozenset(
    {"dead", "death", "died", "deceased", "dthfl", "亡", "tod", "verstorben", "deces", "muerte"}
    | {"fallecimiento", "exitus"}
)
YES, NO = frozenset({"yes", "y", "是", "1", "ja"}), frozenset({"no", "n", "否", "0", "nein"})


def map_codes(
    name: str, header: str, cells: Cells, table: SourceTable, dictionary: DataDictionary
) -> tuple[tuple[str, str], ...]:
    """What the column's codes stand for, where the file says it or the header leaves no doubt."""
    labels = table.value_labels.get(header) or dictionary.codes(header) or split_codes(header)[1]
    if labels and name != "subject_id" and read_fields()[name].kind in ("yes_no", "sex", "text"):
        return tuple((str(code), str(label)) for code, label in labels.items())
    words = {text.casefold() for text in cells.texts}
    state = _state_of(header)
    if name == "vital_status" and state and words and words <= YES | NO:
        other = "alive" if state == "dead" else "dead"
        return tuple((text, state if text.casefold() in YES else other) for text in cells.texts)
    if words and words <= {"checked", "unchecked"}:
        return (("Checked", "yes"), ("Unchecked", "no"))
    return ()


def are_unexplained(
    name: str, header: str, cells: Cells, values: tuple[tuple[str, str], ...]
) -> bool:
    """Whether codes can be read in two ways, and neither the file nor the header says which.

    A yes and a no coded 1 and 2; a status of 0 and 1, of which either may be the dead; a 1 under
    "censor", which some write for the event.
    """
    if values or cells.is_empty:
        return False
    entry, codes = read_fields()[name], set(cells.numbers)
    if entry.kind == "yes_no" and entry.table == "subjects":
        return 2.0 in codes and codes <= {1.0, 2.0, 9.0, 99.0}
    answers = {text.casefold() for text in cells.texts} <= YES | NO | {"2"}
    if name == "vital_status":
        return answers
    censors = any(word.startswith("cens") or word in "删失" for word in header_words(header))
    return name in ("os_event", "pfs_event") and censors and answers


def list_codes(texts: Sequence[str]) -> str:
    """The first of a column's codes, for a message."""
    return ", ".join(sorted(texts)[:5])


def _state_of(header: str) -> str:
    """What a yes stands for under a header: ``dead``, ``alive``, or empty where it names both."""
    words = set(header_words(header))
    if "态" in words:  # 生存状态, 存活状态: the state of survival
        return ""
    alive = bool(words & {"alive", "living", "存", "lebt", "vivant", "vivo"})
    dead = bool(words & DEAD)
    return "" if alive == dead else "alive" if alive else "dead"
