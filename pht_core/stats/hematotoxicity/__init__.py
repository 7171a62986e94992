"""Hematotoxicity beyond CTCAE: ICAHT, phenotypes, risk scores, grading schemes side by side."""
