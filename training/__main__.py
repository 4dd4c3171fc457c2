"""From a file with a fitted estimator to a model folder: `make model NAME=churn FROM=churn.joblib
EXAMPLE=churn.csv`; also removes it.
"""

import argparse
import shutil
import sys
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from model_lambda.errors import ManifestError
from model_lambda.model_files import MANIFEST_NAME
from model_lambda.model_manager import packaged_folders
from training import places
from training.errors import ExportError
from training.names import check_name, reserved
from training.progress import progress, step

_USAGE = """usage: make model NAME=... FROM=... EXAMPLE=... [LABEL=...] [VERSION=1.0]
       [ENGINE=onnx|sklearn] [TASK=...] [CONFIG=....toml]
  make model NAME=churn FROM=churn.joblib EXAMPLE=churn.csv LABEL=leaves
  make model NAME=prices FROM=prices.onnx EXAMPLE=prices.jsonl CONFIG=prices.toml
  make model NAME=churn FROM=mlflow/churn EXAMPLE=churn.csv LABEL=leaves
FROM is .joblib or .pkl (which run their own code: only yours), .skops, .onnx, or a folder that
mlflow.sklearn or mlflow.onnx saved (its pickle runs its code, too); EXAMPLE is .csv or .jsonl, at
least 20 rows, and may be left out where the folder has an input example of that many."""


_FROM = ".joblib, .pkl, .skops, .onnx, or a folder that MLflow saved"


def _model(args: argparse.Namespace) -> None:
    if not (args.name or args.source or args.example):
        print(_USAGE, file=sys.stderr)
        sys.exit(2)
    is_folder = args.source is not None and args.source.is_dir()
    given = {"NAME": args.name, "FROM": args.source, "EXAMPLE": args.example or is_folder}
    if missing := [name for name, value in given.items() if not value]:
        raise ExportError(
            f"{' and '.join(missing)} not given; say it as in "
            "make model NAME=churn FROM=churn.joblib EXAMPLE=churn.csv LABEL=leaves"
        )
    check_name(args.name, args.version)
    for path in (args.source, args.example, args.hold_out, args.config):
        if path is not None and not path.exists():
            raise ExportError(f"{path} cannot be read: there is no such file")
    with progress(partial(print, flush=True)):
        _export(args)


def _export(args: argparse.Namespace) -> None:
    started = time.monotonic()
    print(f"loading {args.source}{_warning(args.source)} ...", flush=True)
    step("importing scikit-learn and the converters")
    from training.export import export_model  # takes seconds: the help does not wait for it
    from training.load import load_estimator
    from training.mlflow_folder import read_input_example

    step(f"loading {args.source.name}")
    example = args.example or read_input_example(args.source)
    estimator, notes, columns = load_estimator(args.source)
    if not args.example:
        notes = (*notes, _note_of_input_example(len(example)))
    said = _said(args.config)
    print("converting, and comparing every row of the example ...", flush=True)
    report = export_model(
        estimator,
        example,
        name=args.name,
        version=args.version,
        hold_out=args.hold_out,
        label=_label(args.label),
        engine=args.engine or None,
        task=args.task or None,
        accept_difference=args.accept_difference,
        columns=columns,
        notes=notes,
        **said,
    )
    print(report)
    print(f"wrote {_shown(report.folder)} in {time.monotonic() - started:.1f} s")
    print(f"now: make deploy && make call ARGS={args.name}")


def _warning(source: Path) -> str:
    is_safe = source.suffix in (".onnx", ".skops")
    return "" if is_safe else " (a pickle runs its own code: load only yours)"


def _label(text: str | None) -> str | tuple[str, ...] | None:
    return tuple(text.split(",")) if text and "," in text else text or None


def _note_of_input_example(rows: int) -> str:
    return (
        f"compared on the {rows} rows of its input example, which the limits of the fields are "
        "made from, too: EXAMPLE gives more"
    )


_SAID: Mapping[str, tuple[type, str]] = {
    "fields": (dict, '[fields.age] unit = "years"'),
    "labels": (dict, '[labels] leaves = "goes"'),
    "tolerance": (float, "tolerance = 0.0001"),
    "display_name": (str, 'display_name = "Churn"'),
    "description": (str, 'description = "Who leaves."'),
}


def _said(path: Path | None) -> Mapping[str, Any]:
    """What a person says besides, from a TOML file: fields, labels, tolerance, description, ..."""
    if path is None:
        return {}
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExportError(f"{path} cannot be read as TOML: {error}") from error
    if unknown := sorted(set(said) - set(_SAID)):
        raise ExportError(f"{path.name} says {unknown[0]}, which is none of {sorted(_SAID)}")
    for name, value in said.items():
        kind, example = _SAID[name]
        if type(value) is not kind:
            raise ExportError(f"{path.name} says {name} otherwise than as in {example}")
    return said


def _remove(args: argparse.Namespace) -> None:
    from training.edits import FILE  # imports pandas and scikit-learn

    folders = [
        folder
        for folder in packaged_folders(places.MODELS)
        if folder.parent.name == args.name and args.version in ("", folder.name)
    ]
    if not folders:
        if reason := reserved(args.name):
            raise ExportError(f"{reason}: only what make model wrote is removed")
        asked = f"{args.name} {args.version}".strip()
        raise ExportError(f"there is no model {asked} to remove; see make models")
    for folder in folders:
        shutil.rmtree(folder)
        print(f"removed {_shown(folder)}")
    parent = places.MODELS / args.name
    if not any(parent.glob(f"*/{MANIFEST_NAME}")):
        (parent / FILE).unlink(missing_ok=True)
    if not any(parent.iterdir()):  # what somebody else put there stays
        parent.rmdir()


def _shown(folder: Path) -> str:
    return str(folder.relative_to(places.MODELS.parents[1]))


_COMMANDS: Mapping[str, tuple[Callable[[argparse.Namespace], None], str]] = {
    "model": (_model, "export a fitted estimator"),
    "remove": (_remove, "remove an exported model"),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    parsers = {name: commands.add_parser(name, help=text) for name, (_, text) in _COMMANDS.items()}
    model = parsers["model"]
    model.add_argument("--name", default="", help="in paths: a-z, 0-9, _")
    model.add_argument("--from", dest="source", type=_path, help=_FROM)
    model.add_argument("--example", type=_path, help=".csv or .jsonl, at least 20 rows")
    model.add_argument(
        "--label",
        help="the column that is predicted: then quality is measured; a,b for several targets",
    )
    model.add_argument("--version", default="1.0", help="major.minor")
    model.add_argument("--engine", choices=("", "onnx", "sklearn"), help="onnx unless given")
    model.add_argument("--task", help="of an .onnx whose outputs do not tell")
    model.add_argument("--hold-out", type=_path, help="further rows, .csv or .jsonl")
    model.add_argument("--config", type=_path, help="TOML: fields, labels, tolerance, description")
    model.add_argument("--accept-difference", action="store_true", help="write it all the same")
    parsers["remove"].add_argument("--name", default="")
    parsers["remove"].add_argument("--version", default="")
    return parser


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command."""
    args = _parser().parse_args(arguments)
    try:
        _COMMANDS[args.command][0](args)
    except (ExportError, ManifestError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
