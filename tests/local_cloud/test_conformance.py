"""The emulator behaves as AWS documents: one test a point that `deploy/emulator` restores."""

import io
import json
import socket
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from deploy.emulator.version import require_tested_version
from deploy.stack import client
from deploy.target import Target
from events.stored import read_event
from tests.local_cloud.conftest import LEAK
from tests.local_cloud.probe import (
    SOURCE,
    Probe,
    create_function,
    create_function_from_zip,
    create_probe,
    pack,
)

MB = 1024 * 1024


def names(event: dict[str, Any]) -> list[list[str]]:
    """The names in an event, in its context and in the caller's identity."""
    context = event["requestContext"]
    return [sorted(event), sorted(context), sorted(context["identity"])]


def test_another_version_of_the_emulator_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    require_tested_version()
    monkeypatch.setattr("deploy.emulator.version.TESTED", "0.0.0")
    with pytest.raises(RuntimeError, match=r"tested with 0\.0\.0"):
        require_tested_version()


def test_the_event_has_the_fields_that_aws_documents(probe: Probe) -> None:
    event = probe.ask(tell=["event"])["event"]
    assert names(event) == names(read_event("predict_setosa"))


def test_header_names_arrive_as_they_were_sent(probe: Probe) -> None:
    sent = {"X-Mixed-Case": "a", "x-lower-case": "b"}
    headers = probe.post({"tell": ["event"]}, sent).json()["event"]["headers"]
    assert sent.items() <= headers.items()
    assert {"Content-Type", "X-Forwarded-For", "X-Forwarded-Proto"} <= headers.keys()


def test_repeated_headers_arrive_as_several_values(probe: Probe) -> None:
    host = urlsplit(probe.url())
    body = b'{"tell": ["event"]}'
    request = (
        f"POST {host.path} HTTP/1.1\r\nHost: {host.netloc}\r\nConnection: close\r\n"
        f"X-Twice: one\r\nX-Twice: two\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    with socket.create_connection((str(host.hostname), int(host.port or 0)), timeout=30) as link:
        link.sendall(request)
        answer = b"".join(iter(lambda: link.recv(65536), b""))
    event = json.loads(answer.split(b"\r\n\r\n", 1)[1])["event"]
    assert event["multiValueHeaders"]["X-Twice"] == ["one", "two"]
    assert event["headers"]["X-Twice"] == "two"


def test_the_callers_address_is_the_connections_not_a_headers(probe: Probe) -> None:
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    event = probe.post({"tell": ["event"]}, forged).json()["event"]
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert event["multiValueHeaders"]["X-Forwarded-For"] == ["203.0.113.9, 127.0.0.1"]
    assert event["multiValueHeaders"]["X-Forwarded-Proto"] == ["http"]


def test_the_answer_carries_the_events_request_id(probe: Probe) -> None:
    answer = probe.post({"tell": ["event"]})
    context = answer.json()["event"]["requestContext"]
    assert answer.headers["x-amzn-RequestId"] == context["requestId"]


@pytest.mark.parametrize(
    "reply",
    [
        "text",
        None,
        [],
        {},
        {"body": "no status"},
        {"statusCode": "abc"},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "headers": "none"},
        {"statusCode": 200, "isBase64Encoded": "false"},
        {"statusCode": 200, "unknown": 1},
        {"statusCode": 200, "body": "x" * (6 * 1024 * 1024 + 1)},
    ],
    ids=lambda reply: repr(reply)[:40],
)
def test_a_malformed_reply_is_answered_502(probe: Probe, reply: Any) -> None:
    wish = {"padding": len(reply["body"])} if _is_large(reply) else {"reply": reply}
    answer = probe.post(wish | ({"tell": ["padding"]} if _is_large(reply) else {}))
    assert (answer.status_code, answer.json()) == (502, {"message": "Internal server error"})


def _is_large(reply: Any) -> bool:
    return isinstance(reply, dict) and len(str(reply.get("body"))) > 1000


@pytest.mark.parametrize(
    "reply", [{"statusCode": 200}, {"statusCode": "201", "body": ""}, {"statusCode": 404}]
)
def test_a_well_formed_reply_is_passed_on(probe: Probe, reply: dict[str, Any]) -> None:
    assert probe.post({"reply": reply}).status_code == int(reply["statusCode"])


