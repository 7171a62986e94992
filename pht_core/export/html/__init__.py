"""Reports as one HTML file each that asks nothing of any network: of figures, and of patients."""

from pht_core.export.html.patients import write_patients
from pht_core.export.html.report import write_html

__all__ = ["write_html", "write_patients"]
