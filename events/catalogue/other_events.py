"""Events that are no HTTP request: refused with an error, or a warm-up."""

from typing import Any

from events.catalogue.cases import Removed, changed, get
from events.proxy_events import http_api_event
from events.stored import read_event

_FORMAT_2 = http_api_event(get("/api/models"))
_FORMAT_1 = read_event("list_models")

# Each raises UnsupportedEventError: a 200 would tell the caller that its work was done.
REFUSED: dict[str, Any] = {
    "null": None,
    "list": [],
    "list_of_requests": [_FORMAT_1],
    "string": "GET /api/models",
    "number": 1,
    "true": True,
    "empty_object": {},
    "bare_row": {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2},
    "sns": read_event("sns_event"),
    "sqs_like_without_records": {"Records": None},
    "s3": {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectRemoved:Delete"}]},
    "dynamodb": {"Records": [{"eventSource": "aws:dynamodb", "eventName": "INSERT"}]},
    "event_bridge": {
        "version": "0",
        "source": "aws.events",
        "detail-type": "Scheduled Event",
        "resources": [],
        "detail": {},
    },
    "cloudwatch_logs": {"awslogs": {"data": "H4sIAAAAAAAAAA=="}},
    "cognito": {"version": "1", "triggerSource": "PreSignUp_SignUp", "request": {}, "response": {}},
    "authorizer": {
        "type": "TOKEN",
        "authorizationToken": "token",
        "methodArn": "arn:aws:execute-api:us-east-2:123456789012:a1b2c3d4e5/dev/GET/api/models",
    },
    "web_socket": {
        "requestContext": {
            "routeKey": "$connect",
            "eventType": "CONNECT",
            "connectionId": "L0SM9c",
        },
        "isBase64Encoded": False,
    },
    "warmup_false": {"warmup": False},
    "warmup_text": {"warmup": "true"},
    "warmup_one": {"warmup": 1},
    "format_1_without_method": changed(_FORMAT_1, {"httpMethod": Removed}),
    "format_1_without_path": changed(_FORMAT_1, {"path": Removed}),
    "format_1_method_null": changed(_FORMAT_1, {"httpMethod": None}),
    "format_1_path_a_list": changed(_FORMAT_1, {"path": ["/api/models"]}),
    "format_2_without_path": changed(_FORMAT_2, {"rawPath": Removed}),
    "format_2_without_context": changed(_FORMAT_2, {"requestContext": Removed}),
    "format_2_context_null": changed(_FORMAT_2, {"requestContext": None}),
    "format_2_http_a_list": changed(_FORMAT_2, {"requestContext.http": []}),
    "format_2_method_a_number": changed(_FORMAT_2, {"requestContext.http.method": 1}),
    "format_3": changed(_FORMAT_2, {"version": "3.0"}),
    "format_2_as_a_number": changed(_FORMAT_2, {"version": 2.0}),
}
# Each returns None, at once.
WARM_UPS: dict[str, Any] = {
    "warmup": {"warmup": True},
    "warmup_with_more": {"warmup": True, "source": "schedule"},
}
