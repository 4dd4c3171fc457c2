"""A bucket in memory that is as strict as S3 is about parts, conditions and parameters."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import md5
from io import BytesIO
from typing import Any, NamedTuple

from botocore.session import get_session
from botocore.validate import ParamValidator

BUCKET = "flowers"
SHORTEST_PART = 5 * 1024 * 1024
_PAGE = 2


class FakeS3Error(Exception):
    """An answer of S3 that boto3 raises."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}}


class Stored(NamedTuple):
    content: bytes
    etag: str
    metadata: Mapping[str, str]


class Body(BytesIO):
    """Gives less than it is asked for, as a connection may."""

    def read(self, amt: int | None = -1, /) -> bytes:
        assert amt is not None
        assert 0 <= amt <= 1024 * 1024, "the whole object must not be read at once"
        return super().read(min(amt, 60_000))


@cache
def _shape(operation: str) -> Any:
    return get_session().get_service_model("s3").operation_model(operation).input_shape


def _checked(method: str, request: Mapping[str, Any]) -> None:
    operation = "".join(part.title() for part in method.split("_"))
    report = ParamValidator().validate(request, _shape(operation))
    assert not report.has_errors(), report.generate_report()
    if request["Bucket"] != BUCKET:
        raise FakeS3Error("NoSuchBucket")


class FakeS3:
    """The client of one bucket.

    Attributes:
        before: called with the name of a method and its request before it does anything.
    """

    def __init__(self) -> None:
        self.objects: dict[str, Stored] = {}
        self.uploads: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.before: Callable[[str, Mapping[str, Any]], None] = lambda method, request: None
        self._count = 0

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        answer = getattr(type(self), f"answer_{method}")

        def call(**request: Any) -> dict[str, Any]:
            _checked(method, request)
            self.calls.append(method)
            self.before(method, request)
            reply: dict[str, Any] = answer(self, **request)
            return reply

        return call

    def put(self, key: str, content: bytes | str) -> str:
        """Store an object as its owner does, and say its ETag."""
        body = content.encode() if isinstance(content, str) else content
        etag = f'"{md5(body).hexdigest()}"'
        self.objects[key] = Stored(body, etag, {})
        return etag.strip('"')

    def text(self, key: str) -> str:
        return self.objects[key].content.decode()

    def answer_get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        found = self._found(Key, "NoSuchKey")
        return {"Body": Body(found.content), **self._facts(found)}

    def answer_head_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        return self._facts(self._found(Key, "404"))

    def answer_put_object(self, Body: bytes, **request: Any) -> dict[str, Any]:  # noqa: N803
        return self._store(request, Body, request["Metadata"])

    def answer_create_multipart_upload(self, **request: Any) -> dict[str, Any]:
        self._count += 1
        self.uploads[f"upload-{self._count}"] = {**request, "parts": {}}
        return {"UploadId": f"upload-{self._count}"}

    def answer_upload_part(self, **request: Any) -> dict[str, Any]:
        upload = self._upload(request)
        assert 1 <= request["PartNumber"] <= 10_000
        upload["parts"][request["PartNumber"]] = request["Body"]
        return {"ETag": f'"{md5(request["Body"]).hexdigest()}"'}

    def answer_complete_multipart_upload(self, **request: Any) -> dict[str, Any]:
        upload = self._upload(request)
        listed = request["MultipartUpload"]["Parts"]
        numbers = [part["PartNumber"] for part in listed]
        if not numbers or numbers != sorted(set(numbers)):
            raise FakeS3Error("InvalidPartOrder")
        contents = [upload["parts"][number] for number in numbers]
        for part, content in zip(listed, contents, strict=True):
            if part["ETag"] != f'"{md5(content).hexdigest()}"':
                raise FakeS3Error("InvalidPart")
        if any(len(content) < SHORTEST_PART for content in contents[:-1]):
            raise FakeS3Error("EntityTooSmall")
        reply = self._store(request, b"".join(contents), upload["Metadata"])
        del self.uploads[request["UploadId"]]
        return reply

    def answer_abort_multipart_upload(self, **request: Any) -> dict[str, Any]:
        self._upload(request)
        del self.uploads[request["UploadId"]]
        return {}

    def answer_delete_object(self, Bucket: str, Key: str, IfMatch: str) -> dict[str, Any]:  # noqa: N803
        if Key in self.objects and self.objects[Key].etag != IfMatch:
            raise FakeS3Error("PreconditionFailed")
        self.objects.pop(Key, None)
        return {}

    def answer_list_objects_v2(
        self,
        Bucket: str,  # noqa: N803
        Prefix: str,  # noqa: N803
        ContinuationToken: str = "",  # noqa: N803
    ) -> dict[str, Any]:
        keys = sorted(key for key in self.objects if key.startswith(Prefix))
        rest = [key for key in keys if key > ContinuationToken]
        page: dict[str, Any] = {"IsTruncated": len(rest) > _PAGE}
        if rest:  # an empty listing has no such member
            page["Contents"] = [
                {"Key": key, "ETag": one.etag, "Size": len(one.content)}
                for key, one in ((key, self.objects[key]) for key in rest[:_PAGE])
            ]
        if page["IsTruncated"]:
            page["NextContinuationToken"] = rest[_PAGE - 1]
        return page

    def _found(self, key: str, code: str) -> Stored:
        if key not in self.objects:
            raise FakeS3Error(code)
        return self.objects[key]

    def _facts(self, found: Stored) -> dict[str, Any]:
        return {
            "ETag": found.etag,
            "ContentLength": len(found.content),
            "Metadata": dict(found.metadata),
        }

    def _upload(self, request: Mapping[str, Any]) -> dict[str, Any]:
        upload = self.uploads.get(request["UploadId"])
        if upload is None or upload["Key"] != request["Key"]:
            raise FakeS3Error("NoSuchUpload")
        return upload

    def _store(
        self, request: Mapping[str, Any], content: bytes, metadata: Mapping[str, str]
    ) -> dict[str, Any]:
        key = request["Key"]
        found = self.objects.get(key)
        if request.get("IfNoneMatch") == "*" and found is not None:
            raise FakeS3Error("PreconditionFailed")
        if "IfMatch" in request and found is None:
            raise FakeS3Error("NoSuchKey")
        if "IfMatch" in request and found is not None and found.etag != request["IfMatch"]:
            raise FakeS3Error("PreconditionFailed")
        assert ("IfMatch" in request) != ("IfNoneMatch" in request), "a write without a condition"
        assert all(re.fullmatch(r"[ -~]*", text) for text in metadata.values())
        self._count += 1
        etag = f'"{md5(content + str(self._count).encode()).hexdigest()}"'
        self.objects[key] = Stored(content, etag, metadata)
        return {"ETag": etag}
