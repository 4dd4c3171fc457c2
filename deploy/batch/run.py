"""One run: send the parts, wait for their results, join them.

A run that was interrupted goes on where it was: it sends what is not there, and asks the function
for what has no result yet.
"""

import time
from collections.abc import Callable, Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

from deploy.batch.predictions_file import Count, write_predictions
from deploy.batch.row_files import RowFile, parts
from deploy.batch.run_folder import RunFolder, SentPart, part_of, run_name
from deploy.commands import DeployError
from model_lambda.event_sources.object_storage import ObjectStorage

_SECONDS_BETWEEN_LOOKS = 1.0


class Clock(NamedTuple):
    """What a run waits by."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Options(NamedTuple):
    """How a run is cut, and when it is given up.

    Attributes:
        stall_seconds: for so long nothing may happen.
        keep: whether what it has in the bucket stays.
    """

    most_rows: int = 50_000
    stall_seconds: float = 1200
    keep: bool = False


class Run:
    """A file, a model and a bucket.

    Args:
        metadata: of the deployed model.
        ask_again: asks the function for all files that have no result, and does not wait.
    """

    def __init__(
        self,
        file: RowFile,
        metadata: Mapping[str, Any],
        storage: ObjectStorage,
        ask_again: Callable[[], None],
        options: Options,
        clock: Clock,
    ) -> None:
        self._file = file
        self._ask_again = ask_again
        self._options = options
        self._clock = clock
        self._digest = _digest(file.path)
        name = run_name(self._digest, metadata, options.most_rows)
        self.folder = RunFolder(storage, name)
        # What is sent and has no result yet, by name.
        self._waiting: dict[str, SentPart] = {}
        self._looked_at = clock.now()

    def predict(self, predictions: Path) -> Count:
        """Write the predictions of the file.

        Raises:
            DeployError: a part was refused, or nothing happens any more; no file is written.
        """
        try:
            sent = self._send()
            self._follow(sum(part.rows for part in sent))
            count = write_predictions(predictions, self.folder, sent, is_csv=self._file.is_csv)
        except RefusedPartError:
            self._clean_up()
            raise
        self._clean_up()
        return count

    def _send(self) -> list[SentPart]:
        there = self.folder.sent()
        sent: list[SentPart] = []
        with tqdm(desc="sent", unit=" rows", disable=None) as progress:
            for part in parts(self._file, self._options.most_rows):
                sent.append(self.folder.send(self._file, part, there))
                self._waiting[sent[-1].name] = sent[-1]
                progress.update(part.rows)
                if self._clock.now() - self._looked_at > _SECONDS_BETWEEN_LOOKS:
                    self._look()
        if _digest(self._file.path) != self._digest:
            raise DeployError(f"{self._file.path} was changed while it was sent; run it again")
        self._look()
        if self._waiting.keys() & there.keys():
            self._ask_again()
        return sent

    def _look(self) -> int:
        """Take off what has a result.

        Returns:
            How many rows that are.

        Raises:
            RefusedPartError: the function wrote why there is none.
        """
        self._looked_at = self._clock.now()
        rows = 0
        for result in self.folder.results():
            part = self._waiting.get(part_of(result))
            if part is None:
                continue
            if result == part.name and self.folder.is_done(part):
                rows += self._waiting.pop(part.name).rows
            elif result != part.name and (reason := self.folder.refusal(part)):
                raise RefusedPartError(f"{part.told} of {self._file.path.name}: {reason}")
        return rows

    def _follow(self, total: int) -> None:
        happened_at = self._clock.now()
        known = total - sum(part.rows for part in self._waiting.values())
        with tqdm(
            desc="predicted", total=total, initial=known, unit=" rows", disable=None
        ) as progress:
            while self._waiting:
                if rows := self._look():
                    progress.update(rows)
                    happened_at = self._clock.now()
                elif self._clock.now() - happened_at > self._options.stall_seconds:
                    raise self._stalled()
                else:
                    self._clock.sleep(_SECONDS_BETWEEN_LOOKS)

    def _stalled(self) -> DeployError:
        part = next(iter(self._waiting.values()))
        return DeployError(
            f"for {self._options.stall_seconds:.0f} s nothing happened, and {part.told} have no "
            "result: see the log of the function `files` and the queue `file-failures`; run it "
            "again to go on"
        )

    def _clean_up(self) -> None:
        if not self._options.keep:
            self.folder.delete()


class RefusedPartError(DeployError):
    """The function says that a part can have no result."""


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DeployError(f"{path} cannot be read: {error.strerror}") from error
