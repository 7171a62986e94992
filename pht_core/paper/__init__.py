"""Wang et al. 2023: the printed figures, and the sample cohort in its layouts."""
