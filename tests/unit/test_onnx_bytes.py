"""The ONNX file of a model is the same in every process."""

import numpy as np
import onnx
from sklearn.linear_model import LogisticRegression

from model_lambda.build_time.model_export import to_onnx_bytes


def test_the_operator_sets_of_a_file_stand_in_order() -> None:
    estimator = LogisticRegression().fit(np.eye(2), [0, 1])

    opsets = onnx.load_from_string(to_onnx_bytes(estimator, 2)).opset_import

    named = [(opset.domain, opset.version) for opset in opsets]
    assert len(named) > 1
    assert named == sorted(named)
