"""Requests to the local cloud count as requests over TLS.

On AWS everybody comes over TLS, and policies refuse who does not
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html,
`aws:SecureTransport`). The loopback interface needs none, and gets the same policies.
"""
# ruff: noqa: SLF001 - replacing the emulator's private functions is what this module is for

from contextvars import ContextVar

from ministack import app
from ministack.core import iam_evaluator


def apply() -> None:
    """Tell policies so, of requests and of what the emulator does by itself."""
    iam_evaluator._request_origin = ContextVar("request_origin", default=("127.0.0.1", True))
    stock = iam_evaluator.pin_request_origin
    app.pin_request_origin = lambda source_ip, _is_secure: stock(source_ip, True)
