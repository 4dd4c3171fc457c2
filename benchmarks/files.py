"""How fast a file is scored, and in how much memory: `python -m benchmarks.files`.

A CSV file of iris rows goes through the function, from the handler's start to the last byte of the
result. In place of S3 stands a folder, and time is the processor's, so the figures are the
function's own. Memory is the peak of a process that scores one file, as Lambda reports it, beside
that of a process that scores a file of 10,000 rows.
"""

import argparse
import multiprocessing
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, NamedTuple

from benchmarks.function_process import peak_memory
from model_lambda.config import FILES_PREFIX, Settings
from model_lambda.event_sources.object_storage import ObjectStorage
from model_lambda.lambda_function import Handler, create_handler

FEW_ROWS = 10_000
_HEADER = "sepal_length,sepal_width,petal_length,petal_width\n"
_ROWS = ("5.1,3.5,1.4,0.2\n", "7.0,3.2,4.7,1.4\n", "6.3,3.3,6.0,2.5\n", "5.8,2.7,5.1,1.9\n")
_KEY = f"{FILES_PREFIX}iris_model/rows.csv"
_BATCH = {"batch": True}


class Cost(NamedTuple):
    """Seconds of processor time, and bytes of memory at the most."""

    seconds: float
    peak: int


def main(given: Sequence[str] | None = None) -> None:
    """Print rows a second and the peak of memory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.files", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args(given).rows
    few, many = (cost_of(number) for number in (FEW_ROWS, rows))
    print(f"{rows:,} rows: {many.seconds:.1f} s, {rows / many.seconds:,.0f} rows/s")
    ratio = many.peak / few.peak
    print(f"peak: {many.peak / 1e6:.0f} MB, {ratio:.2f} x that of {FEW_ROWS:,} rows")


def cost_of(rows: int) -> Cost:
    """What a file costs in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_cost, (rows,))


def _cost(rows: int) -> Cost:
    with TemporaryDirectory() as folder:
        handler = handler_with(rows, Path(folder))
        before = time.process_time()
        handler(_BATCH, None)
        return Cost(time.process_time() - before, peak_memory(os.getpid()))


def handler_with(rows: int, folder: Path) -> Handler:
    """A handler that has scored a row already, and finds a file to score in a folder."""
    storage = FolderStorage(folder)
    handler = create_handler(
        Settings(results_prefix="out/"), storage=ObjectStorage(storage, "files")
    )
    for lines in (1, rows):
        storage.delete_object(Key=_KEY)
        with storage.path(_KEY).open("w") as file:
            file.write(_HEADER)
            file.writelines(_ROWS[number % len(_ROWS)] for number in range(lines))
        if lines != rows:
            handler(_BATCH, None)
    return handler


class NotFoundError(Exception):
    """As boto3 raises it."""

    response: Mapping[str, Any] = {"Error": {"Code": "404"}}


class FolderStorage:
    """What S3's client does, with a folder instead of a bucket, and nothing in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, key: str) -> Path:
        """The file of an object."""
        return self._folder / key.replace("/", "+")

    def get_object(self, **request: Any) -> dict[str, Any]:
        """Open a file."""
        path = self.path(request["Key"])
        file: IO[bytes] = path.open("rb")
        return {"Body": file, "ETag": _etag(path), "ContentLength": path.stat().st_size}

    def head_object(self, **request: Any) -> dict[str, Any]:
        """No result is there, as far as the function is told."""
        raise NotFoundError

    def put_object(self, **request: Any) -> dict[str, Any]:
        """Write a file."""
        self.path(request["Key"]).write_bytes(request["Body"])
        return {}

    def create_multipart_upload(self, **request: Any) -> dict[str, Any]:
        """Begin a file."""
        self.path("parts").write_bytes(b"")
        return {"UploadId": "parts"}

    def upload_part(self, **request: Any) -> dict[str, Any]:
        """Write more of a file."""
        with self.path("parts").open("ab") as file:
            file.write(request["Body"])
        return {"ETag": "part"}

    def complete_multipart_upload(self, **request: Any) -> dict[str, Any]:
        """Give a file its name."""
        shutil.move(self.path("parts"), self.path(request["Key"]))
        return {}

    def abort_multipart_upload(self, **request: Any) -> dict[str, Any]:
        """Drop a file."""
        self.path("parts").unlink()
        return {}

    def delete_object(self, **request: Any) -> dict[str, Any]:
        """Delete a file."""
        self.path(request["Key"]).unlink(missing_ok=True)
        return {}

    def list_objects_v2(self, **request: Any) -> dict[str, Any]:
        """The one file to score."""
        path = self.path(_KEY)
        return {"Contents": [{"Key": _KEY, "ETag": _etag(path), "Size": path.stat().st_size}]}


def _etag(path: Path) -> str:
    return f'"{path.stat().st_mtime_ns}"'


if __name__ == "__main__":
    main()