def test_an_error_is_answered_502_without_its_text(probe: Probe) -> None:
    answer = probe.post({"raise": "secret detail"})
    assert (answer.status_code, answer.json()) == (502, {"message": "Internal server error"})
    assert answer.headers["x-amzn-ErrorType"] == "InternalServerErrorException"


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (6 * MB - 10_000, None),
        (6 * MB, "Request Too Long"),
        (10 * MB, "Request Too Long"),
        (10 * MB + 1, "HTTP content length exceeded 10485760 bytes."),
    ],
)
def test_neither_the_gateway_nor_the_function_gets_a_request_over_its_limit(
    probe: Probe, size: int, message: str | None
) -> None:
    answer = requests.post(probe.url(), data=b'{"tell": []}'.ljust(size), timeout=60)
    expected = (200, {}) if message is None else (413, {"message": message})
    assert (answer.status_code, answer.json()) == expected


@pytest.mark.parametrize(("kind", "limit"), [("RequestResponse", 6 * MB), ("Event", MB)])
def test_an_invocation_with_too_large_a_payload_is_refused(
    probe: Probe, kind: str, limit: int
) -> None:
    functions = client(probe.target, "lambda")
    wish = {"FunctionName": probe.name, "InvocationType": kind}
    functions.invoke(**wish, Payload=b'{"tell": []}'.ljust(limit))
    with pytest.raises(functions.exceptions.RequestTooLargeException) as refused:
        functions.invoke(**wish, Payload=b'{"tell": []}'.ljust(limit + 1))
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_a_silent_function_is_not_waited_for(probe: Probe) -> None:
    probe.ask()
    elapsed = []
    for _ in range(20):
        started = time.perf_counter()
        probe.ask()
        elapsed.append(time.perf_counter() - started)
    assert min(elapsed) < 0.04


def test_the_error_is_the_functions_own(probe: Probe) -> None:
    error, reply = probe.invoke(**{"raise": "why"})
    assert error == "Unhandled"
    assert (reply["errorType"], reply["errorMessage"]) == ("KeyError", "'why'")
    assert "probe_function.py" in reply["stackTrace"][0]


def test_an_environment_that_exits_is_reported_and_replaced(probe: Probe) -> None:
    error, reply = probe.invoke(exit=3)
    assert (error, reply["errorType"]) == ("Unhandled", "Runtime.ExitError")
    assert reply["errorMessage"].endswith(" Error: Runtime exited with error: exit status 3")
    assert probe.invoke(tell=[])[0] is None


@pytest.mark.parametrize("longer", [{}, {"sleep": 30}], ids=["and answers", "and goes on"])
def test_a_function_that_takes_more_memory_than_it_has_is_killed(
    probe: Probe, longer: dict[str, int]
) -> None:
    error, reply = probe.invoke(hold=300, **longer)
    assert (error, reply["errorType"]) == ("Unhandled", "Runtime.ExitError")
    assert reply["errorMessage"].endswith(" Error: Runtime exited with error: signal: killed")
    assert probe.invoke(hold=100, tell=[])[0] is None
    said = [json.loads(e["message"]) for e in probe.log() if "platform.report" in e["message"]]
    killed, replaced = (event["record"]["metrics"]["maxMemoryUsedMB"] for event in said[-2:])
    assert killed > 256 > replaced


def test_a_function_that_takes_too_long_is_ended(target: Target) -> None:
    slow = create_probe(target, "slow-probe", Timeout=1)
    with ThreadPoolExecutor() as at_once:
        answer = at_once.submit(slow.post, {"sleep": 30}, stage="problems")
        error, reply = slow.invoke(sleep=30)
    assert (error, reply["errorType"]) == ("Unhandled", "Sandbox.Timedout")
    assert answer.result().status_code == 502
    assert answer.result().json()["type"] == "/problems/gateway-error"
    assert slow.invoke(tell=[])[0] is None


def test_the_time_left_counts_down_from_the_timeout(probe: Probe) -> None:
    left = probe.ask(sleep=0.2, tell=["remaining_ms"])["remaining_ms"]
    assert 0 < left <= 4800


