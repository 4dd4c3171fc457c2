"""Converts a fitted estimator to ONNX, in as many ways as may be tried.

Each way that is known to go wrong is mended here, on a copy of the estimator: nothing is trusted,
all of it is compared afterwards (`training.equivalence`).
"""

import copy
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnx.helper
import skl2onnx
from skl2onnx.common.data_types import (
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
)
from skl2onnx.sklapi import CastTransformer
from sklearn.base import is_classifier
from sklearn.ensemble import VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, OrdinalEncoder

from model_lambda.columns import LARGEST_NUMBER, Field
from model_lambda.engines import Input
from model_lambda.engines.arrays import MISSING_TEXT
from training.boosters import register_boosters
from training.errors import ConversionError, one_line
from training.estimators import has_column_transformer, parts, walk
from training.imputer import register_imputer
from training.remedies import obstacle

# Opset 17 is the newest that every onnxruntime since 1.12 reads; 3 has the trees of boosters.
OPSETS = {"": 17, "ai.onnx.ml": 3}
FEATURES = "features"
# What Python's regular expressions call a word of two or more characters, in RE2's terms.
_WORD_PATTERN, _WORD = r"(?u)\b\w\w+\b", r"[\p{L}\p{N}_]{2,}"
# The locale that Lambda's Amazon Linux has for lower-casing.
_LOCALE = "C.UTF-8"

_TENSORS: Mapping[str, Any] = {
    "FP32": FloatTensorType,
    "FP64": DoubleTensorType,
    "INT64": Int64TensorType,
    "BYTES": StringTensorType,
}


class Conversion(NamedTuple):
    """A model file and how it is fed.

    Attributes:
        way: in words, how the estimator was converted.
        output_names: of the graph, in its order.
    """

    way: str
    content: bytes
    inputs: tuple[Input, ...]
    output_names: tuple[str, ...]


class _Way(NamedTuple):
    name: str
    number: str
    integer: str
    prepare: Callable[[Any], Any] = lambda estimator: estimator


def conversions(
    estimator: Any, fields: Sequence[Field], *, lists_probabilities: bool = False
) -> Iterator[Conversion]:
    """Convert in one way after the other, the plainest first.

    Args:
        lists_probabilities: whether the estimator gives a list of (n, 2), one for each label.

    Raises:
        ConversionError: no way leads to a model; the message says why the first one did not.
    """
    if reason := obstacle(estimator):
        raise ConversionError(reason)
    register_imputer()
    register_boosters(estimator)
    reasons = []
    for way in _ways(fields):
        try:
            model, inputs = _convert(estimator, fields, way)
            if lists_probabilities:
                _join_probabilities(model)
            yield _finished(model, inputs, way)
        except ConversionError as error:
            reasons.append(error)
    if len(reasons) == len(_ways(fields)):
        raise reasons[0]


def _ways(fields: Sequence[Field]) -> list[_Way]:
    ways = [_Way("numbers in float32", "FP32", "FP32")]
    if any(field.type == "integer" and not field.nullable for field in fields):
        ways.append(_Way("whole numbers in int64, others in float32", "FP32", "INT64"))
    if any(field.type in ("number", "integer", "array") for field in fields):
        ways.append(_Way("numbers in float64", "FP64", "FP64"))
        ways.append(_Way("numbers in float64, float32 for the last step", "FP64", "FP64", _cast))
    return ways


def _convert(
    estimator: Any, fields: Sequence[Field], way: _Way
) -> tuple[onnx.ModelProto, tuple[Input, ...]]:
    # Only what picks columns by name needs them one by one.
    by_name = has_column_transformer(estimator)
    inputs = _column_inputs(fields, way) if by_name else _array_input(fields, way)
    types = [(one.name, _TENSORS[one.datatype]([None, _width(one, fields)])) for one in inputs]
    try:
        prepared = way.prepare(_prepared_copy(estimator))
        with _quietly():
            model = skl2onnx.convert_sklearn(
                prepared,
                # Without a name it gets a random one, and the file another hash each time.
                name="model",
                initial_types=types,
                options=_options(prepared),
                target_opset=OPSETS,
            )
    except Exception as error:  # converters raise whatever they meet
        raise ConversionError(_not_converted(parts(estimator)[-1], error)) from error
    return model, inputs


