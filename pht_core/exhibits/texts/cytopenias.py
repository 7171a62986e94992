"""Words of the exhibits of cytopenias."""

import pandas as pd

from pht_core.exhibits.words import Texts
from pht_core.view import View


def incidence(view: View, numbers: pd.DataFrame, of: str, after: str) -> Texts:
    """Words."""
    return Texts(f"incidence: {len(view.subject_ids)} patients", "incidence.")


def lineages(view: View, numbers: pd.DataFrame, of: str, after: str) -> Texts:
    """Words."""
    return Texts(f"lineages: {len(view.subject_ids)} patients", "lineages.")


def grades(view: View, numbers: pd.DataFrame, of: str, after: str) -> Texts:
    """Words."""
    return Texts(f"grades: {len(view.subject_ids)} patients", "grades.")
