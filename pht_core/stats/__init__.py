"""What is computed of a cohort: grades, periods, courses, response, recovery, survival."""