def _not_converted(last: Any, error: Exception) -> str:
    kind = type(last).__name__
    if "shape calculator" in str(error):
        return f"skl2onnx has no converter for {kind}"
    if isinstance(last, KBinsDiscretizer) or "sparse" in str(error):
        return f"skl2onnx does not convert the sparse answers of {kind}: fit it for dense ones"
    return f"skl2onnx does not convert this {kind}: {one_line(error)}"


def _finished(model: onnx.ModelProto, inputs: Sequence[Input], way: _Way) -> Conversion:
    # skl2onnx keeps them in a set of strings, whose order changes from one process to the next.
    model.opset_import.sort(key=lambda opset: (opset.domain, opset.version))
    _mend_graph(model)
    if len(model.graph.input) != len(inputs):
        raise ConversionError("the converted model has another number of inputs than columns")
    # In their order, but a name that no identifier can have has become one.
    named = [
        one._replace(name=given.name) for one, given in zip(inputs, model.graph.input, strict=True)
    ]
    names = tuple(output.name for output in model.graph.output)
    return Conversion(way.name, bytes(model.SerializeToString()), tuple(named), names)


def _array_input(fields: Sequence[Field], way: _Way) -> tuple[Input, ...]:
    texts = [field.name for field in fields if field.type in ("text", "category")]
    if texts and len(texts) < len(fields):
        raise ConversionError(
            f"the column {texts[0]} is a text among numbers: encode it in a ColumnTransformer"
        )
    datatype = "BYTES" if texts else way.number
    return (Input(FEATURES, datatype, tuple(field.name for field in fields)),)


def _column_inputs(fields: Sequence[Field], way: _Way) -> tuple[Input, ...]:
    datatypes = {"number": way.number, "integer": way.integer, "boolean": way.number}
    return tuple(
        Input(
            field.name,
            "FP32"
            if field.nullable and field.type == "integer" and way.integer == "INT64"
            else datatypes.get(field.type, "BYTES"),
            (field.name,),
        )
        for field in fields
    )


def _width(one: Input, fields: Sequence[Field]) -> int:
    first = next(field for field in fields if field.name == one.fields[0])
    return first.length if first.type == "array" else len(one.fields)


def _options(estimator: Any) -> dict[Any, dict[str, Any]]:
    options: dict[Any, dict[str, Any]] = {}
    if is_classifier(estimator) and hasattr(
        estimator, "predict_proba"
    ):  # a ZipMap beside a label alone does no harm
        options[id(estimator)] = {"zipmap": False}
    for part in walk(estimator):
        if isinstance(part, (CountVectorizer, TfidfVectorizer)):
            options[id(part)] = {"locale": _LOCALE}
            if part.analyzer == "word" and part.token_pattern == _WORD_PATTERN:
                options[id(part)]["tokenexp"] = _WORD
    return options


def _cast(estimator: Any) -> Any:
    """A pipeline whose last step gets float32, as scikit-learn's trees do of their own accord."""
    if not isinstance(estimator, Pipeline):
        raise ConversionError("only a pipeline has a last step")
    *first, last = estimator.steps
    return Pipeline([*first, ("cast", CastTransformer(dtype=np.float32)), last])


def _prepared_copy(estimator: Any) -> Any:
    """A copy that knows a missing text as the empty one (tensors of texts have no NaN), and the
    thresholds of whose trees are float32.
    """
    copied = copy.deepcopy(estimator)
    for part in walk(copied):
        _bound_thresholds(part)
        _round_thresholds_down(part)
        if isinstance(part, VotingClassifier):  # this is of its transform alone
            part.flatten_transform = False
        if hasattr(part, "get_booster"):  # the converter reads no names but f0, f1, ...
            part.get_booster().feature_names = None
        if isinstance(part, (OneHotEncoder, OrdinalEncoder)) and hasattr(part, "categories_"):
            part.categories_ = [_with_missing_text(known) for known in part.categories_]
        statistics = getattr(part, "statistics_", None)
        if isinstance(statistics, np.ndarray) and statistics.dtype.kind in "OUT":
            part.missing_values = MISSING_TEXT
            part.statistics_ = statistics.astype(object)
    return copied


