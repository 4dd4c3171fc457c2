"""The event ``{"warmup": true}``, for which an execution environment only has to be there."""

from typing import Any

from model_lambda.event_sources import Reply
from model_lambda.web_api.application import Application


def reply_to(event: Any, _context: Any, _application: Application) -> Reply | None:
    """Do nothing; None if the event is of another source."""
    is_warm_up = isinstance(event, dict) and event.get("warmup") is True
    return (None,) if is_warm_up else None
