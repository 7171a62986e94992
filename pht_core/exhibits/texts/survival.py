"""Words of the exhibits of survival."""

from pht_core.exhibits.words import Texts
from pht_core.survival_report import SurvivalReport
from pht_core.view import View


def curve(view: View, report: SurvivalReport, endpoint: str, by: str) -> Texts:
    """Words."""
    return Texts(f"curve: {len(view.subject_ids)} patients", "curve.")


def rates(view: View, report: SurvivalReport, endpoint: str, by: str) -> Texts:
    """Words."""
    return Texts(f"rates: {len(view.subject_ids)} patients", "rates.")


def medians(view: View, report: SurvivalReport, endpoint: str, by: str) -> Texts:
    """Words."""
    return Texts(f"medians: {len(view.subject_ids)} patients", "medians.")
