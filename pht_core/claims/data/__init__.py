"""Which figure of the program a claim is about, and what the data give."""
