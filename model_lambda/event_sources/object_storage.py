"""Objects of one bucket, read in blocks and written whole or not at all.

A write names what it replaces: nothing (`If-None-Match: *`) or the object that was seen before
(`If-Match`). So of two writers one is refused, and what is there is never half of anything.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

import logging
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Protocol

from model_lambda.config import Settings
from model_lambda.errors import ResultConflictError
from model_lambda.event_sources.text_lines import CountedBody

_logger = logging.getLogger(__name__)
# The least that S3 takes as a part that is not the last; 10,000 of them are 48 GiB.
PART_BYTES = 5 * 1024 * 1024
_SOURCE_ETAG = "source-etag"
_MISSING = ("404", "NoSuchKey", "NotFound")
# The second: a write at the same moment. Nothing tells which of both is there now.
_LOST = ("PreconditionFailed", "412", "ConditionalRequestConflict", "409")


class S3Client(Protocol):
    """The part of boto3's client that is used."""

    def get_object(self, **request: Any) -> Mapping[str, Any]:
        """The newest version of an object."""

    def head_object(self, **request: Any) -> Mapping[str, Any]:
        """What is known of an object."""

    def put_object(self, **request: Any) -> Mapping[str, Any]:
        """Write an object in one call."""

    def create_multipart_upload(self, **request: Any) -> Mapping[str, Any]:
        """Begin an object that is written in parts."""

    def upload_part(self, **request: Any) -> Mapping[str, Any]:
        """Write a part; nobody sees it yet."""

    def complete_multipart_upload(self, **request: Any) -> Mapping[str, Any]:
        """Put the parts together; from now on the object is there."""

    def abort_multipart_upload(self, **request: Any) -> Mapping[str, Any]:
        """Drop the parts."""

    def delete_object(self, **request: Any) -> Mapping[str, Any]:
        """Delete an object."""

    def list_objects_v2(self, **request: Any) -> Mapping[str, Any]:
        """Up to 1,000 objects below a prefix."""


class Listed(NamedTuple):
    """An object that was heard of; size in bytes, if it is known."""

    key: str
    etag: str
    size: int = 0


class Source(NamedTuple):
    """An object that is being read."""

    etag: str
    version_id: str
    body: CountedBody


class Written(NamedTuple):
    """An object that was written here, and the ETag of what it was made of."""

    etag: str
    source_etag: str


class ObjectStorage:
    """One bucket."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self.bucket = bucket

    def open(self, key: str) -> Source | None:
        """Begin to read an object; None if there is none."""
        try:
            found = self._client.get_object(Bucket=self.bucket, Key=key)
        except Exception as error:
            if code_of(error) in _MISSING:
                return None
            raise
        body = CountedBody(found["Body"], found["ContentLength"])
        return Source(_bare(found["ETag"]), str(found.get("VersionId") or ""), body)

    def written(self, key: str) -> Written | None:
        """What was written under a key before; None if nothing was."""
        try:
            found = self._client.head_object(Bucket=self.bucket, Key=key)
        except Exception as error:
            if code_of(error) in _MISSING:
                return None
            raise
        return Written(_bare(found["ETag"]), found.get("Metadata", {}).get(_SOURCE_ETAG, ""))

    def upload(
        self, key: str, source_etag: str, facts: Mapping[str, str], replaces: Written | None
    ) -> "Upload":
        """Begin to write an object.

        Args:
            facts: what else its metadata says.
            replaces: what is there now; it is still to be there in the end.
        """
        metadata = {_SOURCE_ETAG: source_etag, **facts}
        condition = {"IfMatch": f'"{replaces.etag}"'} if replaces else {"IfNoneMatch": "*"}
        return Upload(self._client, {"Bucket": self.bucket, "Key": key}, metadata, condition)

    def delete(self, key: str, found: Written) -> None:
        """Delete an object, unless it is another by now."""
        try:
            self._client.delete_object(Bucket=self.bucket, Key=key, IfMatch=f'"{found.etag}"')
        except Exception as error:
            if code_of(error) not in (*_LOST, *_MISSING):
                raise

    def listed(self, prefix: str) -> Iterator[Listed]:
        """Every object below a prefix."""
        position: dict[str, str] = {}
        while True:
            page = self._client.list_objects_v2(Bucket=self.bucket, Prefix=prefix, **position)
            for one in page.get("Contents", ()):
                yield Listed(one["Key"], _bare(one["ETag"]), one["Size"])
            if not page.get("IsTruncated"):
                return
            position = {"ContinuationToken": page["NextContinuationToken"]}


class Upload:
    """An object on its way; what is not completed when the block ends is dropped.

    Raises:
        ResultConflictError: from `complete`, when what is to be replaced is another by now.
    """

    def __init__(
        self,
        client: S3Client,
        place: Mapping[str, str],
        metadata: Mapping[str, str],
        condition: Mapping[str, str],
    ) -> None:
        self._client = client
        self._place = place
        self._metadata = metadata
        self._condition = condition
        self._upload_id = ""
        self._parts: list[dict[str, Any]] = []
        self._waiting = bytearray()

    def __enter__(self) -> "Upload":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._upload_id:
            self._drop()

    def write(self, content: bytes) -> None:
        """Add content."""
        self._waiting += content
        if len(self._waiting) >= PART_BYTES:
            self._send_part()

    def complete(self) -> None:
        """Let the object appear."""
        try:
            self._complete()
        except Exception as error:
            if code_of(error) in _LOST:
                raise ResultConflictError("the result is another by now") from error
            raise
        self._upload_id = ""

    def _complete(self) -> None:
        if not self._upload_id:
            call = {**self._place, "Metadata": self._metadata, **self._condition}
            self._client.put_object(**call, Body=self._waiting)
            return
        if self._waiting:
            self._send_part()
        self._client.complete_multipart_upload(
            **self._place,
            UploadId=self._upload_id,
            MultipartUpload={"Parts": self._parts},
            **self._condition,
        )

    def _send_part(self) -> None:
        content, self._waiting = self._waiting, bytearray()
        if not self._upload_id:
            begun = self._client.create_multipart_upload(**self._place, Metadata=self._metadata)
            self._upload_id = begun["UploadId"]
        number = len(self._parts) + 1
        part = self._client.upload_part(
            **self._place, UploadId=self._upload_id, PartNumber=number, Body=content
        )
        self._parts.append({"PartNumber": number, "ETag": part["ETag"]})

    def _drop(self) -> None:
        try:
            self._client.abort_multipart_upload(**self._place, UploadId=self._upload_id)
        except Exception:  # nobody sees the parts, and the bucket's lifecycle rule drops them, too
            _logger.warning("an upload could not be dropped", exc_info=True)


def code_of(error: Exception) -> str:
    """S3's word for an error; empty if it is no answer of S3."""
    response = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def connect(settings: Settings) -> ObjectStorage:
    """The bucket that the settings name, with a client of boto3, which Lambda's runtime has."""
    import boto3
    from botocore.config import Config

    retries = {"mode": "standard", "total_max_attempts": 3}
    config = Config(connect_timeout=2, read_timeout=10, retries=retries)
    return ObjectStorage(boto3.client("s3", config=config), settings.files_bucket)


def _bare(etag: str) -> str:
    return etag.strip('"')
