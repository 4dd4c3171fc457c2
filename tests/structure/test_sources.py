"""The sources other than HTTP are off unless they are asked for, and fit what AWS asks of them."""

from typing import Any

import pytest
import yaml

from tests.structure.documents import PROJECT

FOLDER = PROJECT / "deploy" / "serverless"
SERVERLESS = yaml.safe_load((PROJECT / "serverless.yml").read_text())
DEFAULTS = SERVERLESS["params"]["default"]
SOURCES = ("queue", "stream", "files")


def source(name: str) -> dict[str, Any]:
    """Return the fragments of a source, by the value of its parameter."""
    fragments: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yml").read_text())
    return fragments


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_is_off_by_default_and_off_adds_nothing(name: str) -> None:
    off = source(name)[DEFAULTS[name]]
    assert not any(off.values())
    assert set(off) == set(source(name)["on"])
    named = [*SERVERLESS["functions"][1:], *SERVERLESS["resources"]]
    for part in off:
        reference = f"${{file(deploy/serverless/{name}.yml):${{param:{name}}}.{part}}}"
        assert reference in named


def test_a_message_is_not_seen_by_others_while_it_is_worked_on() -> None:
    queue = source("queue")["on"]
    timeout = queue["functions"]["queue"]["timeout"]
    hidden = queue["resources"]["Resources"]["InputQueue"]["Properties"]["VisibilityTimeout"]
    assert hidden >= 6 * timeout + DEFAULTS["queue-batch-window"]


def test_a_queue_of_results_remembers_a_message_for_all_its_receives() -> None:
    queue = source("queue")["on"]["resources"]["Resources"]["InputQueue"]["Properties"]
    receives = queue["RedrivePolicy"]["maxReceiveCount"]
    assert (receives - 1) * queue["VisibilityTimeout"] < 300


def test_a_bad_message_of_a_fifo_queue_takes_no_other_with_it() -> None:
    kinds = source("queue")["kinds"]
    assert (kinds["fifo"]["batchSize"], kinds["fifo"]["window"]) == (1, 0)


def test_no_file_triggers_itself() -> None:
    files = source("files")["on"]
    written = files["functions"]["files"]["environment"]["RESULTS_PREFIX"]
    bucket = files["resources"]["Resources"]["FilesBucket"]["Properties"]
    for one in bucket["NotificationConfiguration"]["LambdaConfigurations"]:
        prefix, _ = one["Filter"]["S3Key"]["Rules"]
        assert prefix == {"Name": "prefix", "Value": "in/"}
        assert not written.startswith(prefix["Value"])
