"""Predict for the rows of a file of any size: `make batch FILE=rows.csv MODEL=churn`.

The file is cut into parts, which the function predicts side by side; the predictions are joined, in
the order of the rows, into `rows.predictions.csv`. Interrupted, it goes on when it is run again.
Its parts and results in the bucket are deleted in the end, unless `--keep` is said.
"""

import json
import sys
import time
from argparse import Namespace
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from deploy.batch.row_files import row_file
from deploy.batch.run import Clock, Options, Run
from deploy.commands import DeployError, interruptible
from deploy.sources.command import deployed_stack, parser, run, without
from deploy.sources.messages_file import deployed_metadata
from deploy.stack import Stack, call, client
from deploy.target import Target
from model_lambda.event_sources.object_storage import ObjectStorage


def _batch() -> None:
    args = _arguments()
    started = time.monotonic()
    file = row_file(args.file)
    stack = deployed_stack(args)
    storage = ObjectStorage(client(stack.target, "s3"), files_bucket(stack))
    options = Options(args.rows, keep=args.keep)
    metadata = model_metadata(stack, args.model or None)
    work = Run(file, metadata, storage, partial(ask_again, stack.target), options, Clock())
    predictions = args.output or file.predictions
    with interruptible("what was sent stays there; run it again to go on"):
        count = work.predict(predictions)
    _report(predictions, count.rows, count.refused, time.monotonic() - started)


def _report(path: Path, rows: int, refused: int, seconds: float) -> None:
    done = {
        "predictions": str(path),
        "rows": rows,
        "refused": refused,
        "seconds": round(seconds, 1),
        "rows_per_second": round(rows / seconds),
    }
    print(json.dumps(done), file=sys.stdout)


def files_bucket(stack: Stack) -> str:
    """The bucket of the stack's files.

    Raises:
        DeployError: it was deployed without.
    """
    prefix = f"{stack.target.stack_name}-files-"
    buckets = (name for name, kind in stack.resources.items() if kind == "AWS::S3::Bucket")
    bucket = next((name for name in buckets if name.startswith(prefix)), None)
    if bucket is None:
        raise without(stack, "files")
    return bucket


def model_metadata(stack: Stack, name: str | None) -> Mapping[str, Any]:
    """What is deployed under a name, in its newest version; the first model, if there is no name.

    Raises:
        DeployError: there is no such model.
    """
    answer = call(stack, "GET", "/api/models")
    names = [one["qualified_name"] for one in json.loads(answer.body)["models"]]
    wanted = name or names[0]
    found = deployed_metadata(stack)(wanted, None)
    if found is None:
        there = ", ".join(dict.fromkeys(names))
        raise DeployError(f"no deployed model is called {wanted}; there are {there}")
    return found


def ask_again(target: Target) -> None:
    """Ask the function for all files that have no result."""
    client(target, "lambda").invoke(
        FunctionName=f"{target.stack_name}-files",
        InvocationType="Event",
        Payload=json.dumps({"batch": True}).encode(),
    )


def _arguments() -> Namespace:
    options = parser("deploy.batch", __doc__)
    options.add_argument("file", type=Path, help="rows: .csv, .jsonl or .ndjson, these and .gz")
    options.add_argument("--model", help="its name; the first that is listed, if absent")
    options.add_argument("--rows", type=int, default=Options().most_rows, help="rows of a part")
    options.add_argument("--output", type=Path, help="beside the file, if absent")
    options.add_argument("--keep", action="store_true", help="leave the parts in the bucket")
    return options.parse_args()


def main() -> None:
    """Run the command."""
    run(_batch)


if __name__ == "__main__":
    main()
