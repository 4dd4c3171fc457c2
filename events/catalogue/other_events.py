"""Events that are no HTTP request: refused with an error, or a warm-up."""

from typing import Any

from events.catalogue.cases import Removed, changed, get
from events.proxy_events import http_api_event
from events.stored import read_event

_FORMAT_2 = http_api_event(get("/api/models"))
_FORMAT_1 = read_event("list_models")
_METHOD_ARN = "arn:aws:execute-api:us-east-2:123456789012:a1b2c3d4e5/dev/GET/api/models"
_LOAD_BALANCER = {
    "requestContext": {
        "elb": {
            "targetGroupArn": "arn:aws:elasticloadbalancing:us-east-2:123456789012:"
            "targetgroup/flowers/0a1b2c3d4e5f6071"
        }
    },
    "httpMethod": "GET",
    "path": "/api/models",
    "body": "",
    "isBase64Encoded": False,
}

# They have a method and a path, but nobody waits for a response to a request.
_LIKE_REQUESTS: dict[str, Any] = {
    "authorizer_request": _FORMAT_1 | {"type": "REQUEST", "methodArn": _METHOD_ARN},
    "authorizer_request_of_an_http_api": _FORMAT_1
    | {"version": "1.0", "type": "REQUEST", "methodArn": _METHOD_ARN, "identitySource": "t"},
    "authorizer_request_of_format_2": _FORMAT_2
    | {"type": "REQUEST", "routeArn": _METHOD_ARN, "identitySource": ["t"]},
    "load_balancer": _LOAD_BALANCER
    | {"headers": {"accept": "*/*"}, "queryStringParameters": {"probabilities": "tru%65"}},
    "load_balancer_with_multi_value_headers": _LOAD_BALANCER
    | {"multiValueHeaders": {"accept": ["*/*"]}, "multiValueQueryStringParameters": {}},
    "web_socket_with_a_path": changed(
        _FORMAT_1,
        {
            "requestContext.routeKey": "$connect",
            "requestContext.eventType": "CONNECT",
            "requestContext.connectionId": "L0SM9c",
        },
    ),
    "web_socket_message": {
        "requestContext": {
            "routeKey": "$default",
            "eventType": "MESSAGE",
            "connectionId": "L0SM9c",
            "stage": "dev",
        },
        "body": "{}",
        "isBase64Encoded": False,
    },
    "vpc_lattice": {
        "raw_path": "/api/models",
        "method": "GET",
        "headers": {"accept": "*/*"},
        "query_string_parameters": {},
        "body": "",
        "is_base64_encoded": False,
    },
    "vpc_lattice_of_version_2": {
        "version": "2.0",
        "path": "/api/models",
        "method": "GET",
        "headers": {"accept": ["*/*"]},
        "requestContext": {"serviceArn": "arn:aws:vpc-lattice:us-east-2:123456789012:service/svc"},
    },
    "bedrock_agent": {
        "messageVersion": "1.0",
        "agent": {"name": "florist"},
        "httpMethod": "GET",
        "apiPath": "/api/models",
    },
    "app_sync": {
        "info": {"parentTypeName": "Query", "fieldName": "models"},
        "arguments": {},
        "request": {"headers": {"accept": "*/*"}},
    },
    "app_sync_authorizer": {
        "authorizationToken": "token",
        "requestContext": {"apiId": "a1b2c3d4e5", "queryString": "query { models }"},
    },
    "cloud_front": {"Records": [{"cf": {"request": {"method": "GET", "uri": "/api/models"}}}]},
    "iot_authorizer": {
        "token": "token",
        "protocols": ["http"],
        "protocolData": {"http": {"headers": {}, "queryString": ""}},
    },
    "s3_object_lambda": {
        "getObjectContext": {"outputRoute": "io-use2-cell001", "outputToken": "token"},
        "userRequest": {"url": "/flowers.csv", "headers": {}},
    },
}

# Each raises UnsupportedEventError: a 200 would tell the caller that its work was done.
REFUSED: dict[str, Any] = {
    **_LIKE_REQUESTS,
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
    "kinesis": {"Records": [{"eventSource": "aws:kinesis", "kinesis": {"data": "e30="}}]},
    "firehose": {"deliveryStreamArn": "arn", "records": [{"recordId": "1", "data": "e30="}]},
    "kafka": {"eventSource": "aws:kafka", "records": {"flowers-0": [{"value": "e30="}]}},
    "rabbit_mq": {"eventSource": "aws:rmq", "rmqMessagesByQueue": {"flowers::/": []}},
    "s3_batch": {"invocationSchemaVersion": "2.0", "job": {"id": "1"}, "tasks": []},
    "custom_resource": {"RequestType": "Create", "ResponseURL": "https://example.com/"},
    "cloudwatch_logs": {"awslogs": {"data": "H4sIAAAAAAAAAA=="}},
    "cognito": {"version": "1", "triggerSource": "PreSignUp_SignUp", "request": {}, "response": {}},
    "authorizer": {
        "type": "TOKEN",
        "authorizationToken": "token",
        "methodArn": _METHOD_ARN,
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
