"""Report check: does a manuscript's arithmetic follow, and do the data give it."""
