"""From any hospital's files to the tidy tables of a cohort.

``opening`` turns bytes into tables, ``recognition`` guesses what their columns mean,
``mapping`` holds the guesses and the user's corrections, ``tidying`` turns mapped tables into
those of ``schema.TABLES``.
"""
