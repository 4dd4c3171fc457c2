"""The lines of an object, read in blocks: UTF-8, packed with gzip or not.

Memory holds one block and the line that it breaks off in, however large the object is.
"""

import zlib
from collections.abc import Iterator
from gzip import BadGzipFile, GzipFile
from io import StringIO
from itertools import chain
from typing import IO, Protocol, cast

from model_lambda.errors import FileError

BLOCK_BYTES = 256 * 1024
LONGEST_LINE_BYTES = 1024 * 1024
# Tables of numbers shrink 3 to 30 times; what repeats one row for ever, 1000 times.
MOST_EXPANSION = 200
_EXPANSION_ALLOWED_BYTES = 16 * 1024 * 1024


class Body(Protocol):
    """The content of an object, as boto3 hands it over."""

    def read(self, amt: int) -> bytes:
        """At most so many bytes; none at the end."""

    def close(self) -> None:
        """Give the connection back."""


class CountedBody:
    """A body that knows how much of it was read.

    Raises:
        OSError: from `read`, when it ends before its size; whoever calls tries the object again.
    """

    def __init__(self, body: Body, size: int) -> None:
        self._body = body
        self.size = size
        self.bytes_read = 0
        self.close = body.close

    def read(self, amt: int = -1) -> bytes:
        """At most so many bytes; none at the end."""
        block = self._body.read(BLOCK_BYTES if amt < 0 else amt)
        self.bytes_read += len(block)
        if not block and amt and self.bytes_read != self.size:
            raise OSError(f"the object ended after {self.bytes_read} of {self.size} bytes")
        return block


class Lines(Iterator[str]):
    r"""The lines of an object with their ends: `\n`, `\r\n` or `\r`. A BOM is left out.

    Attributes:
        bytes_given: how many bytes the lines have that were given so far, to within a block.

    Raises:
        FileError: it is not UTF-8, not gzip, a line is too long, or far too much comes out.
    """

    def __init__(self, body: CountedBody, *, is_packed: bool) -> None:
        self.bytes_given = 0
        blocks = _unpacked(body) if is_packed else iter(lambda: body.read(BLOCK_BYTES), b"")
        texts = map(self._lines, _whole_lines(blocks))
        self._all = chain.from_iterable(texts)

    def __iter__(self) -> Iterator[str]:
        return self._all

    def __next__(self) -> str:
        return next(self._all)

    def _lines(self, content: bytes) -> StringIO:
        encoding = "utf-8" if self.bytes_given else "utf-8-sig"
        self.bytes_given += len(content)
        try:
            return StringIO(content.decode(encoding), newline="")
        except UnicodeDecodeError:
            raise FileError("the file is not UTF-8") from None


def _unpacked(body: CountedBody) -> Iterator[bytes]:
    size = 0
    with GzipFile(fileobj=cast("IO[bytes]", body)) as file:
        while block := _unpacked_block(file):
            size += len(block)
            if size > _EXPANSION_ALLOWED_BYTES and size > MOST_EXPANSION * body.bytes_read:
                raise FileError(f"more than {MOST_EXPANSION} times as much is in the gzip file")
            yield block


def _unpacked_block(file: GzipFile) -> bytes:
    try:
        return file.read(BLOCK_BYTES)
    except EOFError:
        raise FileError("the gzip file is cut off") from None
    except (BadGzipFile, zlib.error):
        raise FileError("the gzip file is damaged, or is none") from None


def _whole_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Blocks that end where a line ends, but for the last."""
    rest = b""
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if end:
            yield rest + block[:end]
            rest = b""
        rest += block[end:]
        if len(rest) > LONGEST_LINE_BYTES:
            raise FileError(f"a line is longer than {LONGEST_LINE_BYTES} bytes")
    yield rest