def test_a_missing_dependency_is_noticed(target: Target) -> None:
    source = "import marshmallow\n\ndef handler(event, context):\n    return {}\n"
    create_function(target, "needs-marshmallow", source)
    functions = client(target, "lambda")
    answer = functions.invoke(FunctionName="needs-marshmallow", Payload="{}")
    reply = json.load(answer["Payload"])
    assert answer["FunctionError"] == "Unhandled"
    assert reply["errorType"] == "Runtime.ImportModuleError"
    assert "No module named 'marshmallow'" in reply["errorMessage"]


def test_an_environment_that_exits_while_it_starts_is_reported(target: Target) -> None:
    create_function(target, "exits", "import os\n\nos.write(1, b'at the end\\n')\nos._exit(2)\n")
    answer = client(target, "lambda").invoke(FunctionName="exits", Payload="{}")
    reply = json.load(answer["Payload"])
    assert (answer["FunctionError"], reply["errorType"]) == ("Unhandled", "Runtime.ExitError")
    assert reply["errorMessage"].endswith(" Error: Runtime exited with error: exit status 2")
    assert "at the end" in [event["message"] for event in Probe(target, "exits", "none").log()]


def test_the_interpreter_holds_what_aws_provides_and_nothing_else(probe: Probe) -> None:
    given = ["boto3", "awslambdaric"]
    absent = ["ministack", "numpy", "requests", "pytest", "deploy"]
    imported = probe.ask(**{"import": given + absent}, tell=["imported"])["imported"]
    assert imported == dict.fromkeys(given, True) | dict.fromkeys(absent, False)


def test_the_environment_is_lambdas_and_the_functions_own(probe: Probe) -> None:
    environment = probe.ask(tell=["environment"])["environment"]
    assert environment["OWN"] == "given"
    assert LEAK not in environment
    others = {name for name in environment if not name.startswith(("AWS_", "LAMBDA_", "_"))}
    # A shell adds PWD; Python adds LC_CTYPE where the system lacks Lambda's locale.
    assert others - {"PWD", "LC_CTYPE"} == {"PATH", "LANG", "TZ", "TMPDIR", "OWN"}
    expected = {
        "AWS_LAMBDA_FUNCTION_NAME": "probe",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/probe",
        "AWS_REGION": "us-east-2",
        "_HANDLER": "probe_function.handler",
    }
    assert expected.items() <= environment.items()


def test_a_function_may_do_no_more_than_its_role_allows(probe: Probe) -> None:
    facts = probe.ask(**{"try": ["sts.get_caller_identity", "s3.list_buckets"]}, tell=["refused"])
    assert facts["refused"] == [None, "AccessDenied"]


def test_the_function_starts_in_its_code(probe: Probe) -> None:
    facts = probe.ask(tell=["working_folder", "environment"])
    assert facts["working_folder"] == facts["environment"]["LAMBDA_TASK_ROOT"]


def test_the_code_is_read_only(probe: Probe) -> None:
    paths = ["probe_function.py", "new.txt", "$TMPDIR/new.txt"]
    facts = probe.ask(write=paths, tell=["unwritable"])
    assert facts["unwritable"] == ["probe_function.py", "new.txt"]


def test_a_printed_reply_is_no_reply_but_a_log_line(probe: Probe) -> None:
    spoof = json.dumps({"statusCode": 418, "body": "spoofed"})
    assert probe.post({"print": spoof}).status_code == 200
    assert spoof in [event["message"] for event in probe.log()]


def test_the_log_tells_what_each_invocation_took(probe: Probe) -> None:
    request = probe.ask(log="something", tell=["request_id"])["request_id"]
    said = [json.loads(e["message"]) for e in probe.log() if request in e["message"]]
    start, own, report = said
    assert start["type"] == "platform.start"
    assert (own["level"], own["message"], own["answer"]) == ("WARNING", "something", 42)
    metrics = report["record"]["metrics"]
    assert metrics["memorySizeMB"] == 256
    assert metrics["maxMemoryUsedMB"] > 5
    assert 0 < metrics["durationMs"] <= metrics["billedDurationMs"]


