"""Generator of the simulated sample cohort; run it with ``python -m sample_data.generate``."""
