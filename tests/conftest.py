"""What all tests share."""

import os

from hypothesis import settings

# What is exported into model_lambda/models is somebody's own: the tests speak of the iris model.
os.environ["MODELS"] = "iris_model"

# The same examples in every run, and no verdict by the clock of a busy machine.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
