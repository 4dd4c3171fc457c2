"""The objects of an inference request that all models share: members, names, and refusals."""

from collections.abc import Collection, Sequence
from typing import Any, NoReturn

from model_lambda.errors import FieldError, SchemaError
from model_lambda.ml_model import MLModel


def read_request_members(document: Any, model: MLModel) -> dict[str, Any]:
    """The members of a request for a model, its tensors unread.

    KServe's client repeats the model's name in the body: `model_name`, and `model_version` as in
    gRPC, are accepted where they agree with the path.

    Raises:
        SchemaError: it is not what the protocol asks for.
    """
    optional = ("id", "model_name", "model_version", "outputs")
    members = read_members(document, "", "the request", required=("inputs",), optional=optional)
    if "id" in members and type(members["id"]) is not str:
        refuse("/id", "Not a string.")
    if members.get("model_name", model.qualified_name) != model.qualified_name:
        refuse("/model_name", "Not the model of the path.")
    if members.get("model_version", model.version) != model.version:
        refuse("/model_version", "Not the version of this model.")
    return members


def read_members(
    value: Any, pointer: str, kind: str, required: Collection[str], optional: Collection[str] = ()
) -> dict[str, Any]:
    """The members of an object of a kind of the protocol's, each of which can have parameters.

    Raises:
        SchemaError: it lacks one, or has another.
    """
    if type(value) is not dict:
        refuse(pointer, "Not an object.")
    for name in required:
        if name not in value:
            refuse(f"{pointer}/{name}", "Missing data for required field.")
    if not value.keys() <= {*required, *optional, "parameters"}:
        refuse(pointer, f"Unknown member of {kind}.")
    _check_parameters(value.get("parameters", {}), f"{pointer}/parameters")
    return value


def _check_parameters(parameters: Any, pointer: str) -> None:
    """The protocol defines none, so whatever they say is ignored."""
    if type(parameters) is not dict:
        refuse(pointer, "Not an object.")
    if not set(map(type, parameters.values())) <= {str, int, float, bool}:
        refuse(pointer, "Not all strings, numbers and booleans.")


def read_output_names(outputs: Any, known: Sequence[str]) -> Sequence[str]:
    """The requested outputs; all of them if the list is empty or absent.

    Args:
        known: the outputs of the model.

    Raises:
        SchemaError: one is none of them, or is asked for twice.
    """
    if type(outputs) is not list:
        refuse("/outputs", "Not a list.")
    names = [
        _read_output_name(output, f"/outputs/{index}", known)
        for index, output in enumerate(outputs[: len(known) + 1])
    ]
    if len(set(names)) != len(names):
        refuse("/outputs", "An output is asked for twice.")
    return names or known


def _read_output_name(output: Any, pointer: str, known: Sequence[str]) -> str:
    name = read_members(output, pointer, "a requested output", required=("name",))["name"]
    # A sequence is searched by comparison, so a name of any type may be looked for.
    if name not in known:
        refuse(f"{pointer}/name", "Not the name of an output of this model.")
    found: str = name
    return found


def refuse(pointer: str, detail: str) -> NoReturn:
    """Refuse a request for one reason, which may say nothing of the input.

    Raises:
        SchemaError: always.
    """
    raise SchemaError("the request is not valid", [FieldError(pointer, detail)])
