"""What a cell says of a patient's state: whether it happened, in words of any usual language."""

from pht_core.intake.cells.texts import clean_text
from pht_core.intake.recognising.evidence import is_word_for
from pht_core.intake.recognising.headers import header_words, text_words
from pht_core.intake.words.word_lists import read_cell_words


def is_of_censoring(header: str) -> bool:
    """Whether a header says that the column tells who is censored, not who had the event."""
    return any(word.startswith("cens") or word in "删失" for word in header_words(header))


def read_state(text: str, *, plain: bool, coded: bool) -> bool | str | None:
    """Whether it happened, by a cell's words; "" where they say nothing, None if not understood.

    A yes, a no and their codes have their usual meaning if ``plain``, 1 only if ``coded`` as 0 and
    1, not as 1 and 2.
    """
    code, _, label = clean_text(text).casefold().partition(":")
    has_code = bool(label.strip()) and code.strip() in ("0", "1")
    word = label.strip() if has_code else clean_text(text).casefold()
    if not word or word in read_cell_words("no result"):
        return ""
    if is_word_for("dead")(word) or is_word_for("happened")(word):
        return True
    if is_word_for("living")(word) or is_word_for("not happened")(word):
        return False
    if has_code:
        return code.strip() == "1"
    if not plain:
        return None
    if word in read_cell_words("yes") or (word in ("1", "1.0") and coded):
        return True
    return False if word in (read_cell_words("no") | {"0", "0.0"}) else None


def propose_state(text: str, *, is_death: bool) -> str | None:
    """The option that a cell's words clearly name: one state, and no word that turns it round."""
    words = set(text_words(text))
    if words & {"not", "non", "kein", "未", "无", "or", "unknown"}:
        return None
    options: dict[str, tuple[str, ...]] = {
        "event": ("happened", "yes"),
        "no event": ("not happened", "no"),
    }
    if is_death:
        options = {"dead": ("dead",), "alive": ("living",)}
    found = [
        option
        for option, meanings in options.items()
        if words == {option[0]}
        or any(
            len(phrase) > 1 and set(text_words(phrase)) <= words
            for meaning in meanings
            for phrase in read_cell_words(meaning)
        )
    ]
    return found[0] if len(found) == 1 else None
