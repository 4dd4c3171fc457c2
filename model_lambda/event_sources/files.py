"""Scores a file: an object under `in/<qualified_name>/[<version>/]` to one under `RESULTS_PREFIX`.

A result is called as its source, and is of the same format: `.csv`, `.jsonl` or `.ndjson`, each
with `.gz` as well. A file that cannot be read has an `<name>.error.json` instead. Both say in their
metadata which source they are of (`source-etag`), so the same object has one result, however often
and by how many functions it is scored, and an overwritten object has a new one.

What is already there is looked at before the source is opened. So a source is never older than what
its result replaces, and the newest wins whoever comes last. When the new outcome is of the other
kind (a result after an error, or an error after a result), the old one is deleted.

A function with one processor (1,769 MB) scores about 100,000 rows of four numbers a second
(`python -m benchmarks.files`), and so 80 million, about 2 GB, in the 15 minutes that it has. A file
that takes longer is never finished: split it.
"""

import json
import logging
import re
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import NamedTuple

from model_lambda.config import FILES_PREFIX, Settings
from model_lambda.errors import (
    DeadlineError,
    FileError,
    ModelLambdaError,
    ModelNotFoundError,
    ResultConflictError,
)
from model_lambda.event_sources import csv_table, json_lines
from model_lambda.event_sources.object_storage import Listed, ObjectStorage, Source, Written
from model_lambda.event_sources.tables import Tally
from model_lambda.event_sources.text_lines import Lines
from model_lambda.ml_model import MLModel
from model_lambda.model_manager import ModelManager
from model_lambda.observability import printable
from model_lambda.prediction import find_model, is_late

_logger = logging.getLogger(__name__)
RemainingMs = Callable[[], int | None]
Scorer = Callable[[Lines, MLModel, Tally], Iterator[str]]

_FORMATS: Mapping[str, Scorer] = {
    ".csv": csv_table.scored,
    ".jsonl": json_lines.scored,
    ".ndjson": json_lines.scored,
}
_VERSION = re.compile(r"[0-9]+\.[0-9]+")
# An upload has to be completed, or dropped, before the function is stopped.
LEAST_RESERVE_MS = 5_000


class Place(NamedTuple):
    """What a key says of the model."""

    qualified_name: str
    version: str | None


class Earlier(NamedTuple):
    """What was there before: a result or an error, of this source or of another."""

    result: Written | None
    error: Written | None

    def is_of(self, source_etag: str) -> bool:
        """Whether one is of this source, which then needs nothing more."""
        return any(one is not None and one.source_etag == source_etag for one in self)


class Job(NamedTuple):
    """One file, and what is known of it before it is opened."""

    file: Listed
    result_key: str
    earlier: Earlier
    remaining_ms: RemainingMs
    tally: Tally


