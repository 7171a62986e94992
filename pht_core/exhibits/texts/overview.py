"""Words of the exhibits of overview."""

import pandas as pd

from pht_core.exhibits.words import Texts
from pht_core.view import View


def key_figures(view: View, numbers: pd.DataFrame) -> Texts:
    """Words."""
    return Texts(f"key_figures: {len(view.subject_ids)} patients", "key_figures.")


def flow(view: View, numbers: pd.DataFrame) -> Texts:
    """Words."""
    return Texts(f"flow: {len(view.subject_ids)} patients", "flow.")


def described(view: View, numbers: pd.DataFrame) -> Texts:
    """Words."""
    return Texts(f"described: {len(view.subject_ids)} patients", "described.")


def patients(view: View, numbers: pd.DataFrame) -> Texts:
    """Words."""
    return Texts(f"patients: {len(view.subject_ids)} patients", "patients.")


def compared(view: View, numbers: pd.DataFrame) -> Texts:
    """Words."""
    return Texts(f"compared: {len(view.subject_ids)} patients", "compared.")
