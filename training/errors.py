"""Why a model is not exported; every message ends with the remedy."""

import re


class ExportError(Exception):
    """The model cannot be served as it was trained, so nothing is written."""


class ConversionError(ExportError):
    """No engine takes the estimator."""


class DifferenceError(ExportError):
    """What would be served answers otherwise than the estimator does."""


def one_line(error: BaseException, limit: int = 200) -> str:
    """The first line of a foreign error, without addresses, cut between two words."""
    text = (str(error).strip() or type(error).__name__).splitlines()[0]
    without = re.sub(r"[^.:;]*https?://\S*", "", text).strip(" .:;")
    return shortened(without or type(error).__name__, limit)


def shortened(text: str, limit: int) -> str:
    """The text as far as `limit` characters, to the end of a word."""
    return text if len(text) <= limit else f"{text[: limit + 1].rsplit(' ', 1)[0][:limit]} ..."
