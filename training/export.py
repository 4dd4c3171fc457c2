"""Exports a fitted estimator: convert, compare, write; all of it or nothing."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from model_lambda.columns import Field
from model_lambda.engines import load_engine
from model_lambda.errors import ModelLambdaError
from model_lambda.manifest import parse_manifest
from model_lambda.model_files import MANIFEST_NAME
from model_lambda.packaged_model import PackagedModel, is_close, load_packaged_model
from model_lambda.tasks import PROBABILITIES, Label
from training import places
from training.conversion import Conversion, conversions
from training.document import manifest_document, signed
from training.edits import FILE, read_edits, write_fields
from training.equivalence import (
    TOLERANCE,
    Comparer,
    Comparison,
    refuse_differences,
    remembered,
    scales_of,
)
from training.errors import ConversionError, ExportError
from training.estimators import fitted, parts
from training.example import Example, read_example
from training.expected import lists_probabilities, on_request
from training.fields import MARGIN, Edits, edited, infer_fields
from training.names import check_form, check_name
from training.onnx_file import OnnxFile
from training.progress import step
from training.quality import quality
from training.remedies import cause, lost_digits, obstacle
from training.report import ExportReport, told
from training.sklearn_conversion import sklearn_conversion
from training.subject import Subject, make_subject
from training.ties import first_of_equals
from training.worst_rows import worst_rows

SEARCHED_ROWS = 2000
SEARCH_SECONDS = 20.0
_LOOK_SECONDS = 3.0  # at whether the other engine would do


class _Candidate(NamedTuple):
    """A converted model that passed on the example."""

    conversion: Conversion
    document: Mapping[str, Any]
    comparer: Comparer
    example: Comparison
    search: Comparison


def export_model(  # noqa: PLR0913 - everything that a person may want to say
    estimator: Any,
    example: Any,
    *,
    name: str,
    version: str = "1.0",
    folder: Path | None = None,
    hold_out: Any = None,
    label: str | Sequence[str] | None = None,
    fields: Mapping[str, Mapping[str, Any]] | None = None,
    labels: Mapping[Any, Label] | None = None,
    tolerance: float = TOLERANCE,
    display_name: str | None = None,
    description: str | None = None,
    engine: str | None = None,
    task: str | None = None,
    accept_difference: bool = False,
    columns: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> ExportReport:
    """Write a fitted estimator as a model folder, proved equal on every row of the example.

    Args:
        estimator: fitted, of any kind that scikit-learn has, or an `OnnxFile`.
        example: the rows to infer the fields from and to compare on: a DataFrame, an array (n, m),
            a list of texts, or a path of CSV or JSON Lines; at least 20 rows.
        name: in paths: lower-case letters, digits, underscores.
        version: `major.minor`.
        folder: to write to; `model_lambda/models/<name>/<version>` unless given.
        hold_out: further rows to compare and to measure the quality on.
        label: the column that is predicted, in both tables; also names the answer. Of
            several targets a column each, in the order in which the estimator was fitted.
        fields: attributes of fields that a person knows better, by name.
        labels: the label of each class, by the class's value.
        tolerance: the largest difference of a number, in parts of its standard deviation.
        engine: `onnx` (also None) or `sklearn`.
        task: what an ONNX file is for, where its outputs do not tell.
        columns: the kind of each column that the estimator takes (`number`, `integer`, `boolean`,
            `text`), in order, as `read_example` compares them.
        notes: what the report should say besides.
        accept_difference: write the model even if it differs, and what differs into its manifest.

    Raises:
        ExportError: the model cannot be served as it was trained; nothing is written.
    """
    # Only in its usual place could it be in the way of what ships with the project.
    (check_name if folder is None else check_form)(name, version)
    estimator = fitted(estimator)
    step("reading the example")
    given = [one for one in (example, hold_out) if one is not None]
    tables = [read_example(estimator, one, label, columns) for one in given]
    folder = folder or places.MODELS / name / version
    inferred = infer_fields(estimator, tables[0])
    kept = read_edits(folder.parent)
    described = edited(edited(inferred, kept), fields or {})
    _find_roles(estimator, tables[0], task, labels)
    subject = make_subject(estimator, tables, label, described, labels)
    subject = subject._replace(
        description={
            "qualified_name": name,
            "version": version,
            "display_name": display_name or name.replace("_", " ").capitalize(),
            "description": description or _description(subject),
        }
    )
    chosen, accepted, others = _chosen(
        subject, engine or "onnx", tolerance, accept=accept_difference
    )
    report = _report(subject, chosen, tables, folder, accepted, inferred)
    all_notes = [*notes, *map(_not_taken, others), *report.notes, *_kept_notes(kept)]
    all_notes += _replaced_notes(folder, subject.fields)
    report = replace(report, notes=all_notes)
    step("writing and loading the model")
    golden = _as_served(chosen)
    document = signed(
        {**chosen.document, **_measured(report, tables), "golden_predictions": golden}
    )
    _write(report.folder, chosen.conversion.content, document)
    write_fields(folder.parent, inferred, subject.fields)
    return report


def _find_roles(
    estimator: Any, example: Example, task: str | None, labels: Mapping[Any, Label] | None
) -> None:
    if isinstance(estimator, OnnxFile):
        try:
            estimator.find_roles(example.data, task, labels)
        except ExportError:
            raise
        except Exception as error:  # whatever ONNX Runtime and NumPy raise at other rows
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise ExportError(f"the file does not take the example: {reason[:200]}") from error
    elif task is not None:
        raise ExportError("TASK is for an .onnx file: an estimator says itself what it is for")


def _replaced_notes(folder: Path, fields: Sequence[Field]) -> list[str]:
    """That a version is replaced by a model of other fields, which its clients do not send."""
    path = folder / MANIFEST_NAME
    if not path.exists():
        return []
    before = {one["name"] for one in json.loads(path.read_text(encoding="utf-8"))["fields"]}
    now = {field.name for field in fields}
    if before == now:
        return []
    others = [f"{name} is new" for name in sorted(now - before)]
    others += [f"{name} is gone" for name in sorted(before - now)]
    note = (
        f"{folder.name} was replaced, and took other fields ({', '.join(others)}): with another "
        "VERSION both are served"
    )
    return [note]


def _kept_notes(edits: Edits) -> list[str]:
    said = "; ".join(f"{name}: {', '.join(attributes)}" for name, attributes in edits.items())
    return [f"kept as edited in {FILE}: {said}"] if said else []


def _chosen(
    subject: Subject, engine: str, tolerance: float, *, accept: bool
) -> tuple[_Candidate, bool, list[_Candidate]]:
    """The first conversion without any difference, or that with the fewest edges and ties.

    Returns:
        It, whether its differences are accepted, and those that were not taken for theirs.
    """
    passed, failed = list[_Candidate](), list[_Candidate]()
    for candidate in _offered(subject, engine, tolerance):
        comparer = candidate.comparer
        equal = comparer.is_equal(candidate.example) and comparer.is_equal(candidate.search)
        if equal and not _flaws(candidate):
            return candidate, False, failed
        (passed if equal else failed).append(candidate)
    if passed:
        return min(passed, key=_flaws), False, failed
    if not failed:
        why = obstacle(subject.estimator) or "choose another estimator"
        raise ConversionError(f"this estimator cannot be served by {engine}: {why}")
    best = min(
        failed, key=lambda one: (one.example.different_labels, one.example.largest_difference)
    )
    if not accept:
        _refuse(subject, best)
    return best, True, []


def _not_taken(candidate: _Candidate) -> str:
    """Why another way of converting was taken."""
    is_equal = candidate.comparer.is_equal(candidate.example)
    compared = candidate.search if is_equal else candidate.example
    return f"{candidate.conversion.way} was not taken: {told(compared)}"


def _offered(subject: Subject, engine: str, tolerance: float) -> Iterator[_Candidate]:
    """The candidates; the refusal of all of them names the other engine if that one serves."""
    try:
        yield from _candidates(subject, engine, tolerance)
    except ConversionError as error:
        if engine != "onnx" or not _sklearn_serves(subject, tolerance):
            raise
        raise ConversionError(
            f"{error}; or serve it with scikit-learn itself (ENGINE=sklearn)"
        ) from error


def _flaws(candidate: _Candidate) -> int:
    return candidate.search.edges + candidate.search.ties + candidate.example.ties


def _candidates(
    subject: Subject, engine: str, tolerance: float, search_seconds: float = SEARCH_SECONDS
) -> Iterator[_Candidate]:
    step("asking the estimator for every row of the example")
    expect = remembered(subject.expect)
    scales = scales_of(expect(subject.rows))
    searched = worst_rows(subject.estimator, subject.fields, subject.rows, SEARCHED_ROWS)
    step(f"converting for {engine}")
    for conversion in _conversions(subject, engine):
        document = signed(manifest_document(subject, conversion, engine))
        step(f"comparing {len(subject.rows)} rows ({conversion.way})")
        try:
            comparer = Comparer(_served(document, conversion), expect, scales, tolerance)
            example = comparer.compare(subject.rows)
            search = Comparison()
            if comparer.is_equal(example):
                step(
                    f"searching rows that differ, {search_seconds:.0f} s and a little more at most"
                )
                search = comparer.search(searched, search_seconds)
        except ModelLambdaError:  # a graph that ONNX Runtime does not run: the next way may do
            continue
        yield _Candidate(conversion, document, comparer, example, search)
        step(f"converting for {engine} in another way")


def _conversions(subject: Subject, engine: str) -> Iterator[Conversion]:
    if isinstance(subject.estimator, OnnxFile):
        yield _as_it_came(subject.estimator, subject, engine)
    elif engine == "sklearn":
        yield sklearn_conversion(subject.estimator, subject.fields)
    elif engine == "onnx":
        has_shares = on_request(subject.estimator, subject.task) == PROBABILITIES
        for conversion in conversions(
            subject.estimator,
            subject.fields,
            lists_probabilities=lists_probabilities(subject.estimator, subject.example.data),
        ):
            yield conversion
            if subject.task == "classification" and has_shares:
                yield first_of_equals(conversion, subject.answer.engine_labels)
    else:
        raise ExportError(f"{engine!r} is no engine: use onnx or sklearn")


def _as_it_came(file: OnnxFile, subject: Subject, engine: str) -> Conversion:
    if engine != "onnx":
        raise ExportError("an .onnx file is served by ENGINE=onnx alone")
    return Conversion("as it came", *file.served(subject.fields))


def _served(document: Mapping[str, Any], conversion: Conversion) -> PackagedModel:
    manifest = parse_manifest(document)
    settings = manifest.engine
    engine = load_engine(settings.kind, conversion.content, settings.file, settings.inputs)
    return PackagedModel(manifest, engine)


def _description(subject: Subject) -> str:
    if isinstance(subject.estimator, OnnxFile):
        return f"{subject.task.replace('_', ' ').capitalize()} by an ONNX file."
    kind = type(parts(subject.estimator)[-1]).__name__
    return f"{subject.task.replace('_', ' ').capitalize()} by a {kind} of scikit-learn."


def _refuse(subject: Subject, best: _Candidate) -> None:
    what = "the example"
    comparison = best.example
    if best.comparer.is_equal(comparison):
        what, comparison = "a search for the worst row", best.search
    refuse_differences(
        comparison, f"{what} shows a difference ({best.conversion.way})", _remedy(subject, best)
    )


def _remedy(subject: Subject, best: _Candidate) -> str:
    engine, tolerance = best.document["engine"]["kind"], best.comparer.tolerance
    digits = lost_digits(subject.rows) if engine == "onnx" else ""
    choices = [cause(subject.estimator) or digits or "Choose another estimator"]
    if engine != "sklearn" and _sklearn_serves(subject, tolerance):
        choices.append("serve it with scikit-learn itself (ENGINE=sklearn)")
    return "; or ".join([*choices, "accept the difference (ARGS=--accept-difference)"])


def _sklearn_serves(subject: Subject, tolerance: float) -> bool:
    """Whether the other engine takes the estimator and answers the example as it does."""
    try:
        return any(
            candidate.comparer.is_equal(candidate.example)
            and candidate.comparer.is_equal(candidate.search)
            for candidate in _candidates(subject, "sklearn", tolerance, _LOOK_SECONDS)
        )
    except ExportError:
        return False


def _report(
    subject: Subject,
    chosen: _Candidate,
    tables: Sequence[Example],
    folder: Path,
    accepted: bool,
    inferred: Sequence[Field],
) -> ExportReport:
    manifest = parse_manifest(chosen.document)
    return ExportReport(
        name=manifest.qualified_name,
        version=manifest.version,
        task=manifest.task,
        engine=manifest.engine.kind,
        way=chosen.conversion.way,
        folder=folder,
        size=len(chosen.conversion.content),
        fields=list(map(_told, subject.fields, inferred)),
        example=chosen.example,
        search=chosen.search,
        tolerance=chosen.comparer.tolerance,
        accepted=accepted,
        quality=_quality(subject, chosen, tables[-1]),
        notes=[note for table in tables[:1] for note in table.notes],
    )


def _told(field: Field, inferred: Field) -> str:
    text = f"{field.name}: {field.type}"
    if field.choices:
        listed = ", ".join(map(str, field.choices[:6]))
        text += f" ({listed}{', ...' if len(field.choices) > 6 else ''})"
    elif field.type in ("number", "integer", "array"):
        text += f" from {field.minimum:g} to {field.maximum:g}"
        if (field.minimum, field.maximum) == (inferred.minimum, inferred.maximum):
            text += f" (the example's range and {MARGIN:.0%} more on each side)"
    elif field.type == "text":
        text += f" of at most {field.max_length} characters"
    return text + (", or null" if field.nullable else "")


def _quality(subject: Subject, chosen: _Candidate, table: Example) -> dict[str, Any]:
    if table.truth is None:
        return {}
    rows = table.rows
    return quality(
        subject.task,
        subject.answer,
        table.truth.to_numpy().tolist(),
        chosen.comparer.served(rows),
        subject.expect(rows),
    )


def _as_served(chosen: _Candidate) -> list[dict[str, Any]]:
    """The golden predictions, of which loading repeats what is served; where the estimator says
    otherwise (a difference that was accepted, or a tie), its answer stands beside.
    """
    golden = chosen.document["golden_predictions"]
    served = chosen.comparer.served([one["row"] for one in golden])
    return [
        one
        if is_close(one["prediction"], got)
        else {"row": one["row"], "prediction": got, "estimator": one["prediction"]}
        for one, got in zip(golden, served, strict=True)
    ]


def _measured(report: ExportReport, tables: Sequence[Example]) -> dict[str, Any]:
    names = ("example_rows", "hold_out_rows")
    rows = {name: len(table.frame) for name, table in zip(names, tables, strict=False)}
    return {"data": rows, "metrics": report.quality, "equivalence": report.to_json()}


def _write(folder: Path, content: bytes, document: Mapping[str, Any]) -> None:
    """Write the folder beside its place, load it, and move it there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write_beside(folder, content, document)
    except ModelLambdaError as error:
        raise ExportError(f"the model does not load as it was written: {error}") from error
    finally:
        if not any(folder.parent.iterdir()):
            folder.parent.rmdir()


def _write_beside(folder: Path, content: bytes, document: Mapping[str, Any]) -> None:
    with tempfile.TemporaryDirectory(prefix=".export-", dir=folder.parent) as scratch:
        fresh = Path(scratch) / folder.name
        fresh.mkdir()
        (fresh / document["files"][document["engine"]["kind"]]["name"]).write_bytes(content)
        text = json.dumps(document, indent=1) + "\n"
        (fresh / MANIFEST_NAME).write_text(text, encoding="utf-8")
        load_packaged_model(fresh)
        if folder.exists():
            shutil.move(folder, Path(scratch) / "replaced")
        fresh.replace(folder)
