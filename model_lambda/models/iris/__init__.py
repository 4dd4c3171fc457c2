"""The iris model: the species of an iris flower from four measurements."""

MODEL_CLASS = f"{__name__}.iris_model.IrisModel"