class Files:
    """Scores the files of one bucket."""

    def __init__(self, models: ModelManager, settings: Settings, storage: ObjectStorage) -> None:
        self._models = models
        self._prefix = settings.results_prefix
        self._reserve_ms = max(settings.deadline_reserve_ms, LEAST_RESERVE_MS)
        self.storage = storage

    def score(self, file: Listed, remaining_ms: RemainingMs, request_id: str = "") -> str:
        """Score one file, unless it is already.

        Args:
            file: as it was when it was heard of.
            remaining_ms: until the function is stopped; asked before every chunk.

        Returns:
            What became of it: `scored`, `refused`, or `known` from before.

        Raises:
            DeadlineError: there was not enough time; nothing is left behind.
            PredictionError: the model fails on whatever it is given.
            ResultConflictError: another version was scored meanwhile; try again.
        """
        started = time.perf_counter()
        tally, outcome = Tally(), "failed"
        try:
            outcome = self._outcome(self._job(file, remaining_ms, tally))
        finally:
            fields = {
                "key": printable(file.key),
                "outcome": outcome,
                "rows": tally.rows,
                "bad_rows": tally.bad_rows,
                "duration_ms": round((time.perf_counter() - started) * 1000, 3),
                "request_id": request_id,
            }
            _logger.info("file answered", extra=fields)
        return outcome

    def _job(self, file: Listed, remaining_ms: RemainingMs, tally: Tally) -> Job:
        key = self._prefix + file.key.removeprefix(FILES_PREFIX)
        earlier = Earlier(self.storage.written(key), self.storage.written(_error_key(key)))
        return Job(file, key, earlier, remaining_ms, tally)

    def _outcome(self, job: Job) -> str:
        if job.earlier.is_of(job.file.etag):
            return "known"
        source = self.storage.open(job.file.key)
        if source is None:
            # It may come back with the same content, and so with the same ETag.
            reason = FileError("the object was deleted before it was read")
            return self._refuse(job, "deleted", reason)
        with closing(source.body):
            return self._outcome_of(job, source)

    def _outcome_of(self, job: Job, source: Source) -> str:
        if job.earlier.is_of(source.etag):
            return "known"
        try:
            self._write_result(job, source)
        except (FileError, ModelNotFoundError) as error:
            return self._refuse(job, source.etag, error)
        except ResultConflictError:
            return self._known_or_conflict(job.result_key, source.etag)
        return "scored"

    def _write_result(self, job: Job, source: Source) -> None:
        place, (scorer, is_packed) = place_of(job.file.key), format_of(job.file.key)
        model = find_model(self._models, place.qualified_name, place.version)
        facts = {"model": model.qualified_name, "model-version": model.version}
        if source.version_id:
            facts["source-version-id"] = source.version_id
        replaces = job.earlier.result
        with self.storage.upload(job.result_key, source.etag, facts, replaces) as upload:
            texts = scorer(Lines(source.body, is_packed=is_packed), model, job.tally)
            pieces = map(str.encode, texts)
            for piece in _packed(pieces) if is_packed else pieces:
                self._refuse_if_late(job, source)
                upload.write(piece)
            upload.complete()
        if job.earlier.error:
            self.storage.delete(_error_key(job.result_key), job.earlier.error)

    def _refuse_if_late(self, job: Job, source: Source) -> None:
        if is_late(job.remaining_ms(), self._reserve_ms):
            read, size = source.body.bytes_read, source.body.size
            raise DeadlineError(
                f"no time is left after {job.tally.rows} rows, {read} of {size} bytes: split the "
                "file, or give the function more time or memory"
            )

    def _refuse(self, job: Job, source_etag: str, reason: ModelLambdaError) -> str:
        """Write why a file has no result."""
        key, earlier = _error_key(job.result_key), job.earlier
        document = {"error": str(reason), "rows_read": job.tally.rows}
        with self.storage.upload(key, source_etag, {}, earlier.error) as upload:
            upload.write(json.dumps(document).encode())
            try:
                upload.complete()
            except ResultConflictError:
                return self._known_or_conflict(key, source_etag)
        if earlier.result:
            self.storage.delete(job.result_key, earlier.result)
        return "refused"

    def _known_or_conflict(self, key: str, source_etag: str) -> str:
        """After a lost race: whether the winner was of the same source."""
        written = self.storage.written(key)
        if written and written.source_etag == source_etag:
            return "known"
        raise ResultConflictError("another version of the file was scored meanwhile")


def _error_key(result_key: str) -> str:
    return f"{result_key}.error.json"


def place_of(key: str) -> Place:
    """Read a key.

    Raises:
        FileError: it names no model.
    """
    qualified_name, *rest = key.removeprefix(FILES_PREFIX).split("/")
    if not rest:
        raise FileError(f"the key names no model: it is {FILES_PREFIX}<qualified_name>/<file>")
    has_version = len(rest) > 1 and _VERSION.fullmatch(rest[0])
    return Place(qualified_name, rest[0] if has_version else None)


def format_of(key: str) -> tuple[Scorer, bool]:
    """How a file is read, by the end of its name; and whether it is packed with gzip.

    Raises:
        FileError: its name ends otherwise.
    """
    name = key.rpartition("/")[2].lower()
    plain = name.removesuffix(".gz")
    for ending, scorer in _FORMATS.items():
        if plain.endswith(ending):
            return scorer, plain != name
    raise FileError(f"the name ends with none of {', '.join(_FORMATS)}, or these and .gz")


def _packed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=31)  # gzip, without the moment
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()
