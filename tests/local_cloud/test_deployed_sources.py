"""The sources other than HTTP are deployed, do no more than their roles allow, and are removed."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.commands import DeployError, run
from deploy.leftovers import PARTS, QUESTIONS, leftovers
from deploy.local_cloud import LocalCloud
from deploy.osls import osls
from deploy.service import deploy, main, remove
from deploy.sources.command import queue_url
from deploy.stack import Resource, Stack, client, describe_stack, stack_resources
from deploy.target import Target, local_target
from tests.structure.documents import PROJECT

EVERYTHING = {
    "queue": "on",
    "stream": "on",
    "files": "on",
    "schedule": "rate(1 hour)",
    "auth": "none",
}
BUCKET = "model-service-sources-files-000000000000"


@pytest.fixture(scope="module")
def everything(cloud: LocalCloud) -> Iterator[Stack]:
    """A stage with every source, which is gone afterwards."""
    stage = local_target(cloud, "sources")
    yield deploy(stage, EVERYTHING)
    remove(stage)


def configuration(stack: Stack, source: str) -> dict[str, Any]:
    """How the function of a source is set up."""
    name = f"{stack.target.stack_name}-{source}"
    found: dict[str, Any] = client(stack.target, "lambda").get_function_configuration(
        FunctionName=name
    )
    return found


def test_each_function_is_told_where_its_results_go(everything: Stack) -> None:
    told = {
        source: configuration(everything, source)["Environment"]["Variables"]
        for source in ("queue", "stream", "files")
    }
    assert told["queue"]["RESULTS_QUEUE_URL"] in everything.resources
    assert told["stream"]["RESULTS_STREAM_NAME"] == "model-service-sources-results"
    assert told["files"].items() >= {"FILES_BUCKET": BUCKET, "RESULTS_PREFIX": "out/"}.items()


def test_no_role_allows_a_wildcard_but_below_a_prefix(everything: Stack) -> None:
    iam = client(everything.target, "iam")
    roles = [name for name, kind in everything.resources.items() if kind == "AWS::IAM::Role"]
    assert len(roles) == 5
    for role in roles:
        assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for statement in policy["Statement"]:
                assert not [action for action in statement["Action"] if "*" in action]
                resource = statement["Resource"]
                assert resource.startswith("arn:aws:")
                allowed = ("/in/*", "/out/*") if ":s3:" in resource else (":*",)
                assert "*" not in resource or resource.endswith(allowed)


def test_mappings_report_what_failed_and_bad_records_do_not_block(everything: Stack) -> None:
    functions = client(everything.target, "lambda")
    queue, stream = (
        functions.list_event_source_mappings(FunctionName=f"model-service-sources-{source}")[
            "EventSourceMappings"
        ][0]
        for source in ("queue", "stream")
    )
    assert (queue["BatchSize"], queue["MaximumBatchingWindowInSeconds"]) == (10, 1)
    for mapping in (queue, stream):
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert stream["BisectBatchOnFunctionError"] is True
    assert (stream["MaximumRetryAttempts"], stream["MaximumRecordAgeInSeconds"]) == (5, 21600)
    assert stream["DestinationConfig"]["OnFailure"]["Destination"].endswith("-stream-failures")


def test_the_schedule_asks_for_the_files_without_results(everything: Stack) -> None:
    schedule = client(everything.target, "scheduler").get_schedule(
        Name="model-service-sources-files"
    )
    assert schedule["ScheduleExpression"] == "rate(1 hour)"
    assert json.loads(schedule["Target"]["Input"]) == {"batch": True}


def test_what_is_read_and_written_is_named(
    everything: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", everything.target.environment["AWS_ENDPOINT_URL"])
    monkeypatch.setenv("STAGE", "sources")
    monkeypatch.setattr("sys.argv", ["deploy.service", "info", "--target", "local"])
    main()
    said = capsys.readouterr().out
    names = [line.split()[-1] for line in said.splitlines() if "model-service-sources-" in line]
    short = [name.rpartition("/")[2].removeprefix("model-service-sources-") for name in names]
    queues = {"queue", "results", "dead-letters", "stream-failures", "file-failures"}
    assert set(short) == queues | {"records", "results", "files-000000000000"}


def test_every_source_is_looked_for_while_it_is_there(everything: Stack) -> None:
    resources = stack_resources(everything.target)
    assert {one.kind for one in resources} <= {*QUESTIONS, *PARTS}
    of_their_own = [one for one in resources if one.kind not in PARTS]
    there = sorted(f"{one.name} ({one.kind})" for one in of_their_own)
    assert sorted(leftovers(everything.target, resources)) == there
    gone = [Resource(one.kind, f"{one.name[:55]}-gone") for one in of_their_own]
    assert leftovers(everything.target, gone) == []


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"schedule": "rate(1 hour)"}, "add --param files=on"),
        ({"queue": "on", "queue-batch-window": "6"}, "VisibilityTimeout"),
        ({"queue": "yes"}, r'Cannot resolve variable at "functions'),
        ({"queue": "on", "results": "nowhere"}, 'environment": Value not found'),
    ],
)
@pytest.mark.usefixtures("cloud")
def test_a_parameter_that_cannot_be_is_refused(
    target: Target, parameters: dict[str, str], message: str
) -> None:
    options = [f"--param={name}={value}" for name, value in parameters.items()]
    with pytest.raises(DeployError, match=message):
        osls(target, ["print", *options])


@pytest.mark.usefixtures("cloud")
def test_a_model_that_the_function_may_not_read_is_refused(target: Target) -> None:
    pin = f"s3://theirs/models/churn/{'a' * 64}/"
    given = {"MODEL_BUCKET": "ours", "MODEL_URI": pin}
    with pytest.raises(DeployError, match=r"models of MODEL_BUCKET \(ours\), but MODEL_URI has"):
        osls(Target(target.name, {**target.environment, **given}), ["print"])


def command(module: str, *arguments: str) -> str:
    """What a command of the project prints."""
    return run([sys.executable, "-m", module, *arguments], f"run {module}", env=dict(os.environ))


@pytest.mark.iris_model
def test_messages_and_files_are_sent_and_their_results_come_back(
    everything: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", everything.target.environment["AWS_ENDPOINT_URL"])
    monkeypatch.setenv("STAGE", "sources")
    sent = json.loads(command("deploy.sources.send", str(PROJECT / "events" / "messages.jsonl")))
    assert sent == {"sent": 5, "queue": "model-service-sources-queue"}
    rows = Path(shutil.copy(PROJECT / "events" / "rows.csv", tmp_path))
    done = json.loads(command("deploy.batch", str(rows), "--rows", "2"))
    assert (done["rows"], done["refused"]) == (5, 0)
    predictions = (tmp_path / "rows.predictions.csv").read_text().splitlines()
    species = [line.split(",")[4] for line in predictions[1:]]
    results = printed_results(5)
    assert [one["prediction"]["species"] for one in results] == species
    assert client(everything.target, "s3").list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


@pytest.mark.iris_model
def test_a_dead_letter_tells_why_it_died_and_can_be_replayed(
    everything: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", everything.target.environment["AWS_ENDPOINT_URL"])
    monkeypatch.setenv("STAGE", "sources")
    sqs = client(everything.target, "sqs")
    home = queue_url(everything, "queue")
    sqs.set_queue_attributes(QueueUrl=home, Attributes={"VisibilityTimeout": "1"})
    bad = sqs.send_message(QueueUrl=home, MessageBody="{}")["MessageId"]
    dead = ""
    for _ in range(60):
        if dead := command("deploy.sources.dead_letters"):
            break
    told = json.loads(dead)
    assert (told["message_id"], told["body"]) == (bad, "{}")
    assert told["reason"] == "SchemaError: the message is not valid"
    assert "about 1 messages" in command("deploy.sources.replay")
    assert "1 messages moved" in command("deploy.sources.replay", "--yes")


def printed_results(count: int) -> list[dict[str, Any]]:
    """Results as they come, sorted by the id of their messages."""
    lines: list[str] = []
    for _ in range(20):
        lines += command("deploy.sources.results").splitlines()
        if len(lines) >= count:
            break
    return sorted(map(json.loads, lines), key=lambda one: str(one["id"]))


def test_another_kind_of_queue_takes_the_place_of_the_first_and_all_of_it_is_removed(
    everything: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = everything.target
    client(stage, "s3").put_object(Bucket=BUCKET, Key="in/none/kept.txt", Body=b"")
    deploy(stage, EVERYTHING | {"queue": "fifo", "results": "table"})
    known = stack_resources(stage)
    queues = [one.name for one in known if one.kind == "AWS::SQS::Queue"]
    assert sum(name.endswith(".fifo") for name in queues) == 2
    assert "AWS::DynamoDB::Table" in describe_stack(stage).resources.values()
    assert configuration(everything, "stream")["Environment"]["Variables"]["RESULTS_TABLE"]
    assert remove(stage) == []
    assert f"{BUCKET}: 1 objects are deleted" in capsys.readouterr().out
    assert leftovers(stage, known) == []
