"""CloudFormation in the emulator makes and refuses stages of an API as AWS does."""

import json
from typing import Any

from botocore.exceptions import WaiterError

from deploy.stack import client
from deploy.target import Target

SLOW = {"HttpMethod": "GET", "ResourcePath": "/~1api~1docs", "ThrottlingBurstLimit": 20}
REFUSED = "StageDescription cannot be specified when stage referenced by StageName already exists"


def template(deployment: str, described: dict[str, Any], stage: dict[str, Any]) -> str:
    """An API of one method, with a deployment of a name and perhaps a stage."""
    api = {"RestApiId": {"Ref": "Api"}}
    method = {"ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]}, "HttpMethod": "GET"}
    method |= {"AuthorizationType": "NONE", "Integration": {"Type": "MOCK"}}
    stage_of = {"StageName": "live", "DeploymentId": {"Ref": deployment}}
    resources = {
        "Api": resource("RestApi", {"Name": "staged"}),
        "Method": resource("Method", api | method),
        deployment: resource("Deployment", api | described) | {"DependsOn": "Method"},
        "Stage": resource("Stage", api | stage_of | stage),
    }
    if not stage:
        del resources["Stage"]
    return json.dumps({"Resources": resources, "Outputs": {"Api": {"Value": {"Ref": "Api"}}}})


def resource(kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    """A resource of API Gateway."""
    return {"Type": f"AWS::ApiGateway::{kind}", "Properties": properties}


def deployed(target: Target, name: str, body: str) -> str:
    """Create or update a stack; why it was rolled back, or nothing."""
    cloudformation = client(target, "cloudformation")
    exists = any(one["StackName"] == name for one in cloudformation.describe_stacks()["Stacks"])
    does, waits = ("update_stack", "update") if exists else ("create_stack", "create")
    getattr(cloudformation, does)(StackName=name, TemplateBody=body)
    waiter = cloudformation.get_waiter(f"stack_{waits}_complete")
    try:
        waiter.wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    except WaiterError:
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        failed = [e["ResourceStatusReason"] for e in events if "_FAILED" in e["ResourceStatus"]]
        return str(failed[0])
    return ""


def stage_of(target: Target, name: str) -> dict[str, Any]:
    """The stage of a stack's API."""
    (found,) = client(target, "cloudformation").describe_stacks(StackName=name)["Stacks"]
    api = found["Outputs"][0]["OutputValue"]
    stage: dict[str, Any] = client(target, "apigateway").get_stage(restApiId=api, stageName="live")
    return stage


def test_a_later_deployment_cannot_describe_its_stage_or_make_it_a_resource(target: Target) -> None:
    described = {"StageName": "live", "StageDescription": {"MethodSettings": [SLOW]}}
    assert deployed(target, "described", template("First", described, {})) == ""
    first = stage_of(target, "described")["deploymentId"]
    assert REFUSED in deployed(target, "described", template("Second", described, {}))
    own = template("Third", {}, {"MethodSettings": [SLOW]})
    assert "live already exists" in deployed(target, "described", own)
    assert stage_of(target, "described")["deploymentId"] == first


def test_a_stage_of_its_own_follows_each_deployment_with_its_settings(target: Target) -> None:
    for number, rate in enumerate((1.0, 2.5)):
        settings = [SLOW | {"ThrottlingRateLimit": rate}]
        body = template(f"Deployment{number}", {}, {"MethodSettings": settings})
        assert deployed(target, "staged", body) == ""
        stage = stage_of(target, "staged")
        (limited,) = stage["methodSettings"].items()
        method, limits = limited
        assert method == "~1api~1docs/GET"
        assert limits["throttlingRateLimit"] == rate
        assert limits["throttlingBurstLimit"] == 20
        shown = client(target, "cloudformation").describe_stack_resource(
            StackName="staged", LogicalResourceId=f"Deployment{number}"
        )
        assert stage["deploymentId"] == shown["StackResourceDetail"]["PhysicalResourceId"]
