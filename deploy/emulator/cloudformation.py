"""CloudFormation resources that the emulator accepts and then ignores, or AWS refuses."""
# ruff: noqa: SLF001 - replacing the emulator's private functions is what this module is for

from collections.abc import Callable
from typing import Any

from ministack.services import apigateway_v1, s3
from ministack.services.cloudformation import provisioners


def apply() -> None:
    """Create stages and delete buckets as CloudFormation does."""
    handlers = provisioners._RESOURCE_HANDLERS
    buckets = handlers["AWS::S3::Bucket"]
    buckets["delete"] = _unless_it_holds_something(buckets["delete"])
    deployments = handlers["AWS::ApiGateway::Deployment"]
    deployments["create"] = _unless_it_changes_a_stage(deployments["create"])
    stages = handlers["AWS::ApiGateway::Stage"]
    stages["create"] = _unless_it_exists(stages["create"])
    provisioners._apigw_method_settings = _keyed_as_get_stage_does(
        provisioners._apigw_method_settings
    )


def _unless_it_changes_a_stage(stock: Callable[..., Any]) -> Callable[..., Any]:
    """A deployment's handler that leaves the settings of a stage that exists to the stage.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-deployment.html
    """

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        if "StageDescription" in properties and _has_stage(properties):
            raise ValueError(
                "StageDescription cannot be specified when stage referenced by StageName"
                " already exists"
            )
        return stock(logical_id, properties, stack)

    return create


def _unless_it_exists(stock: Callable[..., Any]) -> Callable[..., Any]:
    """A stage's handler that takes over no stage that somebody else made, a deployment for one."""

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        if _has_stage(properties):
            raise ValueError(f"{properties['StageName']} already exists")
        return stock(logical_id, properties, stack)

    return create


def _has_stage(properties: dict[str, Any]) -> bool:
    return properties.get("StageName") in apigateway_v1._stages_v1.get(properties["RestApiId"], {})


def _unless_it_holds_something(stock: Callable[..., Any]) -> Callable[..., Any]:
    """A bucket's handler that deletes only an empty one.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-s3-bucket.html
    """

    def delete(name: str, properties: dict[str, Any]) -> Any:
        if (s3._buckets.get(name) or {}).get("objects"):
            raise ValueError("The bucket you tried to delete is not empty")
        return stock(name, properties)

    return delete


def _keyed_as_get_stage_does(stock: Callable[..., Any]) -> Callable[..., Any]:
    """Name the method `~1path~1below/GET`, without CloudFormation's slash before the path.

    https://docs.aws.amazon.com/cli/latest/reference/apigateway/get-stages.html
    """

    def settings(given: Any) -> dict[str, Any]:
        return {key.removeprefix("/"): value for key, value in stock(given).items()}

    return settings
