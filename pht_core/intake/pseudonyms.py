"""Other ids for patients, drawn at random, so that pictures and tables can be shown around."""

import random

from pht_core.model.cohort import Cohort, build_cohort
from pht_core.model.schema import TABLES


def draw_pseudonyms(subject_ids: list[str]) -> dict[str, str]:
    """P1, P2 and so on for the ids, in an order drawn by the operating system's randomness.

    Numbers in the order of the ids or of the file would tell who was treated first; these tell
    nothing, and are others at every call. The result, from old to new ids, is the only key.
    """
    drawn = list(subject_ids)
    random.SystemRandom().shuffle(drawn)
    return {name: f"P{place}" for place, name in enumerate(drawn, start=1)}


def relabel_subjects(cohort: Cohort, pseudonyms: dict[str, str]) -> Cohort:
    """The same cohort under other ids, in their order; its findings keep the ids of the file.

    Raises KeyError if a patient has no other id.
    """
    tables = {}
    for name in TABLES:
        table = getattr(cohort, name)
        ids = table["subject_id"].astype(object)
        tables[name] = table.assign(subject_id=[pseudonyms[one] for one in ids])
    return build_cohort(
        tables,
        name=cohort.name,
        digest=cohort.digest,
        findings=cohort.findings,
        recorded=cohort.recorded,
        simulated=cohort.simulated,
        stated=cohort.stated,
        others=cohort.others.rename(index=pseudonyms),
    )
