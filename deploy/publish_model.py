"""Puts an exported model into service from S3, without a deployment: `make publish-model`.

The folder is checked and repeats its golden predictions, goes to S3 under the hash of its manifest,
and repeats them once more from what lies there. Only then the function's setting `MODEL_URI` is
changed, and the function is asked to start: if it does not, the setting is put back. `--back`
changes it to what it was before.

A change of the setting replaces the function's workers. Until the first new one has started, which
is asked for at once, a request that needs one waits for it or, if it fails, is answered 502.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deploy.commands import DeployError
from deploy.golden_rows import refuse_external_data_in
from deploy.package_settings import TARGETS
from deploy.stack import client, require_account
from deploy.target import Target, target_from_environment
from model_lambda.errors import ModelLambdaError
from model_lambda.model_files import MANIFEST_NAME
from model_lambda.model_manager import MODELS
from model_lambda.model_store import ModelUri, S3Files, read_model_uri
from model_lambda.packaged_model import load_packaged_model

PREFIX = "models/"
SETTING = "MODEL_URI"
BEFORE = "MODEL_URI_BEFORE"


def upload(s3: Any, folder: Path, bucket: str) -> ModelUri:
    """Check a model, write it to S3, and check what lies there.

    Raises:
        DeployError: it is not the exported one, or answers otherwise.
    """
    try:
        model = load_packaged_model(folder)
        refuse_external_data_in(folder, model.manifest)
        manifest = (folder / MANIFEST_NAME).read_bytes()
        uri = ModelUri(bucket, PREFIX, model.qualified_name, sha256(manifest).hexdigest())
        for name in (model.manifest.engine.file.name, MANIFEST_NAME):
            with (folder / name).open("rb") as file:
                s3.put_object(Bucket=bucket, Key=uri.key(name), Body=file)
        with TemporaryDirectory() as cache:
            load_packaged_model(S3Files(s3, Path(cache)).folder(uri))
    except ModelLambdaError as error:
        raise DeployError(f"{folder.parent.name} is not published: {error}") from error
    return uri


def put_into_service(functions: Any, name: str, uri: ModelUri) -> None:
    """Let a function serve a model instead of what it served under this name from S3.

    Raises:
        DeployError: the function does not start with it; it serves what it did before.
    """
    variables = _variables(functions, name)
    others = [
        text
        for text in variables.get(SETTING, "").split(",")
        if text and read_model_uri(text).qualified_name != uri.qualified_name
    ]
    pin = f"s3://{uri.bucket}/{uri.key('')}"
    _change(functions, name, ",".join([*others, pin]))


def take_back(functions: Any, name: str) -> None:
    """Let a function serve what it served before the last change.

    Raises:
        DeployError: there was no change, or the function does not start.
    """
    variables = _variables(functions, name)
    if BEFORE not in variables:
        raise DeployError(f"nothing was published to {name}")
    _change(functions, name, variables[BEFORE])


def _change(functions: Any, name: str, pins: str) -> None:
    found = functions.get_function_configuration(FunctionName=name)
    variables = found.get("Environment", {}).get("Variables", {})
    changed = variables | {SETTING: pins, BEFORE: variables.get(SETTING, "")}
    _set_variables(functions, name, changed, found["RevisionId"])
    reply = functions.invoke(FunctionName=name, Payload=b'{"warmup": true}')
    if "FunctionError" in reply:
        reason = json.load(reply["Payload"]).get("errorMessage", "it does not start")
        _set_variables(functions, name, variables)
        raise DeployError(f"{name} serves what it did before; with the model it fails: {reason}")


def _variables(functions: Any, name: str) -> Mapping[str, str]:
    found = functions.get_function_configuration(FunctionName=name)
    variables: Mapping[str, str] = found.get("Environment", {}).get("Variables", {})
    return variables


def _set_variables(
    functions: Any, name: str, variables: Mapping[str, str], revision: str | None = None
) -> None:
    """Set all variables, unless somebody else changed the function since the revision."""
    condition = {} if revision is None else {"RevisionId": revision}
    functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": dict(variables)}, **condition
    )
    functions.get_waiter("function_updated_v2").wait(FunctionName=name)


def folder_of(name: str, version: str | None, models: Path = MODELS) -> Path:
    """The folder of an exported model; of the newest version, if none is named.

    Raises:
        DeployError: there is none.
    """
    found = [path.parent for path in (models / name).glob(f"{version or '*'}/{MANIFEST_NAME}")]
    if not found:
        raise DeployError(f"there is no exported model {name} {version or ''}".rstrip())
    return max(found, key=lambda one: tuple(map(int, one.name.split("."))))


def arguments() -> argparse.ArgumentParser:
    """The options of this command."""
    parser = argparse.ArgumentParser(prog="python -m deploy.publish_model", description=__doc__)
    parser.add_argument("name", nargs="?", help="of an exported model")
    parser.add_argument("--version", help="major.minor; without it, the newest")
    parser.add_argument("--bucket", default=os.environ.get("MODEL_BUCKET"), help="MODEL_BUCKET")
    parser.add_argument("--back", action="store_true", help="serve what was served before")
    default = os.environ.get("TARGET", "local")
    parser.add_argument("--target", choices=TARGETS, default=default)
    return parser


def _publish(args: argparse.Namespace, target: Target) -> str:
    functions, function = client(target, "lambda"), target.function_name
    if args.back:
        take_back(functions, function)
        return f"{function} serves what it served before"
    if not args.name or not args.bucket:
        raise DeployError("name a model and a bucket: make publish-model NAME=churn BUCKET=models")
    uri = upload(client(target, "s3"), folder_of(args.name, args.version), args.bucket)
    put_into_service(functions, function, uri)
    return f"{function} serves {uri.qualified_name} from s3://{uri.bucket}/{uri.key('')}"


def main() -> None:
    """Publish a model, or take the last one back."""
    args = arguments().parse_args()
    try:
        target = target_from_environment(dict(os.environ) | {"TARGET": args.target})
        print(_publish(args, require_account(target)))
    except DeployError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
