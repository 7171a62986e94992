"""Files of the user, read into the session: anew, under a corrected mapping, or a saved one."""

from collections.abc import Callable, Sequence

from pages.shared.server import log_fault
from pages.shared.session import current, renew, use_cohort
from pages.shared.words import said
from pht_core.intake.mapping import FileMap
from pht_core.intake.mapping_file import read_mapping
from pht_core.intake.questions import Question, answer_question
from pht_core.intake.reading import Intake, read_again, read_files
from pht_core.intake.recognising.recognition import map_columns
from pht_core.intake.source import SourceFile
from pht_core.model.errors import PhtError


def read_upload(files: Sequence[SourceFile], report: Callable[[str], None]) -> None:
    """Read files into this session; a cohort that cannot be used leaves the former in use."""
    saved = current().upload.saved_mapping
    _read(lambda: read_files(files, saved=saved, report=report), mapped=saved is not None)


def correct_mapping(mapping: FileMap, answered: Sequence[tuple[str, FileMap]] = ()) -> None:
    """Read the same tables again, under the mapping that the user corrected.

    answered : see ``Upload``; a correction by hand takes no answer back.
    """
    upload = current().upload
    intake = upload.intake
    if intake is not None:
        _read(lambda: read_again(intake, mapping), mapped=True)
        upload.answered = list(answered)


def answer(question: Question, value: str | dict[str, str]) -> None:
    """Read again with the user's answer to a question."""
    upload = current().upload
    if upload.intake is None:
        return
    mapping, words = upload.intake.mapping, dict(question.options)
    given = [value] if isinstance(value, str) else dict.fromkeys(value.values())
    told = f"{question.text} → {'; '.join(words[one] for one in given)}"
    answered = [*upload.answered, (told, mapping)]
    correct_mapping(answer_question(mapping, question, value), answered)


def take_back_answer() -> None:
    """Ask the last answered question again."""
    *before, (_, mapping) = current().upload.answered
    correct_mapping(mapping, before)


def use_saved_mapping(content: bytes) -> None:
    """Apply a saved mapping to the tables of this session, and to those to come.

    Raises a PhtError if it is not a mapping that this program saved.
    """
    upload = current().upload
    saved = upload.saved_mapping = read_mapping(content)
    renew("upload")
    if upload.intake is not None:
        correct_mapping(map_columns(upload.intake.tables, saved))


def _read(read: Callable[[], Intake], *, mapped: bool) -> None:
    upload = current().upload
    upload.problem = ""
    # The uploader lets go of the bytes: the tables are read.
    renew("upload")
    try:
        intake = read()
    except PhtError as error:
        upload.problem = str(error)
        return
    except Exception as error:  # A file may hold anything, and its cells are private.
        upload.problem = said("upload_fault", fault=log_fault("An upload", error))
        return
    upload.intake = intake
    upload.answered, upload.compared = [], {}
    if intake.cohort is not None:
        use_cohort(intake, mapped=mapped)
