"""The sample cohort: printed patient-level data of one paper, simulated courses, and their generator."""
