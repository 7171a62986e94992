"""The sample cohort: one paper's printed patients, simulated courses, and their generator."""
