"""Report check: does a manuscript's arithmetic follow, and do the data give it.

``manuscript.read_manuscript`` gives a file's text, ``report.check_report`` its claims, each with a
verdict, and the findings between them; ``cohort_figures`` holds them against a cohort.

What no program can tell from a text, and this one does not try: that patients were included
against a criterion, that a course began before the event which it is said to treat, that a
group is called by a condition which some of it had overcome, that a table's unit or the sign of a
grade's limit is another than meant. A range outside of another, or rows that share their values,
are only pointed at.
"""
