"""Settings shared by all tests."""

from hypothesis import settings

# The same examples on every run, and no time limit per example on a busy machine.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")
