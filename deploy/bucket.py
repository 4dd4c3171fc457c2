"""Empty a bucket, without which CloudFormation does not delete it."""

from typing import Any

from deploy.commands import DeployError


def empty_bucket(s3: Any, bucket: str) -> int:
    """Delete every object of a bucket, in all its versions.

    Args:
        s3: A boto3 client of S3.
        bucket: Its name; one that is gone is empty.

    Returns:
        How many objects and versions there were.

    Raises:
        ClientError: it may not be listed or emptied.
        DeployError: S3 kept an object.
    """
    deleted = 0
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            deleted += _delete(s3, bucket, found)
    except s3.exceptions.NoSuchBucket:
        pass
    return deleted


def _delete(s3: Any, bucket: str, found: list[dict[str, Any]]) -> int:
    """Delete what a page names, at most 1,000, which is also what a call takes."""
    if not found:
        return 0
    named = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
    reply = s3.delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": True})
    if kept := reply.get("Errors"):
        raise DeployError(f"{bucket} keeps {kept[0]['Key']}: {kept[0]['Message']}")
    return len(named)