def test_a_long_log_is_read_page_by_page(target: Target) -> None:
    logs = client(target, "logs")
    logs.create_log_group(logGroupName="long")
    logs.create_log_stream(logGroupName="long", logStreamName="one")
    written = [f"line {number}" for number in range(25)]
    now = int(time.time() * 1000)
    events = [{"timestamp": now + n // 4, "message": line} for n, line in enumerate(written)]
    logs.put_log_events(logGroupName="long", logStreamName="one", logEvents=events)
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName="long", limit=10)
    read = [[event["message"] for event in page["events"]] for page in pages]
    assert [line for page in read for line in page] == written
    assert max(len(page) for page in read) == 10


def test_only_a_cold_start_reports_its_init_and_none_reports_the_unpacking(
    target: Target, tmp_path: Path
) -> None:
    code = pack({"probe_function.py": SOURCE} | {f"data/{n}.txt": "" for n in range(3000)})
    create_function_from_zip(target, "large", code)
    fresh = Probe(target, "large", api_id="none")
    started = time.perf_counter()
    zipfile.ZipFile(io.BytesIO(code)).extractall(tmp_path)
    unpacking_ms = (time.perf_counter() - started) * 1000
    fresh.invoke(tell=[])
    fresh.invoke(tell=[])
    reports = [e["message"] for e in fresh.log() if e["message"].startswith("REPORT")]
    assert ["Init Duration" in report for report in reports] == [True, False]
    durations = [float(report.split("Duration: ")[1].split()[0]) for report in reports]
    assert max(durations) < unpacking_ms / 2


def test_an_environment_has_one_log_stream_and_knows_its_name(probe: Probe) -> None:
    environment = probe.ask(tell=["environment"])["environment"]
    streams = [event["logStreamName"] for event in probe.log()]
    assert streams[-1] == environment["AWS_LAMBDA_LOG_STREAM_NAME"]
    assert streams.count(streams[-1]) >= 2


def test_a_throttle_of_a_template_holds(target: Target) -> None:
    client(target, "cloudformation").create_stack(
        StackName="throttled", TemplateBody=json.dumps(_throttled_api())
    )
    client(target, "cloudformation").get_waiter("stack_create_complete").wait(
        StackName="throttled", WaiterConfig={"Delay": 1}
    )
    found = client(target, "cloudformation").describe_stacks(StackName="throttled")["Stacks"][0]
    api = found["Outputs"][0]["OutputValue"]
    endpoint = f"https://{api}.execute-api.us-east-2.amazonaws.com/test"
    url = target.endpoint_url({"ServiceEndpoint": endpoint}, "/a/b")
    statuses = [requests.post(url, json={}, timeout=30).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def _throttled_api() -> dict[str, Any]:
    api = {"Ref": "Api"}
    answer = {"StatusCode": "200"}
    mock = {"Type": "MOCK", "IntegrationResponses": [answer]}
    mock["RequestTemplates"] = {"application/json": '{"statusCode": 200}'}  # type: ignore[assignment]
    method = {
        "RestApiId": api,
        "ResourceId": {"Ref": "B"},
        "HttpMethod": "POST",
        "AuthorizationType": "NONE",
        "Integration": mock,
        "MethodResponses": [answer],
    }
    root = {"Fn::GetAtt": ["Api", "RootResourceId"]}
    throttle = {
        "HttpMethod": "POST",
        "ResourcePath": "/~1a~1b",
        "ThrottlingRateLimit": 0.001,
        "ThrottlingBurstLimit": 2,
    }
    stage = {
        "RestApiId": api,
        "StageName": "test",
        "DeploymentId": {"Ref": "Deployment"},
        "MethodSettings": [throttle],
    }
    return {
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "throttled"}},
            "Method": {"Type": "AWS::ApiGateway::Method", "Properties": method},
            "A": _resource(root, "a"),
            "B": _resource({"Ref": "A"}, "b"),
            "Deployment": {
                "Type": "AWS::ApiGateway::Deployment",
                "DependsOn": "Method",
                "Properties": {"RestApiId": api},
            },
            "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": stage},
        },
        "Outputs": {"Id": {"Value": api}},
    }


def _resource(parent: dict[str, Any], part: str) -> dict[str, Any]:
    properties = {"RestApiId": {"Ref": "Api"}, "ParentId": parent, "PathPart": part}
    return {"Type": "AWS::ApiGateway::Resource", "Properties": properties}
