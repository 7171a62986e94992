"""Words of the exhibits of trajectories."""

from pht_core.exhibits.words import Texts
from pht_core.view import View


def trajectory(view: View, patient: str) -> Texts:
    """Words."""
    return Texts(f"trajectory: {len(view.subject_ids)} patients", "trajectory.")


def trajectories(view: View, ids: list[str], *, quantiles: bool) -> Texts:
    """Words."""
    return Texts(f"trajectories: {len(view.subject_ids)} patients", "trajectories.")


def swimmer(view: View) -> Texts:
    """Words."""
    return Texts(f"swimmer: {len(view.subject_ids)} patients", "swimmer.")
