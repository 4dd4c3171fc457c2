"""Why a model is not exported; every message ends with the remedy."""


class ExportError(Exception):
    """The model cannot be served as it was trained, so nothing is written."""


class ConversionError(ExportError):
    """No engine takes the estimator."""


class DifferenceError(ExportError):
    """What would be served answers otherwise than the estimator does."""
