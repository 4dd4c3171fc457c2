"""What is left of a stack after its removal: each of its resources is asked for by its own name.

This needs rights on the stack's own resources and none to list an account's.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any

from botocore.exceptions import ClientError

from deploy.stack import Resource, client
from deploy.target import Target

_GONE = {
    "404",
    "AWS.SimpleQueueService.NonExistentQueue",
    "NoSuchBucket",
    "NoSuchEntity",
    "NotFoundException",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
}


def _log_group(logs: Any, name: str) -> bool:
    found = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return name in [group["logGroupName"] for group in found]


# How a kind of resource is asked for: the service, and a question that fails or says False when
# the resource is gone. A kind that a stack gets anew needs a row here or in PARTS.
QUESTIONS: Mapping[str, tuple[str, Callable[[Any, str], Any]]] = {
    "AWS::ApiGateway::ApiKey": ("apigateway", lambda api, name: api.get_api_key(apiKey=name)),
    "AWS::ApiGateway::RestApi": ("apigateway", lambda api, name: api.get_rest_api(restApiId=name)),
    "AWS::ApiGateway::UsagePlan": (
        "apigateway",
        lambda api, name: api.get_usage_plan(usagePlanId=name),
    ),
    "AWS::DynamoDB::Table": (
        "dynamodb",
        lambda tables, name: tables.describe_table(TableName=name),
    ),
    "AWS::IAM::Role": ("iam", lambda iam, name: iam.get_role(RoleName=name)),
    "AWS::Kinesis::Stream": (
        "kinesis",
        lambda streams, name: streams.describe_stream_summary(StreamName=name),
    ),
    "AWS::Lambda::EventSourceMapping": (
        "lambda",
        lambda functions, name: functions.get_event_source_mapping(UUID=name),
    ),
    "AWS::Lambda::Function": (
        "lambda",
        lambda functions, name: functions.get_function_configuration(FunctionName=name),
    ),
    "AWS::Logs::LogGroup": ("logs", _log_group),
    "AWS::S3::Bucket": ("s3", lambda s3, name: s3.head_bucket(Bucket=name)),
    "AWS::SQS::Queue": ("sqs", lambda sqs, name: sqs.get_queue_attributes(QueueUrl=name)),
    "AWS::Scheduler::Schedule": ("scheduler", lambda clock, name: clock.get_schedule(Name=name)),
}
# Parts of another resource, gone with it.
PARTS = frozenset(
    {
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::GatewayResponse",
        "AWS::ApiGateway::Method",
        "AWS::ApiGateway::Model",
        "AWS::ApiGateway::RequestValidator",
        "AWS::ApiGateway::Resource",
        "AWS::ApiGateway::Stage",
        "AWS::ApiGateway::UsagePlanKey",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::Permission",
        "AWS::S3::BucketPolicy",
        "AWS::SQS::QueuePolicy",
    }
)


def leftovers(target: Target, resources: Iterable[Resource]) -> list[str]:
    """The resources that still exist, each with its kind, and those of which that is not known."""
    asked = sorted({one for one in resources if one.kind not in PARTS})
    client_of = cache(partial(client, target))
    answers = ((one, _whether_left(client_of, one)) for one in asked)
    return [f"{one.name} ({one.kind}{remark})" for one, remark in answers if remark is not None]


def _whether_left(client_of: Callable[[str], Any], resource: Resource) -> str | None:
    """None when it is gone, else a remark on what is known of it, which is mostly empty."""
    if resource.kind not in QUESTIONS:
        return ", not looked for"
    service, question = QUESTIONS[resource.kind]
    try:
        return "" if question(client_of(service), resource.name) else None
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return None if code in _GONE else f", not known: {code}"
