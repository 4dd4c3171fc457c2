"""What holds for every model, whatever it is: exported or a class, deployed or made for the tests.

`ModelChecks` is inherited where models are: by `test_deployed_models` and by `training`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from events.model_rows import RowCase, example_row, row_cases
from events.proxy_events import SOURCES, HttpRequest
from model_lambda.config import Settings
from model_lambda.lambda_function import create_handler
from model_lambda.ml_model import MLModel
from model_lambda.model_manager import ModelManager
from model_lambda.packaged_model import is_close
from model_lambda.tasks import label_key
from tests.contract.lambda_context import LambdaContext
from tests.contract.reply_rules import broken_rules

JSON = (("Content-Type", "application/json"),)
Row = Mapping[str, Any]


class Asked(NamedTuple):
    """What was answered."""

    status: int
    document: Any


class Service:
    """The handler with one model in service, and what is known of the model."""

    def __init__(self, model: MLModel) -> None:
        self.model = model
        self.handler = create_handler(Settings(), ModelManager([model]))
        self.path = f"/api/models/{model.qualified_name}"
        on_request = [(model.on_request, "true")] if model.on_request else []
        self.query = [("version", model.version), *on_request]
        self.metadata = self.ask("GET", f"{self.path}/metadata").document
        self.input_schema: dict[str, Any] = self.metadata["input_schema"]
        self.is_row = Draft202012Validator(self.input_schema).is_valid
        self.golden = [one for one in model.record.get("golden_predictions", ()) if "row" in one]
        self.rows: list[Row] = [one["row"] for one in self.golden]
        self.rows = self.rows or [example_row(self.input_schema)]
        self.cases: list[RowCase] = list(row_cases(self.input_schema, self.rows[0]))

    def ask(
        self,
        method: str,
        path: str,
        body: str | None = None,
        query: Sequence[tuple[str, str]] = (),
        source: str = "rest_api",
    ) -> Asked:
        """Ask the handler, as an event of a source; the reply keeps what every reply keeps."""
        headers = () if body is None else JSON
        request = HttpRequest(method, path, query, headers, body)
        reply = self.handler(SOURCES[source](request), LambdaContext())
        assert broken_rules(reply) == []
        text = reply["body"]
        is_json = "json" in reply["headers"]["Content-Type"]
        return Asked(reply["statusCode"], json.loads(text) if is_json else text)

    def predict(self, text: str, **more: Any) -> Asked:
        """The answer to one row, with all that there is to say."""
        return self.ask("POST", f"{self.path}/predict", text, self.query, **more)

    def predict_batch(self, rows: Sequence[Row]) -> Asked:
        """The answer to many rows."""
        return self.ask("POST", f"{self.path}/predictions", json.dumps({"rows": rows}), self.query)

    def tensors(self, described: Sequence[Mapping[str, Any]], rows: Sequence[Row]) -> list[Any]:
        """The tensors of rows, as /v2 describes them: one a column, or one of all numbers."""
        tensors = []
        for one in described:
            if len(one["shape"]) == 1:
                data = [row[one["name"]] for row in rows]
            else:
                data = [number for row in rows for number in _numbers(row)]
            tensors.append({**one, "shape": [len(rows), *one["shape"][1:]], "data": data})
        return tensors


def _numbers(row: Row) -> list[float]:
    values = list(row.values())
    return values[0] if isinstance(values[0], list) else values


class ModelChecks:
    """Inherited in a module with a fixture `model`, of scope `module`."""

    @pytest.fixture(scope="class")
    @classmethod
    def service(cls, model: MLModel) -> Service:
        """The model behind the handler."""
        return Service(model)

    def test_it_is_listed_and_described(self, service: Service) -> None:
        model = service.model
        described = {name: service.metadata[name] for name in ("qualified_name", "display_name")}
        assert described == {
            "qualified_name": model.qualified_name,
            "display_name": model.display_name,
        }
        schemas = ("input_schema", "output_schema")
        (listed,) = service.ask("GET", "/api/models").document["models"]
        assert service.metadata.keys() == {*listed, *schemas}
        for name in schemas:
            Draft202012Validator.check_schema(service.metadata[name])

    def test_its_card_is_a_page_and_figures(self, service: Service) -> None:
        page = service.ask("GET", f"{service.path}/card")
        assert (page.status, page.document.startswith("# ")) == (200, True)

    @pytest.mark.parametrize("source", SOURCES)
    def test_golden_rows_are_answered_as_recorded(self, service: Service, source: str) -> None:
        for one in service.golden:
            asked = service.predict(json.dumps(one["row"]), source=source)
            assert asked.status == 200
            assert is_close(one["prediction"], asked.document)

    def test_rows_together_are_answered_as_rows_alone(self, service: Service) -> None:
        asked = service.predict_batch(service.rows)
        assert asked.status == 200
        alone = [service.predict(json.dumps(row)).document for row in service.rows]
        assert all(map(is_close, alone, asked.document["predictions"]))

    def test_every_changed_row_is_judged_as_its_json_schema_says(self, service: Service) -> None:
        is_answer = Draft202012Validator(service.metadata["output_schema"]).is_valid
        wrong = {}
        for case in service.cases:
            asked = service.predict(case.text)
            if service.is_row(json.loads(case.text)):
                is_right = asked.status == 200 and is_answer(asked.document)
            else:
                is_right = _is_refused_at(case.pointer, asked)
            if not is_right:
                wrong[case.name] = asked
        assert wrong == {}
        assert len(service.cases) >= 20

    def test_a_bad_row_among_good_ones_is_named(self, service: Service) -> None:
        bad = next(one for one in service.cases if one.name == "unknown_member")
        asked = service.predict_batch([service.rows[0], json.loads(bad.text)])
        assert (asked.status, asked.document["errors"][0]["pointer"]) == (400, "/rows/1")

    @settings(max_examples=25)
    @given(data=st.data())
    def test_many_changes_at_once_are_judged_as_the_json_schema_says(
        self, service: Service, data: st.DataObject
    ) -> None:
        texts = st.lists(st.sampled_from([case.text for case in service.cases]), max_size=5)
        rows = [json.loads(text) for text in data.draw(texts)]
        merged: Any = {}
        for row in rows:
            merged |= row if isinstance(row, dict) else {}
        asked = service.predict_batch([*rows, {**service.rows[0], **merged}])
        expected = all(map(service.is_row, [*rows, {**service.rows[0], **merged}]))
        assert asked.status == (200 if expected else 400)

    @pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
    def test_what_is_no_json_is_malformed(self, service: Service, literal: str) -> None:
        for name in service.rows[0]:
            text = json.dumps({**service.rows[0], name: "<value>"})
            asked = service.predict(text.replace('"<value>"', literal))
            assert (asked.status, asked.document["type"]) == (400, "/problems/malformed-json")

    def test_tensors_are_answered_as_rows_are(self, service: Service) -> None:
        path = f"/v2/models/{service.model.qualified_name}/versions/{service.model.version}"
        described = service.ask("GET", path)
        if described.status == 404:
            assert "has no tensors" in described.document["error"]
            return
        inputs = service.tensors(described.document["inputs"], service.rows)
        asked = service.ask("POST", f"{path}/infer", json.dumps({"inputs": inputs}))
        assert asked.status == 200
        outputs = {one["name"]: one["data"] for one in asked.document["outputs"]}
        assert list(outputs) == [one["name"] for one in described.document["outputs"]]
        predictions = service.predict_batch(service.rows).document["predictions"]
        assert is_close(_as_tensors(service.model, predictions, list(outputs)), outputs)


def _is_refused_at(pointer: str, asked: Asked) -> bool:
    """Whether every error of a refusal is where the row was changed, or below."""
    if asked.status != 400 or asked.document["type"] != "/problems/schema-error":
        return False
    return all(error["pointer"].startswith(pointer) for error in asked.document["errors"])


def _as_tensors(
    model: MLModel, predictions: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> dict[str, list[Any]]:
    """The outputs of /v2 for the predictions of /api."""
    shares = [one.get(model.on_request, {}) for one in predictions]
    members = [[one[name] for name in one if name != model.on_request] for one in predictions]
    if model.task == "multilabel":
        labels = [{label_key(label) for label in one[0]} for one in members]
        found = [[name in one for one, has in zip(labels, shares, strict=True) for name in has]]
    elif model.task == "transformation":
        found = [[number for row in members for number in row]]
    else:
        found = [list(column) for column in zip(*members, strict=True)]
    if model.on_request:
        found.append([share for row in shares for share in row.values()])
    return dict(zip(names, found, strict=True))
