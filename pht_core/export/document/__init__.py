"""Reports as one HTML file each that asks nothing of any network: of figures, and of patients."""

from pht_core.export.document.html import write_html, write_patients, write_slides

__all__ = ["write_html", "write_patients", "write_slides"]
