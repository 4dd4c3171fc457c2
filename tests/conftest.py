"""What all tests share."""

from hypothesis import settings

# The same examples in every run, and no verdict by the clock of a busy machine.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
