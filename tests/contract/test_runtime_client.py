"""The function under AWS's own runtime client: its context, its log, its JSON encoder."""

import copy
import io
import json
import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest
from awslambdaric import bootstrap
from awslambdaric.lambda_runtime_log_utils import LogFormat
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller

from events.catalogue import all_events
from events.comparison import difference
from events.stored import read_event, read_response
from model_lambda.config import Settings
from model_lambda.lambda_function import Handler, create_handler, lambda_handler
from model_lambda.model_manager import ModelManager
from model_lambda.models.iris.iris_model import IrisModel

DEADLINE_MS = 2**42
EVENTS = [one for one in all_events() if one.name.endswith("[rest_api]")]


class Platform:
    """Lambda's side: takes what the runtime client would send over HTTP."""

    def __init__(self) -> None:
        self.marshaller = LambdaMarshaller()
        self.result: Any = None
        self.error: Any = None

    def post_invocation_result(self, _id: str, result: str, *_: Any) -> None:
        self.result = json.loads(result.encode("utf-8"))

    def post_invocation_error(self, _id: str, error: str, *_: Any) -> None:
        self.error = json.loads(error.encode("utf-8"))


class EncodingSink(io.TextIOWrapper):
    """A log sink that, as Lambda's, takes only what has a UTF-8 encoding."""

    def log(self, message: str, frame_type: bytes | None = None) -> None:
        self.write(message)
        self.flush()

    def log_error(self, lines: list[str]) -> None:
        self.log("\n".join(lines))

    def lines(self) -> list[str]:
        self.seek(0)
        return self.read().splitlines()


@pytest.fixture(params=["AWS_Lambda_python3.11", "AWS_Lambda_python3.13"])
def platform(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """Older runtimes escape what is not ASCII, newer ones write it as it is."""
    monkeypatch.setenv("AWS_EXECUTION_ENV", request.param)
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "")
    return Platform()


@pytest.fixture
def log() -> Iterator[EncodingSink]:
    """Lambda's logging at its most talkative: JSON, every level."""
    sink = EncodingSink(io.BytesIO(), encoding="utf-8", newline="\n")
    root = logging.getLogger()
    before = root.handlers[:], root.level
    bootstrap._setup_logging(LogFormat.JSON, "DEBUG", sink)  # noqa: SLF001 - AWS's, as it logs
    yield sink
    root.handlers[:], level = before
    root.setLevel(level)


def _invoke(
    platform: Platform,
    log: EncodingSink,
    event: Any,
    remaining_ms: int | None = None,
    handler: Handler = lambda_handler,
) -> None:
    deadline = DEADLINE_MS if remaining_ms is None else _now_ms() + remaining_ms
    bootstrap.handle_event_request(
        platform,
        handler,
        "invocation-id",
        json.dumps(event),
        "application/json",
        None,
        None,
        "arn:aws:lambda:us-east-2:123456789012:function:model-lambda",
        deadline,
        None,
        log,
    )


def _now_ms() -> int:
    return int(bootstrap.time.time() * 1000)


def test_every_case_passes_through_the_runtime_client(
    platform: Platform, log: EncodingSink
) -> None:
    differences = {}
    for case in EVENTS:
        # Cases that are late stay so; the others get all the time that a busy machine may need.
        _invoke(platform, log, case.event, case.remaining_ms if case.remaining_ms < 200 else None)
        if platform.error or difference(case.answer, platform.result):
            differences[case.name] = platform.error or difference(case.answer, platform.result)
    assert differences == {}
    assert len(EVENTS) >= 400
    assert [line for line in log.lines() if json.loads(line)["level"] == "ERROR"] == []


@pytest.mark.parametrize("place", ["path", "httpMethod", "body", "resource"])
def test_a_lone_surrogate_ends_neither_the_request_nor_the_process(
    place: str, platform: Platform, log: EncodingSink
) -> None:
    event = {**read_event("predict_setosa"), place: "\ud800"}
    _invoke(platform, log, event)
    assert platform.error is None
    assert platform.result["statusCode"] in (200, 400, 404, 405)


def test_a_lone_surrogate_in_any_header_or_query_is_harmless(
    platform: Platform, log: EncodingSink
) -> None:
    event = copy.deepcopy(read_event("predict_setosa"))
    event["multiValueHeaders"]["\ud800"] = ["\ud800"]
    event["headers"]["Content-Type"] = "\ud800"
    event["multiValueHeaders"]["Content-Type"] = ["\ud800"]
    event["multiValueQueryStringParameters"] = {"probabilities": ["\ud800"]}
    event["requestContext"]["requestId"] = "\ud800"
    _invoke(platform, log, event)
    assert platform.result["statusCode"] == 400
    assert json.loads(platform.result["body"])["instance"] == "invocation-id"


def test_an_unsupported_event_is_reported_as_an_error(
    platform: Platform, log: EncodingSink
) -> None:
    _invoke(platform, log, read_event("sns_event"))
    assert platform.result is None
    expected = read_response("sns_event")
    assert {name: platform.error[name] for name in expected} == expected


def test_a_warm_up_gives_null(platform: Platform, log: EncodingSink) -> None:
    _invoke(platform, log, read_event("warmup"))
    assert (platform.result, platform.error) == (None, None)


class BrokenModel(IrisModel):
    """Raises what no log may choke on."""

    def predict_batch(self, *_: Any, **__: Any) -> Any:
        raise ValueError("\ud800 broken")

    def repeat_golden_predictions(self) -> None:
        """It could not."""


def test_a_failure_is_one_error_line_with_what_the_model_raised(
    platform: Platform, log: EncodingSink
) -> None:
    broken = create_handler(Settings(), ModelManager([BrokenModel()]))
    _invoke(platform, log, read_event("predict_setosa"), handler=broken)
    assert platform.result["statusCode"] == 500
    (line,) = [json.loads(line) for line in log.lines() if '"ERROR"' in line]
    assert line["path"] == "/api/models/iris_model/predict"
    assert r"ValueError: \ud800 broken" in line["message"]
    assert "Traceback" in line["message"]
    assert os.sep not in platform.result["body"].replace("/problems/", "")
