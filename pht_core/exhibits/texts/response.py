"""Words of the exhibits of response."""

import pandas as pd

from pht_core.exhibits.words import Texts
from pht_core.view import View


def times(view: View, numbers: pd.DataFrame, of: str) -> Texts:
    """Words."""
    return Texts(f"times: {len(view.subject_ids)} patients", "times.")


def complete_recovery(view: View, numbers: pd.DataFrame, of: str) -> Texts:
    """Words."""
    return Texts(f"complete_recovery: {len(view.subject_ids)} patients", "complete_recovery.")


def recovery_incidence(view: View, numbers: pd.DataFrame, ids: list[str]) -> Texts:
    """Words."""
    return Texts(f"recovery_incidence: {len(view.subject_ids)} patients", "recovery_incidence.")


def relapses(view: View, numbers: pd.DataFrame, of: str, ids: list[str]) -> Texts:
    """Words."""
    return Texts(f"relapses: {len(view.subject_ids)} patients", "relapses.")


def doses(view: View, numbers: pd.DataFrame, steps: pd.DataFrame) -> Texts:
    """Words."""
    return Texts(f"doses: {len(view.subject_ids)} patients", "doses.")


def safety(view: View, numbers: pd.DataFrame) -> Texts:
    """Words."""
    return Texts(f"safety: {len(view.subject_ids)} patients", "safety.")
