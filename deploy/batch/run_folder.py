"""What a run keeps in the bucket: its parts below `in/`, their results below `out/`.

Its name is made of everything that decides what the results are, so what is there was made of the
same rows by the same model, and can be gone on with.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from deploy.batch.row_files import Part, RowFile
from deploy.commands import DeployError
from model_lambda.config import FILES_PREFIX
from model_lambda.digest import sha256_hex
from model_lambda.errors import ResultConflictError
from model_lambda.event_sources.object_storage import ObjectStorage, Source

RESULTS_PREFIX = "out/"
_ERROR = ".error.json"
_ERROR_BYTES = 64 * 1024


class SentPart(NamedTuple):
    """A part that lies in the bucket; `etag` tells its results from those of another."""

    name: str
    etag: str
    first_row: int
    rows: int

    @property
    def told(self) -> str:
        """How a message calls it."""
        return f"rows {self.first_row:,} to {self.first_row + self.rows - 1:,}"


def run_name(file_digest: str, metadata: Mapping[str, Any], most_rows: int) -> str:
    """The folder of a run: model, version, and an id of the file, the model and the cut."""
    version = f"{metadata['major_version']}.{metadata['minor_version']}"
    model = json.dumps(metadata, sort_keys=True)
    run = sha256_hex(f"{file_digest}\n{model}\n{most_rows}".encode())[:16]
    return f"{metadata['qualified_name']}/{version}/run-{run}/"


class RunFolder:
    """The objects of one run."""

    def __init__(self, storage: ObjectStorage, name: str) -> None:
        self._storage = storage
        self._in = f"{FILES_PREFIX}{name}"
        self._out = f"{RESULTS_PREFIX}{name}"
        self.name = name

    def sent(self) -> dict[str, str]:
        """The ETags of the parts that are there, by name."""
        return {one.key.removeprefix(self._in): one.etag for one in self._storage.listed(self._in)}

    def results(self) -> Iterator[str]:
        """The names of what the function has written."""
        return (one.key.removeprefix(self._out) for one in self._storage.listed(self._out))

    def send(self, file: RowFile, part: Part, sent: Mapping[str, str]) -> SentPart:
        """Send a part, unless it is there."""
        name = f"part-{part.number:05}{file.ending}"
        if name not in sent:
            self._write(name, part.content)
        etag = sent.get(name) or self._etag(name)
        return SentPart(name, etag, part.first_row, part.rows)

    def is_done(self, part: SentPart) -> bool:
        """Whether the result that lies there is of this part, and not of an earlier one."""
        written = self._storage.written(self._out + part.name)
        return written is not None and written.source_etag == part.etag

    def refusal(self, part: SentPart) -> str | None:
        """Why a part has no result; None if that is not known of it."""
        key = f"{self._out}{part.name}{_ERROR}"
        written = self._storage.written(key)
        if written is None or written.source_etag != part.etag:
            return None
        source = self._storage.open(key)
        return None if source is None else str(json.loads(source.body.read(_ERROR_BYTES))["error"])

    def result(self, part: SentPart) -> Source:
        """The result of a part.

        Raises:
            DeployError: it is no longer there, or another by now.
        """
        key = self._out + part.name
        written, source = self._storage.written(key), self._storage.open(key)
        if written is None or source is None or source.etag != written.etag:
            raise DeployError(f"the result of {part.told} was deleted; run it again")
        if written.source_etag != part.etag:
            raise DeployError(f"the result of {part.told} is of other rows; run it again")
        return source

    def delete(self) -> None:
        """Delete all that the run has kept: the parts first, so that none is scored again."""
        for prefix in (self._in, self._out):
            for one in list(self._storage.listed(prefix)):
                if written := self._storage.written(one.key):
                    self._storage.delete(one.key, written)

    def _write(self, name: str, content: bytes) -> None:
        try:
            with self._storage.upload(self._in + name, "", {}, None) as upload:
                upload.write(content)
                upload.complete()
        except ResultConflictError:
            pass  # another run of the same file sent it at the same moment

    def _etag(self, name: str) -> str:
        written = self._storage.written(self._in + name)
        if written is None:
            raise DeployError(f"{name} was deleted as soon as it was sent: is another run ending?")
        return written.etag


def part_of(result: str) -> str:
    """The name of the part that a result, or an error, is of."""
    return result.removesuffix(_ERROR)