def _bound_thresholds(part: Any) -> None:
    """A split of what is missing from all numbers is at infinity, at which skl2onnx never ends."""
    found = [getattr(getattr(part, "tree_", None), "threshold", None)]
    for trees in getattr(part, "_predictors", ()):  # of HistGradientBoosting
        found += [tree.nodes["num_threshold"] for tree in trees]
    for thresholds in found:
        if thresholds is not None:
            np.clip(thresholds, -LARGEST_NUMBER, LARGEST_NUMBER, out=thresholds)


def _round_thresholds_down(part: Any) -> None:
    """Scikit-learn compares float32 with float64: rounded down, no float32 changes sides."""
    threshold = getattr(getattr(part, "tree_", None), "threshold", None)
    if threshold is not None:
        rounded = threshold.astype(np.float32)
        below = np.nextafter(rounded, np.float32(-np.inf))
        threshold[:] = np.where(rounded > threshold, below, rounded)


def _with_missing_text(categories: Any) -> Any:
    known = np.asarray(categories)
    if known.dtype.kind not in "OUT":
        return known
    texts = [one if isinstance(one, str) else MISSING_TEXT for one in known.tolist()]
    return np.array(texts, dtype=object)


class _quietly(warnings.catch_warnings):  # noqa: N801 - a context manager
    """Without the converters' warnings, and with whole numbers where they write booleans.

    HistGradientBoosting's converter gives booleans, which onnx refuses.
    """

    def __enter__(self) -> Any:
        entered = super().__enter__()
        warnings.simplefilter("ignore")
        self._make_attribute = onnx.helper.make_attribute
        onnx.helper.make_attribute = self._with_integers
        return entered

    def __exit__(self, *raised: Any) -> None:
        onnx.helper.make_attribute = self._make_attribute
        super().__exit__(*raised)

    def _with_integers(self, key: str, value: Any, *rest: Any, **options: Any) -> Any:
        if isinstance(value, list):
            value = [int(one) if isinstance(one, (bool, np.bool_)) else one for one in value]
        return self._make_attribute(key, value, *rest, **options)


_TREES = ("TreeEnsembleClassifier", "TreeEnsembleRegressor")
_FLOAT, _DOUBLE = onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE


def _mend_graph(model: onnx.ModelProto) -> None:
    _clip_squares(model.graph)
    _declare_trees(model.graph)


def _clip_squares(graph: onnx.GraphProto) -> None:
    """Let no distance be the root of a square that rounding made negative."""
    given = {output.name for output in graph.output}
    for place, node in reversed(list(enumerate(graph.node))):
        if node.op_type == "Sqrt" and node.output[0] in given:
            clipped = f"{node.input[0]}_clipped"
            graph.node.insert(place, onnx.helper.make_node("Relu", [node.input[0]], [clipped]))
            node.input[0] = clipped


def _declare_trees(graph: onnx.GraphProto) -> None:
    """Declare what trees give as float32, whatever they are given: so says their definition."""
    made = {name for node in graph.node if node.op_type in _TREES for name in node.output}
    for node in graph.node:
        if node.op_type == "Identity" and set(node.input) <= made:
            made |= set(node.output)
    for output in graph.output:
        if output.name in made and output.type.tensor_type.elem_type == _DOUBLE:
            output.type.tensor_type.elem_type = _FLOAT


def _join_probabilities(model: onnx.ModelProto) -> None:
    """From probabilities (n, 2) for each of k labels to (n, k) of being on."""
    graph, output = model.graph, model.graph.output[1]
    listed = output.name
    if output.type.HasField("sequence_type"):
        listed = "probabilities_of_labels"
        node = onnx.helper.make_node(
            "ConcatFromSequence", [output.name], [listed], axis=0, new_axis=1
        )
        graph.node.append(node)
    graph.initializer.append(onnx.helper.make_tensor("is_on", onnx.TensorProto.INT64, [], [1]))
    graph.node.append(onnx.helper.make_node("Gather", [listed, "is_on"], ["shares"], axis=2))
    graph.node.append(
        onnx.helper.make_node("Transpose", ["shares"], ["label_probabilities"], perm=[1, 0])
    )
    joined = onnx.helper.make_tensor_value_info("label_probabilities", _FLOAT, None)
    graph.output.remove(output)
    graph.output.append(joined)
